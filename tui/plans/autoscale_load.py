"""Loads a workload whose autoscaler is left alone: users come and go as the plan's ramp says, and once a second it is
written down what they felt and how many pods and GPUs there were.

Before it, no more pods than the workload's minimum are waited for: what was asked to get ready woke some. After it, it
is watched on until the GPUs are back, or too long.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from tui.bench.engine.controls import Controls
from tui.bench.engine.curve import UserCurve
from tui.bench.engine.pace import until
from tui.bench.engine.progress import Progress
from tui.bench.spec import LimitSpec
from tui.plans.autoscale import users_at
from tui.plans.autoscale_watch import LOOK_SECONDS, Pods, Watched
from tui.plans.engine_for import About, AboutOf, Means, engine_for, load_spec
from tui.plans.stage import Reach, StageError, Told
from tui.plans.together import Member, Together, side_by_side
from tui.plans.users import ramp_of
from tui.plans.values import Cell, ModelResult, Ramp, ScalePlan

_STALL_SECONDS = 600.0  # a first pod may take minutes: its users wait, as they would


class RampLoader:
    """A ``Loader`` for plans of kind ``autoscale``. ``look`` tells of a model's pods and must not block; ``least`` of
    the minimum that its autoscaler has in this cell.

    ``settle_seconds``: how long it is watched after the load, and waited for before it, at most.
    """

    def __init__(
        self,
        plan: ScalePlan,
        look: Callable[[str], Pods],
        least: Callable[[str], int] = lambda _: 1,
        about: AboutOf = lambda *_: About(),
        means: Means = Means(),  # noqa: B008 - frozen
        settle_seconds: float = 600.0,
    ) -> None:
        self._plan = plan
        self._look = look
        self._least = least
        self._about = about
        self._means = means
        self._settle = settle_seconds

    async def measure(
        self,
        cell: Cell,
        reaches: Mapping[str, Reach],
        users: Mapping[str, int | None],
        folder: Path,
        controls: Controls,
        tell: Told,
    ) -> tuple[ModelResult, ...]:
        """See ``Loader``: all models of the cell at once, each along the test's ramp."""
        ramp = ramp_of(self._plan, cell)
        watched = [Watched(model, folder / model, self._look, partial(users_at, ramp)) for model in reaches]
        together = Together(reaches)
        return await side_by_side(
            self._one(cell, one, reaches[one.model], ramp, controls, tell, together.member(one.model))
            for one in watched
        )

    async def _one(
        self,
        cell: Cell,
        watched: Watched,
        reach: Reach,
        ramp: Ramp,
        controls: Controls,
        tell: Told,
        pace: Member,
    ) -> ModelResult:
        about = await asyncio.to_thread(self._about, cell, watched.model, reach)
        about = replace(about, environment=(*about.environment, ("ramp", _ramp_words(ramp))))
        limits = LimitSpec(stall_seconds=_STALL_SECONDS)
        load = load_spec(self._plan.load, reach, limits, "staggered", self._means.count)
        told = _Teller(watched, tell)
        try:
            async with engine_for(load, reach, self._means, watched.folder, "run", about, told, controls) as engine:
                await self._calm(watched.model, controls)
                await until(lambda: pace.may_begin(0), controls)
                watching = asyncio.create_task(watched.watch(told.again))
                try:
                    point = await engine.follow(_curve(ramp, watched))
                    watched.over()
                    await self._settled(watched, controls)
                    watched.note()  # what ended the watching
                    told.again()
                finally:
                    watching.cancel()
                    await asyncio.gather(watching, return_exceptions=True)
                    watched.close()
        except (ValueError, OSError) as error:
            raise StageError(f"{watched.model}: {error}") from None
        if not point.requests:
            return ModelResult(watched.model, None, None)
        return ModelResult(watched.model, point.concurrency, point)

    async def _calm(self, model: str, controls: Controls) -> None:
        """No more pods than its minimum, and those ready: where that is none, the first users meet a cold start."""
        least = self._least(model)

        def calm() -> bool:
            pods = self._look(model)
            return pods.wanted is not None and pods.wanted <= least and pods.ready == pods.wanted

        await self._until(calm, controls)

    async def _settled(self, watched: Watched, controls: Controls) -> None:
        await self._until(watched.is_back, controls)

    async def _until(self, condition: Callable[[], bool], controls: Controls) -> None:
        end = time.monotonic() + self._settle
        while time.monotonic() < end and not controls.interrupts and not condition():  # noqa: ASYNC110 - looks
            await asyncio.sleep(LOOK_SECONDS / 2)


class _Teller:
    """The engine's listener: passes on where it stands, with the seconds so far; ``again`` when only those are new."""

    def __init__(self, watched: Watched, tell: Told) -> None:
        self._watched = watched
        self._tell = tell
        self._last = Progress("starting", 0, 1, None, None, 0.0)

    def __call__(self, progress: Progress) -> None:
        self._last = progress
        self._tell(self._watched.model, progress)

    def again(self) -> None:
        self._tell(self._watched.model, self._last, self._watched.seconds())


def _curve(ramp: Ramp, watched: Watched) -> UserCurve:
    most = max(users for _, users in ramp.steps)
    return UserCurve(partial(users_at, ramp), ramp.steps[-1][0], most, watched.hear)


def _ramp_words(ramp: Ramp) -> str:
    return ", ".join(f"{users} users at {seconds:g} s" for seconds, users in ramp.steps)
