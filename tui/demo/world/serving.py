"""Knative's controllers: a Service's Configuration, Route and Revisions, and its conditions on the way to Ready."""

from tui.demo.objects import Json
from tui.demo.world import api, deadline, knative, status
from tui.demo.world.clockwork import Key
from tui.demo.world.conditions import put_status
from tui.demo.world.context import Context
from tui.demo.world.naming import parse_time
from tui.demo.world.operator import SCALING
from tui.demo.world.scaling import annotations_of, bounds

_STEPS = ("RevisionMissing", "IngressNotConfigured", "Uninitialized", "Ready")
_STEP_SECONDS = 2.0
_LOOK_SECONDS = 60.0


class Serving:
    """Looks at one Knative Service."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.wanted: dict[tuple[str, str], int] = {}  # what the autoscaler wants
        self.inactive: dict[tuple[str, str], tuple[str, str]] = {}  # (reason, message) of what it has found idle
        self._next_step_at: dict[str, float] = {}  # by the Service's UID

    def reconcile(self, namespace: str, name: str) -> None:
        service = self._context.api.get(api.KSERVICE, namespace, name)
        if service is None:
            self.wanted.pop((namespace, name), None)
            self.inactive.pop((namespace, name), None)
            return
        if "deletionTimestamp" in service["metadata"]:
            return
        revision = self._revision(service)
        deployment = self._deployment(service, revision)
        if not _owns(revision, deployment):
            self._give_up(service, revision, deployment)
            return
        self._retire(service, revision, deployment)
        self._write_status(service, revision, deployment)

    def _ensure(self, kind: api.Kind, made: Json) -> Json:
        found = self._context.api.get(kind, made["metadata"]["namespace"], made["metadata"]["name"])
        return found if found is not None else self._context.api.create(made)

    def _revision(self, service: Json) -> Json:
        """The Revision of the Service's template as it is now; made if there is none yet."""
        context, now, metadata = self._context, self._context.clock.now(), service["metadata"]
        config = self._ensure(api.CONFIGURATION, knative.configuration(context.names, service, now))
        self._ensure(api.ROUTE, knative.route(context.names, service, now))
        latest = service.get("status", {}).get("latestCreatedRevisionName")
        found = context.api.get(api.REVISION, metadata["namespace"], latest) if latest else None
        annotations = annotations_of(service)
        if found is not None and _still(found, service["spec"]["template"]["spec"], annotations):

            def rescale(obj: Json) -> None:
                obj["metadata"]["annotations"] = {**obj["metadata"].get("annotations", {}), **annotations}

            return context.api.change(api.REVISION, metadata["namespace"], found["metadata"]["name"], rescale) or found
        self._wake(metadata["namespace"], metadata["name"])
        number = int(latest.rsplit("-", 1)[1]) + 1 if latest else 1
        numbered = {**service, "metadata": {**metadata, "generation": number}}
        made = knative.revision(context.names, config, numbered, now)
        if not self._keeps_scheduler():
            made["spec"].pop("schedulerName", None)
        revision = self._ensure(api.REVISION, made)
        for made in knative.kubernetes_services(context.names, revision, service, now):
            self._ensure(api.SERVICE, made)
        return revision

    def _wake(self, namespace: str, name: str) -> None:
        """Whoever may ask it: each new Revision has to come up once."""
        if not self.wanted.get((namespace, name), 1):
            del self.wanted[namespace, name]
            self.inactive.pop((namespace, name), None)

    def _deployment(self, service: Json, revision: Json) -> Json:
        context, metadata = self._context, service["metadata"]
        key, (low, high) = (metadata["namespace"], metadata["name"]), bounds(annotations_of(service))
        wanted = min(high, max(low, self.wanted.get(key, _initial(service))))
        name = f"{revision['metadata']['name']}-deployment"
        found = context.api.get(api.DEPLOYMENT, metadata["namespace"], name)
        found = found or self._new_deployment(service, revision, wanted)
        if not _owns(revision, found):
            return found
        if key not in self.wanted and found["spec"]["replicas"] > wanted:
            wanted = min(high, found["spec"]["replicas"])
        if deadline.failed(revision):
            wanted = 0  # Knative gives up on it; a change of the Service makes a new Revision

        def edit(obj: Json) -> None:
            obj["spec"]["replicas"] = wanted

        return context.api.change(api.DEPLOYMENT, metadata["namespace"], name, edit) or found

    def _new_deployment(self, service: Json, revision: Json, wanted: int) -> Json:
        context, now = self._context, self._context.clock.now()
        allowed = deadline.seconds(context.api, revision)
        made = knative.deployment(context.names, revision, service, wanted, now, allowed)
        if "schedulerName" not in revision["spec"]:
            made["spec"]["template"]["spec"].pop("schedulerName", None)
        return context.api.create(made)

    def _retire(self, service: Json, revision: Json, deployment: Json) -> None:
        """Once the newest Revision is ready, the Deployments of older ones go to zero."""
        if not deployment.get("status", {}).get("readyReplicas"):
            return
        metadata = service["metadata"]
        number = int(revision["metadata"]["name"].rsplit("-", 1)[1])
        for older in range(1, number):
            name = f"{metadata['name']}-{older:05d}-deployment"
            self._context.api.change(api.DEPLOYMENT, metadata["namespace"], name, _to_zero)

    def _write_status(self, service: Json, revision: Json, deployment: Json) -> None:
        context = self._context
        ready = deployment.get("status", {}).get("readyReplicas", 0)
        wanted, now = deployment["spec"]["replicas"], context.clock.now()
        idle = self.inactive.get((service["metadata"]["namespace"], service["metadata"]["name"]))
        trouble = self._trouble(revision, deployment, ready)
        old_step, since = _step_of(service)
        step = self._step(service, old_step, bool(ready or not wanted), trouble)
        at = since if step == old_step and since is not None and _same_revision(service, revision) else now
        made = status.service_status(service, revision["metadata"]["name"], step, at, trouble)
        counts = status.Scale(0 if idle else wanted, ready, _was_ready(revision), idle or status.NO_TRAFFIC)
        waits = status.revision_status(counts, at, trouble or self._unplaced(deployment, ready))
        put_status(context, api.REVISION, revision, waits)
        self._scaler(revision, counts, at)
        self._write(service, made)
        self._look_again(service, step, wanted, ready, trouble is not None)

    def _write(self, service: Json, made: Json) -> None:
        """The Service's status, and that of what lies between it and its Revisions."""
        context, metadata = self._context, service["metadata"]
        put_status(context, api.KSERVICE, service, made)
        of_child = {"observedGeneration": 1, "conditions": [c for c in made["conditions"] if c["type"] == "Ready"]}
        for kind in (api.CONFIGURATION, api.ROUTE):
            context.api.change(kind, metadata["namespace"], metadata["name"], lambda obj: obj.update(status=of_child))

    def _look_again(self, service: Json, step: str, wanted: int, ready: int, trouble: bool) -> None:
        context, metadata = self._context, service["metadata"]
        if trouble and wanted:  # the next look takes its pods away
            context.look_at("serving", metadata["namespace"], metadata["name"])
        elif step not in ("Ready", "RevisionFailed") and (ready or trouble or not wanted):
            context.look_at("serving", metadata["namespace"], metadata["name"], _STEP_SECONDS)
        elif not ready and wanted:
            context.look_at("serving", metadata["namespace"], metadata["name"], _LOOK_SECONDS)

    def _scaler(self, revision: Json, counts: status.Scale, at: float) -> None:
        """The Revision's PodAutoscaler: what is wanted, and what is there."""
        made = knative.pod_autoscaler(self._context.names, revision, self._context.clock.now())
        made["status"] = status.autoscaler_status(revision["metadata"]["name"], counts, at)
        found = self._ensure(api.AUTOSCALER, made)
        put_status(self._context, api.AUTOSCALER, found, made["status"])
        kept = made["metadata"].get("annotations", {})

        def follow(obj: Json) -> None:
            obj["metadata"]["annotations"] = kept

        metadata = found["metadata"]
        self._context.api.change(api.AUTOSCALER, metadata["namespace"], metadata["name"], follow)

    def _give_up(self, service: Json, revision: Json, deployment: Json) -> None:
        """Another's Deployment has the name that the Revision's must have."""
        _, since = _step_of(service)
        at = since or self._context.clock.now()
        why = ("NotOwned", f'There is an existing Deployment "{deployment["metadata"]["name"]}" that we do not own.')
        put_status(
            self._context,
            api.REVISION,
            revision,
            status.revision_status(status.Scale(bounds(annotations_of(service))[0], 0), at, why),
        )
        name = revision["metadata"]["name"]
        self._write(service, status.service_status(service, name, "RevisionFailed", at, why))
        self._context.look_at("serving", service["metadata"]["namespace"], service["metadata"]["name"], _LOOK_SECONDS)

    def _keeps_scheduler(self) -> bool:
        """Knative drops fields of pods whose flag is off."""
        found = self._context.api.get(api.CONFIG_MAP, "knative-serving", "config-features")
        return found is None or found.get("data", {}).get("kubernetes.podspec-schedulername") == "enabled"

    def _step(self, service: Json, old: str | None, ready: bool, trouble: tuple[str, str] | None) -> str:
        """The next step if the last one has lasted long enough."""
        uid, now = service["metadata"]["uid"], self._context.clock.now()
        step = _next_step(old, ready, trouble)
        if step != old and step in _STEPS[1:]:
            if now < self._next_step_at.get(uid, 0.0):
                return old or _STEPS[0]
            self._next_step_at[uid] = self._context.after(_STEP_SECONDS)
        return step

    def _trouble(self, revision: Json, deployment: Json, ready: int) -> tuple[str, str] | None:
        if deadline.failed(revision):
            return deadline.EXCEEDED
        if ready or not deployment["spec"]["replicas"] or _was_ready(revision):
            return None
        born = parse_time(revision["metadata"]["creationTimestamp"]) or 0.0
        ends = born + deadline.seconds(self._context.api, revision)
        if self._context.clock.now() >= ends:
            return deadline.EXCEEDED
        self._context.queue.add(Key("serving", revision["metadata"]["namespace"], _service_of(revision)), ends)
        return None

    def _unplaced(self, deployment: Json, ready: int) -> tuple[str, str] | None:
        """Knative copies a pod's PodScheduled=False into the Revision."""
        if ready:
            return None
        namespace = deployment["metadata"]["namespace"]
        for replica_set in self._context.api.list(api.REPLICA_SET, namespace):
            owners = replica_set["metadata"].get("ownerReferences", [])
            if not owners or owners[0]["uid"] != deployment["metadata"]["uid"]:
                continue
            for record in self._context.inventory.owned(replica_set["metadata"]["uid"]):
                pod = self._context.api.get(api.POD, *record.key) or {}
                for entry in pod.get("status", {}).get("conditions", []):
                    if entry["type"] == "PodScheduled" and entry["status"] == "False":
                        return entry["reason"], entry["message"]
        return None


