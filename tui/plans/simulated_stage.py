"""A cluster that is not there: where a plan's pods would lie and when they would serve, on a clock that takes no time.

Nothing of it is measured. Pods are spread as Run:ai would spread them; each start takes what its model typically needs,
with seeded jitter. Addresses name server, GPU and pod, so that the simulated load knows who shares a GPU with whom.
"""

import random
from collections import Counter
from dataclasses import dataclass

from tui.bench.nim.profiles import model_size
from tui.plans.cells import letters
from tui.plans.simulated_clock import SimulatedClock
from tui.plans.simulated_places import Gpu, Place, spread
from tui.plans.stage import Reach, StageError
from tui.plans.values import Cell, MapFrame, Placed, PlanModel, PlanTest, ScalePlan

SCHEME = "simulated"
START_SECONDS_PER_BILLION = 15.0
"""From placed to serving: two minutes for a model of 8 billion parameters whose weights are cached."""

_JITTER = 0.15  # of the start: one standard deviation
_LEAST_START = 0.5  # of the typical start


@dataclass(frozen=True, slots=True)
class _Pod:
    place: Place
    serves_at: float  # seconds of the simulated clock


class SimulatedStage:
    """A ``Stage``. ``clock`` is the time that all in the rehearsal go by; the same seed gives the same starts."""

    simulated = True

    def __init__(self, plan: ScalePlan, gpus: int, gpus_per_server: int, seed: int) -> None:
        if gpus < 1 or gpus_per_server < 1:
            raise ValueError(f"a simulated cluster has at least 1 GPU in a server, not {gpus} in {gpus_per_server}")
        self.clock = SimulatedClock()
        self._plan = plan
        self._gpus = gpus
        self._gpus_per_server = gpus_per_server
        self._seed = seed
        self._pods: dict[tuple[str, int], _Pod] = {}
        self._shape: tuple[str, float] | None = None  # scheduler and GPU a pod: another one means other pods

    def gpus(self) -> float:
        return float(self._gpus)

    async def prepare(self, test: PlanTest, models: tuple[PlanModel, ...]) -> None:
        """There is nothing to launch."""

    async def scale(self, cell: Cell) -> None:
        """Pods that the cell before had and this one has too go on serving; the others start."""
        places = spread(cell.models, cell.pods, cell.gpu_per_pod, self._gpus, self._gpus_per_server)
        if places is None:
            pods = cell.pods * len(cell.models)
            raise StageError(
                f"{pods} pods of {cell.gpu_per_pod:g} GPU do not fit the {self._gpus} simulated GPUs: "
                "rehearse it on more with --gpus"
            )
        shape = (cell.scheduler, cell.gpu_per_pod)
        before = self._pods if shape == self._shape else {}
        self._shape = shape
        self._pods = {(place.model, place.number): self._start(cell, place, before) for place in places}

    def _start(self, cell: Cell, place: Place, before: dict[tuple[str, int], _Pod]) -> _Pod:
        kept = before.get((place.model, place.number))
        if kept is not None and kept.place == place:
            return kept
        return self.started(f"{cell.id} {place.model} {place.number}", place)

    def started(self, name: str, place: Place) -> _Pod:
        """A pod that starts now; ``name`` decides by how much it differs from the typical."""
        chance = random.Random(f"{self._seed} {name}")
        typical = START_SECONDS_PER_BILLION * model_size(self._name(place.model))
        return _Pod(place, self.clock.now() + typical * max(_LEAST_START, chance.gauss(1.0, _JITTER)))

    def _name(self, key: str) -> str:
        return next((model.name for model in self._plan.models if model.key == key), key)

    async def ready(self, cell: Cell, timeout_seconds: float) -> float:
        began = self.clock.now()
        for at in sorted({pod.serves_at for pod in self._pods.values()}):
            if at - began > timeout_seconds:
                await self.clock.sleep(began + timeout_seconds - self.clock.now())
                waits = sum(pod.serves_at > self.clock.now() for pod in self._pods.values())
                raise StageError(f"{waits} of {len(self._pods)} pods of {cell.id} not ready in {timeout_seconds:g} s")
            if at > self.clock.now():
                await self.clock.sleep(at - self.clock.now())
        return self.clock.now() - began

    def placed(self, cell: Cell) -> Placed:
        by_node: Counter[str] = Counter()
        by_gpu: Counter[Gpu] = Counter()
        for pod in self._pods.values():
            by_node[_server(pod.place.gpus[0][0])] += 1
            by_gpu.update(pod.place.gpus)
        return Placed(
            by_node=tuple(sorted(by_node.items())),
            pods_per_gpu=tuple(sorted(Counter(by_gpu.values()).items())),
            gpus=len(by_gpu),
        )

    async def reach(self, cell: Cell, model: PlanModel) -> Reach:
        """One address a pod: ``simulated://server-01/gpu-0/llama-0``."""
        places = [pod.place for (key, _), pod in self._pods.items() if key == model.key]
        return Reach(model.name, tuple(address(place) for place in places))

    def frame(self, seconds: float) -> MapFrame:
        parts: dict[Gpu, list[tuple[str, float]]] = {}
        each = self._shape[1] if self._shape is not None else 1.0
        signs = letters(self._plan)
        for pod in self._pods.values():
            for gpu in pod.place.gpus:
                parts.setdefault(gpu, []).append((signs.get(pod.place.model, "?"), min(1.0, each)))
        servers = -(-self._gpus // self._gpus_per_server)
        rows = tuple((_server(server), self._row(server, parts)) for server in range(servers))
        ready = sum(pod.serves_at <= self.clock.now() for pod in self._pods.values())
        return MapFrame(seconds, rows, ready)

    def _row(self, server: int, parts: dict[Gpu, list[tuple[str, float]]]) -> tuple[tuple[tuple[str, float], ...], ...]:
        size = min(self._gpus_per_server, self._gpus - server * self._gpus_per_server)
        return tuple(tuple(parts.get((server, gpu), ())) for gpu in range(size))

    async def restore(self) -> tuple[str, ...]:
        self._pods, self._shape = {}, None
        return ()


def address(place: Place) -> str:
    """Where a simulated pod is reached; ``gpus_of`` reads it back."""
    server, gpus = place.gpus[0][0], "+".join(str(gpu) for _, gpu in place.gpus)
    return f"{SCHEME}://{_server(server)}/gpu-{gpus}/{place.model}-{place.number}"


def gpus_of(url: str) -> str:
    """Server and GPUs of an address; two pods with the same share them. ``StageError`` for a real address."""
    scheme, _, rest = url.partition("://")
    if scheme != SCHEME:
        raise StageError(f"{url} is not a simulated pod: simulated load only loads a simulated cluster")
    return rest.rpartition("/")[0]


def _server(number: int) -> str:
    return f"server-{number + 1:02}"
