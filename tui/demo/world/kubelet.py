"""The kubelets: pods that are bound start, pull, load and become ready, or fail as real ones do."""

from dataclasses import dataclass

from tui.demo.objects import Json
from tui.demo.world import api, images, podstatus
from tui.demo.world.caches import Caches
from tui.demo.world.clockwork import Key
from tui.demo.world.context import Beginning, Context
from tui.demo.world.inventory import PodRecord
from tui.demo.world.mounts import mount_faults

_COMPONENT = "kubelet"
_BACK_OFF_SECONDS = 300.0
_FIRST_BACK_OFF_SECONDS = 15.0
_REFUSED_SECONDS = 10.0  # until a NIM has found out that it can't start
_MOUNT_SECONDS = 122.0  # between two tries to mount a volume
_PROBE_SECONDS = 10.0
_LOOK_SECONDS = 120.0  # at a probe that fails
_LOOK_AT_PROCESS_SECONDS = 0.2
_NOT_READY = "Readiness probe failed: HTTP probe failed with statuscode: {code}"


@dataclass(slots=True)
class Life:
    """Where a pod is on its way and when the next step is due (Unix seconds)."""

    stage: str  # bound, pulling, downloading, loading, process, unready, crashing, done
    due: float
    restarts: int = 0
    refused: bool = False  # a pull has failed before
    ends: float = 0.0  # when the download or the load is done


