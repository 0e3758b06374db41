"""Indexed Jobs: a pod for each index, tried again as often as the Job allows, and what has come of it."""

from tui.demo.objects import ApiError, Json
from tui.demo.world import api, workloads
from tui.demo.world.admission import quota_refusal, refusal
from tui.demo.world.context import Context
from tui.demo.world.inventory import PodRecord
from tui.demo.world.naming import rfc3339

INDEX = "batch.kubernetes.io/job-completion-index"
_OVER = ("Complete", "Failed")
_NO_LIMIT = 2**31 - 1


class IndexedJobs:
    """Brings one Indexed Job to what it should be."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tries: dict[str, int] = {}  # pods ever made, by the Job's UID

    def reconcile(self, job: Json) -> None:
        if any(entry["type"] in _OVER for entry in job.get("status", {}).get("conditions", [])):
            return
        pods = self._context.inventory.owned(job["metadata"]["uid"])
        by_index: dict[int, list[PodRecord]] = {}
        for pod in pods:
            by_index.setdefault(int(pod.labels.get(INDEX, "0")), []).append(pod)
        failed = [pod for pod in pods if pod.phase == "Failed"]
        each = job["spec"].get("backoffLimitPerIndex")
        whole = _NO_LIMIT if each is not None else job["spec"].get("backoffLimit", 6)
        over = "BackoffLimitExceeded" if len(failed) > whole else ""
        wanted = int(job["spec"].get("completions", 1))
        if not over:
            self._make(job, by_index, wanted, _NO_LIMIT if each is None else int(each))
            lost = {index for index, held in by_index.items() if each is not None and _failures(held) > each}
            done = {index for index, held in by_index.items() if any(pod.phase == "Succeeded" for pod in held)}
            if len(done | lost) >= wanted:
                over = "FailedIndexes" if lost - done else "Completed"
        else:
            for pod in pods:
                if not pod.finished and not pod.deleting:
                    self._context.api.delete(api.POD, *pod.key)
        self._write(job, pods, over)

    def _make(self, job: Json, by_index: dict[int, list[PodRecord]], wanted: int, each: int) -> None:
        active = sum(not pod.finished for held in by_index.values() for pod in held)
        room = int(job["spec"].get("parallelism", 1)) - active
        for index in range(wanted):
            held = by_index.get(index, [])
            if room <= 0:
                return
            if all(pod.phase == "Failed" for pod in held) and _failures(held) <= each and not _leaving(held):
                room -= 1
                if not self._create(job, index):
                    return

    def _create(self, job: Json, index: int) -> bool:
        context, uid = self._context, job["metadata"]["uid"]
        number = self._tries.get(uid, 0)
        now = context.clock.now()
        pod = indexed_pod(workloads.owned_pod(context.names, job, number, now), job, index)
        why = refusal(pod) or quota_refusal(context.api, pod)
        if why is None:
            try:
                context.api.create(pod)
            except ApiError as error:
                why = error.message
        if why is not None:
            context.recorder.event(job, "Warning", "FailedCreate", f"Error creating: {why}", "job-controller", now)
            return False
        self._tries[uid] = number + 1
        text = f"Created pod: {pod['metadata']['name']}"
        context.recorder.event(job, "Normal", "SuccessfulCreate", text, "job-controller", now)
        return True

    def _write(self, job: Json, pods: list[PodRecord], over: str) -> None:
        live = [pod for pod in pods if not pod.finished]
        counts = {
            "active": len(live),
            "ready": sum(pod.ready for pod in live),
            "succeeded": sum(pod.phase == "Succeeded" for pod in pods),
            "failed": sum(pod.phase == "Failed" for pod in pods),
        }
        conditions = [_condition(over, self._context.clock.now())] if over else []

        def edit(obj: Json) -> None:
            obj["status"] = {**obj.get("status", {}), **counts} | ({"conditions": conditions} if over else {})

        metadata = job["metadata"]
        if over or any(job.get("status", {}).get(name) != count for name, count in counts.items()):
            self._context.api.change(api.JOB, metadata["namespace"], metadata["name"], edit)


def indexed_pod(pod: Json, job: Json, index: int) -> Json:
    """A Job's pod with its index in name, label, annotation and environment."""
    metadata, name = pod["metadata"], job["metadata"]["name"]
    suffix = metadata["name"].rpartition("-")[2]
    metadata["name"], metadata["generateName"] = f"{name}-{index}-{suffix}", f"{name}-{index}-"
    told = {"batch.kubernetes.io/job-name": name, "job-name": name, INDEX: str(index)}
    told["batch.kubernetes.io/controller-uid"] = told["controller-uid"] = job["metadata"]["uid"]
    metadata["labels"] = {**metadata.get("labels", {}), **told}
    metadata["annotations"] = {**metadata.get("annotations", {}), INDEX: str(index)}
    source = {"fieldRef": {"apiVersion": "v1", "fieldPath": f"metadata.labels['{INDEX}']"}}
    for container in pod["spec"]["containers"]:
        container["env"] = [*container.get("env", []), {"name": "JOB_COMPLETION_INDEX", "valueFrom": source}]
    return pod


def _failures(held: list[PodRecord]) -> int:
    return sum(pod.phase == "Failed" for pod in held)


def _leaving(held: list[PodRecord]) -> bool:
    return any(pod.deleting for pod in held)


def _condition(reason: str, now: float) -> Json:
    kind = "Complete" if reason == "Completed" else "Failed"
    message = {
        "Completed": "Reached expected number of succeeded pods",
        "FailedIndexes": "Job has failed indexes",
        "BackoffLimitExceeded": "Job has reached the specified backoff limit",
    }[reason]
    stamp = {"lastProbeTime": rfc3339(now), "lastTransitionTime": rfc3339(now)}
    return {"type": kind, "status": "True", "reason": reason, "message": message, **stamp}
