"""What the tests of these screens do by keys, one step a function."""

from pathlib import Path

from textual.widgets import Input

from tests.screens.stage import Deck
from tests.screens_bench.engine import FakeEngine
from tests.screens_bench.made import AT, LLAMA, VERDICT, on_disk, point, slow_client
from tests.screens_scale import made as scale
from tui.plans.folder import PlanFolder
from tui.plans.run import BenchRun
from tui.plans.values import CellResult
from tui.screens.bench import runs_folder
from tui.screens.bench_live import BenchLiveScreen
from tui.screens.runs import RunsScreen

OLD, NEW = "20270115-100000-guide-table-4", "20270115-110000-mine"  # plans
SIZES = [(80, 24), (120, 40), (200, 60)]
URL = "http://10.185.118.40:8000"


async def fill(on: Deck, **texts: str) -> None:
    for name, text in texts.items():
        on.app.screen.query_one(f"#{name}", Input).value = text
    await on.pilot.pause()


async def start(on: Deck, engine: FakeEngine) -> BenchRun:
    """The form filled in and started by keys."""
    await on.press("5")
    await fill(on, url=URL, model=LLAMA)
    await on.press("f2", "f5")
    assert isinstance(on.app.screen, BenchLiveScreen), on.text()
    return engine.under_way


async def show(on: Deck, engine: FakeEngine, *told: object, seconds: int = 0) -> None:
    for one in told:
        engine.tell(one, seconds=seconds)  # type: ignore[arg-type]
    on.app.deck_screen.redraw()
    await on.pilot.pause()


def two_runs() -> None:
    on_disk(runs_folder() / "20270115-080000-llama", point(1), point(64), point(137), point(160), verdict=VERDICT)
    on_disk(
        runs_folder() / "20270115-090000-llama",
        point(1, 150.0),
        point(64, 400.0),
        slow_client(160),
        command="run",
        at=AT + 3600,
    )


def plan_on_disk(
    name: str, results: tuple[CellResult, ...] = scale.RESULTS, *, at: float = AT, simulated: bool = True
) -> Path:
    """A scale plan's folder among the runs, of seven cells that fit, as the runner leaves it."""
    folder = PlanFolder(runs_folder() / name)
    folder.begin(scale.PLAN, scale.CELLS, (("cluster", "ops@era"),), simulated, at)
    for result in results:
        folder.cell(result)
    for frame in scale.FRAMES:
        folder.frame(frame)
    folder.close()
    return folder.path


def two_plans() -> None:
    plan_on_disk(OLD, at=AT + 7200)
    plan_on_disk(NEW, scale.RESULTS[:1], at=AT + 10800, simulated=False)


async def listed(on: Deck, count: int) -> None:
    await on.press("6")
    screen = on.app.screen
    assert isinstance(screen, RunsScreen)
    await on.until(lambda: len(screen.shown) == count)
