"""Run:ai's workload controller: an InferenceWorkload becomes a Knative Service, and its status tells how that goes."""

from tui.demo.objects import Json
from tui.demo.world import api, status
from tui.demo.world.clockwork import Key
from tui.demo.world.context import Context
from tui.demo.world.inference import knative_service, scale_of, service_template
from tui.demo.world.inventory import PodRecord
from tui.demo.world.naming import parse_time

SCALING = "autoscaling.knative.dev/"
_ACCEPT_SECONDS = 8.0


class Operator:
    """Changes of scale are written into the Service in place; any other change of the template is a new Revision."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._accepted: dict[str, float] = {}  # by UID: when its Knative Service is made

    def reconcile(self, namespace: str, name: str) -> None:
        workload = self._context.api.get(api.INFERENCE, namespace, name)
        if workload is None or "deletionTimestamp" in workload["metadata"]:
            return
        if (namespace, name) in self._context.outside.unanswered:
            return
        service = self._context.api.get(api.KSERVICE, namespace, name)
        if service is None:
            if not self._is_due(workload):
                return
            service = self._context.api.create(
                knative_service(self._context.names, workload, self._context.clock.now())
            )
        else:
            self._follow(workload, service)
        self._write_status(workload, service)

    def _is_due(self, workload: Json) -> bool:
        """A workload is accepted when it is first seen; what it needs is made some seconds later."""
        metadata, now = workload["metadata"], self._context.clock.now()
        if metadata["uid"] not in self._accepted:
            self._accepted[metadata["uid"]] = self._context.after(_ACCEPT_SECONDS)
            made = status.inference_status(workload, "Creating", now, (scale_of(workload["spec"])[0], 0, 0), "")
            key = (metadata["namespace"], metadata["name"])
            self._context.api.change(api.INFERENCE, *key, lambda obj: obj.update(status=made), status=True)
        due = self._accepted[metadata["uid"]]
        if now < due:
            self._context.queue.add(Key("operator", metadata["namespace"], metadata["name"]), due)
            return False
        del self._accepted[metadata["uid"]]
        return True

    def _follow(self, workload: Json, service: Json) -> None:
        template = service_template(workload, workload["spec"])

        def edit(obj: Json) -> None:
            obj["spec"]["template"] = template

        if service["spec"]["template"] != template:
            self._context.api.change(api.KSERVICE, service["metadata"]["namespace"], service["metadata"]["name"], edit)

    def _write_status(self, workload: Json, service: Json) -> None:
        metadata = workload["metadata"]
        pods = self._pods(metadata["namespace"], metadata["name"])
        running = sum(pod.ready for pod in pods)
        failed = _failure(service)
        desired = scale_of(workload["spec"])[0] if failed else self._desired(service)
        counts = (desired, running, max(0, desired - running))
        phase, message = ("Failed", failed) if failed else (_phase(pods, desired, running), "")
        old = workload.get("status", {})
        now = self._context.clock.now()
        conditions = old.get("conditions") or [{}]
        since = parse_time(conditions[0].get("lastTransitionTime")) if old.get("phase") == phase else None
        made = status.inference_status(workload, phase, since or now, counts, message)

        def edit(obj: Json) -> None:
            obj["status"] = made

        if made != old:
            self._context.api.change(api.INFERENCE, metadata["namespace"], metadata["name"], edit, status=True)

    def _pods(self, namespace: str, name: str) -> list[PodRecord]:
        found: list[PodRecord] = []
        for replica_set in self._context.api.list(api.REPLICA_SET, namespace):
            if replica_set["metadata"].get("labels", {}).get("serving.knative.dev/service") == name:
                found += self._context.inventory.owned(replica_set["metadata"]["uid"])
        return found

    def _desired(self, service: Json) -> int:
        revision = service.get("status", {}).get("latestCreatedRevisionName")
        metadata = service["metadata"]
        deployment = revision and self._context.api.get(api.DEPLOYMENT, metadata["namespace"], f"{revision}-deployment")
        if deployment:
            return int(deployment["spec"].get("replicas", 1))
        return int(service["spec"]["template"]["metadata"]["annotations"][f"{SCALING}min-scale"])


def _failure(service: Json) -> str:
    """The message of a failed ksvc, empty while it is well or starting."""
    for condition in service.get("status", {}).get("conditions", []):
        if condition["type"] == "Ready" and condition["status"] == "False":
            return str(condition.get("message", "")) or "failed"
    return ""


def _phase(pods: list[PodRecord], desired: int, running: int) -> str:
    if not pods:
        return "Stopped" if desired == 0 else "Creating"
    if running >= desired:
        return "Running"
    if any(pod.node is None for pod in pods) and not running:
        return "Pending"
    return "Degraded" if running else "Initializing"
