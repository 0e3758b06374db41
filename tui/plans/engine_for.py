"""The benchmark engine for one model of a plan: what a plan asks of its load, with workers and a run directory of its
own. What is done with the engine is the loader's.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from config.secret import Secret
from tui.bench.engine.controls import Controls
from tui.bench.engine.pace import ALONE, Pace
from tui.bench.engine.progress import Listener
from tui.bench.engine.run import Engine, NewWorker
from tui.bench.engine.transport import LocalWorker
from tui.bench.results.rundir import RunDirectory
from tui.bench.setup import prepare, secret_headers, secret_words
from tui.bench.spec import LimitSpec, LoadSpec, Place, PromptSpec, Slo, Start, Target
from tui.plans.run import Watcher
from tui.plans.stage import Reach
from tui.plans.values import Cell, PlanLoad

Workers = Callable[[int, Controls], AbstractAsyncContextManager[NewWorker]]
"""So many workers for the time of one run; an interrupt ends the wait for them. ``OSError`` with one line."""


@asynccontextmanager
async def local_workers(count: int, controls: Controls) -> AsyncIterator[NewWorker]:
    """Processes of this machine, as many as are wanted."""
    yield LocalWorker


@dataclass(frozen=True, slots=True)
class Means:
    """What loads: ``workers`` gives those of each run at that ``place``, ``count`` of them (0: as many as are needed).
    ``api_key`` is written nowhere."""

    workers: Workers = local_workers
    count: int = 0
    api_key: Secret | None = None
    place: Place = "local"


@dataclass(frozen=True, slots=True)
class About:
    """What is known beside the load of one model: an observer of its server, (what, value) pairs for ``run.json``."""

    observer: Watcher | None = None
    environment: tuple[tuple[str, str], ...] = ()


AboutOf = Callable[[Cell, str, Reach], About]
"""What is known of a model of a cell at that address; may block."""


def load_spec(asked: PlanLoad, reach: Reach, limits: LimitSpec, start: Start, count: int) -> LoadSpec:
    """What the plan asks for, at that address or those, by ``count`` workers or as many as are needed."""
    return LoadSpec(
        target=Target(reach.urls[0], reach.model, headers=reach.headers),
        prompts=PromptSpec(
            isl=asked.isl,
            osl=asked.osl,
            isl_stddev=asked.isl_stddev,
            osl_stddev=asked.osl_stddev,
            seed=asked.seed,
        ),
        limits=limits,
        start=start,
        workers=count,
        slo=Slo(ttft_seconds=asked.ttft_ms / 1000.0),
    )


@asynccontextmanager
async def engine_for(
    load: LoadSpec,
    reach: Reach,
    means: Means,
    folder: Path,
    command: str,
    about: About,
    listener: Listener,
    controls: Controls,
    pace: Pace = ALONE,
) -> AsyncIterator[Engine]:
    """An engine that is ready to load, writing to ``folder``. Raises ``ValueError`` and ``OSError`` with one line."""
    several = reach.urls if len(reach.urls) > 1 else ()
    load = replace(load, addresses=several, place=means.place, keep_records=means.place == "local")
    key = means.api_key.reveal() if means.api_key is not None else ""
    probe, setup = await asyncio.to_thread(prepare, load, key)
    directory = RunDirectory(folder, command, secrets=secret_words(secret_headers(load.target, key)))
    if about.observer is not None:
        about.observer.start()
    try:
        directory.begin(load, probe, about.environment)
        async with means.workers(load.workers, controls) as new:
            run = uuid.uuid4().hex[:12]
            engine = Engine(load, probe, setup, directory, listener, controls, about.observer, new, run, pace)
            async with engine:
                yield engine
    finally:
        if about.observer is not None:
            await asyncio.to_thread(about.observer.stop)
        directory.close()
