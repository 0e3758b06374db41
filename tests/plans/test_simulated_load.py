"""The simulated load gives the guide's figures for one pod, scales them by identical pods, and shares GPUs as told."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import pytest

from tests.bench_nim.figures import figures_of
from tests.plans.made import PLAN
from tui.bench.engine.controls import Controls
from tui.bench.engine.progress import Progress
from tui.bench.nim.closed_loop import trace
from tui.bench.nim.gpu import gpu_speed
from tui.bench.nim.profiles import parameters_for
from tui.bench.results.reader import read_run
from tui.plans.simulated_load import SimulatedLoader
from tui.plans.simulated_point import PODS, Situation, samples_of, scaled, simulated
from tui.plans.simulated_stage import SimulatedStage
from tui.plans.stage import Reach, StageError
from tui.plans.values import Cell, ModelResult, PlanLoad, ScalePlan

GUIDE = replace(PLAN, load=PlanLoad(isl_stddev=50.0, max_users=10_000_000))
LLAMA = "meta/llama-3.1-8b-instruct"

_FOLDERS = TemporaryDirectory()  # of all runs of this module


@pytest.fixture(autouse=True, scope="module")
def _cleaned() -> Iterator[None]:
    yield
    _FOLDERS.cleanup()


def _cell(models: tuple[str, ...], each: float, pods: int) -> Cell:
    return Cell(f"{'-'.join(models)}-{each}-x{pods}", "test", models, "runai", each, pods, len(models) * each * pods)


async def _measured(
    cell: Cell,
    users: int | None,
    gpus: int = 64,
    plan: ScalePlan = GUIDE,
    controls: Controls | None = None,
    told: list[tuple[str, Progress]] | None = None,
    seed: int = 1,
) -> tuple[tuple[ModelResult, ...], float]:
    """The results, and the simulated seconds that the load took."""
    stage = SimulatedStage(plan, gpus, 4, seed)
    loader = SimulatedLoader(plan, seed, stage.clock)
    await stage.scale(cell)
    reaches = {model.key: await stage.reach(cell, model) for model in plan.models if model.key in cell.models}
    folder = Path(mkdtemp(dir=_FOLDERS.name))
    tell = (told if told is not None else list[tuple[str, Progress]]()).append
    found = await loader.measure(
        cell,
        reaches,
        dict.fromkeys(cell.models, users),
        folder,
        controls or Controls(),
        lambda model, progress: tell((model, progress)),
    )
    for one in found:
        run = read_run(folder / one.model)
        assert one.point in run.points
        assert (run.verdict, run.damage) == (one.verdict, "")
    return found, stage.clock.now()


@pytest.mark.parametrize(
    ("model", "users", "rate", "ttft_ms"), [("llama", 137, 2977, 987), ("deepseek", 141, 3225, 987)]
)
async def test_one_pod_has_the_figures_of_table_6(model: str, users: int, rate: float, ttft_ms: float) -> None:
    (held,), seconds = await _measured(_cell((model,), 1.0, 1), users)
    point = held.point
    assert point is not None
    assert point.output_tokens_per_second == pytest.approx(rate, rel=0.02)
    assert point.ttft_ms.mean == pytest.approx(ttft_ms, rel=0.02)
    assert (point.concurrency, point.requests, point.failed, point.valid) == (users, 4 * users, 0, True)
    assert point.isl == pytest.approx(2000, rel=0.01)
    assert point.osl == 200
    assert held.simulated
    assert point.notes[0] == f"simulated: one pod with {PODS} seeds"
    assert seconds == point.seconds
    assert point.in_flight_mean == pytest.approx(users, rel=0.01)


async def test_the_search_finds_the_guides_users_and_its_bracket_holds_on_a_thousand_gpus_as_on_one() -> None:
    told: list[tuple[str, Progress]] = []
    began = time.process_time()
    (found,), seconds = await _measured(_cell(("llama",), 1.0, 1024), None, gpus=1024, told=told)
    assert time.process_time() - began < 8.0
    verdict, point = found.verdict, found.point
    assert verdict is not None
    assert point is not None
    assert found.users is not None
    assert found.users == verdict.concurrency == point.concurrency
    assert found.users == pytest.approx(1024 * 137, rel=0.04)
    assert point.ttft_ms.mean is not None
    assert point.ttft_ms.mean <= 1000.0
    assert verdict.low is not None
    assert verdict.high is not None
    assert verdict.low <= found.users < verdict.high
    last = told[-1][1]
    assert (last.phase, last.verdict) == ("done", verdict)
    for users, holds in ((verdict.low, True), (verdict.high, False)):
        means = [one.ttft_ms.mean or 0.0 for one in last.finished if one.concurrency == users]
        assert means
        assert all((mean < 1000.0) is holds for mean in means)
    assert seconds == pytest.approx(sum(one.seconds for one in last.finished))
    assert all(progress.users is not None for _, progress in told)


async def test_whole_gpus_scale_linearly_as_they_are_the_same_pod() -> None:
    (one,), _ = await _measured(_cell(("llama",), 1.0, 1), 137)
    (many,), _ = await _measured(_cell(("llama",), 1.0, 64), 137 * 64)
    assert one.point is not None
    assert many.point is not None
    assert many.point.ttft_ms == one.point.ttft_ms
    assert many.point.output_tokens_per_second == pytest.approx(64 * (one.point.output_tokens_per_second or 0.0))
    assert many.point.requests == 64 * one.point.requests
    assert many.point.notes[0] == f"simulated: one of 64 identical pods, with {PODS} seeds, scaled"
    low, high = many.point.ttft_ms.interval or (0.0, 0.0)
    assert low < (many.point.ttft_ms.mean or 0.0) < high < 1.02 * low


async def test_halves_that_share_a_gpu_are_as_slow_as_gpu_speed_says() -> None:
    (alone,), _ = await _measured(_cell(("llama",), 0.5, 2), 274, gpus=2)
    (shared,), _ = await _measured(_cell(("llama",), 0.5, 2), 274, gpus=1)
    (beside, other), _ = await _measured(_cell(("llama", "deepseek"), 0.5, 1), 137, gpus=1)
    assert alone.point is not None
    assert shared.point is not None
    assert beside.point is not None
    assert other.point is not None
    slower = gpu_speed(0.5, 1.0)
    rates = [one.point.output_tokens_per_second or 0.0 for one in (alone, shared, beside) if one.point is not None]
    assert rates[1] == pytest.approx(slower * rates[0], rel=0.01)
    assert rates[2] == pytest.approx(rates[1] / 2, rel=0.01)
    assert (shared.point.ttft_ms.mean or 0.0) == pytest.approx((alone.point.ttft_ms.mean or 0.0) / slower, rel=0.02)


async def test_the_same_seed_is_the_same_result_and_another_is_not() -> None:
    cell = _cell(("llama",), 1.0, 2)
    first, again, other = [(await _measured(cell, 40, seed=seed))[0] for seed in (1, 1, 2)]
    assert first == again
    assert first != other


async def test_users_that_do_not_go_round_and_gpus_that_some_share_are_weighted() -> None:
    (found,), _ = await _measured(_cell(("llama",), 0.5, 6), 65, gpus=4)  # 2 GPUs with two pods, 2 with one
    assert found.point is not None
    assert found.point.concurrency == 65
    assert found.point.requests == pytest.approx(4 * 65, rel=0.1)
    samples = samples_of([Situation(1.0, 11, 60), Situation(0.5, 10, 4), Situation(1.0, 0, 5), Situation(1.0, 3, 0)], 7)
    assert [(sample.users, sample.copies) for sample in samples] == [(11, 2)] * 8 + [(10, 1)]
    assert len({sample.seed for sample in samples}) == len(samples)


async def test_fewer_users_than_pods_load_some_of_them() -> None:
    (found,), _ = await _measured(_cell(("llama",), 1.0, 16), 3)
    assert found.point is not None
    assert found.point.output_tokens_per_second == pytest.approx(3 * 212, rel=0.02)
    assert found.point.requests == 12


async def test_users_a_pod_are_held_one_after_another() -> None:
    plan = replace(GUIDE, load=replace(GUIDE.load, users_per_pod=(4.0, 8.0), requests=160))
    told: list[tuple[str, Progress]] = []
    (found,), _ = await _measured(_cell(("llama",), 1.0, 2), None, plan=plan, told=told)
    assert [(progress.users, progress.points) for _, progress in told] == [(8, 2), (16, 2)]
    assert found.users == 16
    assert found.verdict is None
    assert [point.requests for point in told[-1][1].finished] == [160, 160]


@pytest.mark.parametrize("load", [PlanLoad(start="staggered"), PlanLoad(duration_seconds=20.0, osl_stddev=20.0)])
def test_other_loads_go_through_the_engines_span(load: PlanLoad) -> None:
    found = simulated(load, LLAMA, 1.0, samples_of([Situation(1.0, 32, 4)], 1))
    point = scaled(found, load, 128, 4)
    assert (point.valid, point.start) == (True, load.start)
    alone = figures_of(trace(parameters_for(LLAMA), 32, start="staggered"))
    assert point.output_tokens_per_second == pytest.approx(4 * alone.output_tokens_per_second, rel=0.05)
    if load.start == "staggered":
        assert point.ttft_ms.mean == pytest.approx(1000 * alone.ttft_mean_seconds, rel=0.05)
    assert point.in_flight_mean == pytest.approx(128, rel=0.02)
    assert point.client.added_mean_ms == 0.0
    assert point.client.cpu_fraction is None
    assert point.requests > 128


async def test_interrupted_searches_keep_what_they_have() -> None:
    controls = Controls()
    with pytest.raises(StageError, match="interrupted before its first point"):
        controls.interrupt()
        await _measured(_cell(("llama",), 1.0, 1), None, controls=controls)
    controls = Controls()
    task = asyncio.create_task(_measured(_cell(("llama",), 1.0, 1), None, controls=controls))
    for _ in range(6):
        await asyncio.sleep(0)
    controls.interrupt()
    (found,), _ = await task
    assert found.verdict is not None
    assert found.verdict.reason == "interrupted"
    assert found.point is not None


async def test_what_can_not_be_simulated_is_one_line() -> None:
    loader, cell = SimulatedLoader(GUIDE, 1), _cell(("llama",), 1.0, 1)
    for urls, problem in (((), "llama has no pods"), (("http://pod:8000",), "http://pod:8000 is not a simulated pod")):
        with pytest.raises(StageError, match=problem):
            await loader.measure(cell, {"llama": Reach(LLAMA, urls)}, {}, Path("x"), Controls(), lambda *_: None)
    small = replace(PLAN, load=replace(GUIDE.load, isl=3_000_000))
    with pytest.raises(StageError, match=r"on 1 GPU can't be simulated: request 1 needs 3\d+ tokens of KV cache"):
        await _measured(cell, 1, plan=small)


async def test_a_run_that_can_not_be_kept_is_one_line(tmp_path: Path) -> None:
    stage, cell = SimulatedStage(GUIDE, 4, 4, 1), _cell(("llama",), 1.0, 1)
    await stage.scale(cell)
    (tmp_path / "file").write_text("")
    reaches = {"llama": await stage.reach(cell, GUIDE.models[0])}
    with pytest.raises(StageError, match="name a folder that can be written"):
        await SimulatedLoader(GUIDE, 1).measure(
            cell, reaches, {"llama": 1}, tmp_path / "file", Controls(), lambda *_: None
        )
