"""The kubelets: pods that are bound start, pull, load and become ready, or fail as real ones do."""

from dataclasses import dataclass

from tui.demo.objects import Json
from tui.demo.world import api, images, podstatus
from tui.demo.world.clockwork import Key
from tui.demo.world.context import Context
from tui.demo.world.inventory import PodRecord

_COMPONENT = "kubelet"
_BACK_OFF_SECONDS = 300.0


@dataclass(slots=True)
class Life:
    """Where a pod is on its way and when the next step is due (Unix seconds)."""

    stage: str  # bound, pulling, loading, crashing, done
    due: float
    restarts: int = 0


class Kubelet:
    """Looks at one pod. Pods that were seeded ready are left as they are."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lives: dict[str, Life] = {}

    def forget(self, uid: str) -> None:
        self._lives.pop(uid, None)

    def reconcile(self, namespace: str, name: str) -> None:
        record = self._context.inventory.pods.get((namespace, name))
        if record is None or record.node is None or record.finished or record.deleting:
            return
        life = self._lives.get(record.uid)
        if life is None:
            done = record.ready or record.phase == "Running"
            life = self._lives[record.uid] = Life("done" if done else "bound", self._context.clock.now())
        node = self._context.inventory.nodes.get(record.node)
        if life.stage == "done" or node is None or not node.ready:
            return
        if self._context.clock.now() < life.due:
            self._context.queue.add(_key(record), life.due)
            return
        pod = self._context.api.get(api.POD, namespace, name)
        if pod is not None:
            getattr(self, f"_{life.stage}")(record, pod, life)
            if life.stage != "done":
                self._context.queue.add(_key(record), life.due)

    def _bound(self, record: PodRecord, pod: Json, life: Life) -> None:
        now, pulling = self._context.clock.now(), images.durations(record)[0]
        if "startTime" not in pod["status"]:
            host = self._host_ip(record.node or "")
            pod = self._change(record, lambda obj: podstatus.starting(obj, host, now)) or pod
        trouble = images.before_start(self._context.api, pod)
        if trouble is not None:
            self._cannot_start(record, pod, trouble)
            life.due = self._context.after(_BACK_OFF_SECONDS / 5)
            return
        self._say(pod, "Normal", "Pulling", f'Pulling image "{record.image}"')
        life.stage, life.due = "pulling", self._context.after(pulling * self._jitter(record))

    def _pulling(self, record: PodRecord, pod: Json, life: Life) -> None:
        now, (pulling, loading) = self._context.clock.now(), images.durations(record)
        address = self._pod_ip(record)
        pod = self._change(record, lambda obj: podstatus.running(self._context.names, obj, address, now)) or pod
        self._say(pod, "Normal", "Pulled", f'Successfully pulled image "{record.image}" in {pulling:.1f}s')
        self._say(pod, "Normal", "Created", f"Created container {record.container}")
        self._say(pod, "Normal", "Started", f"Started container {record.container}")
        life.stage, life.due = "loading", self._context.after(loading * self._jitter(record))

    def _loading(self, record: PodRecord, pod: Json, life: Life) -> None:
        now = self._context.clock.now()
        trouble = images.after_start(record, pod)
        if trouble is None:
            self._change(record, lambda obj: podstatus.ready(obj, now))
            life.stage = "done"
            return
        life.restarts += 1
        code = trouble.crash or 1
        self._change(
            record,
            lambda obj: podstatus.crashed(obj, record.container, life.restarts, code, trouble.reason, now),
        )
        self._say(pod, "Warning", "BackOff", f"Back-off restarting failed container {record.container} in pod")
        life.stage, life.due = "crashing", self._context.after(min(300.0, 10.0 * 2**life.restarts))

    def _crashing(self, record: PodRecord, pod: Json, life: Life) -> None:
        life.stage, life.due = "pulling", self._context.clock.now()

    def _cannot_start(self, record: PodRecord, pod: Json, trouble: images.Trouble) -> None:
        now = self._context.clock.now()
        self._change(record, lambda obj: podstatus.waiting(obj, record.container, trouble.reason, trouble.message, now))
        if trouble.reason == "ImagePullBackOff":
            first = trouble.message.partition("ErrImagePull: ")[2]
            self._say(pod, "Warning", "Failed", f'Failed to pull image "{record.image}": {first}')
            self._say(pod, "Normal", "BackOff", f'Back-off pulling image "{record.image}"')
        else:
            self._say(pod, "Warning", "Failed", f"Error: {trouble.message}")

    def _change(self, record: PodRecord, edit: api.Edit) -> Json | None:
        return self._context.api.change(api.POD, *record.key, edit)

    def _say(self, pod: Json, severity: str, reason: str, message: str) -> None:
        path = f"spec.containers{{{pod['spec']['containers'][0]['name']}}}"
        now = self._context.clock.now()
        self._context.recorder.event(pod, severity, reason, message, _COMPONENT, now, field_path=path)

    def _jitter(self, record: PodRecord) -> float:
        return 0.8 + 0.4 * self._context.names.number("start", record.uid)

    def _host_ip(self, node: str) -> str:
        found = self._context.api.get(api.NODE, None, node)
        addresses = found["status"].get("addresses", []) if found else []
        return next((entry["address"] for entry in addresses if entry["type"] == "InternalIP"), "10.141.0.1")

    def _pod_ip(self, record: PodRecord) -> str:
        _, _, high, low = self._host_ip(record.node or "").split(".")
        return f"10.{244 + int(high)}.{low}.{2 + self._context.names.digest('pod-ip', record.uid)[0] % 250}"


def _key(record: PodRecord) -> Key:
    return Key("kubelet", *record.key)
