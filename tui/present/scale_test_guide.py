"""What the guide says of a test at so many pods: published numbers for one pod, and beyond it what its words derive.

Its figures beyond one pod are pictures without numbers. It says in words that users and throughput scale linearly, and
what is lost at full scale; from that and its one-pod rows the rest is *derived*, and says so. Pure.
"""

from dataclasses import dataclass

from config.guide_tables import guide_tables
from tui.plans.values import ScalePlan


@dataclass(frozen=True, slots=True)
class GuidePoint:
    """Figures of one model at ``pods`` pods; ``None`` where neither number nor words tell. ``why`` is set when derived.

    TTFT in milliseconds.
    """

    pods: int
    users: float | None
    output_tokens_per_second: float | None
    ttft_ms: float | None
    why: str = ""

    @property
    def derived(self) -> bool:
        return bool(self.why)


def guide_points(plan: ScalePlan, test_id: str, model: str, pods: tuple[int, ...]) -> tuple[GuidePoint, ...]:
    """For each number of pods of a test, where the guide tells anything; nothing where the load is another one."""
    test = next((one for one in plan.tests if one.id == test_id), None)
    name = next((one.name for one in plan.models if one.key == model), "")
    if test is None or not _same_load(plan):
        return ()
    mixed = len(test.models) > 1
    row = guide_tables().row(test.scheduler, test.gpu_per_pod, name)
    if row is None:
        return ()
    found: list[GuidePoint] = []
    for count in sorted(set(pods)):
        if count == 1 and not mixed:
            found.append(GuidePoint(1, row.ccu, row.output_tokens_per_second, row.ttft_ms))
        else:
            found.append(_derived(name, test.scheduler, test.gpu_per_pod, count, mixed=mixed))
    return tuple(found)


def _derived(name: str, scheduler: str, gpu_per_pod: float, pods: int, *, mixed: bool) -> GuidePoint:
    guide = guide_tables()
    row, whole = guide.row(scheduler, gpu_per_pod, name), guide.row(scheduler, 1.0, name)
    assert row is not None
    full = guide.cluster.gpus
    if mixed:
        return _mixed(pods, (whole or row).ccu, row.ttft_ms)
    if gpu_per_pod < 1.0 and pods >= full and whole is not None:
        drop = guide.observations.half_gpu_at_64_gpus
        return GuidePoint(
            pods,
            whole.ccu * full * (1.0 - drop.ccu_drop_fraction),
            whole.output_tokens_per_second * full * (1.0 - drop.throughput_drop_fraction),
            None,
            f"{full} whole GPUs, less {drop.ccu_drop_fraction:.0%} of users and {drop.throughput_drop_fraction:.0%} "
            "of throughput",
        )
    return GuidePoint(pods, row.ccu * pods, row.output_tokens_per_second * pods, None, "linear from one pod")


def _mixed(pods: int, users: int, ttft_ms: float) -> GuidePoint:
    """Two models at once: twice the users in all, so each as many as alone; TTFT is told at full scale only."""
    guide = guide_tables()
    factors = guide.observations.mixed_at_128_half_pods
    if pods < guide.cluster.gpus:
        return GuidePoint(pods, users * pods, None, None, f"{factors.ccu_factor:g}x the users in all")
    why = f"{factors.ccu_factor:g}x the users in all, {factors.ttft_factor:g}x the TTFT"
    return GuidePoint(pods, users * pods, None, ttft_ms * factors.ttft_factor, why)


def _same_load(plan: ScalePlan) -> bool:
    method, load = guide_tables().method, plan.load
    asked = load.isl, load.osl, load.ttft_ms, load.statistic
    return asked == (method.isl, method.osl, method.ttft_target_ms, "mean")
