"""A ramp that is only computed: Knative's autoscaler as it is documented, pods and users as a benchmark sees them."""

import asyncio
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.bench.engine.controls import Controls
from tui.bench.nim.closed_loop import trace
from tui.bench.nim.profiles import parameters_for
from tui.plans.autoscale import seen
from tui.plans.cells import cells_of
from tui.plans.folder import read_plan
from tui.plans.plan_file import load_plan
from tui.plans.plan_run import PlanJob, perform, simulated_parts
from tui.plans.simulated_autoscaler import GRACE_SECONDS, WINDOW_SECONDS, Autoscaler, ScaleRules
from tui.plans.simulated_pods import KEPT_SECONDS, PodCrowd
from tui.plans.values import PlanLoad, PlanRun, ScalePlan

LLAMA = "meta/llama-3.1-8b-instruct"
LOAD = PlanLoad(isl_stddev=50.0)


# -- the autoscaler ----------------------------------------------------------------------------------------------------


def fed(scaler: Autoscaler, values: list[float], since: int = 0, ready: int | None = None) -> list[int]:
    """What it wants after each second; pods are there as soon as they are wanted, if not ``ready``."""
    found = []
    for second, value in enumerate(values, since):
        scaler.note(value)
        if second % 2 == 0:
            scaler.look(float(second), scaler.wanted if ready is None else ready)
        found.append(scaler.wanted)
    return found


@given(st.floats(0.1, 500.0), st.integers(1, 200), st.integers(0, 3), st.integers(3, 40))
def test_under_a_steady_load_it_wants_what_seventy_percent_of_the_target_needs(
    value: float, target: int, least: int, most: int
) -> None:
    scaler = Autoscaler(ScaleRules(least, most, float(target)), max(1, least))
    wanted = fed(scaler, [value] * 200)[-1]
    assert wanted == min(most, max(least, math.ceil(value / (0.7 * target) - 1e-9)))


def test_it_panics_within_seconds_and_goes_down_only_a_window_later() -> None:
    scaler = Autoscaler(ScaleRules(1, 20, 10.0), 1)
    assert fed(scaler, [5.0] * 60)[-1] == 1
    up = fed(scaler, [70.0] * 7, since=60)
    assert up[-1] == 10, "of the last six seconds, long before sixty say so"
    assert set(fed(scaler, [5.0] * 50, since=67)) == {10}
    later = fed(scaler, [5.0] * 80, since=117)
    assert later[-1] == 1
    assert 5 in later and all(b >= a // 2 for a, b in zip([10, *later], later, strict=False)), "half of them a look"


def test_the_last_pod_goes_after_a_window_without_a_request_and_the_grace_period() -> None:
    scaler = Autoscaler(ScaleRules(0, 4, 10.0), 1)
    fed(scaler, [5.0] * 60)
    wanted = fed(scaler, [0.0] * 200, since=60)
    assert wanted.index(0) == pytest.approx(WINDOW_SECONDS + GRACE_SECONDS, abs=3)
    scaler.poke()
    assert scaler.wanted == 1
    kept = Autoscaler(ScaleRules(0, 4, 10.0, idle_seconds=100), 1)
    fed(kept, [5.0] * 60)
    assert fed(kept, [0.0] * 200, since=60).index(0) == pytest.approx(WINDOW_SECONDS + 100, abs=3)
    never = Autoscaler(ScaleRules(1, 4, 10.0), 1)
    assert 0 not in fed(never, [0.0] * 300)


# -- pods and users ----------------------------------------------------------------------------------------------------


def crowd(pods: int = 1, seed: int = 1, load: PlanLoad = LOAD) -> PodCrowd:
    made = PodCrowd(parameters_for(LLAMA), load, seed)
    for number in range(pods):
        made.serve(number, 1.0)
    return made


def test_one_pod_is_the_engine_that_scale_plans_are_rehearsed_with() -> None:
    made = crowd()
    made.users(32, parameters_for(LLAMA).wave_seconds(32, 2000, 200))
    for second in range(60):
        made.advance(second + 1.0)
    late = [stamps for stamps in made.done if stamps.sent >= 20.0]
    other = trace(parameters_for(LLAMA), 32, seconds=40.0, start="staggered")
    known = [stamps for stamps in other.done if stamps.sent >= other.warm_at]
    assert len(late) == pytest.approx(len(known), rel=0.05)
    mine, theirs = (sum(one.first - one.sent for one in many) / len(many) for many in (late, known))
    assert mine == pytest.approx(theirs, rel=0.2)
    tokens = sum(made.tokens[second] for second in range(20, 60)) / 40
    assert tokens == pytest.approx(32 * 200 / (sum(one.last - one.sent for one in late) / len(late)), rel=0.05)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), st.integers(1, 4), st.integers(1, 99))
