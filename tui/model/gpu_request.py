"""What a pod asks of GPUs: whole devices, a fraction of devices, memory of devices, or MIG slices."""

import re
from dataclasses import dataclass

_MIG_COMPUTE = re.compile(r"^(\d+)g\.")
MIG_PARTS = 7  # an H100 or A100 has seven compute parts; 1g is one of them


@dataclass(frozen=True, slots=True)
class GpuRequest:
    """The request of one pod. At most one of ``fraction`` and ``memory_bytes`` is set; both are per device.

    ``mig`` holds (profile, count) pairs such as ``("1g.12gb", 2)``. ``invalid`` is the text of an annotation that
    could not be read (say ``gpu-fraction: "half"``): the pod is shown with it, and its share is unknown.
    """

    devices: int = 0
    fraction: float | None = None
    memory_bytes: int | None = None
    mig: tuple[tuple[str, int], ...] = ()
    invalid: str | None = None

    @property
    def is_shared(self) -> bool:
        """True when the pod holds less than whole devices and so sits behind a reservation pod."""
        return self.fraction is not None or self.memory_bytes is not None

    @property
    def asks_gpu(self) -> bool:
        return self.devices > 0 or bool(self.mig) or self.invalid is not None

    def per_device_fraction(self, gpu_memory_bytes: float | None) -> float | None:
        """The share of each device held, 0 to 1; ``None`` when it can't be known.

        A memory request needs the node's memory of one GPU to become a fraction.
        """
        if self.invalid is not None:
            return None
        if self.fraction is not None:
            return self.fraction
        if self.memory_bytes is not None:
            return self.memory_bytes / gpu_memory_bytes if gpu_memory_bytes else None
        return 1.0

    def gpus(self, gpu_memory_bytes: float | None) -> float | None:
        """The request in GPUs: devices x share, plus MIG compute parts of seven."""
        share = self.per_device_fraction(gpu_memory_bytes)
        if share is None:
            return None
        return round(self.devices * share + sum(mig_fraction(p) * n for p, n in self.mig), 6)


def mig_fraction(profile: str) -> float:
    """The compute part of a MIG profile: ``1g.12gb`` is 1/7; an unreadable profile counts 0."""
    match = _MIG_COMPUTE.match(profile)
    return int(match.group(1)) / MIG_PARTS if match else 0.0
