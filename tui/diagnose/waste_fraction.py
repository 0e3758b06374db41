"""What fraction of a GPU would do for a workload: by the catalogue's weights, else by the memory it uses. Pure.

A model server such as vLLM or a NIM reserves about 90 % of the memory it sees, so what it uses says nothing of what it
needs. Where the catalogue knows the model its weights are taken, and as much again for the KV cache; where it does not,
memory in use counts only if it is clearly less than all.
"""

from dataclasses import dataclass
from functools import lru_cache

from config.catalogue import Nim, nim_for_image
from tui.diagnose.waste_holds import Hold
from tui.model.waste import Measure
from tui.model.workload import Workload

STEPS = (0.25, 0.5, 0.75)
LEAST_KV_BYTES = 8e9  # a small model still serves many users at once
SERVER_USES = 0.9  # of the memory that a model server sees
RESERVED_FROM = 0.85  # so much in use by a server is what it reserved
SPARE = 1.25  # memory in use, and a quarter more
_REGISTRY = "nvcr.io/nim"
_SERVING = ("InferenceWorkload", "DistributedInferenceWorkload", "NIMService", "InferenceService", "Service")
_SERVERS = ("/nim/", "vllm", "triton", "sglang", "text-generation-inference", "tgi")


@dataclass(frozen=True, slots=True)
class Need:
    """What one GPU of a workload needs. ``fraction`` is 1 where only the whole does."""

    need_bytes: float
    fraction: float
    measure: Measure


def need_of(row: Workload | None, hold: Hold) -> Need | None:
    """By the model if the catalogue knows it, else by memory in use; ``None`` where neither tells."""
    memory = hold.memory_bytes
    if not memory or not hold.parts:
        return None
    nim = _nim(row)
    if nim is not None:
        devices = max(1.0, hold.parts / max(1, len(hold.pods)))
        need = replica_bytes(nim) / devices
        return Need(need, _step(need / memory), "weights")
    used = hold.used_bytes
    if not used or (used >= RESERVED_FROM * memory and _serves(row)):
        return None
    return Need(used * SPARE, _step(used * SPARE / memory), "memory")


def replica_bytes(nim: Nim) -> float:
    """GPU memory with which one replica serves well: its weights and as much again for the KV cache."""
    return (nim.weights_bytes + max(nim.weights_bytes, LEAST_KV_BYTES)) / SERVER_USES


def _step(part: float) -> float:
    """The least of the usual fractions that is enough."""
    return next((step for step in STEPS if step >= part), 1.0)


def _serves(row: Workload | None) -> bool:
    if row is None:
        return False
    return row.key.kind in _SERVING or any(word in (row.image or "") for word in _SERVERS)


def _nim(row: Workload | None) -> Nim | None:
    if row is None:
        return None
    found = _of_image(row.image) if row.image else None
    return found or (_of_image(f"{_REGISTRY}/{row.model}") if row.model else None)


@lru_cache(1024)
def _of_image(image: str) -> Nim | None:
    return nim_for_image(image)
