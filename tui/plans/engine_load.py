"""The real loader: the benchmark engine against each model of a cell, all at once and in step (``together.py``), each
with workers of its own.

Each model's run is a normal run directory; what it finds comes back as the point that decides.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tui.bench.engine.controls import Controls
from tui.bench.engine.pace import until
from tui.bench.engine.search import search
from tui.bench.engine.search_watch import SearchWatch
from tui.bench.figures import PointResult, Verdict
from tui.bench.spec import LimitSpec, LoadSpec, PointSpec, SearchPlan
from tui.plans.engine_for import About, AboutOf, Means, engine_for, load_spec
from tui.plans.spread import Counts, spread_of
from tui.plans.stage import Reach, StageError, Told
from tui.plans.together import Member, Together, side_by_side
from tui.plans.values import Cell, ModelResult, ScalePlan

MIXED_SECONDS = 60.0
"""How long mixed loads are measured where nothing is said: if one ended when steady, the rest would not be mixed."""
_MIRROR_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class _Part:
    """One model of a cell under load. ``users`` ``None``: what the plan says for all; ``folder`` is the model's own."""

    cell: Cell
    model: str
    reach: Reach
    users: int | None
    folder: Path
    controls: Controls
    tell: Told
    pace: Member


class EngineLoader:
    """A ``Loader``. ``about`` tells of a model's server, ``counts`` of what its pods have answered; both may block."""

    def __init__(
        self,
        plan: ScalePlan,
        about: AboutOf = lambda *_: About(),
        means: Means = Means(),  # noqa: B008 - frozen
        counts: Callable[[str], Counts] = lambda _: {},
    ) -> None:
        self._plan = plan
        self._counts = counts
        self._about = about
        self._means = means

    async def measure(
        self,
        cell: Cell,
        reaches: Mapping[str, Reach],
        users: Mapping[str, int | None],
        folder: Path,
        controls: Controls,
        tell: Told,
    ) -> tuple[ModelResult, ...]:
        """See ``Loader``. One model that can't be measured ends the others: what was mixed would be no mix."""
        together = Together(reaches)
        # What ends a point of a search is asked of that search alone, so each model has controls of its own.
        own = {model: Controls() if len(reaches) > 1 else controls for model in reaches}
        parts = [
            _Part(cell, model, reach, users[model], folder / model, own[model], tell, together.member(model))
            for model, reach in reaches.items()
        ]
        if len(parts) == 1:
            return (await self._one(parts[0]),)
        mirror = asyncio.create_task(_mirror(controls, tuple(own.values())))
        try:
            return await side_by_side(self._one(part) for part in parts)
        finally:
            mirror.cancel()
            await asyncio.gather(mirror, return_exceptions=True)

    async def _one(self, part: _Part) -> ModelResult:
        model = part.model
        about = await asyncio.to_thread(self._about, part.cell, model, part.reach)
        try:
            results, verdict, before = await self._measured(part, about)
        except (ValueError, OSError) as error:
            raise StageError(f"{model}: {error}") from None
        if not results and not part.controls.interrupts:
            raise StageError(f"{model}: nothing was measured")
        point = _deciding(results, verdict, self._plan.load.ttft_ms)
        found = verdict.concurrency if verdict is not None else point.concurrency if point is not None else None
        spread = spread_of(before, await asyncio.to_thread(self._counts, model))
        return ModelResult(model, found, point, verdict, spread=spread)

    async def _measured(self, part: _Part, about: About) -> tuple[list[PointResult], Verdict | None, Counts]:
        """The points of one run, the answer of a search, and what its pods had answered before the first point. Its
        load lasts until the others have theirs."""
        reach, controls, pace = part.reach, part.controls, part.pace
        load = load_spec(self._plan.load, reach, self._limits(part.cell), self._plan.load.start, self._means.count)
        points = self._points(part.cell, part.users)
        plan = self._search(load)
        told = lambda progress: part.tell(part.model, progress)  # noqa: E731 - a listener of one line
        listener = told if points else SearchWatch(told, plan, controls)
        command = "run" if points else "search"
        async with engine_for(
            load, reach, self._means, part.folder, command, about, listener, controls, pace
        ) as engine:
            before = await asyncio.to_thread(self._counts, part.model)  # the probe's requests all went to one pod
            verdict = None
            if points:
                await engine.sweep(points)
            else:
                verdict = await search(engine, plan)
            await until(pace.may_end, controls)
            return engine.results, verdict, before

    def _limits(self, cell: Cell) -> LimitSpec:
        asked = self._plan.load
        duration = asked.duration_seconds
        if len(cell.models) > 1 and duration is None and asked.requests is None:
            duration = MIXED_SECONDS
        return LimitSpec(requests=asked.requests, duration_seconds=duration)

    def _points(self, cell: Cell, users: int | None) -> tuple[PointSpec, ...]:
        """What is held; empty: a search."""
        if users is not None:
            return (PointSpec(users=users),)
        return tuple(PointSpec(users=max(1, round(each * cell.pods))) for each in self._plan.load.users_per_pod)

    def _search(self, load: LoadSpec) -> SearchPlan:
        asked = self._plan.load
        return SearchPlan(
            load=load,
            ttft_seconds=asked.ttft_ms / 1000.0,
            statistic=asked.statistic,
            max_users=asked.max_users,
            budget_seconds=asked.budget_seconds,
        )


def _deciding(results: list[PointResult], verdict: Verdict | None, target_ms: float) -> PointResult | None:
    """Of a search the last point of its answer; of held loads the most users that hold the target, else the fewest."""
    if verdict is not None:
        found = [point for point in results if point.concurrency == verdict.concurrency]
        return found[-1] if found else None
    if not results:
        return None
    ordered = sorted(results, key=lambda point: point.concurrency or 0)
    held = [point for point in ordered if point.ttft_ms.mean is not None and point.ttft_ms.mean <= target_ms]
    return held[-1] if held else ordered[0]


async def _mirror(source: Controls, copies: tuple[Controls, ...]) -> None:
    """What the user asks is asked of each; what a search skips is its own."""
    skipped = source.skips
    while True:
        for copy in copies:
            copy.interrupts, copy.paused, copy.extra_seconds = source.interrupts, source.paused, source.extra_seconds
            copy.skips += source.skips - skipped
        skipped = source.skips
        await asyncio.sleep(_MIRROR_SECONDS)
