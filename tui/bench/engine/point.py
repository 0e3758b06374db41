"""One point: bring the users up, wait until they are warm, measure until it may end, make the figures.

Nothing is drained on the way: the load of one point goes over into the next, so that no second cold wave is measured.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from tui.bench.engine import crew
from tui.bench.engine.assemble import PointFacts, assemble
from tui.bench.engine.controls import Controls
from tui.bench.engine.measured import bounds, first_measured, settled_rows
from tui.bench.engine.pace import LOOK_SECONDS
from tui.bench.engine.pool import Pool, PoolError
from tui.bench.engine.validity import missing_users
from tui.bench.figures import PointResult
from tui.bench.spec import LoadSpec, PointSpec
from tui.bench.stats.steady import Steady, judge, over_saturated, surely_lost
from tui.bench.stats.timeline import Timeline

BEAT_SECONDS = 1.0
_LEAST_SECONDS = 3.0  # a point lasts that long at least, and two requests' time
_RAMP_AT_MOST_SECONDS = 60.0
_WARM_REQUESTS = 8.0  # a warm-up may take so many requests' time before the point is given up
_HOPELESS_FAILURES = 10

OnBeat = Callable[["PointRun"], None]


class MeasureAgain(Exception):  # noqa: N818 -- it is no error: the load goes on
    """What came so far is warm-up: a worker was lost, or there are too few of them. ``workers`` should carry it on."""

    def __init__(self, why: str, workers: int) -> None:
        super().__init__(why)
        self.workers = workers


@dataclass
class PointRun:
    """A point under way, as progress sees it."""

    number: int
    spec: PointSpec
    phase: str
    started: float  # monotonic seconds
    timeline: Timeline
    ramp: bool = False  # users come and go


class PointRunner:
    """Runs points one after another on a pool. ``request_seconds`` is a guess from the probe, then what is seen."""

    def __init__(self, pool: Pool, load: LoadSpec, controls: Controls, request_seconds: float, on_beat: OnBeat) -> None:
        self._pool = pool
        self._load = load
        self._controls = controls
        self._on_beat = on_beat
        self._paused_seconds = 0.0
        self._lost_above: float | None = None
        self._skips = 0
        self._most_workers = 0
        self.request_seconds = request_seconds
        self.facts: PointFacts | None = None
        """What the figures made last were made with, beside the windows."""

    async def run(
        self,
        number: int,
        spec: PointSpec,
        lost_above: float | None = None,
        most_workers: int = 0,
        may_measure: Callable[[], bool] = lambda: True,
    ) -> PointResult:
        """Raises ``PoolError`` when no worker is left. ``lost_above``: see ``Engine.point``; ``may_measure``: ``Pace``.

        While it could go on with up to ``most_workers`` (0: it can't) it raises ``MeasureAgain`` for a lost worker at
        once, and for too few of them before anything is measured.
        """
        self._lost_above, self._most_workers = lost_above, most_workers
        load, pool = self._load, self._pool
        self._skips = self._controls.skips
        self._controls.extra_seconds = self._paused_seconds = 0.0
        began_at = time.time()
        ramp = min(_RAMP_AT_MOST_SECONDS, self.request_seconds) if load.start == "staggered" else 0.0
        await pool.point(
            number,
            spec.users,
            spec.rate,
            ramp_seconds=ramp,
            start=load.start,
            arrival=spec.arrival,
            seed=load.prompts.seed * 1000 + number,
        )
        run = PointRun(number, spec, "warming", time.monotonic(), pool.state.timeline)
        await self._warm_up(run, ramp)
        while not may_measure() and not self._must_end():
            await self._beat(run, LOOK_SECONDS)
        run.phase = "measuring"
        await pool.measure(number, load.limits.requests)
        ended = await self._measure(run)
        if self._is_interrupted():
            await self._finish_in_flight(run)
        else:
            self._count_users(run)
        return self.figures(run, ended, began_at)

    # -- phases ----------------------------------------------------------------------------------------------------

    async def _warm_up(self, run: PointRun, ramp: float) -> None:
        limit = ramp + max(self._load.limits.stall_seconds, _WARM_REQUESTS * self.request_seconds)
        deadline = time.monotonic() + limit
        while not self._pool.is_warm(run.number) and time.monotonic() < deadline and not self._must_end():
            await self._beat(run)
        if self._pool.state.handed_over:
            await self._settle_down(run)
        self._count_workers(run)
        if not self._pool.is_warm(run.number) and not self._must_end():
            self._pool.state.notes.append(f"not every user had finished a request after {limit:.0f} s: measured anyway")
        seen = self._pool.request_seconds()
        if seen:
            self.request_seconds = seen

    async def _settle_down(self, run: PointRun) -> None:
        """Users changed workers: for a while there were more of them than asked for. What that left has to go first."""
        began, seconds = time.monotonic(), min(_RAMP_AT_MOST_SECONDS, self._pool.request_seconds() or 0.0)
        while time.monotonic() < began + seconds and not self._must_end():
            await self._beat(run)

    def _count_workers(self, run: PointRun) -> None:
        """More of them now, rather than after a measurement that can't be believed."""
        have = len(self._pool.living)
        workers = min(self._most_workers, crew.under_way(run.timeline, have))
        if workers > have and not self._must_end():
            raise MeasureAgain(f"too few workers ({have})", workers)

    async def _measure(self, run: PointRun) -> str:
        """Until the point may end; why it did."""
        began = last_finish = time.monotonic()
        self._paused_seconds = 0.0
        finished, ended = 0, None
        while ended is None:
            paused, seen = self._paused_seconds, finished
            await self._beat(run)
            finished = run.timeline.total().requests
            last_finish = time.monotonic() if finished > seen else last_finish + self._paused_seconds - paused
            now = time.monotonic()
            ended = self._end_reason(run, now - began - self._paused_seconds, now - last_finish)
        if ended == "requests":  # rates need the beat of the last send, too
            last = max(run.timeline.sends, default=-1)
            await self._pool.wait_for(lambda: self._pool.has_told(last), 2.0 * BEAT_SECONDS)
        if self._paused_seconds:
            self._pool.state.notes.append(f"paused for {self._paused_seconds:.0f} s: rates are over all the time")
        return ended

    def _end_reason(self, run: PointRun, seconds: float, idle_seconds: float) -> str | None:
        """Why the point ends now; ``None`` while it goes on. ``idle_seconds``: since a measured request finished."""
        if self._must_end():
            return "interrupted" if self._is_interrupted() else "skipped"
        limits = self._load.limits
        if limits.requests is not None:
            done = "requests" if self._pool.has_quota(run.number) else None
            seconds = idle_seconds  # it lasts as long as its requests need, while they come
        elif limits.duration_seconds is not None:
            long_enough = seconds >= limits.duration_seconds + self._controls.extra_seconds
            done = "duration" if long_enough and self._settled(run, seconds) else None
        else:
            done = "steady" if self._is_steady(run, seconds) else "saturated" if self._falls_behind(run) else None
        if done is None and limits.duration_seconds is None and seconds >= self._longest():
            done = "longest"
        if done is None and self._is_hopeless(run):
            done = "failures"
        return done or ("lost" if self._is_lost(run, seconds) else None)

    async def _finish_in_flight(self, run: PointRun) -> None:
        """After the first Ctrl-C: send nothing new, wait for what is in flight, unless there is a second one."""
        run.phase = "draining"
        await self._pool.tell("drain")
        deadline = time.monotonic() + self._load.limits.stall_seconds
        while time.monotonic() < deadline and self._controls.interrupts < 2:
            self._on_beat(run)
            if await self._pool.wait_for(self._pool.is_drained, BEAT_SECONDS / 4):
                return

    async def _beat(self, run: PointRun, most_seconds: float = BEAT_SECONDS) -> None:
        """Wait for the workers' next second; pause with them where the user asked for it."""
        if self._controls.paused:
            await self._pool.tell("pause")
            run.phase, before = "paused", run.phase
            began = time.monotonic()
            while self._controls.paused and not self._must_end():
                self._on_beat(run)
                await asyncio.sleep(BEAT_SECONDS / 4)
            run.phase = before
            self._paused_seconds += time.monotonic() - began
            await self._pool.tell("resume")
        seconds = len(run.timeline.beats)
        await self._pool.wait_for(
            lambda: len(run.timeline.beats) > seconds or self._must_end() or not self._pool.living, most_seconds
        )
        if self._pool.state.lost and self._most_workers and not self._must_end():
            raise MeasureAgain("; ".join(self._pool.state.lost), len(self._pool.living) + len(self._pool.state.lost))
        if not self._pool.living:
            raise PoolError("no worker is left: " + "; ".join(m.dead for m in self._pool.members if m.dead))
        self._on_beat(run)

    # -- when it may end -------------------------------------------------------------------------------------------

    def _is_interrupted(self) -> bool:
        return self._controls.interrupts > 0

    def _must_end(self) -> bool:
        return self._is_interrupted() or self._controls.skips > self._skips

    def _least(self) -> float:
        return max(_LEAST_SECONDS, 2.0 * self.request_seconds)

    def _longest(self) -> float:
        limits = self._load.limits
        return max(limits.longest_seconds, 2.0 * self._least()) + self._controls.extra_seconds

    def _is_steady(self, run: PointRun, seconds: float) -> bool:
        if seconds < self._least() + self._controls.extra_seconds:
            return False
        return self._judged(run.timeline).steady

    def _judged(self, timeline: Timeline) -> Steady:
        since = first_measured(timeline)
        return judge(timeline.rows(since) if since is not None else (), self.request_seconds)

    def _settled(self, run: PointRun, seconds: float) -> bool:
        """The requests sent within the duration have finished, or have had more than their time."""
        duration = self._load.limits.duration_seconds or 0.0
        since = first_measured(run.timeline)
        if since is None:
            return seconds > duration + self._load.limits.stall_seconds
        rows = [row for row in run.timeline.rows(since) if row.second < since + duration]
        waited = seconds - duration - self._controls.extra_seconds
        return all(row.settled for row in rows) or waited > 4.0 * self.request_seconds + BEAT_SECONDS

    def _is_hopeless(self, run: PointRun) -> bool:
        total = run.timeline.total()
        return total.ok == 0 and total.failures >= max(_HOPELESS_FAILURES, run.spec.users or 0)

    def _is_lost(self, run: PointRun, seconds: float) -> bool:
        """The search's target can't be held here any more: nothing more is learnt by going on."""
        if self._lost_above is None or seconds < self._least():
            return False
        return surely_lost(settled_rows(run.timeline), self._lost_above)

    def _falls_behind(self, run: PointRun) -> bool:
        """Whether more requests come than the server finishes: nothing gets steady then, the queue only grows."""
        return run.spec.users is None and over_saturated(settled_rows(run.timeline))

    def _count_users(self, run: PointRun) -> None:
        """A point whose users were not all there is not the point that was asked for."""
        users, state = run.spec.users, self._pool.state
        if users is None or ("connect" not in state.failures and self._pool.is_warm(run.number)):
            return
        missing = missing_users(run.timeline, users)
        if missing:
            state.spoil(
                f"{missing} of {users} users were never in flight with the others: less load than was asked for"
            )

    # -- figures ---------------------------------------------------------------------------------------------------

    def figures(self, run: PointRun, ended: str, began_at: float | None = None) -> PointResult:
        """The point as its windows stand now."""
        timeline, pool = run.timeline, self._pool
        if ended != "under way":
            timeline.settle()
        since, until = bounds(timeline, self._load, ended)
        judged = self._judged(timeline)
        if ended == "steady" and judged.since_second is not None:
            since = judged.since_second
        state = pool.state
        self.facts = PointFacts(
            model=self._load.target.model,
            concurrency=run.spec.users,
            rate=run.spec.rate,
            start=self._load.start,
            ended=ended,
            steady=judged.steady and not run.ramp,
            meter=pool.meter,
            workers=len(pool.living),
            since=since,
            until=until,
            warmup_requests=sum(member.warmup_requests for member in pool.living),
            repeat=run.spec.repeat,
            started_at=began_at,
            notes=tuple(state.notes),
            whole=state.whole,
            ramp=run.ramp,
        )
        return assemble(timeline, self.facts)


def with_note(result: PointResult, text: str) -> PointResult:
    """The result with one more line for the user."""
    return replace(result, notes=(*result.notes, text))
