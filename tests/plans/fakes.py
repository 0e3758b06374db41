"""A stage and a loader that do nothing but remember, on a clock that takes no time."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.plans.made import point
from tui.bench.engine.controls import Controls
from tui.bench.engine.progress import Progress
from tui.plans.plan_time import SimulatedTime
from tui.plans.stage import Reach, StageError
from tui.plans.values import Cell, MapFrame, ModelResult, Placed, PlanModel, PlanTest


class FakeStage:
    """``troubles`` are what happens at (call, cell id)."""

    simulated = True

    def __init__(self, time: SimulatedTime) -> None:
        self.time = time
        self.calls: list[tuple[str, str]] = []
        self.troubles: dict[tuple[str, str], Callable[[], None]] = {}
        self.problem = ""
        self.left_over: tuple[str, ...] = ()
        self.waits: asyncio.Event | None = None
        self.asked = asyncio.Event()  # whether it is ready

    def gpus(self) -> float | None:
        return 4.0

    async def prepare(self, test: PlanTest, models: tuple[PlanModel, ...]) -> None:
        self._call("prepare", test.id)

    async def scale(self, cell: Cell) -> None:
        self._call("scale", cell.id)

    async def ready(self, cell: Cell, timeout_seconds: float) -> float:
        self._call("ready", cell.id)
        self.asked.set()
        if self.waits is not None:
            await self.waits.wait()
        await self.time.sleep(60.0)
        return 60.0

    def placed(self, cell: Cell) -> Placed:
        return Placed((("n1", cell.pods),), ((1, cell.pods),), cell.pods, self.problem)

    async def reach(self, cell: Cell, model: PlanModel) -> Reach:
        return Reach(model.name, (f"http://{model.key}:8000",))

    def frame(self, seconds: float) -> MapFrame | None:
        return MapFrame(seconds, (("n1", ((("L", 0.5),), ())),), 1)

    async def restore(self) -> tuple[str, ...]:
        self._call("restore", "")
        return self.left_over

    def _call(self, name: str, what: str) -> None:
        self.calls.append((name, what))
        self.troubles.get((name, what), lambda: None)()


class FakeLoader:
    """Finds 100 users a pod, or those that are held."""

    def __init__(self, time: SimulatedTime) -> None:
        self.time = time
        self.measured: list[tuple[str, dict[str, int | None]]] = []
        self.troubles: dict[str, Callable[[Controls], None]] = {}

    async def measure(
        self,
        cell: Cell,
        reaches: Mapping[str, Reach],
        users: Mapping[str, int | None],
        folder: Path,
        controls: Controls,
        tell: Callable[[str, Progress], None],
    ) -> tuple[ModelResult, ...]:
        self.measured.append((cell.id, dict(users)))
        found = []
        for model in reaches:
            (folder / model).mkdir(parents=True)
            number = users[model] or 100 * cell.pods
            tell(model, Progress("measuring", 1, None, number, None, 1.0))
            found.append(ModelResult(model, number, point(number)))
        await self.time.sleep(300.0)
        self.troubles.get(cell.id, lambda _: None)(controls)
        return tuple(found)


def fails(line: str) -> Callable[..., None]:
    """A trouble."""

    def trouble(*_: object) -> None:
        raise StageError(line)

    return trouble
