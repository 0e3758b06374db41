"""The engines of all serving pods: which takes a request, and how fast each is beside its neighbours on the same GPU.

A pod that answers real requests has no simulated traffic until the last is ten seconds past: a benchmark finds the pod
to itself, as on a cluster that is kept free for it, and its neighbours as busy as they are.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass

from tui.bench.nim.gpu import gpu_speed
from tui.bench.nim.profiles import parameters_for
from tui.demo.nim.engine import PodEngine
from tui.demo.nim.load import NimLoad
from tui.demo.telemetry import PodUse

_QUIET_SECONDS = 10.0
_WINDOW_SECONDS = 0.4  # less than that is a few steps long: busy or not by chance

Key = tuple[str, str]  # namespace, pod
Gpu = tuple[str, int]  # node, index


@dataclass(frozen=True, slots=True)
class Place:
    """A serving pod: ``gpus`` that it was given, 1 or more whole ones or a part of one; MIG isolates that part."""

    workload: str
    model: str
    gpus: float
    isolated: bool
    load: NimLoad


def generates(model: str) -> bool:
    """It is a language model: it answers prompts with text."""
    return not any(word in model.lower() for word in ("embed", "rerank", "bge-", "riva", "e5-"))


def _same_process(engine: PodEngine, place: Place | None) -> bool:
    """The pod still serves, and has not been away between two looks: counters begin anew with a process."""
    return place is not None and place.load is engine.load


class Fleet:
    """``measured`` gets how busy pods are that answer real requests, in parts of the share that each was given;
    ``in_flight`` how many such requests each workload has: as ``routed`` counts them, else all that its engines have.
    """

    def __init__(
        self,
        measured: MutableMapping[Key, float],
        in_flight: MutableMapping[Key, int] | None = None,
        routed: Callable[[Key], int] | None = None,
    ) -> None:
        self._measured = measured
        self._routed = routed
        self._requests: MutableMapping[Key, int] = {} if in_flight is None else in_flight
        self._places: dict[Key, Place] = {}
        self._pods: dict[Key, list[Key]] = {}  # by namespace and workload
        self._engines: dict[Key, PodEngine] = {}
        self._gpus: dict[Key, list[Gpu]] = {}
        self._uses: dict[Gpu, dict[Key, float]] = {}
        self._read: dict[Key, tuple[float, float]] = {}  # busy seconds, and when
        self._busy: dict[Key, float] = {}

    @property
    def active(self) -> set[Key]:
        """Pods under real requests."""
        now = asyncio.get_running_loop().time()
        return {
            key for key, engine in self._engines.items() if engine.in_flight or now - engine.used_at < _QUIET_SECONDS
        }

    def follow(self, places: Mapping[Key, Place]) -> None:
        """These pods serve now; the engines of others break off."""
        self._places, self._pods = dict(places), {}
        for key, place in places.items():
            self._pods.setdefault((key[0], place.workload), []).append(key)
        for workload in [workload for workload in self._requests if workload not in self._pods]:
            del self._requests[workload]
        for key in [key for key, engine in self._engines.items() if not _same_process(engine, places.get(key))]:
            self._engines.pop(key).close()
            self._measured.pop(key, None)
            self._busy.pop(key, None)
            self._read.pop(key, None)

    def engine(self, key: Key) -> PodEngine | None:
        """The pod's engine, ``None`` if it doesn't serve."""
        place = self._places.get(key)
        if place is None:
            return None
        engine = self._engines.get(key)
        if engine is None:
            engine = self._engines[key] = PodEngine(parameters_for(place.model, place.gpus), place.load)
            engine.speed = self._speed(key, place)
            self._read[key] = (0.0, engine.used_at)
        return engine

    def serves(self, namespace: str, workload: str) -> bool:
        """One of that workload's pods does."""
        return (namespace, workload) in self._pods

    def choose(self, namespace: str, workload: str) -> PodEngine | None:
        """The engine of that workload's pod with the fewest requests in flight; ``None`` while no pod serves."""
        keys = self._pods.get((namespace, workload))
        if not keys:
            return None
        return self.engine(min(keys, key=self._in_flight))

    def _in_flight(self, key: Key) -> int:
        engine = self._engines.get(key)
        return engine.in_flight if engine is not None else 0

    def meter(self, uses: Iterable[PodUse], now: float) -> None:
        """Reads how busy engines were since they were last read (``now`` in the loop's time); neighbours feel it."""
        self._uses, self._gpus = {}, {}
        for use in uses:
            key, gpu = (use.namespace, use.pod), (use.node, use.index)
            self._uses.setdefault(gpu, {})[key] = use.utilization_percent / 100
            self._gpus.setdefault(key, []).append(gpu)
        active = self.active
        for key, engine in self._engines.items():
            before, at = self._read[key]
            if now - at >= _WINDOW_SECONDS:
                self._read[key] = (engine.busy_seconds, now)
                self._busy[key] = min(1.0, (engine.busy_seconds - before) / (now - at))
        for key, engine in self._engines.items():
            place = self._places[key]
            engine.speed = self._speed(key, place)
            if key in active:
                self._measured[key] = self._busy.get(key, 0.0) * engine.speed / min(1.0, place.gpus)
            else:
                self._measured.pop(key, None)
        self._count({(key[0], self._places[key].workload) for key in active})

    def _count(self, active: set[Key]) -> None:
        for workload in list(self._requests):
            if workload not in active:
                del self._requests[workload]
        for workload in active:
            if self._routed is None:
                self._requests[workload] = sum(map(self._in_flight, self._pods[workload]))
            elif (count := self._routed(workload)) or workload in self._requests:
                self._requests[workload] = count

    def _speed(self, key: Key, place: Place) -> float:
        if place.isolated:
            return min(1.0, place.gpus)
        if place.gpus >= 1:
            return 1.0
        loads = [self._neighbours(key, gpu) for gpu in self._gpus.get(key, ())]
        return gpu_speed(place.gpus, max(loads, default=0.0))

    def _neighbours(self, key: Key, gpu: Gpu) -> float:
        """The part of the GPU's time that others on it would use: an engine at work would use all of it."""
        demand = 0.0
        for other, share in self._uses.get(gpu, {}).items():
            if other != key:
                demand += self._busy.get(other, share) if other in self._measured else share
        return min(1.0, demand)