def test_each_user_has_one_request_at_a_time_and_none_is_lost(users: list[int], pods: int, seed: int) -> None:
    made = crowd(pods, seed, PlanLoad(isl=100, osl=20))
    for second, count in enumerate(users):
        made.users(count, 1.0)
        made.advance(second + 1.0)
        assert made.in_flight <= max(users[: second + 1])
    made.users(0, 1.0)
    made.advance(len(users) + 30.0)
    assert made.in_flight == 0
    assert sum(made.tokens.values()) == sum(stamps.output_tokens for stamps in made.done)
    assert all(stamps.sent <= stamps.first <= stamps.last for stamps in made.done)


def test_without_a_pod_they_wait_for_one_and_some_for_too_long() -> None:
    made = crowd(pods=0)
    made.users(3, 1.0)
    made.advance(100.0)
    assert made.waits and made.in_flight == 3 and not made.done
    made.serve(0, 1.0)
    assert not made.waits
    made.advance(130.0)
    assert sorted(stamps.first - stamps.sent for stamps in made.done)[-1] == pytest.approx(100.0, abs=2.0)
    late = crowd(pods=0)
    late.users(2, 1.0)
    for second in range(int(KEPT_SECONDS) + 3):
        late.advance(second + 1.0)
    assert len(late.failed) == 2 and late.in_flight == 2, "they try again"


def test_a_pod_that_goes_finishes_what_it_has() -> None:
    made = crowd(pods=2)
    made.users(20, 1.0)
    made.advance(10.0)
    made.close(1)
    assert made.serving == 1
    made.advance(40.0)
    assert not made.failed and made.in_flight == 20


# -- the whole ---------------------------------------------------------------------------------------------------------


def rehearsed(plan: ScalePlan, folder: Path, seed: int = 1) -> PlanRun:
    job = PlanJob(plan, cells_of(plan, 64), folder, simulated_parts(plan, 64, seed), simulated=True)
    asyncio.run(perform(job, Controls(), lambda _: None))
    return read_plan(folder)


def test_the_shipped_ramp_from_no_pod_has_a_cold_start_and_gives_its_gpus_back(tmp_path: Path) -> None:
    run = rehearsed(load_plan("autoscale-from-zero"), tmp_path / "a")
    (result,), (one,) = run.results, run.autoscaled
    assert result.state == "done" and result.models[0].simulated and run.simulated
    found = seen(one.seconds)
    assert found.cold_start_seconds == pytest.approx(120.0, rel=0.5), "eight billion parameters at fifteen seconds each"
    assert found.gpus_back_after_seconds == pytest.approx(WINDOW_SECONDS + GRACE_SECONDS, abs=6)
    assert (one.seconds[0].ttft_ms or 0.0) / 1000.0 == pytest.approx(found.cold_start_seconds, abs=3)
    assert [(change.before, change.after) for change in found.changes] == [(0, 1), (1, 2), (2, 1), (1, 0)]
    assert one.seconds[-1].gpus == 0.0
    point = result.models[0].point
    assert point is not None and (point.ended, point.steady, point.ttft_ms.interval) == ("ramp", False, None)
    assert max(held_gpus for _, held_gpus in held(run)) == 2, "the map shows them come and go"


def held(run: PlanRun) -> list[tuple[float, int]]:
    return [(frame.seconds, sum(bool(gpu) for _, gpus in frame.rows for gpu in gpus)) for frame in run.frames]


def test_the_same_seed_gives_the_same_ramp_and_another_one_another(tmp_path: Path) -> None:
    plan = load_plan("autoscale-from-zero")

    def seconds(name: str, seed: int) -> list[object]:
        (one,) = rehearsed(plan, tmp_path / name, seed).autoscaled
        return [replace(second, at=0.0) for second in one.seconds]

    first = seconds("a", 1)
    assert seconds("b", 1) == first
    assert seconds("c", 2) != first


def test_what_can_not_be_rehearsed_says_why(tmp_path: Path) -> None:
    plan = load_plan("autoscale")
    (model,) = plan.models
    assert model.spec is not None
    by_latency = replace(model.spec, replicas=replace(model.spec.replicas, metric="latency"))
    for number, (other, why) in enumerate(
        ((replace(model, spec=by_latency), "only replicas with a metric (concurrency or throughput)"),
         (replace(model, spec=None, workload="team/llama"), "give it a spec"))
    ):  # fmt: skip
        run = rehearsed(replace(plan, models=(other,)), tmp_path / str(number))
        assert run.results[0].state == "failed" and why in run.results[0].note
