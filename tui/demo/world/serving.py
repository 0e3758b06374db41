"""Knative's controllers: a Service's Configuration, Route and Revisions, and its conditions on the way to Ready."""

from tui.demo.objects import Json
from tui.demo.world import api, knative, status
from tui.demo.world.context import Context
from tui.demo.world.naming import parse_time
from tui.demo.world.operator import SCALING

_STEPS = ("RevisionMissing", "IngressNotConfigured", "Uninitialized", "Ready")
_STEP_SECONDS = 2.0
PROGRESS_DEADLINE_SECONDS = 1800.0  # of the clock on the wall, as the guide sets it


class Serving:
    """Looks at one Knative Service."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.wanted: dict[tuple[str, str], int] = {}  # what the autoscaler wants
        self._next_step_at: dict[str, float] = {}  # by the Service's UID

    def reconcile(self, namespace: str, name: str) -> None:
        service = self._context.api.get(api.KSERVICE, namespace, name)
        if service is None:
            self.wanted.pop((namespace, name), None)
            return
        if "deletionTimestamp" in service["metadata"]:
            return
        revision = self._revision(service)
        deployment = self._deployment(service, revision)
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
        if found is not None and found["spec"] == service["spec"]["template"]["spec"]:
            annotations = _annotations(service)

            def rescale(obj: Json) -> None:
                obj["metadata"]["annotations"] = {**obj["metadata"].get("annotations", {}), **annotations}

            return context.api.change(api.REVISION, metadata["namespace"], found["metadata"]["name"], rescale) or found
        number = int(latest.rsplit("-", 1)[1]) + 1 if latest else 1
        numbered = {**service, "metadata": {**metadata, "generation": number}}
        revision = self._ensure(api.REVISION, knative.revision(context.names, config, numbered, now))
        for made in knative.kubernetes_services(context.names, revision, service, now):
            self._ensure(api.SERVICE, made)
        return revision

    def _deployment(self, service: Json, revision: Json) -> Json:
        metadata = service["metadata"]
        annotations = _annotations(service)
        low = int(annotations.get(f"{SCALING}min-scale", 0))
        high = int(annotations.get(f"{SCALING}max-scale", 0)) or 10**6
        initial = max(1, low)
        wanted = min(high, max(low, self.wanted.get((metadata["namespace"], metadata["name"]), initial)))
        found = self._ensure(
            api.DEPLOYMENT,
            knative.deployment(self._context.names, revision, service, wanted, self._context.clock.now()),
        )
        if (metadata["namespace"], metadata["name"]) not in self.wanted and found["spec"]["replicas"] > wanted:
            wanted = min(high, found["spec"]["replicas"])

        def edit(obj: Json) -> None:
            obj["spec"]["replicas"] = wanted

        name = found["metadata"]["name"]
        return self._context.api.change(api.DEPLOYMENT, metadata["namespace"], name, edit) or found

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
        context, metadata = self._context, service["metadata"]
        ready = deployment.get("status", {}).get("readyReplicas", 0)
        wanted, now = deployment["spec"]["replicas"], context.clock.now()
        trouble = self._trouble(deployment, ready)
        old_step, since = _step_of(service)
        step = self._step(service, old_step, ready, trouble)
        at = since if step == old_step and since is not None and _same_revision(service, revision) else now
        made = status.service_status(service, revision["metadata"]["name"], step, at, trouble)
        waits = status.revision_status(wanted, ready, at, trouble or self._unplaced(deployment, ready))
        _put(context, api.REVISION, revision, waits)
        _put(context, api.KSERVICE, service, made)
        of_child = {"observedGeneration": 1, "conditions": [c for c in made["conditions"] if c["type"] == "Ready"]}
        for kind in (api.CONFIGURATION, api.ROUTE):
            context.api.change(kind, metadata["namespace"], metadata["name"], lambda obj: obj.update(status=of_child))
        if step not in ("Ready", "RevisionFailed") and (ready or trouble):
            context.look_at("serving", metadata["namespace"], metadata["name"], _STEP_SECONDS)
        elif not ready and wanted:
            context.look_at("serving", metadata["namespace"], metadata["name"], 60.0)

    def _step(self, service: Json, old: str | None, ready: int, trouble: tuple[str, str] | None) -> str:
        """The next step if the last one has lasted long enough."""
        uid, now = service["metadata"]["uid"], self._context.clock.now()
        step = _next_step(old, ready, trouble)
        if step != old and step in _STEPS[1:]:
            if now < self._next_step_at.get(uid, 0.0):
                return old or _STEPS[0]
            self._next_step_at[uid] = self._context.after(_STEP_SECONDS)
        return step

    def _trouble(self, deployment: Json, ready: int) -> tuple[str, str] | None:
        if ready or not deployment["spec"]["replicas"]:
            return None
        born = parse_time(deployment["metadata"]["creationTimestamp"]) or 0.0
        if self._context.clock.now() - born > PROGRESS_DEADLINE_SECONDS:
            return "ProgressDeadlineExceeded", "Initial scale was never achieved"
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


def _annotations(service: Json) -> dict[str, str]:
    found: dict[str, str] = service["spec"]["template"].get("metadata", {}).get("annotations", {})
    return found


def _to_zero(deployment: Json) -> None:
    deployment["spec"]["replicas"] = 0


def _same_revision(service: Json, revision: Json) -> bool:
    return bool(service["status"].get("latestCreatedRevisionName") == revision["metadata"]["name"])


def _next_step(old: str | None, ready: int, trouble: tuple[str, str] | None) -> str:
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


def _put(context: Context, kind: api.Kind, obj: Json, made: Json) -> None:
    """Writes a status unless only its times differ."""
    if _timeless(obj.get("status", {})) == _timeless(made):
        return
    metadata = obj["metadata"]
    context.api.change(kind, metadata["namespace"], metadata["name"], lambda new: new.update(status=made), status=True)


def _timeless(made: Json) -> Json:
    conditions = [
        {key: text for key, text in entry.items() if key != "lastTransitionTime"}
        for entry in made.get("conditions", [])
    ]
    return {**made, "conditions": conditions}
