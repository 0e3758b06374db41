"""What a plan needs of a cluster and of a load, as protocols: a real one and a simulated one answer them alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tui.bench.engine.controls import Controls
from tui.bench.engine.progress import Progress
from tui.plans.values import Cell, MapFrame, ModelResult, Placed, PlanModel, PlanTest, Second


class Told(Protocol):
    """Who hears of a load, on its loop; must not block. ``seconds``: all so far of one whose autoscaler is left on."""

    def __call__(self, model: str, progress: Progress, seconds: tuple[Second, ...] = ()) -> None: ...


class StageError(Exception):
    """A cell can't go on: one line that says what, and what to do. The plan goes on with the next."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How one model of a cell is reached: one URL, or one for each pod; ``headers`` such as ``Host`` for a route."""

    model: str  # the name that requests carry
    urls: tuple[str, ...]
    headers: tuple[tuple[str, str], ...] = ()


class Stage(Protocol):
    """Where a plan's pods run. Everything raises ``StageError`` with one line; nothing blocks the loop."""

    simulated: bool

    def gpus(self) -> float | None:
        """Allocatable GPUs of the cluster; ``None`` where not known."""

    async def prepare(self, test: PlanTest, models: tuple[PlanModel, ...]) -> None:
        """The workloads of a test are there (launched, or found), whatever number of pods they have."""

    async def scale(self, cell: Cell) -> None:
        """Pin each model of the cell to its pods: minimum = maximum, so that no autoscaler moves under the test."""

    async def ready(self, cell: Cell, timeout_seconds: float) -> float:
        """Wait until every pod of the cell serves and none is left of others; the seconds it took."""

    def placed(self, cell: Cell) -> Placed:
        """Where its pods lie, and whether that is what the plan says."""

    async def reach(self, cell: Cell, model: PlanModel) -> Reach: ...

    def frame(self, seconds: float) -> MapFrame | None:
        """The GPU map at this moment."""

    async def restore(self) -> tuple[str, ...]:
        """Put everything back as it was before the plan; lines about what could not be."""


class Loader(Protocol):
    """What loads a cell. ``users`` holds a number to be held for a model, or ``None``: search."""

    async def measure(
        self,
        cell: Cell,
        reaches: Mapping[str, Reach],
        users: Mapping[str, int | None],
        folder: Path,
        controls: Controls,
        tell: Told,
    ) -> tuple[ModelResult, ...]:
        """All models of the cell at once; ``StageError``: nothing was measured."""
