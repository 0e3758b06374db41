"""Load that is only computed: closed-loop users against the model of an engine, a cell at a time. A ``Loader``.

A search decides by the engine's own mathematics, in users a pod: pods are identical, so the answer is that of one,
times the pods. It has no budget: the seconds of a rehearsal cost nobody anything. Halves that share a GPU are slowed by
``gpu_speed``; a neighbour with users is at work all the time, as closed-loop users keep it.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tui.bench.engine.controls import Controls
from tui.bench.engine.criteria import measured
from tui.bench.engine.progress import Progress
from tui.bench.engine.search_math import Finish, Rules, SearchState
from tui.bench.figures import PointResult, Verdict
from tui.bench.nim.gpu import gpu_speed
from tui.bench.spec import SearchPlan
from tui.plans.plan_time import Clock
from tui.plans.simulated_point import Sample, Simulated, Situation, samples_of, scaled, simulated
from tui.plans.simulated_runs import keep_run, load_spec
from tui.plans.simulated_stage import gpus_of
from tui.plans.stage import Reach, StageError, Told
from tui.plans.values import Cell, ModelResult, PlanModel, ScalePlan

_SEEDS_APART = 1000  # of a repeat's seeds from those of the point before
_MOST_CONFIRMED = 8

_Key = tuple[str, float, tuple[Sample, ...], int | None]


@dataclass(slots=True)
class _Bench:
    """One model of a cell under load: its pods by the speed of their part of a GPU, and the points so far."""

    model: PlanModel
    gpu_per_pod: float
    speeds: tuple[tuple[float, int], ...]  # (speed, pods)
    points: list[PointResult] = field(default_factory=list)
    verdict: Verdict | None = None

    @property
    def pods(self) -> int:
        return sum(pods for _, pods in self.speeds)

    def situations(self, users: int) -> list[Situation]:
        """``users`` spread evenly; those that do not go round are on the first pods."""
        each, more = divmod(users, self.pods)
        found: list[Situation] = []
        for speed, pods in self.speeds:
            fuller = min(more, pods)
            more -= fuller
            found += [Situation(speed, each + 1, fuller), Situation(speed, each, pods - fuller)]
        return found


class SimulatedLoader:
    """``clock`` goes on by what the load would have taken; without one no time passes. The same seed, the same figures.

    Reaches are those of a ``SimulatedStage``: their addresses say which pods share a GPU.
    """

    def __init__(self, plan: ScalePlan, seed: int, clock: Clock | None = None) -> None:
        self._plan = plan
        self._seed = seed
        self._clock = clock
        self._known: dict[_Key, Simulated] = {}

    async def measure(
        self,
        cell: Cell,
        reaches: Mapping[str, Reach],
        users: Mapping[str, int | None],
        folder: Path,
        controls: Controls,
        tell: Told,
    ) -> tuple[ModelResult, ...]:
        """All models of the cell at once, each with a run directory in ``folder``."""
        benches = [
            _Bench(model, cell.gpu_per_pod, _speeds(cell.gpu_per_pod, model.key, reaches))
            for model in self._plan.models
            if model.key in cell.models
        ]
        for bench in benches:
            await self._load(bench, users.get(bench.model.key), controls)
            if bench.points:
                load = load_spec(self._plan.load, bench.model.name)
                keep_run(folder / bench.model.key, load, bench.points, bench.verdict)
        await self._replay(benches, controls, tell)
        found = tuple(_result(bench) for bench in benches)
        if all(one.point is None for one in found):
            raise StageError(f"nothing of {cell.id} was simulated: it was interrupted before its first point")
        return found

    # -- points ----------------------------------------------------------------------------------------------------

    async def _load(self, bench: _Bench, users: int | None, controls: Controls) -> None:
        each = self._plan.load.users_per_pod
        if users is None and not each:
            await self._search(bench, controls)
            return
        held = [users] if users is not None else [max(1, round(one * bench.pods)) for one in each]
        for number in held:
            await asyncio.sleep(0)
            if controls.interrupts:
                return
            bench.points.append(self._point(bench, number, 0))

    async def _search(self, bench: _Bench, controls: Controls) -> None:
        load, pods = self._plan.load, bench.pods
        plan = SearchPlan(load_spec(load, bench.model.name), load.ttft_ms / 1000.0, load.statistic, load.max_users)
        state = SearchState(Rules(load.statistic, load.ttft_ms, max(1, load.max_users // pods)))
        finish: Finish | None = None
        while finish is None:
            await asyncio.sleep(0)
            step = state.finish("interrupted") if controls.interrupts else state.next()
            if isinstance(step, Finish):
                finish = step
            else:
                result = self._point(bench, step.users * pods, step.repeat)
                bench.points.append(result)
                state = state.with_point(replace(measured(result, plan), users=step.users))
        bench.verdict = _for_all(self._confirmed(bench, plan, state, finish), pods)

    def _confirmed(self, bench: _Bench, plan: SearchPlan, state: SearchState, finish: Finish) -> Verdict:
        """The verdict once its answer, which lies between two points, is a point itself: then it is known to hold."""
        verdict = finish.verdict
        for _ in range(_MOST_CONFIRMED):
            answer = verdict.concurrency
            if answer is None or any(point.users == answer for point in state.points):
                break
            result = self._point(bench, answer * bench.pods, 0)
            bench.points.append(result)
            state = state.with_point(replace(measured(result, plan), users=answer))
            verdict = replace(state.finish("bracket").verdict, reason=verdict.reason)
        return verdict

    def _point(self, bench: _Bench, users: int, repeat: int) -> PointResult:
        load, model = self._plan.load, bench.model.name
        samples = samples_of(bench.situations(users), self._seed + repeat * _SEEDS_APART)
        key = (model, bench.gpu_per_pod, samples, load.requests and users)
        if key not in self._known:
            try:
                self._known[key] = simulated(load, model, bench.gpu_per_pod, samples, users)
            except ValueError as error:
                raise StageError(f"{model} on {bench.gpu_per_pod:g} GPU can't be simulated: {error}") from None
        return scaled(self._known[key], load, users, bench.pods, repeat)

    # -- telling ---------------------------------------------------------------------------------------------------

    async def _replay(self, benches: Sequence[_Bench], controls: Controls, tell: Told) -> None:
        """Tells each point when it would have ended, all models side by side."""
        told: list[tuple[float, str, Progress]] = []
        for bench in benches:
            at, planned = 0.0, None if bench.verdict is not None else len(bench.points)
            for number, point in enumerate(bench.points, 1):
                at += point.seconds
                told.append((at, bench.model.key, _progress(bench, number, point, planned)))
        passed = 0.0
        for at, model, progress in sorted(told, key=lambda one: one[0]):
            if self._clock is not None and not controls.interrupts:
                await self._clock.sleep(at - passed)
                passed = at
            tell(model, progress)


def _progress(bench: _Bench, number: int, point: PointResult, planned: int | None) -> Progress:
    is_last = number == len(bench.points)
    return Progress(
        phase="done" if is_last else "measuring",
        point=number,
        points=planned,
        users=point.concurrency,
        rate=None,
        point_seconds=point.seconds,
        text=f"{point.concurrency} users, simulated",
        partial=point,
        finished=tuple(bench.points[:number]),
        verdict=bench.verdict if is_last else None,
    )


def _result(bench: _Bench) -> ModelResult:
    """The point that decides: the search's answer, the last of those that were held."""
    verdict, points = bench.verdict, bench.points
    users = verdict.concurrency if verdict is not None else points[-1].concurrency if points else None
    decides = next((point for point in points if point.concurrency == users), points[-1] if points else None)
    return ModelResult(bench.model.key, users, decides, verdict, simulated=True)


def _for_all(verdict: Verdict, pods: int) -> Verdict:
    """What holds of one pod, of all; its rates are of all of them already."""

    def times(users: int | None) -> int | None:
        return None if users is None else users * pods

    interval = verdict.interval
    return replace(
        verdict,
        concurrency=times(verdict.concurrency),
        low=times(verdict.low),
        high=times(verdict.high),
        interval=None if interval is None else (interval[0] * pods, interval[1] * pods),
        knee=times(verdict.knee),
    )


def _speeds(gpu_per_pod: float, key: str, reaches: Mapping[str, Reach]) -> tuple[tuple[float, int], ...]:
    """How many pods of a model have which part of a whole GPU's speed, the slowest first."""
    on_gpu = Counter(gpus_of(url) for reach in reaches.values() for url in reach.urls)
    if not reaches[key].urls:
        raise StageError(f"{key} has no pods to be loaded")
    fraction = min(1.0, gpu_per_pod)
    speeds = Counter(gpu_speed(fraction, float(on_gpu[gpus_of(url)] - 1)) for url in reaches[key].urls)
    return tuple(sorted(speeds.items()))
