"""The fields of a spec file and how each is read: the one place that says what the file may hold.

Reading collects all faults with their lines; whether values go together is ``checks.py``.
"""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import TypeVar

from tui.launch import spec_values as values
from tui.launch.hidden import is_secret_name
from tui.launch.spec_text import WHOLE, Item
from tui.launch.spec_values import Bad, shown
from tui.model.launch_spec import (
    CACHE_PATH,
    NGC_KEY,
    AccessMode,
    CpuAsk,
    EnvVar,
    FieldError,
    GpuAsk,
    LaunchSpec,
    Metric,
    NewClaim,
    NfsVolume,
    Ngc,
    Replicas,
    Scheduler,
    SecretRef,
    Storage,
)

T = TypeVar("T")

SCHEDULERS: Mapping[str, Scheduler] = {"runai": "runai", "kubernetes": "kubernetes"}
METRICS: Mapping[str, Metric] = {"concurrency": "concurrency", "throughput": "throughput", "latency": "latency"}
ACCESS_MODES: Mapping[str, AccessMode] = {
    "ReadWriteMany": "ReadWriteMany",
    "ReadWriteOnce": "ReadWriteOnce",
    "ReadOnlyMany": "ReadOnlyMany",
}
PROTOCOLS = {"http": "http", "grpc": "grpc"}
# Each table with its fields, "" is the file itself.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "": (
        *("name", "project", "namespace", "model", "image", "version", "profile", "gpu", "cpu", "scheduler"),
        *("replicas", "storage", "ngc", "port", "protocol", "environment", "node_pools", "priority", "preemptible"),
        *("delete_after", "labels", "annotations"),
    ),
    "gpu": ("devices", "portion", "limit", "memory", "memory_limit"),
    "cpu": ("cores", "cores_limit", "memory", "memory_limit"),
    "replicas": ("min", "max", "metric", "target", "initial", "idle"),
    "storage": ("pvc", "path", "read_only", "new"),
    "storage.new": ("size", "storage_class", "access_mode", "volume"),
    "storage.new.volume": ("name", "server", "path"),
    "ngc": ("secret", "key", "registry_secret"),
}
PATHS = tuple(f"{table}.{name}" if table else name for table, names in FIELDS.items() for name in names)
_ANYTHING: tuple[str, ...] = ()
_NOTHING: str | SecretRef = ""


