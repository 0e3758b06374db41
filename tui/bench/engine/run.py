"""A whole run: probe, workers, the points of a sweep or of a search, everything on disk as it comes.

The engine knows no terminal and no cluster: what it tells goes to a listener, what it keeps to a sink, and what is
known of the server beside the load comes from an observer.
"""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from tui.bench.engine import crew
from tui.bench.engine.assemble import PointFacts
from tui.bench.engine.controls import Controls
from tui.bench.engine.curve import UserCurve
from tui.bench.engine.follow import RampRunner
from tui.bench.engine.pace import ALONE, Pace, until
from tui.bench.engine.point import MeasureAgain, PointRun, with_note
from tui.bench.engine.pool import Pool, PoolError
from tui.bench.engine.progress import Beat, Listener, Phase, Progress
from tui.bench.engine.transport import LocalWorker, NoWorkerLeft, WorkerTransport
from tui.bench.figures import PointResult, Verdict
from tui.bench.probe import Probe
from tui.bench.spec import LoadSpec, PointSpec

_ATTEMPTS = 6  # at one point: workers that keep dying must not keep it forever
NewWorker = Callable[[int], WorkerTransport]


class Sink(Protocol):
    """Where a run is kept; every call has it on disk when it returns."""

    def begin(self, load: LoadSpec, probe: Probe) -> None: ...

    def record(self, point: int, raw: bytes) -> None: ...

    def beat(self, point: int, beat: Beat) -> None: ...

    def server(self, sample: dict[str, float | str | None]) -> None: ...

    def windows(self, point: int, worker: int, line: bytes) -> None:
        """What a worker counted, as it said it."""

    def facts(self, point: int, facts: PointFacts) -> None:
        """With these a point's figures were made of all its windows so far; later ones count no more."""

    def point(self, number: int, result: PointResult) -> None: ...

    def verdict(self, verdict: Verdict) -> None: ...


class Observer(Protocol):
    """What is known of the server and its GPU beside the load; ``sample`` must not block."""

    def sample(self) -> dict[str, float | str | None]: ...


