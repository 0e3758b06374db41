"""What is to be launched: the value that the form edits, the file holds and the manifests are made of.

``None`` and empty tuples mean "not said": the cluster's own default holds. No secret is ever in here, only references.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Scheduler = Literal["runai", "kubernetes"]
Metric = Literal["concurrency", "throughput", "latency"]
AccessMode = Literal["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"]

CACHE_PATH = "/opt/nim/.cache"
NGC_KEY = "NGC_API_KEY"


@dataclass(frozen=True, slots=True)
class GpuAsk:
    """GPUs of one replica. ``portion`` (0 to 1) and ``memory_bytes``, both of each device, exclude one another.

    Neither: whole devices; ``devices`` 0 is a CPU-only workload. The limits are for burst, where Run:ai has them.
    """

    devices: int = 1
    portion: float | None = None
    portion_limit: float | None = None
    memory_bytes: int | None = None
    memory_limit_bytes: int | None = None

    @property
    def is_shared(self) -> bool:
        """Whether it holds less than whole devices."""
        return self.memory_bytes is not None or (self.portion is not None and self.portion < 1)


@dataclass(frozen=True, slots=True)
class CpuAsk:
    """CPU and memory of one replica: request and limit."""

    cores: float | None = None
    cores_limit: float | None = None
    memory_bytes: int | None = None
    memory_limit_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Replicas:
    """How many, and what moves the number. ``min`` 0 scales to zero; ``metric`` is needed when ``min`` < ``max``."""

    min: int = 1
    max: int = 1
    metric: Metric | None = None
    target: int | None = None
    initial: int | None = None
    idle_seconds: int | None = None  # how long without a request before the last replica goes


@dataclass(frozen=True, slots=True)
class NfsVolume:
    """A PersistentVolume on an NFS share, made together with its claim."""

    name: str
    server: str
    path: str


@dataclass(frozen=True, slots=True)
class NewClaim:
    """A PVC to be made: ``volume`` only where no provisioner makes one."""

    size_bytes: int
    storage_class: str | None = None
    access_mode: AccessMode = "ReadWriteMany"
    volume: NfsVolume | None = None


@dataclass(frozen=True, slots=True)
class Storage:
    """The claim that holds the model cache and where it is mounted. ``new`` None: it exists already."""

    pvc: str
    path: str = CACHE_PATH
    read_only: bool = False
    new: NewClaim | None = None


class SecretRef(NamedTuple):
    """A key of a Secret in the workload's namespace."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Ngc:
    """How the NIM gets at NGC: the Secret with its API key, and the one with which images are pulled."""

    secret: str | None = None
    key: str = NGC_KEY
    registry_secret: str | None = None


@dataclass(frozen=True, slots=True)
class EnvVar:
    name: str
    value: str | SecretRef


@dataclass(frozen=True, slots=True)
class LaunchSpec:
    """One NIM. ``model`` is a catalogue name such as ``meta/llama-3.1-8b-instruct``; ``image`` overrides what it means.

    ``namespace`` None: the project's own. ``version`` None: no tag is put behind the image. ``priority`` is a priority
    class; ``preemptible`` None: the class's default. ``delete_after_seconds`` counts from completion or failure.
    """

    name: str
    project: str
    namespace: str | None = None
    model: str | None = None
    image: str | None = None
    version: str | None = None
    profile: str | None = None
    gpu: GpuAsk = GpuAsk()
    cpu: CpuAsk = CpuAsk()
    scheduler: Scheduler = "runai"
    replicas: Replicas = Replicas()
    storage: Storage | None = None
    ngc: Ngc | None = None  # None: no NGC, the model lies in the local store
    port: int = 8000
    protocol: Literal["http", "grpc"] = "http"
    environment: tuple[EnvVar, ...] = ()
    node_pools: tuple[str, ...] = ()
    priority: str | None = None
    preemptible: bool | None = None
    delete_after_seconds: int | None = None
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field. ``field`` is its path in the file (``replicas.max``), ``line`` counts from 1."""

    field: str
    value: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        where = f" (line {self.line})" if self.line is not None else ""
        shown = f": {self.value!r}" if self.value else ""
        return f"{self.field}{where}{shown}: {self.message}"