class Table:
    """One table of the file: gives typed fields, notes every fault in ``errors`` and goes on."""

    def __init__(self, item: Item, path: str, errors: list[FieldError]) -> None:
        self.path = path
        self.errors = errors
        self.line = item.line
        self._items = item.value if isinstance(item.value, Mapping) else {}
        known = FIELDS.get(path, _ANYTHING)
        for name, entry in self._items.items():
            if known and name not in known:
                self.fault(name, "", f"unknown field; {_suggestion(name, known)}", entry.line)

    def where(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def fault(self, name: str, value: str, message: str, line: int | None) -> None:
        self.errors.append(FieldError(self.where(name), value, message, line))

    def __contains__(self, name: str) -> bool:
        return name in self._items

    def get(self, name: str, convert: Callable[[Item], T], default: T) -> T:
        """The field, else ``default``; a fault is noted and gives ``default`` too."""
        item = self._items.get(name)
        if item is None:
            return default
        if item.value is None:
            self.fault(name, "", "is empty; give a value or leave it out", item.line)
            return default
        try:
            return convert(item)
        except Bad as error:
            self.fault(name, shown(item), str(error), item.line)
            return default

    def need(self, name: str, convert: Callable[[Item], str]) -> str:
        """A text that must be there."""
        if name not in self._items:
            self.fault(name, "", "is missing; write it", self.line)
        return self.get(name, convert, "")

    def table(self, name: str) -> "Table | None":
        """A table within; ``None`` where it is not said."""
        item = self.get(name, _table, None)
        return Table(item, self.where(name), self.errors) if item is not None else None

    def item(self, name: str) -> Item | None:
        """The field as it was written."""
        return self._items.get(name)


def read_spec(item: Item, errors: list[FieldError]) -> LaunchSpec:
    """The spec of one document. Look at ``errors`` before using it."""
    if not isinstance(item.value, Mapping):
        message = "is no launch spec; write fields such as name: llama-8b"
        errors.append(FieldError(WHOLE, shown(item), message, item.line))
    top = Table(item, "", errors)
    return LaunchSpec(
        name=top.need("name", values.text),
        project=top.need("project", values.text),
        namespace=top.get("namespace", values.text, None),
        model=top.get("model", values.text, None),
        image=top.get("image", values.text, None),
        version=top.get("version", values.text, None),
        profile=top.get("profile", values.text, None),
        gpu=_gpu(top),
        cpu=_cpu(top),
        scheduler=top.get("scheduler", values.choice(SCHEDULERS), "runai"),
        replicas=_replicas(top),
        storage=_storage(top),
        ngc=_ngc(top),
        port=top.get("port", values.whole, 8000),
        protocol="grpc" if top.get("protocol", values.choice(PROTOCOLS), "http") == "grpc" else "http",
        environment=_environment(top),
        node_pools=top.get("node_pools", values.names, ()),
        priority=top.get("priority", values.text, None),
        preemptible=top.get("preemptible", values.flag, None),
        delete_after_seconds=top.get("delete_after", values.duration, None),
        labels=top.get("labels", values.texts, ()),
        annotations=top.get("annotations", values.texts, ()),
    )


def _gpu(top: Table) -> GpuAsk:
    item = top.item("gpu")
    if item is not None and not isinstance(item.value, Mapping):
        return top.get("gpu", _gpu_number, GpuAsk())
    gpu = top.table("gpu")
    if gpu is None:
        return GpuAsk()
    return GpuAsk(
        devices=gpu.get("devices", values.whole, 1),
        portion=gpu.get("portion", values.number, None),
        portion_limit=gpu.get("limit", values.number, None),
        memory_bytes=gpu.get("memory", values.size, None),
        memory_limit_bytes=gpu.get("memory_limit", values.size, None),
    )


def _gpu_number(item: Item) -> GpuAsk:
    """``0.5`` is one device at that portion, ``2`` two devices; what ``1.5`` would be nobody could say."""
    if isinstance(item.value, tuple):
        raise Bad("is a list; write a number, or {devices: 2, portion: 0.5}")
    found = values.number(item)
    if found < 0:
        raise Bad("is below 0; write a portion such as 0.5, or a number of devices")
    if found == int(found):
        return GpuAsk(devices=int(found))
    if found < 1:
        return GpuAsk(portion=found)
    raise Bad("is neither a portion of one device nor a whole number of devices; write {devices: 2, portion: 0.5}")


def _cpu(top: Table) -> CpuAsk:
    item = top.item("cpu")
    if item is not None and not isinstance(item.value, Mapping):
        return CpuAsk(cores=top.get("cpu", values.number, None))
    cpu = top.table("cpu")
    if cpu is None:
        return CpuAsk()
    return CpuAsk(
        cores=cpu.get("cores", values.number, None),
        cores_limit=cpu.get("cores_limit", values.number, None),
        memory_bytes=cpu.get("memory", values.size, None),
        memory_limit_bytes=cpu.get("memory_limit", values.size, None),
    )


def _replicas(top: Table) -> Replicas:
    item = top.item("replicas")
    if item is not None and not isinstance(item.value, Mapping):
        count = top.get("replicas", values.whole, 1)
        return Replicas(count, count)
    replicas = top.table("replicas")
    if replicas is None:
        return Replicas()
    lowest = replicas.get("min", values.whole, 1)
    return Replicas(
        min=lowest,
        max=replicas.get("max", values.whole, max(1, lowest)),
        metric=replicas.get("metric", values.choice(METRICS), None),
        target=replicas.get("target", values.whole, None),
        initial=replicas.get("initial", values.whole, None),
        idle_seconds=replicas.get("idle", values.duration, None),
    )


def _storage(top: Table) -> Storage | None:
    storage = top.table("storage")
    if storage is None:
        return None
    new = storage.table("new")
    return Storage(
        pvc=storage.need("pvc", values.text),
        path=storage.get("path", values.text, CACHE_PATH),
        read_only=storage.get("read_only", values.flag, False),
        new=_new_claim(new) if new is not None else None,
    )


def _new_claim(new: Table) -> NewClaim:
    if "size" not in new:
        new.fault("size", "", "is missing; write it, such as 100Gi", new.line)
    volume = new.table("volume")
    nfs = None
    if volume is not None:
        nfs = NfsVolume(*(volume.need(name, values.text) for name in ("name", "server", "path")))
    return NewClaim(
        size_bytes=new.get("size", values.size, 0),
        storage_class=new.get("storage_class", values.text, None),
        access_mode=new.get("access_mode", values.choice(ACCESS_MODES), "ReadWriteMany"),
        volume=nfs,
    )


def _ngc(top: Table) -> Ngc | None:
    ngc = top.table("ngc")
    if ngc is None:
        return None
    return Ngc(
        secret=ngc.get("secret", values.text, None),
        key=ngc.get("key", values.text, NGC_KEY),
        registry_secret=ngc.get("registry_secret", values.text, None),
    )


def _environment(top: Table) -> tuple[EnvVar, ...]:
    table = top.table("environment")
    item = top.item("environment")
    if table is None or item is None or not isinstance(item.value, Mapping):
        return ()
    found = []
    for name, entry in item.value.items():
        if is_secret_name(name) and isinstance(entry.value, bool | int | float | tuple):
            table.fault(name, "", "a credential is given by reference; write {secret: NAME, key: KEY}", entry.line)
            continue  # its own fault would repeat the value
        found.append(EnvVar(name, table.get(name, _variable, _NOTHING)))
    return tuple(found)


def _variable(item: Item) -> str | SecretRef:
    if not isinstance(item.value, Mapping):
        return values.any_text(item)
    if set(item.value) != {"secret", "key"}:
        raise Bad("is no reference; write {secret: NAME, key: KEY}")
    return SecretRef(values.text(item.value["secret"]), values.text(item.value["key"]))


def _table(item: Item) -> Item:
    values.table(item)
    return item


def _suggestion(name: str, known: tuple[str, ...]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
