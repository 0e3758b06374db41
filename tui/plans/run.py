"""A benchmark beside the app: the engine on a thread with an event loop of its own: no screen ever waits for it.

It starts, stops and remembers; it draws nothing and decides nothing about points. What the engine tells lies in a
mailbox that any thread may read; what it finds is on disk as it comes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from config.secret import Secret
from tui.bench.engine.progress import Beat, Progress
from tui.bench.figures import PointResult, Verdict
from tui.bench.spec import LoadSpec, SearchPlan, SweepPlan
from tui.plans.beside import Beside

if TYPE_CHECKING:
    from tui.bench.engine.assemble import PointFacts
    from tui.bench.engine.run import Engine, NewWorker
    from tui.bench.probe import Probe
    from tui.bench.results.rundir import RunDirectory

Sample = dict[str, float | str | None]
Plan = SweepPlan | SearchPlan
Perform = Callable[["BenchRun"], Awaitable[None]]
WorkersOf = Callable[["BenchRun"], "AbstractAsyncContextManager[NewWorker]"]
"""The workers of a run, from its first point to its end. ``OSError`` with one line where they can't be had."""

_CLOSE_SECONDS = 5.0
_CLEAR_SECONDS = 30.0  # to delete what the workers were in the cluster


class Watcher(Protocol):
    """An ``Observer`` of the engine that has a life of its own."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def sample(self) -> Sample: ...


@dataclass(frozen=True, slots=True)
class RunState:
    """What is known of a run at one moment. ``problem`` is the line that ended it early, ``""`` if nothing did.

    ``notes`` are what the user should know: what the endpoint refuses, what could not be written.
    """

    progress: Progress
    beats: tuple[Beat, ...] = ()
    server: tuple[Sample, ...] = ()
    problem: str = ""
    running: bool = False
    notes: tuple[str, ...] = ()


class BenchRun(Beside):
    """One run: ``start`` it once, read ``state`` as often as you like, end it by ``stop`` or ``close``.

    ``folder`` must not exist yet, unless ``resume`` goes on with the run in it. ``environment`` are (what, value) pairs
    for ``run.json``; ``api_key`` is written nowhere. ``perform`` carries the plan out on the run's own loop; whatever
    it tells by ``tell`` and keeps by ``keep`` is what ``state`` shows. ``workers``: processes of this machine if left
    out.
    """

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        observer: Watcher | None = None,
        environment: tuple[tuple[str, str], ...] = (),
        perform: Perform | None = None,
        api_key: Secret | None = None,
        resume: bool = False,
        workers: WorkersOf | None = None,
    ) -> None:
        super().__init__("the benchmark", _CLOSE_SECONDS if workers is None else _CLEAR_SECONDS)
        self.plan = plan
        self.folder = folder
        self.observer = observer
        self.environment = environment
        self.api_key = api_key
        self.resume = resume
        self.workers = workers
        self._perform = perform or carry_out
        points = len(plan.points) if isinstance(plan, SweepPlan) else None
        self._progress = Progress("probing", 0, points, None, None, 0.0, text="asking the endpoint what it accepts")
        self._beats: list[Beat] = []
        self._server: list[Sample] = []
        self._notes: list[str] = []

    # -- from any thread -------------------------------------------------------------------------------------------

    def latest(self) -> Progress:
        """What the engine told last."""
        with self._lock:
            return self._progress

    def state(self) -> RunState:
        """Everything told so far."""
        running = self.running
        with self._lock:
            return RunState(
                self._progress, tuple(self._beats), tuple(self._server), self._problem, running, tuple(self._notes)
            )

    def label(self) -> str:
        """A word for the header while it runs: ``BENCH 64 users``; ``""`` when it has ended."""
        progress = self.latest()
        if not self.running or progress.phase == "done":
            return ""
        if self.controls.interrupts:
            return "BENCH stopping"
        return f"BENCH {progress.users} users" if progress.users is not None else f"BENCH {progress.phase}"

    # -- on the run's own loop -------------------------------------------------------------------------------------

    def tell(self, progress: Progress) -> None:
        """The engine's ``Listener``. Figures come once a second; between them the last ones stand."""
        with self._lock:
            before = self._progress
            if progress.partial is None and progress.point == before.point and progress.phase != "warming":
                progress = replace(progress, partial=before.partial)
            self._progress = progress

    def note(self, text: str) -> None:
        """Tell the user something, once."""
        with self._lock:
            if text and text not in self._notes:
                self._notes.append(text)

    def keep(self, directory: "RunDirectory") -> "KeptRun":
        """A sink that writes to ``directory`` and remembers what the charts against time need."""
        return KeptRun(directory, self._remember, self.note)

    def _remember(self, beat: Beat | None, sample: Sample | None) -> None:
        with self._lock:
            if beat is not None:
                self._beats.append(beat)
            if sample is not None:
                self._server.append(sample)

    async def _go(self) -> None:
        if self.observer is not None:
            self.observer.start()
        try:
            await self._perform(self)
        finally:
            if self.observer is not None:
                self.observer.stop()


