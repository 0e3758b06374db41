"""A point whose users come and go, measured from its first second on: what a server that is not warm, or has too few
pods yet, makes them feel is what it is for.
"""

import time

from tui.bench.engine.curve import UserCurve
from tui.bench.engine.point import BEAT_SECONDS, PointRun, PointRunner
from tui.bench.figures import PointResult
from tui.bench.spec import PointSpec


class RampRunner(PointRunner):
    """Runs points, and ramps as one point each."""

    async def follow(self, number: int, curve: UserCurve) -> PointResult:
        """One point along ``curve``. What is in flight at the end is waited for, so that the slowest are in the
        figures as well. Raises ``PoolError`` when no worker is left."""
        pool, began_at = self._pool, time.time()
        self._lost_above, self._most_workers = None, 0
        self._skips = self._controls.skips
        self._paused_seconds = 0.0
        seed = self._load.prompts.seed * 1000 + number
        await pool.point(number, curve.users_at(0.0), None, curve.most, ramp_seconds=0.0, start="staggered", seed=seed)
        await pool.measure(number, None)
        spec = PointSpec(users=curve.users_at(0.0))
        run = PointRun(number, spec, "measuring", time.monotonic(), pool.state.timeline, ramp=True)
        while not self._must_end() and (passed := time.monotonic() - run.started) < curve.seconds:
            users = curve.users_at(min(passed + BEAT_SECONDS, curve.seconds))
            await pool.users(number, users, BEAT_SECONDS)
            run.spec = PointSpec(users=users)
            await self._beat(run)
            curve.told(run.timeline)
        ended = "interrupted" if self._is_interrupted() else "skipped" if self._must_end() else "ramp"
        if self._paused_seconds:
            pool.state.notes.append(f"paused for {self._paused_seconds:.0f} s: the ramp went on without its users")
        run.spec = PointSpec(users=0)
        await self._finish_in_flight(run)
        curve.told(run.timeline)
        run.spec = PointSpec(users=curve.most)
        return self.figures(run, ended, began_at)
