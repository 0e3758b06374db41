"""The model gives the guide's figures where it was fitted to them, and behaves as the guide tells beside that."""

import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from tests.bench_nim.figures import figures_of
from tui.bench.nim.closed_loop import Start, trace
from tui.bench.nim.gpu import gpu_speed
from tui.bench.nim.profiles import DEEPSEEK_8B, LLAMA_8B, parameters_for
from tui.bench.nim.values import EngineParameters

STARTS: tuple[Start, ...] = ("burst", "staggered")
# The guide's tables 6 (whole GPU) and 7 (half a GPU, no neighbour): users, output tokens/s, mean TTFT in seconds.
TABLES = [
    ("meta/llama-3.1-8b-instruct", 1.0, 137, 2977, 0.987, 0.02),
    ("deepseek-ai/deepseek-r1-distill-llama-8b", 1.0, 141, 3225, 0.987, 0.02),
    ("meta/llama-3.1-8b-instruct", 0.5, 137, 3086, 0.995, 0.05),
    ("deepseek-ai/deepseek-r1-distill-llama-8b", 0.5, 141, 3237, 0.978, 0.05),
]


@pytest.mark.parametrize(("model", "fraction", "users", "rate", "ttft", "tolerance"), TABLES)
def test_the_guides_figures(
    model: str, fraction: float, users: int, rate: float, ttft: float, tolerance: float
) -> None:
    run = figures_of(trace(parameters_for(model, fraction), users, speed=gpu_speed(fraction, 0.0)))
    assert run.requests == 4 * users
    assert run.output_tokens_per_second == pytest.approx(rate, rel=tolerance)
    assert run.ttft_mean_seconds == pytest.approx(ttft, rel=tolerance)


def test_beside_a_busy_neighbour_half_a_gpu_shows_three_times_the_ttft() -> None:
    alone = figures_of(trace(LLAMA_8B, 137))
    both = figures_of(trace(parameters_for("llama-8b", 0.5), 137, speed=gpu_speed(0.5, 1.0)))
    assert both.ttft_mean_seconds / alone.ttft_mean_seconds == pytest.approx(3.0, rel=0.03)
    assert 0.6 < 2 * both.output_tokens_per_second / alone.output_tokens_per_second < 0.8


def test_the_shape_is_a_real_servers() -> None:
    """vLLM on one H100, staggered: 3,119 tokens/s, ITL 19.1 ms at 64 users, 3,493 and 33.0 at 128; some 20 % apart."""
    for users, rate, itl in ((64, 3119, 0.0191), (128, 3493, 0.0330)):
        run = figures_of(trace(LLAMA_8B, users, start="staggered", requests_per_user=3))
        assert run.output_tokens_per_second == pytest.approx(rate, rel=0.2)
        assert run.itl_mean_seconds == pytest.approx(itl, rel=0.35)
        assert 0.05 < run.ttft_mean_seconds < 0.25
    one = figures_of(trace(LLAMA_8B, 1))
    assert one.output_tokens_per_second == pytest.approx(212, rel=0.02)
    assert one.ttft_mean_seconds == pytest.approx(0.05, abs=0.015)


def test_lockstep_is_worth_a_factor() -> None:
    burst, staggered = (figures_of(trace(LLAMA_8B, 137, start=start)) for start in STARTS)
    assert burst.ttft_mean_seconds > 5 * staggered.ttft_mean_seconds
    assert burst.output_tokens_per_second == pytest.approx(staggered.output_tokens_per_second, rel=0.03)


@pytest.mark.parametrize("start", STARTS)
def test_more_users_wait_longer_and_get_more_together(start: Start) -> None:
    counts = (1, 8, 32, 64, 128, 256, 320)
    runs = [figures_of(trace(LLAMA_8B, users, start=start, requests_per_user=2)) for users in counts]
    waits = [run.ttft_mean_seconds for run in runs]
    rates = [run.output_tokens_per_second for run in runs]
    assert waits == sorted(waits)
    assert all(later > 0.99 * earlier for earlier, later in pairwise(rates))
    assert waits[-1] > 3 * waits[-3], "beyond 256 sequences the queue begins"


def test_the_same_seed_gives_the_same_run_and_a_span_may_be_given() -> None:
    assert trace(LLAMA_8B, 20, seconds=5) == trace(LLAMA_8B, 20, seconds=5)
    assert trace(LLAMA_8B, 20, seed=2).done != trace(LLAMA_8B, 20, seed=3).done
    short = trace(LLAMA_8B, 20, seconds=0.1)
    assert (short.done, len(short.open_sent)) == ((), 20)
    assert 0.1 <= short.seconds < 0.6


def test_a_fraction_is_guaranteed_and_the_rest_is_lent() -> None:
    speeds = [gpu_speed(0.25, load / 10) for load in range(11)]
    assert speeds == sorted(speeds, reverse=True)
    assert speeds[0] == 1.0
    assert gpu_speed(0.5, 1.0) > gpu_speed(0.25, 1.0)
    assert gpu_speed(1.0, 1.0) == 1.0, "nobody else is on a whole GPU"
    with pytest.raises(ValueError, match="above 0"):
        gpu_speed(0.0, 0.5)


def test_other_sizes_are_scaled_and_half_the_memory_still_holds_the_guides_users() -> None:
    assert parameters_for("meta/llama-3.1-8b-instruct") == LLAMA_8B
    assert parameters_for("deepseek-ai/deepseek-r1-distill-llama-8b") == DEEPSEEK_8B
    large = parameters_for("meta/llama-3.3-70b-instruct", 4)
    assert large.step_seconds == pytest.approx(LLAMA_8B.step_seconds * 70 / 8 / 4)
    half = parameters_for("meta/llama-3.1-8b-instruct", 0.5)
    assert 137 * 2200 < half.cache_tokens < LLAMA_8B.cache_tokens / 2
    assert isinstance(half, EngineParameters)


def test_the_tables_are_the_guides() -> None:
    """The reference lies outside a checkout in some places; where it is, it decides."""
    path = Path(__file__).parents[3] / "shared" / "reference" / "guide_tables.toml"
    if not path.is_file():
        pytest.skip("the guide's tables are not here")
    rows = tomllib.loads(path.read_text())["single_gpu"]
    published = {
        (row["model"], row["gpu_per_pod"], row["ccu"], row["output_tokens_per_second"], row["ttft_ms"])
        for row in rows
        if row["table"] in (6, 7)
    }
    assert published == {(model, gpu, users, rate, round(ttft * 1e3)) for model, gpu, users, rate, ttft, _ in TABLES}
