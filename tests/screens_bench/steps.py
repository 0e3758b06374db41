"""What the tests of these screens do by keys, one step a function."""

from textual.widgets import Input

from tests.screens.stage import Deck
from tests.screens_bench.engine import FakeEngine
from tests.screens_bench.made import AT, LLAMA, VERDICT, on_disk, point, slow_client
from tui.plans.run import BenchRun
from tui.screens.bench import runs_folder
from tui.screens.bench_live import BenchLiveScreen
from tui.screens.runs import RunsScreen

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


async def listed(on: Deck, count: int) -> None:
    await on.press("6")
    screen = on.app.screen
    assert isinstance(screen, RunsScreen)
    await on.until(lambda: len(screen.shown) == count)
