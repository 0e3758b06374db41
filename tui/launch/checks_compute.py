"""GPUs, CPU and replicas of a spec: ranges, what excludes what, and Run:ai's rules of autoscaling."""

import math
from collections.abc import Iterator

from tui.launch.sizes import MIB, number_text, size_text
from tui.model.launch_spec import CpuAsk, FieldError, GpuAsk, Replicas

MOST_DEVICES = 64
MOST_REPLICAS = 1000
MOST_CORES = 4096
LEAST_PORTION = 0.01
LONGEST_IDLE_SECONDS = 3600
MOST_TARGET = 2**31 - 1
SCALE_TO_ZERO = ("concurrency", "throughput")
MEGABYTE = 10**6

Faults = Iterator[FieldError]


def check_gpu(gpu: GpuAsk) -> Faults:
    """``portion`` and ``memory`` exclude one another; each limit needs what it limits."""
    if not 0 <= gpu.devices <= MOST_DEVICES:
        yield FieldError("gpu.devices", str(gpu.devices), f"is out of range; ask for 0 to {MOST_DEVICES} devices")
    if gpu.portion is not None and gpu.memory_bytes is not None:
        yield FieldError("gpu.memory", size_text(gpu.memory_bytes), "goes not with gpu.portion; give one of them")
    if gpu.devices == 0 and (gpu.portion is not None or gpu.memory_bytes is not None):
        yield FieldError("gpu.devices", "0", "no device has no portion; ask for one at least, or leave the portion out")
    if gpu.portion is not None and not LEAST_PORTION <= gpu.portion <= 1:  # NaN fails this too
        yield FieldError("gpu.portion", str(gpu.portion), f"is no portion of a device; give {LEAST_PORTION} to 1")
    if gpu.memory_bytes is not None:
        yield from _gpu_memory("gpu.memory", gpu.memory_bytes)
    yield from _gpu_limits(gpu)


def _gpu_limits(gpu: GpuAsk) -> Faults:
    if gpu.portion_limit is not None:
        shown = str(gpu.portion_limit)
        if gpu.portion is None or gpu.portion >= 1:
            yield FieldError("gpu.limit", shown, "limits a portion; give gpu.portion below 1 as well")
        elif not gpu.portion <= gpu.portion_limit <= 1:
            yield FieldError("gpu.limit", shown, f"is out of range; give {number_text(gpu.portion)} (the portion) to 1")
    if gpu.memory_limit_bytes is not None:
        yield from _gpu_memory("gpu.memory_limit", gpu.memory_limit_bytes)
        if gpu.memory_bytes is None:
            yield FieldError(
                "gpu.memory_limit", size_text(gpu.memory_limit_bytes), "limits gpu.memory; give that as well"
            )
        elif gpu.memory_limit_bytes < gpu.memory_bytes:
            message = f"is below gpu.memory; give {size_text(gpu.memory_bytes)} or more"
            yield FieldError("gpu.memory_limit", size_text(gpu.memory_limit_bytes), message)


def _gpu_memory(field: str, size_bytes: int) -> Faults:
    """The scheduler counts GPU memory in megabytes; a text without a unit would be read as such."""
    if size_bytes < MIB or (size_bytes % MIB and size_bytes % MEGABYTE):
        yield FieldError(
            field, size_text(size_bytes), "is no whole number of megabytes; write it with its unit, e.g. 40Gi"
        )


def check_cpu(cpu: CpuAsk) -> Faults:
    """Limits not below the requests."""
    for field, cores in (("cpu.cores", cpu.cores), ("cpu.cores_limit", cpu.cores_limit)):
        if cores is not None and not (math.isfinite(cores) and 0.001 <= cores <= MOST_CORES):
            yield FieldError(field, str(cores), f"is out of range; give 0.001 to {MOST_CORES} cores")
        elif cores is not None and round(cores, 3) != cores:
            yield FieldError(field, str(cores), "is finer than Kubernetes counts; give thousandths of a core at most")
    for field, size in (("cpu.memory", cpu.memory_bytes), ("cpu.memory_limit", cpu.memory_limit_bytes)):
        if size is not None and size < MIB:
            yield FieldError(field, size_text(size), "is too small; write it with its unit, such as 32Gi")
    if cpu.cores is not None and cpu.cores_limit is not None and cpu.cores_limit < cpu.cores:
        yield FieldError(
            "cpu.cores_limit", number_text(cpu.cores_limit), "is below cpu.cores; raise it or leave it out"
        )
    memory, limit = cpu.memory_bytes, cpu.memory_limit_bytes
    if memory is not None and limit is not None and limit < memory:
        yield FieldError("cpu.memory_limit", size_text(limit), "is below cpu.memory; raise it or leave it out")


def check_replicas(replicas: Replicas) -> Faults:
    """Run:ai's own rules: a metric where the number moves, and only load that a proxy can hold wakes from zero."""
    lowest, highest = replicas.min, replicas.max
    if not 0 <= lowest <= MOST_REPLICAS:
        yield FieldError("replicas.min", str(lowest), f"is out of range; give 0 to {MOST_REPLICAS}")
    if not 1 <= highest <= MOST_REPLICAS:
        yield FieldError("replicas.max", str(highest), f"is out of range; give 1 to {MOST_REPLICAS}")
    elif lowest > highest:
        yield FieldError("replicas.max", str(highest), f"is below replicas.min; give {lowest} or more")
    if replicas.metric is None and lowest < highest and (lowest, highest) != (0, 1):
        yield FieldError(
            "replicas.metric", "", "is missing; give what moves the number: concurrency, throughput, latency"
        )
    if lowest == 0 and replicas.metric is not None and replicas.metric not in SCALE_TO_ZERO:
        message = "can't wake from zero; give concurrency or throughput, or min: 1"
        yield FieldError("replicas.metric", replicas.metric, message)
    yield from _scaling(replicas)


def _scaling(replicas: Replicas) -> Faults:
    target, initial, idle = replicas.target, replicas.initial, replicas.idle_seconds
    if target is not None and not 1 <= target <= MOST_TARGET:
        yield FieldError("replicas.target", str(target), "is out of range; give a whole number above 0")
    if target is not None and replicas.metric is None:
        yield FieldError("replicas.target", str(target), "is the target of nothing; give replicas.metric as well")
    if initial is not None and not replicas.min <= initial <= replicas.max:
        message = f"is out of range; give {replicas.min} to {replicas.max}"
        yield FieldError("replicas.initial", str(initial), message)
    if idle is not None and replicas.min != 0:
        yield FieldError("replicas.idle", f"{idle}s", "is how long the last replica stays; give min: 0 as well")
    elif idle is not None and not 0 <= idle <= LONGEST_IDLE_SECONDS:
        yield FieldError("replicas.idle", f"{idle}s", "is too long; Run:ai keeps the last replica at most 1h")
