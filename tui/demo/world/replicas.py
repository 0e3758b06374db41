"""The Deployment, ReplicaSet and Job controllers: as many pods as wanted, and their status."""

from tui.demo.objects import ApiError, Json
from tui.demo.world import api, status, workloads
from tui.demo.world.admission import quota_refusal, refusal
from tui.demo.world.context import Context
from tui.demo.world.grouping import group_for, join
from tui.demo.world.indexed import IndexedJobs
from tui.demo.world.inventory import PodRecord
from tui.demo.world.naming import parse_time
from tui.demo.world.pods import RUNAI_SCHEDULER

_RETRY_SECONDS = 30.0


class Replicas:
    """Makes and removes the pods of one owner (a ReplicaSet or a Job)."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._made: dict[str, int] = {}
        self.refused: dict[str, str] = {}  # by the owner's UID: why its last pod was not made

    def match(self, owner: Json, wanted: int) -> list[PodRecord]:
        """Brings the number of pods to ``wanted``; returns the pods as they were before."""
        pods = [pod for pod in self._context.inventory.owned(owner["metadata"]["uid"]) if not pod.deleting]
        for _ in range(wanted - len(pods)):
            if not self._create(owner):
                break
        for pod in sorted(pods, key=_expendable)[: max(0, len(pods) - wanted)]:
            self._context.api.delete(api.POD, *pod.key)
            self._say(owner, "Normal", "SuccessfulDelete", f"Deleted pod: {pod.key[1]}")
        return pods

    def _create(self, owner: Json) -> bool:
        context, uid = self._context, owner["metadata"]["uid"]
        number = self._made.setdefault(uid, len(context.inventory.owned(uid)))
        self._made[uid] = number + 1
        now = context.clock.now()
        pod = workloads.owned_pod(context.names, owner, number, now)
        refused = refusal(pod) or quota_refusal(context.api, pod)
        if refused is not None:
            self._made[uid] = number
            return self._failed(owner, refused)
        try:
            join_group(context, pod)
            context.api.create(pod)
        except ApiError as error:
            return error.code == 409 or self._failed(owner, error.message)
        self.refused.pop(uid, None)
        self._say(owner, "Normal", "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")
        return True

    def _failed(self, owner: Json, why: str) -> bool:
        self.refused[owner["metadata"]["uid"]] = why
        self._say(owner, "Warning", "FailedCreate", f"Error creating: {why}")
        return False

    def _say(self, owner: Json, severity: str, reason: str, message: str) -> None:
        component = "job-controller" if owner["kind"] == "Job" else "replicaset-controller"
        self._context.recorder.event(owner, severity, reason, message, component, self._context.clock.now())


def _expendable(pod: PodRecord) -> tuple[bool, bool, float, str]:
    """The pods that go first: unplaced, then unready, then the youngest."""
    return (pod.node is not None, pod.ready, -pod.created, pod.key[1])


def join_group(context: Context, pod: Json) -> None:
    """Does the pod grouper's work on a new pod of Run:ai's scheduler."""
    if pod["spec"].get("schedulerName") != RUNAI_SCHEDULER:
        return
    group = group_for(context.names, pod, context.api.get, context.clock.now())
    metadata = group["metadata"]
    if context.api.get(api.POD_GROUP, metadata["namespace"], metadata["name"]) is None:
        context.api.create(group)
    join(pod, group)


class DeploymentController:
    """A Deployment keeps one ReplicaSet of its newest template; older ones go to zero."""

    def __init__(self, context: Context, replicas: Replicas) -> None:
        self._context = context
        self._replicas = replicas

    def reconcile(self, namespace: str, name: str) -> None:
        found = self._context.api.get(api.DEPLOYMENT, namespace, name)
        if found is None or "deletionTimestamp" in found["metadata"]:
            return
        current = self._replica_set(found)
        for other in self._context.api.list(api.REPLICA_SET, namespace):
            owners = other["metadata"].get("ownerReferences", [])
            if owners and owners[0]["uid"] == found["metadata"]["uid"] and other is not current:
                self._scale(other, 0 if other["metadata"]["name"] != current["metadata"]["name"] else None)
        wanted = int(found["spec"].get("replicas", 1))
        pods = self._scale(current, wanted)
        self._write_status(found, pods)
        if len(pods) < wanted:
            self._context.look_at("deployment", namespace, name, _RETRY_SECONDS)

    def _replica_set(self, deployment: Json) -> Json:
        made = workloads.replica_set(self._context.names, deployment, self._context.clock.now())
        metadata = made["metadata"]
        found = self._context.api.get(api.REPLICA_SET, metadata["namespace"], metadata["name"])
        return found if found is not None else self._context.api.create(made)

    def _scale(self, replica_set: Json, wanted: int | None) -> list[PodRecord]:
        if wanted is None:
            return []
        pods = self._replicas.match(replica_set, wanted)
        ready = sum(pod.ready for pod in pods)
        refused = self._replicas.refused.get(replica_set["metadata"]["uid"]) if len(pods) < wanted else None
        since = parse_time(replica_set["metadata"].get("creationTimestamp")) or self._context.clock.now()

        def edit(obj: Json) -> None:
            obj["spec"]["replicas"] = wanted
            obj["status"] = status.replica_set_status(obj, len(pods), ready, refused, since)

        metadata = replica_set["metadata"]
        self._context.api.change(api.REPLICA_SET, metadata["namespace"], metadata["name"], edit)
        return pods

    def _write_status(self, deployment: Json, pods: list[PodRecord]) -> None:
        now, ready = self._context.clock.now(), sum(pod.ready for pod in pods)
        old = deployment.get("status", {})
        wanted = deployment["spec"].get("replicas", 1)
        if (old.get("replicas", 0), old.get("readyReplicas", 0), old.get("unavailableReplicas", 0)) == (
            len(pods),
            ready,
            max(0, wanted - ready),
        ) and old.get("observedGeneration") == deployment["metadata"].get("generation"):
            return
        since = parse_time(deployment["metadata"].get("creationTimestamp")) or now

        def edit(obj: Json) -> None:
            obj["status"] = status.deployment_status(obj, len(pods), ready, since if ready < wanted else now, now)

        metadata = deployment["metadata"]
        self._context.api.change(api.DEPLOYMENT, metadata["namespace"], metadata["name"], edit)


class JobController:
    """A Job keeps ``parallelism`` pods going; an Indexed one has a pod for each index."""

    def __init__(self, context: Context, replicas: Replicas) -> None:
        self._context = context
        self._replicas = replicas
        self._indexed = IndexedJobs(context)

    def reconcile(self, namespace: str, name: str) -> None:
        found = self._context.api.get(api.JOB, namespace, name)
        if found is None or "deletionTimestamp" in found["metadata"]:
            return
        if found["spec"].get("completionMode") == "Indexed":
            self._indexed.reconcile(found)
            return
        pods = self._replicas.match(found, int(found["spec"].get("parallelism", 1)))
        counts = {"active": len(pods), "ready": sum(pod.ready for pod in pods)}

        def edit(obj: Json) -> None:
            obj["status"] = {**obj.get("status", {}), **counts}

        self._context.api.change(api.JOB, namespace, name, edit)
