"""What one replica of a spec asks for, in the figures that a fit reckons with. Pure."""

from dataclasses import dataclass

from config.catalogue import Nim, nim_for_image
from tui.model.launch_spec import LaunchSpec

LEAST_SHARE = 0.001  # below any share that a scheduler gives; keeps a wrong portion from being an endless one
DIGITS = 6
_REGISTRY = "nvcr.io/nim"


@dataclass(frozen=True, slots=True)
class Ask:
    """Of one replica: ``devices`` GPUs, of each ``portion`` or ``gpu_memory_bytes`` (neither: the whole of it).

    ``wanted`` is how many replicas it starts with. Cores and memory that are not asked for are 0.
    """

    devices: int
    portion: float | None
    gpu_memory_bytes: int | None
    cores: float
    memory_bytes: float
    wanted: int
    by_runai: bool
    nim: Nim | None

    @property
    def is_shared(self) -> bool:
        """True when it holds less than whole devices: a GPU that nobody shares yet then needs a reservation pod."""
        return self.portion is not None or self.gpu_memory_bytes is not None

    def share(self, gpu_memory_bytes: float | None) -> float | None:
        """0 to 1 of each device; above 1 it asks for more memory than the device has. ``None``: not known."""
        if self.gpu_memory_bytes is not None:
            return max(self.gpu_memory_bytes / gpu_memory_bytes, LEAST_SHARE) if gpu_memory_bytes else None
        return 1.0 if self.portion is None else max(self.portion, LEAST_SHARE)

    def gpus(self, gpu_memory_bytes: float | None) -> float | None:
        """In GPUs, as quotas count it."""
        share = self.share(gpu_memory_bytes)
        return None if share is None else round(self.devices * share, DIGITS)

    def granted_bytes(self, gpu_memory_bytes: float | None) -> float | None:
        """GPU memory of one replica, over all of its devices."""
        share = self.share(gpu_memory_bytes)
        return None if share is None or not gpu_memory_bytes else self.devices * share * gpu_memory_bytes


def ask_of(spec: LaunchSpec) -> Ask:
    """The figures of a spec; what is only limited is asked for as much (Kubernetes' own rule)."""
    gpu, cpu, replicas = spec.gpu, spec.cpu, spec.replicas
    whole = not gpu.is_shared
    return Ask(
        devices=max(0, gpu.devices),
        portion=None if whole or gpu.memory_bytes is not None else gpu.portion,
        gpu_memory_bytes=gpu.memory_bytes,
        cores=_first(cpu.cores, cpu.cores_limit),
        memory_bytes=_first(cpu.memory_bytes, cpu.memory_limit_bytes),
        wanted=max(1, replicas.min, replicas.initial or 0),
        by_runai=spec.scheduler == "runai",
        nim=nim_of(spec),
    )


def nim_of(spec: LaunchSpec) -> Nim | None:
    """The catalogue's entry for its image or model; ``None`` for what the catalogue does not know."""
    if spec.image:
        return nim_for_image(spec.image)
    return nim_for_image(f"{_REGISTRY}/{spec.model}") if spec.model else None


def _first(*values: float | None) -> float:
    return next((float(value) for value in values if value is not None), 0.0)
