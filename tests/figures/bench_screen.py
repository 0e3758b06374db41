"""What the live screen adds to a benchmark: the same run headless and in the app, against the truth server.

Each runs in a process of its own on a pty of 160x50: the run alone, and the run that the Bench form starts in the app.
CPU is of the whole tree (the workers too), from the start of the run until its last worker is reaped. The error of TTFT
is the client's mean less the server's own.

    python -m tests.figures bench_screen
"""

import asyncio
import json
import resource
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.figures.report import Figure
from tests.figures.terminal import Terminal
from tests.truth.build import NO_COMPILER, TruthServer, compiler
from tui.plans.run import BenchRun
from tui.present.bench_parse import parse_form
from tui.present.bench_values import RUN, FormValues

USERS, TOKENS, TTFT_MS, ITL_MS = 256, 200, 200.0, 10.0
REQUESTS = USERS * 10
ROUNDS = 3
_TIMEOUT_SECONDS = 180.0
_HEADLESS, _SCREEN = "headless", "screen"


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds of the tree, and by how many ms its mean TTFT is above the server's."""

    cpu_seconds: float
    error_ms: float


def measure() -> list[Figure]:
    if compiler() is None:
        raise SystemExit(f"{NO_COMPILER}: the Python one is too slow to be the truth here")
    pairs = [(_cost(_HEADLESS), _cost(_SCREEN)) for _ in range(ROUNDS)]
    bare = statistics.median(alone.cpu_seconds for alone, _ in pairs)
    added = tuple(100.0 * (screen.cpu_seconds / bare - 1.0) for _, screen in pairs)
    errors = tuple(screen.error_ms - alone.error_ms for alone, screen in pairs)
    how = f"{USERS} users, {REQUESTS:,} requests of {TOKENS} tokens; whole tree, over the median without it"
    return [
        Figure("live Bench screen at 160x50: CPU added", added, "%", 5, how),
        Figure(
            "  TTFT mean error added", errors, "ms", 1, "its mean less the server's own, with the screen less without"
        ),
        Figure(
            "  the run without it: CPU",
            tuple(alone.cpu_seconds for alone, _ in pairs),
            "s",
            None,
            "the same run in a process that draws nothing",
        ),
    ]


def _cost(how: str) -> Cost:
    with tempfile.TemporaryDirectory() as folder, TruthServer(ttft_ms=TTFT_MS, itl_ms=ITL_MS) as server:
        report = Path(folder) / "report.json"
        with Terminal([how, server.url, folder], module="tests.figures.bench_screen", XDG_STATE_HOME=folder) as side:
            _until_there(report, side)
        found = json.loads(report.read_text())
        return Cost(found["cpu_seconds"], found["ttft_ms"] - 1000.0 * server.truth().ttft_mean_seconds)


def _until_there(report: Path, side: Terminal) -> None:
    while not report.exists():
        side.read_for(0.2)
        ended = side.process.poll() is not None and not report.exists()
        if ended or time.monotonic() - side.started > _TIMEOUT_SECONDS:
            raise TimeoutError(f"the run did not end well: {side.written[-400:]!r}")


# -- the other side: the run, with or without the app on this process's terminal ---------------------------------------


def values(url: str) -> FormValues:
    """What the form asks for, in both ways alike."""
    tokens = str(TOKENS)
    return FormValues(
        url=url, model="truth", isl=tokens, osl=tokens, mode=RUN, users=str(USERS), ttft_ms="", requests=str(REQUESTS)
    )


def headless(url: str, folder: Path) -> None:
    plan = parse_form(values(url)).plan
    assert plan is not None
    run, before = BenchRun(plan, folder / "run"), cpu_seconds()
    run.start()
    _tell(run, before, folder)


def on_screen(url: str, folder: Path) -> None:
    """The app as its user drives it: screen 5, the form filled in, started."""
    from config.settings import Settings
    from tests.figures.held import HeldFeed
    from tui.app import NimdeckApp
    from tui.screens.bench import BenchScreen
    from tui.screens.bench_fields import set_values

    feed = HeldFeed()
    app = NimdeckApp(lambda: feed, Settings())

    async def drive(pilot: object) -> None:
        await _settled(app)
        app.go("bench")
        await _settled(app)
        form = app.screen
        assert isinstance(form, BenchScreen)
        set_values(form, values(url))
        await _settled(app)
        before = cpu_seconds()
        form.do_bench_start()
        assert app.bench is not None
        await asyncio.to_thread(_tell, app.bench, before, folder)
        app.exit()

    asyncio.run(app.run_async(auto_pilot=drive))


async def _settled(app: object) -> None:
    from tests.figures.held import settled
    from tui.app import NimdeckApp

    assert isinstance(app, NimdeckApp)
    await settled(app)
    while app.feed is None:
        await settled(app)
        await asyncio.sleep(0)


def cpu_seconds() -> float:
    """Of this process and of all that it has waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _tell(run: BenchRun, before: float, folder: Path) -> None:
    """Wait for the end of the run, and write down what it took."""
    run.wait()
    used = cpu_seconds() - before
    if not run.latest().finished:
        raise RuntimeError(f"the run measured nothing: {run.state().problem}")
    (point,) = run.latest().finished
    told = json.dumps({"cpu_seconds": used, "ttft_ms": point.ttft_ms.mean, "valid": point.valid})
    (folder / "report.part").write_text(told)
    (folder / "report.part").replace(folder / "report.json")


if __name__ == "__main__":
    {_HEADLESS: headless, _SCREEN: on_screen}[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
