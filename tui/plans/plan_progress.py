"""Where a plan stands: for the line on a terminal, for the live scale screen, for nobody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tui.bench.engine.progress import Progress
from tui.plans.estimate import cell_seconds
from tui.plans.values import Autoscaled, Cell, CellResult, MapFrame, ScalePlan

PlanPhase = Literal["starting", "preparing", "scaling", "waiting", "measuring", "cooling", "restoring", "done"]


@dataclass(frozen=True, slots=True)
class PlanProgress:
    """``number`` of ``cells`` counts those that can run; ``cell`` is the one under way. ``models`` holds (model, what
    its load tells). ``seconds`` and ``eta_seconds`` of the whole plan, on its own time; ``None``: nothing is known.

    ``results`` and ``autoscaled`` are all so far, those of an earlier run of this plan as well.
    """

    phase: PlanPhase
    number: int
    cells: int
    cell: Cell | None = None
    models: tuple[tuple[str, Progress], ...] = ()
    seconds: float = 0.0
    eta_seconds: float | None = None
    results: tuple[CellResult, ...] = ()
    frame: MapFrame | None = None
    autoscaled: tuple[Autoscaled, ...] = ()
    text: str = ""

    @property
    def users(self) -> int | None:
        """Of all models of the cell together; ``None`` while none is loaded."""
        told = [progress.users for _, progress in self.models if progress.users is not None]
        return sum(told) if told else None


def time_left(
    plan: ScalePlan, left: Sequence[Cell], finished: Iterable[CellResult], under_way_seconds: float
) -> float | None:
    """Seconds that the cells ``left`` (the first is under way since ``under_way_seconds``) will take.

    What they were estimated to, times how long the cells that are done really took for each second of theirs.
    """
    if not left:
        return 0.0
    cooldown = plan.load.cooldown_seconds
    took = planned = 0.0
    for result in finished:
        if result.state == "done":
            took += result.finished_at - result.started_at + cooldown
            planned += sum(cell_seconds(plan, result.cell)) + cooldown
    ratio = took / planned if planned and took > 0 else 1.0
    costs = [(sum(cell_seconds(plan, cell)) + cooldown) * ratio for cell in left]
    return max(0.0, costs[0] - under_way_seconds) + sum(costs[1:])
