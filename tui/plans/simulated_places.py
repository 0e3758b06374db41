"""Where a cell's pods lie in a rehearsal: spread as Run:ai's spread strategy does it. Pure.

One server after the other, and a GPU of its own for each pod as long as there is one: parts of GPUs lie together only
when every GPU holds a pod, and then beside another model's where there is one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

Gpu = tuple[int, int]
"""Server and GPU on it, both from 0."""

_LOOKED_AT = 16  # GPUs ahead that are searched for one without a pod of the same model


@dataclass(frozen=True, slots=True)
class Place:
    """One pod: the ``number``-th of its model, from 0, and its GPUs: several where it has more than one."""

    model: str
    number: int
    gpus: tuple[Gpu, ...]


def spread(
    models: Sequence[str], pods: int, gpu_per_pod: float, gpus: int, gpus_per_server: int
) -> tuple[Place, ...] | None:
    """``pods`` of each model on ``gpus`` GPUs; ``None`` where they do not fit."""
    slots, layers = _slots(gpu_per_pod, gpus, gpus_per_server)
    wanted = [(model, number) for number in range(pods) for model in models]
    if len(wanted) > layers * len(slots):
        return None
    held = {slot: Counter[str]() for slot in slots}
    places: list[Place] = []
    left: list[tuple[Gpu, ...]] = []
    for model, number in wanted:
        left = left or list(slots)
        slot = min(left[:_LOOKED_AT], key=lambda slot: held[slot][model])
        left.remove(slot)
        held[slot][model] += 1
        places.append(Place(model, number, slot))
    return tuple(places)


def _slots(gpu_per_pod: float, gpus: int, gpus_per_server: int) -> tuple[list[tuple[Gpu, ...]], int]:
    """Room for one pod each, server by server, and how many pods each of them holds in the end."""
    servers = [min(gpus_per_server, gpus - first) for first in range(0, gpus, gpus_per_server)]
    devices = max(1, round(gpu_per_pod))
    numbered = sorted((number, server) for server, size in enumerate(servers) for number in range(size // devices))
    slots = [tuple((server, number * devices + gpu) for gpu in range(devices)) for number, server in numbered]
    return slots, max(1, int(1 / gpu_per_pod + 1e-9))