class KeptRun:
    """The engine's ``Sink``: everything goes to disk, beats and server samples stay in memory as well."""

    def __init__(
        self,
        directory: "RunDirectory",
        remember: Callable[[Beat | None, Sample | None], None],
        note: Callable[[str], None],
    ) -> None:
        self._directory = directory
        self._remember = remember
        self._note = note

    def begin(self, load: LoadSpec, probe: "Probe") -> None:
        self._directory.begin(load, probe)

    def record(self, point: int, raw: bytes) -> None:
        self._directory.record(point, raw)

    def beat(self, point: int, beat: Beat) -> None:
        self._directory.beat(point, beat)
        self._remember(beat, None)
        self._note(self._directory.problem)

    def server(self, sample: Sample) -> None:
        self._directory.server(sample)
        self._remember(None, sample)

    def windows(self, point: int, worker: int, line: bytes) -> None:
        self._directory.windows(point, worker, line)

    def facts(self, point: int, facts: "PointFacts") -> None:
        self._directory.facts(point, facts)

    def point(self, number: int, result: PointResult) -> None:
        self._directory.point(number, result)

    def verdict(self, verdict: Verdict) -> None:
        self._directory.verdict(verdict)


async def carry_out(run: BenchRun) -> None:
    """Probe the endpoint, then all points of the plan. ``ValueError`` or ``OSError`` with one line.

    Imports the engine when it is called: a session that never measures does not load it.
    """
    from tui.bench.engine.run import Engine
    from tui.bench.engine.search_watch import SearchWatch
    from tui.bench.engine.transport import LocalWorker
    from tui.bench.results.rundir import RunDirectory
    from tui.bench.setup import prepare, secret_headers, secret_words

    plan, load = run.plan, run.plan.load
    key = run.api_key.reveal() if run.api_key is not None else ""
    command = "search" if isinstance(plan, SearchPlan) else "run"
    secrets = secret_words(secret_headers(load.target, key))
    done = await asyncio.to_thread(_already, run)
    probe, setup = await asyncio.to_thread(prepare, load, key)
    if run.controls.interrupts:
        return
    for note in probe.notes:
        run.note(note)
    directory = RunDirectory(run.folder, command, resume=run.resume, secrets=secrets)
    try:
        directory.begin(load, probe, run.environment)
        sink = run.keep(directory)
        listener = SearchWatch(run.tell, plan, run.controls) if isinstance(plan, SearchPlan) else run.tell
        async with run.workers(run) if run.workers is not None else nullcontext(LocalWorker) as new_worker:
            engine = Engine(load, probe, setup, sink, listener, run.controls, run.observer, new_worker)
            async with engine:
                engine.results.extend(done)
                await _points(engine, plan, done)
    finally:
        directory.close()


def _already(run: BenchRun) -> tuple[PointResult, ...]:
    """The points of the run that is gone on with, and whether the prompts can be read: before anything is sent."""
    if (dataset := run.plan.load.prompts.dataset) is not None:
        from tui.bench.prompts.dataset import read_dataset

        read_dataset(dataset)
    if not run.resume:
        return ()
    from tui.bench.results.reader import read_run

    return tuple(result for result in read_run(run.folder).points if result.ended != "interrupted")


async def _points(engine: "Engine", plan: Plan, done: tuple[PointResult, ...]) -> None:
    from tui.bench.engine.left import not_yet
    from tui.bench.engine.ramp import ramp
    from tui.bench.engine.search import search

    if isinstance(plan, SweepPlan):
        await engine.sweep(not_yet(plan.points, done))
    elif plan.adaptive:
        await ramp(engine, plan, done)
    else:
        await search(engine, plan, done)
