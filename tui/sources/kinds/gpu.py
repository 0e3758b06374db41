"""What a pod asks of GPUs, read from its annotations and its containers' resources."""

import math
import re
from collections.abc import Mapping

from tui.model.gpu_request import GpuRequest
from tui.model.quantity import parse_quantity

GPU = "nvidia.com/gpu"
MIG = "nvidia.com/mig-"
MIB = 2**20
GROUP = "runai-gpu-group"
_USUAL = frozenset({"cpu", "memory", "ephemeral-storage", "pods", GPU})
_EXTENDED = re.compile("/|^hugepages-").search


def others(resources: Mapping[str, float | None]) -> dict[str, float]:
    """The extended resources that are no GPUs, such as ``rdma/ib``, and huge pages, which count like them."""
    return {
        name: value
        for name, value in resources.items()
        if name not in _USUAL and value is not None and _EXTENDED(name) and not name.startswith(MIG)
    }


def gpu_request(
    resources: Mapping[str, float], fraction: str | None, memory: str | None, num_devices: str | None
) -> GpuRequest:
    """The request of one pod.

    ``resources`` are its effective requests. The three texts are the annotations ``gpu-fraction``, ``gpu-memory``
    (MiB) and ``gpu-fraction-num-devices``. A device from the device plug-in is a whole one whatever is annotated.
    """
    devices = int(resources.get(GPU, 0.0))
    mig = tuple(sorted((name[len(MIG) :], int(n)) for name, n in resources.items() if name.startswith(MIG) and n >= 1))
    if devices or mig or (fraction is None and memory is None):
        return GpuRequest(devices=devices, mig=mig)
    return _shared_request(fraction, memory, num_devices)


def fraction_request(gpus: float) -> GpuRequest:
    """The request of ``0.5`` (a part of one device), ``2`` (whole ones) or ``0`` GPUs."""
    if gpus < 0 or not math.isfinite(gpus):
        return GpuRequest(devices=1, invalid=f"gpu: {gpus:g}")
    if gpus == int(gpus):
        return GpuRequest(devices=int(gpus))
    if gpus < 1:
        return GpuRequest(devices=1, fraction=gpus)
    return GpuRequest(devices=1, invalid=f"gpu: {gpus:g}")


def _shared_request(fraction: str | None, memory: str | None, num_devices: str | None) -> GpuRequest:
    count = _positive_int(num_devices) if num_devices is not None else 1
    devices = count or 1
    if count is None:
        return GpuRequest(devices=1, invalid=f'gpu-fraction-num-devices: "{num_devices}"')
    if fraction is not None:
        share = _fraction(fraction)
        if share is None:
            return GpuRequest(devices=devices, invalid=f'gpu-fraction: "{fraction}"')
        return GpuRequest(devices=devices, fraction=share)
    mib = _positive_int(memory)
    if mib is None:
        return GpuRequest(devices=devices, invalid=f'gpu-memory: "{memory}"')
    return GpuRequest(devices=devices, memory_bytes=mib * MIB)


def _fraction(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.0 < value <= 1.0 else None


def _positive_int(text: str | None) -> int | None:
    value = parse_quantity(text)
    return int(value) if value is not None and value >= 1 and value == int(value) else None


def gpu_groups(labels: Mapping[str, str]) -> tuple[str, ...]:
    """The shared-GPU groups that a pod's labels name, one a device."""
    groups = [labels[GROUP]] if labels.get(GROUP) else []
    prefix = GROUP + "/"
    groups += [value or key[len(prefix) :] for key, value in labels.items() if key.startswith(prefix)]
    return tuple(dict.fromkeys(groups))
