"""What stands in the fields of the Launch form, as texts, and where each belongs in a spec file. No secret is in here:
a typed token stays in its field."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

from tui.model.launch_spec import CACHE_PATH, NGC_KEY, GpuAsk

FREE = "free"
TILES: Mapping[str, GpuAsk] = MappingProxyType(
    {
        "cpu": GpuAsk(devices=0),
        "tenth": GpuAsk(portion=0.1),
        "half": GpuAsk(portion=0.5),
        "one": GpuAsk(devices=1),
        "two": GpuAsk(devices=2),
    }
)
"""The guide's compute resources; anything else is ``FREE``."""

NO_CLAIM, EXISTING, NEW = "none", "existing", "new"
NO_NGC, SECRET, TOKEN = "none", "secret", "token"
YES, NO = "yes", "no"
USUAL_SECRET = "ngc-api-key"


@dataclass(frozen=True, slots=True)
class LaunchForm:
    """As text, in the form's order. ``""`` is "not said"; the choices are the constants above."""

    name: str = ""
    project: str = ""
    model: str = ""
    tile: str = "half"
    devices: str = "1"
    portion: str = ""
    gpu_memory: str = ""
    min: str = "1"
    max: str = "1"
    metric: str = ""
    target: str = ""
    claim: str = NO_CLAIM
    pvc: str = ""
    mount: str = CACHE_PATH
    size: str = "100Gi"
    storage_class: str = ""
    access_mode: str = "ReadWriteMany"
    volume: str = ""
    nfs_server: str = ""
    nfs_path: str = ""
    ngc: str = SECRET
    secret: str = USUAL_SECRET
    secret_key: str = NGC_KEY
    port: str = "8000"
    image: str = ""
    version: str = ""
    profile: str = ""
    namespace: str = ""
    scheduler: str = "runai"
    gpu_limit: str = ""
    gpu_memory_limit: str = ""
    cores: str = ""
    cores_limit: str = ""
    memory: str = ""
    memory_limit: str = ""
    initial: str = ""
    idle: str = ""
    protocol: str = "http"
    read_only: str = NO
    registry_secret: str = ""
    environment: str = ""
    node_pools: str = ""
    priority: str = ""
    preemptible: str = ""
    delete_after: str = ""
    labels: str = ""
    annotations: str = ""


NAMES = tuple(one.name for one in fields(LaunchForm))
ADVANCED = NAMES[NAMES.index("image") :]
"""The fields behind the fold."""

PATHS: Mapping[str, str] = MappingProxyType(
    {name: name for name in NAMES}
    | {
        "tile": "gpu",
        "devices": "gpu.devices",
        "portion": "gpu.portion",
        "gpu_memory": "gpu.memory",
        "gpu_limit": "gpu.limit",
        "gpu_memory_limit": "gpu.memory_limit",
        "cores": "cpu.cores",
        "cores_limit": "cpu.cores_limit",
        "memory": "cpu.memory",
        "memory_limit": "cpu.memory_limit",
        "min": "replicas.min",
        "max": "replicas.max",
        "metric": "replicas.metric",
        "target": "replicas.target",
        "initial": "replicas.initial",
        "idle": "replicas.idle",
        "claim": "storage",
        "pvc": "storage.pvc",
        "mount": "storage.path",
        "read_only": "storage.read_only",
        "size": "storage.new.size",
        "storage_class": "storage.new.storage_class",
        "access_mode": "storage.new.access_mode",
        "volume": "storage.new.volume.name",
        "nfs_server": "storage.new.volume.server",
        "nfs_path": "storage.new.volume.path",
        "secret": "ngc.secret",
        "secret_key": "ngc.key",
        "registry_secret": "ngc.registry_secret",
    }
)
"""Field of the form -> its path in a spec file."""

_FIELDS = {path: name for name, path in PATHS.items()}


def field_at(path: str) -> str:
    """The field of the form that shows what is wrong at ``path``: its own, else that of the table around it."""
    while path and path not in _FIELDS:
        path = path.rpartition(".")[0]
    return _FIELDS.get(path, "name")


def changed_advanced(form: LaunchForm) -> tuple[str, ...]:
    """Which of the fields behind the fold do not stand as they come."""
    standing = LaunchForm()
    return tuple(name for name in ADVANCED if getattr(form, name).strip() != getattr(standing, name))