class Engine:
    """Runs points on workers that it starts and reaps. Use as an async context manager.

    ``setup`` is the workers' set-up message (``docs/worker.md``), made from the probe by ``tui.bench.setup``.
    ``new_worker`` may raise ``NoWorkerLeft``: then the living ones take over what a lost one had. ``pace`` keeps it in
    step with engines beside it.
    """

    def __init__(
        self,
        load: LoadSpec,
        probe: Probe,
        setup: dict[str, object],
        sink: Sink,
        listener: Listener,
        controls: Controls | None = None,
        observer: Observer | None = None,
        new_worker: NewWorker = LocalWorker,
        run: str = "run",
        pace: Pace = ALONE,
    ) -> None:
        self.load = load
        self.controls = controls or Controls()
        self.results: list[PointResult] = []
        self.client_limited = False  # a search could not measure more users validly
        self._setup = setup
        self._sink = sink
        self._listener = listener
        self._observer = observer
        self._new_worker = new_worker
        self._pace = pace
        self._pool = Pool(run, sink.record if load.keep_records else None, sink.windows)
        self._itl_seconds = probe.itl_seconds
        self._runner = RampRunner(self._pool, load, self.controls, probe.request_seconds, self._on_beat)
        self._began = time.monotonic()
        self._number = 0
        self._points: int | None = None
        self._last_second = -1
        self._stopped = False
        self._all_given = False  # no more workers can be had

    async def __aenter__(self) -> "Engine":
        await self._pool.setup(self._setup, ())  # for the workers that come
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Cut what is in flight and end the workers."""
        if not self._stopped:
            self._stopped = True
            await self._pool.tell("abort")
            await self._pool.stop()

    @property
    def request_seconds(self) -> float:
        """How long a request lasts, as seen last."""
        return self._runner.request_seconds

    async def sweep(self, points: Sequence[PointSpec]) -> list[PointResult]:
        """All points in order; fewer if interrupted."""
        self._points = len(self.results) + len(points)
        for spec in points:
            if self.controls.interrupts:
                break
            await self.point(spec)
        self._tell("done")
        return self.results

    async def point(self, spec: PointSpec, surely_lost_above: float | None = None) -> PointResult:
        """One point, again with more workers until the client is fast enough or the cores are all in use.

        ``surely_lost_above``: seconds of mean TTFT that the point is measured against; once it can't be held any more,
        the point is not carried on.
        """
        place = len(self.results)
        await until(lambda: self._pace.may_begin(place), self.controls)
        await self._grow(self._wanted(spec.users or 0))
        result, why = await self._attempts(spec, surely_lost_above)
        for text in why:
            result = with_note(result, text)
        if not result.valid and result.requests and self._pool.state.whole:
            result = with_note(result, "the client was too slow to be believed: use more cores, or another machine")
        return self._kept(result)

    async def follow(self, curve: UserCurve) -> PointResult:
        """One point whose users come and go, measured from the first second on (``RampRunner.follow``)."""
        self._points = len(self.results) + 1
        await self._grow(self._wanted(curve.most))
        self._number += 1
        self._last_second = -1
        return self._kept(await self._runner.follow(self._number, curve))

    def _kept(self, result: PointResult) -> PointResult:
        if result.ended == "interrupted" and not result.requests:
            return result  # nothing was measured: it is no point
        self.results.append(result)
        if self._runner.facts is not None:
            self._sink.facts(self._number, replace(self._runner.facts, notes=result.notes))
        self._sink.point(self._number, result)
        self._tell("measuring", partial=result)
        return result

    async def _attempts(self, spec: PointSpec, lost_above: float | None) -> tuple[PointResult, list[str]]:
        """The point, and why it was begun anew: all that came before is warm-up."""
        why: list[str] = []
        place = len(self.results)
        earlier: tuple[int, PointResult, PointFacts | None] | None = None
        for left in reversed(range(_ATTEMPTS)):
            self._number += 1
            self._last_second = -1
            try:
                result = await self._runner.run(
                    self._number, spec, lost_above, self._most() if left else 0, lambda: self._pace.may_measure(place)
                )
            except MeasureAgain as again:
                await self._reinforce(again.workers)
                why.append(f"{again}: begun anew with {_workers(len(self._pool.living))}, after settling")
                continue
            if earlier is not None and result.ended == "interrupted" and not result.requests:
                self._number, result, self._runner.facts = earlier  # late or not, it was measured: it is kept
                why.pop()
                break
            have = len(self._pool.living)
            more = min(have, self._most() - have)
            if not left or result.valid or more <= 0 or self.controls.interrupts or not result.requests:
                break
            earlier = (self._number, result, self._runner.facts)
            await self._grow(have + more)
            cause = "; ".join(self._pool.state.lost) or f"{_workers(have)} too slow"
            why.append(f"{cause}: measured again with {have + more}, after settling")
        return result, why

    # -- workers ---------------------------------------------------------------------------------------------------

    def _most(self) -> int:
        if self._all_given:
            return len(self._pool.living)
        return self.load.workers or cores()

    def _wanted(self, users: int) -> int:
        if self.load.workers:
            return self.load.workers
        least = -(-users // crew.USERS_A_WORKER)
        fit = min(self._most(), crew.wanted(users, self.results, self._itl_seconds))
        return max(len(self._pool.living), 1, least, fit)

    async def _reinforce(self, count: int) -> None:
        """Replacements, if they can be had; else the living ones take the users over."""
        if not self._pool.living:
            await self._grow(count)
            return
        with suppress(PoolError):
            await self._grow(count)

    async def _grow(self, count: int) -> None:
        """``count`` living workers, or as many as can be had if there are any."""
        have, first = len(self._pool.living), len(self._pool.members)
        fresh: list[WorkerTransport] = []
        try:
            for place in range(count - have):
                fresh.append(self._new_worker(first + place))  # noqa: PERF401 -- what was made before the last counts
        except NoWorkerLeft:
            if not have and not fresh:
                raise
            self._all_given = True
        if fresh:
            await self._pool.add(fresh)

    # -- progress --------------------------------------------------------------------------------------------------

    def _on_beat(self, run: PointRun) -> None:
        sample = self._observer.sample() if self._observer is not None else {}
        beat = self._beat(run)
        if beat is not None:
            self._sink.beat(self._number, beat)
            if sample:
                self._sink.server({"at": beat.at, **sample})
        phase: Phase = "paused" if run.phase == "paused" else "warming" if run.phase == "warming" else "measuring"
        if run.phase == "draining":
            phase = "draining"
        partial = self._runner.figures(run, "under way") if phase == "measuring" and beat is not None else None
        self._tell(phase, run=run, beat=beat, partial=partial)

    def _beat(self, run: PointRun) -> Beat | None:
        """The newest whole second, once."""
        whole = max((second for second in run.timeline.beats), default=-1) - 1
        if whole <= self._last_second or whole not in run.timeline.beats:
            return None
        self._last_second = whole
        window, sends = run.timeline.beats[whole], run.timeline.sends.get(whole)
        ratio = run.timeline.total().tokens_per_chunk
        mean = sends.ttft.mean if sends is not None else None
        return Beat(
            at=time.monotonic() - self._began,
            users=run.spec.users,
            in_flight=window.in_flight_mean,
            ttft_mean_ms=None if mean is None else mean * 1000.0,
            output_tokens_per_second=window.chunks * (ratio or 1.0) / window.seconds if window.seconds else None,
            failed=sends.failures if sends is not None else 0,
        )

    def _tell(
        self, phase: Phase, run: PointRun | None = None, beat: Beat | None = None, partial: PointResult | None = None
    ) -> None:
        spec = run.spec if run is not None else None
        self._listener(
            Progress(
                phase=phase,
                point=len(self.results) + (run is not None),
                points=self._points,
                users=spec.users if spec is not None else None,
                rate=spec.rate if spec is not None else None,
                point_seconds=time.monotonic() - run.started if run is not None else 0.0,
                partial=partial,
                beat=beat,
                finished=tuple(self.results),
            )
        )

    def tell_verdict(self, verdict: Verdict) -> None:
        """Keep the answer of a search and tell it."""
        self._sink.verdict(verdict)
        self._listener(replace(self._final(), verdict=verdict))

    def _final(self) -> Progress:
        return Progress("done", len(self.results), self._points, None, None, 0.0, finished=tuple(self.results))


def _workers(count: int) -> str:
    return f"{count} worker" if count == 1 else f"{count} workers"


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
