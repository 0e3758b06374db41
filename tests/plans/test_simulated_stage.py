"""The simulated cluster: a GPU each before pods share one, starts take their time, the clock takes none."""

import asyncio
import time
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plans.made import PLAN
from tui.plans.simulated_clock import SimulatedClock
from tui.plans.simulated_places import spread
from tui.plans.simulated_stage import SimulatedStage, gpus_of
from tui.plans.stage import StageError
from tui.plans.values import Cell

WHOLE = Cell("whole", "llama-whole", ("llama",), "runai", 1.0, 4, 4.0)
MIXED = Cell("mixed", "mixed-half", ("llama", "deepseek"), "runai", 0.5, 2, 2.0)


def _stage(gpus: int = 8, seed: int = 1) -> SimulatedStage:
    return SimulatedStage(PLAN, gpus, 4, seed)


@given(
    st.sampled_from([("a",), ("a", "b"), ("a", "b", "c")]),
    st.integers(1, 40),
    st.sampled_from([0.2, 0.25, 0.5, 0.6, 1.0, 2.0]),
    st.integers(1, 50),
)
def test_no_gpu_is_shared_while_one_is_free_and_none_holds_more_than_it_has(
    models: tuple[str, ...], pods: int, each: float, gpus: int
) -> None:
    places = spread(models, pods, each, gpus, 4)
    a_gpu = max(1, int(1 / each + 1e-9))
    room = a_gpu * sum(min(4, gpus - first) // max(1, round(each)) for first in range(0, gpus, 4))
    assert (places is None) == (pods * len(models) > room)
    if places is None:
        return
    on_gpu = Counter(gpu for place in places for gpu in place.gpus)
    assert Counter(place.model for place in places) == dict.fromkeys(models, pods)
    assert max(on_gpu.values()) <= a_gpu
    if each <= 1:
        assert len(on_gpu) == min(gpus, len(places))
        assert max(on_gpu.values()) - min(on_gpu.values()) <= 1
    assert all(len({server for server, _ in place.gpus}) == 1 for place in places), "GPUs of one pod are in one server"


@pytest.mark.parametrize("gpus", [2, 3, 4, 7, 64])
def test_halves_of_two_models_share_each_gpu_when_gpus_run_out(gpus: int) -> None:
    places = spread(("a", "b"), gpus, 0.5, gpus, 4) or ()
    held: dict[object, set[str]] = {}
    for place in places:
        held.setdefault(place.gpus, set()).add(place.model)
    assert list(held.values()) == [{"a", "b"}] * gpus


def test_pods_go_to_one_server_after_the_other() -> None:
    places = spread(("a",), 5, 1.0, 16, 4) or ()
    assert [place.gpus[0][0] for place in places] == [0, 1, 2, 3, 0]


async def test_pods_start_with_jitter_and_the_same_seed_starts_the_same() -> None:
    async def seconds(seed: int) -> float:
        stage = _stage(seed=seed)
        await stage.scale(WHOLE)
        took = await stage.ready(WHOLE, 600.0)
        assert took == pytest.approx(stage.clock.now())
        assert (await stage.ready(WHOLE, 600.0)) == 0.0, "they serve already"
        return took

    found = [await seconds(seed) for seed in (1, 1, 2)]
    assert found[0] == found[1] != found[2]
    assert 60 < found[0] < 240


async def test_pods_that_stay_go_on_serving() -> None:
    stage = _stage()
    await stage.scale(WHOLE)
    await stage.ready(WHOLE, 600.0)
    await stage.scale(replace(WHOLE, pods=2))
    assert await stage.ready(WHOLE, 600.0) == 0.0
    await stage.scale(replace(WHOLE, scheduler="none"))
    assert await stage.ready(WHOLE, 600.0) > 0.0, "another scheduler has pods of its own"


async def test_the_map_fills_while_pods_start() -> None:
    stage = _stage()
    await stage.scale(WHOLE)
    ready = {frame.ready_pods for frame in (stage.frame(0.0),)}

    async def look() -> None:
        while True:
            await stage.clock.sleep(5.0)
            ready.add(stage.frame(stage.clock.now()).ready_pods)

    looking = asyncio.create_task(look())
    await stage.ready(WHOLE, 600.0)
    looking.cancel()
    frame = stage.frame(stage.clock.now())
    assert {0, 1, 4} <= {*ready, frame.ready_pods}
    assert [name for name, _ in frame.rows] == ["server-01", "server-02"]
    assert [len(parts) for _, row in frame.rows for parts in row] == [1, 1, 0, 0, 1, 1, 0, 0]
    assert frame.rows[0][1][0] == (("L", 1.0),)


async def test_where_they_lie_is_told_and_addresses_say_it() -> None:
    stage = _stage(gpus=2)
    await stage.scale(MIXED)
    placed = stage.placed(MIXED)
    assert (placed.gpus, placed.pods_per_gpu, placed.problem) == (2, ((2, 2),), "")
    assert placed.by_node == (("server-01", 4),)
    urls = [url for model in PLAN.models for url in (await stage.reach(MIXED, model)).urls]
    assert len(set(urls)) == 4
    assert Counter(map(gpus_of, urls)) == {"server-01/gpu-0": 2, "server-01/gpu-1": 2}
    with pytest.raises(StageError, match="is not a simulated pod"):
        gpus_of("http://10.0.0.1:8000")


async def test_what_does_not_fit_or_does_not_come_up_is_one_line() -> None:
    stage = _stage(gpus=2)
    with pytest.raises(StageError, match="4 pods of 1 GPU do not fit the 2 simulated GPUs"):
        await stage.scale(WHOLE)
    await stage.scale(MIXED)
    with pytest.raises(StageError, match="4 of 4 pods of mixed not ready in 30 s"):
        await stage.ready(MIXED, 30.0)
    assert stage.clock.now() == 30.0
    assert await stage.restore() == ()
    assert stage.frame(0.0).ready_pods == 0
    with pytest.raises(ValueError, match="at least 1 GPU"):
        SimulatedStage(PLAN, 0, 4, 1)


async def test_sleepers_wake_in_order_of_time_whatever_they_do_between() -> None:
    clock, woken = SimulatedClock(), list[tuple[float, str]]()

    async def every(seconds: float, times: int, name: str) -> None:
        for _ in range(times):
            await clock.sleep(seconds)
            woken.append((clock.now(), name))

    gone = asyncio.create_task(clock.sleep(1e9))
    await asyncio.sleep(0)
    gone.cancel()
    began = time.monotonic()
    await asyncio.gather(every(10.0, 3, "slow"), every(1.0, 25, "quick"), every(0.0, 1, "now"))
    assert [at for at, _ in woken] == sorted(at for at, _ in woken)
    assert [at for at, name in woken if name == "slow"] == [10.0, 20.0, 30.0]
    assert [at for at, name in woken if name == "quick"] == [float(at) for at in range(1, 26)]
    assert clock.now() == 30.0, "for a sleep that was given up time does not go on"
    assert time.monotonic() - began < 5.0
