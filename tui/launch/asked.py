"""Which fields a spec makes use of, by their paths in its file: what the cluster must be able to take."""

from collections.abc import Iterator

from tui.launch.environment import variables
from tui.model.launch_spec import CpuAsk, GpuAsk, LaunchSpec, Replicas

SHARED_DEVICES = "gpu.shared_devices"  # no field of the file: gpu.devices above 1 together with a portion or memory


def asked(spec: LaunchSpec) -> tuple[str, ...]:
    """The paths, in the order of the form."""
    return tuple(_all(spec))


def _all(spec: LaunchSpec) -> Iterator[str]:
    yield "image"
    yield from _gpu(spec.gpu)
    yield from _cpu(spec.cpu)
    yield from _replicas(spec.replicas)
    yield "port"
    if spec.storage is not None:
        yield "storage"
    if spec.ngc is not None and spec.ngc.registry_secret:
        yield "ngc.registry_secret"
    if variables(spec):
        yield "environment"
    for name, value in (
        ("node_pools", spec.node_pools or None),
        ("priority", spec.priority),
        ("preemptible", spec.preemptible),
        ("delete_after", spec.delete_after_seconds),
        ("labels", spec.labels or None),
        ("annotations", spec.annotations or None),
    ):
        if value is not None:
            yield name


def _gpu(gpu: GpuAsk) -> Iterator[str]:
    if gpu.memory_bytes is not None:
        yield "gpu.memory"
    elif gpu.portion is not None and gpu.portion < 1:
        yield "gpu.portion"
    else:
        yield "gpu"
    if gpu.portion_limit is not None:
        yield "gpu.limit"
    if gpu.memory_limit_bytes is not None:
        yield "gpu.memory_limit"
    if gpu.is_shared and gpu.devices > 1:
        yield SHARED_DEVICES


def _cpu(cpu: CpuAsk) -> Iterator[str]:
    for name, value in (
        ("cores", cpu.cores),
        ("cores_limit", cpu.cores_limit),
        ("memory", cpu.memory_bytes),
        ("memory_limit", cpu.memory_limit_bytes),
    ):
        if value is not None:
            yield f"cpu.{name}"


def _replicas(replicas: Replicas) -> Iterator[str]:
    yield "replicas.min"
    yield "replicas.max"
    for name, value in (
        ("metric", replicas.metric),
        ("target", replicas.target),
        ("initial", replicas.initial),
        ("idle", replicas.idle_seconds),
    ):
        if value is not None:
            yield f"replicas.{name}"
