"""Loads a workload whose autoscaler is left alone: users come and go as the plan's ramp says, and once a second it is
written down what they felt and how many pods and GPUs there were.

The users change without draining: each short point of the ramp goes on with those of the one before. After the load it
is watched on until the GPUs are back, or too long.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from tui.bench.engine.controls import Controls
from tui.bench.engine.progress import Progress
from tui.bench.spec import LimitSpec, PointSpec
from tui.plans.autoscale import users_at
from tui.plans.autoscale_watch import LOOK_SECONDS, Pods, Watched
from tui.plans.engine_for import About, AboutOf, Means, engine_for, load_spec
from tui.plans.stage import Reach, StageError, Told
from tui.plans.values import Cell, ModelResult, Ramp, ScalePlan


class RampLoader:
    """A ``Loader`` for plans of kind ``autoscale``. ``look`` tells of a model's pods and must not block.

    ``every_seconds``: how long each point of the ramp lasts; ``settle_seconds``: how long it is watched after the load
    at most.
    """

    def __init__(
        self,
        plan: ScalePlan,
        look: Callable[[str], Pods],
        about: AboutOf = lambda *_: About(),
        means: Means = Means(),  # noqa: B008 - frozen
        every_seconds: float = 5.0,
        settle_seconds: float = 600.0,
    ) -> None:
        self._plan = plan
        self._look = look
        self._about = about
        self._means = means
        self._every = every_seconds
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
        ramp = next((ramp for ramp in self._plan.ramps if ramp.test == cell.test), None)
        if ramp is None:
            raise StageError(f"no ramp for test {cell.test}: give it one in [[ramps]]")
        watched = [Watched(model, folder / model, self._look) for model in reaches]
        runs = [self._one(cell, one, reaches[one.model], ramp, controls, tell) for one in watched]
        return tuple(await asyncio.gather(*runs))

    async def _one(
        self, cell: Cell, watched: Watched, reach: Reach, ramp: Ramp, controls: Controls, tell: Told
    ) -> ModelResult:
        about = await asyncio.to_thread(self._about, cell, watched.model, reach)
        about = replace(about, environment=(*about.environment, ("ramp", _ramp_words(ramp))))
        limits = LimitSpec(duration_seconds=self._every)
        load = load_spec(self._plan.load, reach, limits, "staggered", self._means.count)

        def told(progress: Progress) -> None:
            watched.hear(progress)
            tell(watched.model, progress)

        watching = asyncio.create_task(watched.watch())
        try:
            async with engine_for(load, reach, self._means, watched.folder, "run", about, told, controls) as engine:
                await engine.sweep(points_of(ramp, self._every))
                results = engine.results
            watched.over()
            await self._settled(watched, controls)
            watched.note()  # what ended the watching
        except (ValueError, OSError) as error:
            raise StageError(f"{watched.model}: {error}") from None
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            watched.close()
        busiest = max(results, key=lambda point: point.concurrency or 0, default=None)
        return ModelResult(watched.model, busiest.concurrency if busiest is not None else None, busiest)

    async def _settled(self, watched: Watched, controls: Controls) -> None:
        end = time.monotonic() + self._settle
        while time.monotonic() < end and not controls.interrupts and not watched.is_back():  # noqa: ASYNC110 - looks
            await asyncio.sleep(LOOK_SECONDS / 2)


def points_of(ramp: Ramp, every_seconds: float) -> list[PointSpec]:
    """The ramp as short points, each with the users of its middle; at least one user."""
    end = ramp.steps[-1][0] if ramp.steps else 0.0
    count = max(1, round(end / every_seconds))
    return [PointSpec(users=max(1, users_at(ramp, (number + 0.5) * every_seconds))) for number in range(count)]


def _ramp_words(ramp: Ramp) -> str:
    return ", ".join(f"{users} users at {seconds:g} s" for seconds, users in ramp.steps)
