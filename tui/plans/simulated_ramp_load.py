"""A ramp that is only computed: users come and go, a model of Knative's autoscaler wants pods, and each second is told
as it would be on a cluster. A ``Loader`` for plans of kind ``autoscale``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tui.bench.engine.controls import Controls
from tui.bench.engine.progress import Progress
from tui.bench.nim.profiles import parameters_for
from tui.plans.autoscale import users_at
from tui.plans.autoscale_file import write_seconds
from tui.plans.plan_time import PlanTime
from tui.plans.simulated_autoscaler import GRACE_SECONDS, LOOK_SECONDS, Autoscaler, ScaleRules
from tui.plans.simulated_felt import Felt, ramp_point
from tui.plans.simulated_pods import PodCrowd
from tui.plans.simulated_ramp_stage import SimulatedRampStage
from tui.plans.simulated_runs import keep_run, load_spec
from tui.plans.stage import Reach, StageError, Told
from tui.plans.users import ramp_of
from tui.plans.values import Cell, ModelResult, PlanModel, Ramp, ScalePlan, Second

_SETTLE_SECONDS = 600
_TELL_SECONDS = 5
_METRICS = ("concurrency", "throughput")


@dataclass(slots=True)
class _Bench:
    """One model: its users and pods, its autoscaler, and the seconds so far. ``serving`` are numbers of pods."""

    model: PlanModel
    crowd: PodCrowd
    felt: Felt
    autoscaler: Autoscaler
    by_requests: bool
    seconds: list[Second] = field(default_factory=list)
    serving: set[int] = field(default_factory=set)

    @property
    def key(self) -> str:
        return self.model.key

    @property
    def has_more_than_at_first(self) -> bool:
        return bool(self.seconds) and (self.seconds[-1].gpus or 0.0) > (self.seconds[0].gpus or 0.0)


class SimulatedRampLoader:
    """``time`` goes on by a second for each of the ramp. The same seed, the same figures."""

    def __init__(self, plan: ScalePlan, seed: int, stage: SimulatedRampStage, time: PlanTime) -> None:
        self._plan = plan
        self._seed = seed
        self._stage = stage
        self._time = time

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
        models = [model for model in self._plan.models if model.key in cell.models]
        benches = [self._bench(model, cell, place) for place, model in enumerate(models)]
        end, second = int(ramp.steps[-1][0]), 0
        while not controls.interrupts and (second <= end or self._waits(benches, second - end)):
            for bench in benches:
                self._one_second(bench, cell, ramp, second)
                if second % _TELL_SECONDS == 0:
                    _told(bench, tell, end - second)
            await self._time.sleep(1.0)
            second += 1
        for bench in benches:
            _told(bench, tell, 0)
        ended = "ramp" if second > end else "interrupted"
        return tuple(self._result(bench, folder, min(second, end), ended) for bench in benches)

    def _bench(self, model: PlanModel, cell: Cell, place: int) -> _Bench:
        if model.spec is None:
            raise StageError(f"{model.key}: a rehearsal knows no autoscaler that is there already: give it a spec")
        replicas = model.spec.replicas
        if replicas.metric not in _METRICS or not replicas.target:
            metrics = " or ".join(_METRICS)
            raise StageError(f"{model.key}: only replicas with a metric ({metrics}) and a target can be simulated")
        least = min(replicas.min, cell.pods)
        rules = ScaleRules(least, cell.pods, float(replicas.target), replicas.idle_seconds or GRACE_SECONDS)
        crowd = PodCrowd(parameters_for(model.name, cell.gpu_per_pod), self._plan.load, self._seed + place)
        return _Bench(model, crowd, Felt(crowd), Autoscaler(rules, least), replicas.metric == "throughput")

    # -- a second --------------------------------------------------------------------------------------------------

    def _one_second(self, bench: _Bench, cell: Cell, ramp: Ramp, second: int) -> None:
        self._serve(bench, cell)
        crowd, users = bench.crowd, users_at(ramp, second) if second < ramp.steps[-1][0] else 0
        bench.seconds.append(self._second(bench, cell, users, second))
        busy, done = crowd.busy_seconds, len(crowd.done)
        crowd.users(users, 1.0)
        crowd.advance(second + 1.0)
        asked = float(len(crowd.done) - done) if bench.by_requests else crowd.busy_seconds - busy
        bench.autoscaler.note(asked)
        if crowd.waits:
            bench.autoscaler.poke()
        elif second % LOOK_SECONDS == 0:
            bench.autoscaler.look(float(second), len(bench.serving))
        self._have(bench)

    def _second(self, bench: _Bench, cell: Cell, users: int, second: int) -> Second:
        return Second(
            seconds=float(second),
            at=self._time.now(),
            users=users,
            requests=None,
            ttft_ms=None,
            output_tokens_per_second=None,
            failed=None,
            wanted=bench.autoscaler.wanted,
            ready=len(bench.serving),
            gpus=len(self._stage.pods(bench.key)) * cell.gpu_per_pod,
        )

    def _serve(self, bench: _Bench, cell: Cell) -> None:
        """Pods whose start is over take requests."""
        for number, serves_at in self._stage.pods(bench.key).items():
            if number not in bench.serving and serves_at <= self._stage.clock.now():
                bench.serving.add(number)
                bench.crowd.serve(number, self._stage.speed(bench.key, number, cell.gpu_per_pod))

    def _have(self, bench: _Bench) -> None:
        """So many pods as are wanted: new ones start; those that do not serve yet go first, then the youngest."""
        pods, wanted = self._stage.pods(bench.key), bench.autoscaler.wanted
        for _ in range(wanted - len(pods)):
            self._stage.start(bench.key)
        order = sorted(pods, key=lambda number: (number in bench.serving, -pods[number]))
        for number in order[: max(0, len(pods) - wanted)]:
            self._stage.stop(bench.key, number)
            bench.serving.discard(number)
            bench.crowd.close(number)

    def _waits(self, benches: list[_Bench], since_end: int) -> bool:
        """Until the GPUs of the beginning are back, or too long."""
        return since_end < _SETTLE_SECONDS and any(bench.has_more_than_at_first for bench in benches)

    # -- what is told ----------------------------------------------------------------------------------------------

    def _result(self, bench: _Bench, folder: Path, seconds: int, ended: str) -> ModelResult:
        most = max((second.users or 0 for second in bench.seconds), default=0)
        point = ramp_point(bench.crowd, self._plan.load, bench.model.name, most, seconds, ended)
        path = folder / bench.key
        keep_run(path, load_spec(self._plan.load, bench.model.name), [point], None)
        try:
            write_seconds(path, bench.felt.beside(bench.seconds))
        except OSError as error:
            raise StageError(f"{path}: {error.strerror}") from None
        return ModelResult(bench.key, point.concurrency, point, simulated=True)


def _told(bench: _Bench, tell: Told, left_seconds: int) -> None:
    second = bench.seconds[-1] if bench.seconds else None
    told = Progress(
        phase="measuring",
        point=1,
        points=1,
        users=second.users if second is not None else None,
        rate=None,
        point_seconds=second.seconds if second is not None else 0.0,
        text="simulated",
        eta_seconds=float(max(0, left_seconds)),
    )
    tell(bench.key, told, bench.felt.beside(bench.seconds))