class Kubelet:
    """Looks at one pod. Pods that were seeded ready are left as they are."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lives: dict[str, Life] = {}
        self._caches = Caches(context)

    def forget(self, uid: str) -> None:
        self._lives.pop(uid, None)
        self._context.processes.stop(uid)
        self._context.starts.pop(uid, None)

    def reconcile(self, namespace: str, name: str) -> None:
        record = self._context.inventory.pods.get((namespace, name))
        if record is not None and record.deleting:
            self._context.processes.stop(record.uid)
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
        now = self._context.clock.now()
        if "startTime" not in pod["status"]:
            host = self._host_ip(record.node or "")
            pod = self._change(record, lambda obj: podstatus.starting(obj, host, now)) or pod
        if faults := mount_faults(self._context, record, pod):
            for fault in faults:
                self._context.recorder.event(pod, "Warning", *fault, now)
            life.due = self._context.after(_MOUNT_SECONDS)
            return
        trouble = self._context.outside.refusal(pod["spec"]["containers"][0])
        trouble = trouble or images.before_start(self._context.api, pod)
        if trouble is not None:
            self._cannot_start(record, pod, trouble, life)
            return
        present = self._caches.has_image(record)
        if not present:
            self._say(pod, "Normal", "Pulling", f'Pulling image "{record.image}"')
        self._context.starts[record.uid] = self._beginning(record, pod, present)
        life.stage = "pulling"
        life.due = self._context.after(self._context.starts[record.uid].times.pull)

    def _beginning(self, record: PodRecord, pod: Json, present: bool) -> Beginning:
        found = images.start_of(record.image, present=present, cached=self._caches.has_model(record, pod))
        jitter, outside = 0.9 + 0.2 * self._context.names.number("start", record.uid), self._context.outside
        times = images.Start(
            outside.pull_seconds.get(record.image, found.pull * jitter),
            outside.download_seconds.get(record.image, found.download * jitter),
            outside.load_seconds.get(record.image, found.load * jitter),
        )
        trouble = outside.ends.get(record.image) or images.refused_key(self._context.api, pod)
        return Beginning(times, trouble or images.after_start(record, pod))

    def _pulling(self, record: PodRecord, pod: Json, life: Life) -> None:
        now, begun = self._context.clock.now(), self._context.starts[record.uid]
        address = self._pod_ip(record)
        pod = self._change(record, lambda obj: podstatus.running(self._context.names, obj, address, now)) or pod
        if begun.times.pull < 2:
            pulled = f'Container image "{record.image}" already present on machine'
        else:
            pulled = f'Successfully pulled image "{record.image}" in {begun.times.pull:.1f}s'
        self._say(pod, "Normal", "Pulled", pulled)
        self._say(pod, "Normal", "Created", f"Created container {record.container}")
        self._say(pod, "Normal", "Started", f"Started container {record.container}")
        if self._context.processes.runs(pod):
            self._context.processes.start(pod)
            self._change(record, lambda obj: podstatus.ready(obj, now))
            life.stage, life.due = "process", now + _LOOK_AT_PROCESS_SECONDS
            return
        early = begun.trouble is not None and not begun.trouble.loads
        life.stage, life.ends = "downloading", self._context.after(_REFUSED_SECONDS if early else begun.times.download)
        life.due = min(life.ends, self._context.after(_LOOK_SECONDS))

    def _process(self, record: PodRecord, pod: Json, life: Life) -> None:
        """A process of this machine, in real time."""
        now, code = self._context.clock.now(), self._context.processes.code(record.uid)
        life.due = now + _LOOK_AT_PROCESS_SECONDS
        if code is not None:
            life.stage = "done"
            self._change(record, lambda obj: podstatus.ended(obj, code, now))

    def _downloading(self, record: PodRecord, pod: Json, life: Life) -> None:
        if self._goes_on(pod, life):
            return
        begun = self._context.starts[record.uid]
        if begun.trouble is not None and not begun.trouble.loads:
            self._crash(record, pod, life, begun.trouble)
            return
        self._caches.keep_model(record, pod)
        life.stage, life.ends = "loading", self._context.after(begun.times.load)
        life.due = min(life.ends, self._context.after(_LOOK_SECONDS))

    def _goes_on(self, pod: Json, life: Life) -> bool:
        """It takes long: all the while the probe finds it not ready."""
        if self._context.clock.now() < life.ends:
            self._probe_fails(pod, 503)
            life.due = min(life.ends, self._context.after(_LOOK_SECONDS))
            return True
        return False

    def _probe_fails(self, pod: Json, code: int) -> None:
        count = int(_LOOK_SECONDS / _PROBE_SECONDS)
        self._say(pod, "Warning", "Unhealthy", _NOT_READY.format(code=code), count)

    def _unready(self, record: PodRecord, pod: Json, life: Life) -> None:
        """Its server runs, and has not what the probe asks for."""
        self._probe_fails(pod, 404)
        life.due = self._context.after(_LOOK_SECONDS)

    def _loading(self, record: PodRecord, pod: Json, life: Life) -> None:
        if self._goes_on(pod, life):
            return
        now, trouble = self._context.clock.now(), self._context.starts[record.uid].trouble
        if trouble is None and not images.answers_probe(pod):
            life.stage, life.due = "unready", self._context.after(_LOOK_SECONDS)
            return
        if trouble is None:
            self._change(record, lambda obj: podstatus.ready(obj, now))
            life.stage = "done"
            return
        self._crash(record, pod, life, trouble)

    def _crash(self, record: PodRecord, pod: Json, life: Life, trouble: images.Trouble) -> None:
        now, code = self._context.clock.now(), trouble.crash or 1
        life.restarts += 1
        self._change(
            record,
            lambda obj: podstatus.crashed(obj, record.container, life.restarts, code, trouble.reason, now),
        )
        self._say(pod, "Warning", "BackOff", f"Back-off restarting failed container {record.container} in pod")
        life.stage, life.due = "crashing", self._context.after(min(_BACK_OFF_SECONDS, 10.0 * 2**life.restarts))

    def _crashing(self, record: PodRecord, pod: Json, life: Life) -> None:
        """The image is there by now, and so is what was downloaded; a Secret may have been mended."""
        self._context.starts[record.uid] = self._beginning(record, pod, present=True)
        life.stage, life.due = "pulling", self._context.clock.now()

    def _cannot_start(self, record: PodRecord, pod: Json, trouble: images.Trouble, life: Life) -> None:
        """A pull fails (ErrImagePull), then waits to be tried again (ImagePullBackOff); all else waits at once."""
        now, reason, message = self._context.clock.now(), trouble.reason, trouble.message
        life.due = self._context.after(_BACK_OFF_SECONDS / 5)
        if reason == "ImagePullBackOff":
            first = message.partition("ErrImagePull: ")[2]
            if life.refused:
                self._say(pod, "Normal", "BackOff", f'Back-off pulling image "{record.image}"')
            else:
                reason, message, life.refused = "ErrImagePull", first, True
                life.due = self._context.after(_FIRST_BACK_OFF_SECONDS)
                self._say(pod, "Normal", "Pulling", f'Pulling image "{record.image}"')
            self._say(pod, "Warning", "Failed", f'Failed to pull image "{record.image}": {first}')
        else:
            self._say(pod, "Warning", "Failed", f"Error: {message}")
        self._change(record, lambda obj: podstatus.waiting(obj, record.container, reason, message, now))

    def _change(self, record: PodRecord, edit: api.Edit) -> Json | None:
        return self._context.api.change(api.POD, *record.key, edit)

    def _say(self, pod: Json, severity: str, reason: str, message: str, count: int = 1) -> None:
        path = f"spec.containers{{{pod['spec']['containers'][0]['name']}}}"
        now, host = self._context.clock.now(), pod["spec"].get("nodeName")
        self._context.recorder.event(
            pod, severity, reason, message, _COMPONENT, now, field_path=path, host=host, count=count
        )

    def _host_ip(self, node: str) -> str:
        found = self._context.api.get(api.NODE, None, node)
        addresses = found["status"].get("addresses", []) if found else []
        return next((entry["address"] for entry in addresses if entry["type"] == "InternalIP"), "10.141.0.1")

    def _pod_ip(self, record: PodRecord) -> str:
        first, second = self._context.names.digest("pod-ip", record.uid)[:2]
        if self._context.pod_network:
            return f"{self._context.pod_network}{second}.{2 + first % 250}"
        _, _, high, low = self._host_ip(record.node or "").split(".")
        return f"10.{244 + int(high)}.{low}.{2 + first % 250}"


def _key(record: PodRecord) -> Key:
    return Key("kubelet", *record.key)