def _owns(revision: Json, deployment: Json) -> bool:
    owners = deployment["metadata"].get("ownerReferences", [])
    return any(owner["uid"] == revision["metadata"]["uid"] for owner in owners)


def _initial(service: Json) -> int:
    return max(1, int(annotations_of(service).get(f"{SCALING}initial-scale", 1)))


def _still(revision: Json, spec: Json, annotations: dict[str, str]) -> bool:
    """Run:ai changes the scale of a Revision in place; one that has failed is left behind by any change."""
    if revision["spec"] not in (spec, {key: part for key, part in spec.items() if key != "schedulerName"}):
        return False
    return not deadline.failed(revision) or annotations.items() <= revision["metadata"].get("annotations", {}).items()


def _service_of(revision: Json) -> str:
    return str(revision["metadata"]["labels"]["serving.knative.dev/service"])


def _was_ready(revision: Json) -> bool:
    """It has come up once: the deadline is for the first time."""
    conditions = revision.get("status", {}).get("conditions", [])
    return any(entry["type"] == "ContainerHealthy" and entry["status"] == "True" for entry in conditions)


def _to_zero(deployment: Json) -> None:
    deployment["spec"]["replicas"] = 0


def _same_revision(service: Json, revision: Json) -> bool:
    return bool(service["status"].get("latestCreatedRevisionName") == revision["metadata"]["name"])


def _next_step(old: str | None, ready: bool, trouble: tuple[str, str] | None) -> str:
    """One step further a look while there is a ready pod."""
    if trouble:
        return "RevisionFailed"
    if not ready and old != "Ready":
        return _STEPS[0]
    if old not in _STEPS:
        return _STEPS[0] if old is None else _STEPS[1]
    return _STEPS[min(_STEPS.index(old) + 1, len(_STEPS) - 1)]


def _step_of(service: Json) -> tuple[str | None, float | None]:
    """(the step its status shows, since when)."""
    for entry in service.get("status", {}).get("conditions", []):
        if entry["type"] == "Ready":
            step = "Ready" if entry["status"] == "True" else entry.get("reason")
            return step, parse_time(entry["lastTransitionTime"])
    return None, None
