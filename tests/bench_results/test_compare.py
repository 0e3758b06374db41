"""Two runs held against each other."""

from dataclasses import replace
from pathlib import Path

from pytest import approx

from tests.bench_results.made import ITL, LOAD, POINT, TTFT, point, write
from tui.bench.figures import PointResult
from tui.bench.results.compare import Difference, compare, unlike
from tui.bench.results.reader import read_run
from tui.bench.spec import PromptSpec


def compared(tmp_path: Path, a: list[PointResult], b: list[PointResult]) -> list[Difference]:
    return compare(read_run(write(tmp_path / "a", *a)), read_run(write(tmp_path / "b", *b)))


def slower(users: int, mean: float, half: float | None) -> PointResult:
    interval = None if half is None else (mean - half, mean + half)
    ttft = replace(TTFT, mean=mean, interval=interval)
    rates = None if half is None else (2679.3 - half, 2679.3 + half)
    return point(users, ttft_ms=ttft, output_tokens_per_second=2679.3, output_tokens_per_second_interval=rates)


def test_changes_and_whether_intervals_overlap(tmp_path: Path) -> None:
    apart, overlap, unknown = compared(
        tmp_path,
        [point(1), point(8), point(64)],
        [slower(1, 1085.7, 20), slower(8, 1000.0, 20), slower(64, 990.0, None)],
    )
    assert (apart.concurrency, apart.intervals, overlap.intervals, unknown.intervals) == (1, "apart", "overlap", None)
    assert [item.output_tokens_per_second_intervals for item in (apart, overlap, unknown)] == ["apart", "apart", None]
    assert apart.ttft_mean_change_fraction == approx(0.1)
    assert apart.output_tokens_per_second_change_fraction == approx(-0.1)
    assert (apart.itl_mean_change_fraction, apart.a.itl_mean_ms) == (0.0, ITL.mean)


def test_an_invalid_point_is_compared_with_nothing(tmp_path: Path) -> None:
    (only,) = compared(tmp_path, [point(64)], [point(64, valid=False)])
    assert (only.b.points, only.b.invalid, only.b.ttft_mean_ms) == (1, 1, None)
    assert (only.ttft_mean_change_fraction, only.intervals) == (None, None)


def test_repeats_are_pooled_by_their_requests(tmp_path: Path) -> None:
    light = replace(slower(64, 1100.0, 30), requests=100, failed=0)
    heavy = replace(slower(64, 1000.0, 10), requests=300, failed=0)
    (only,) = compared(tmp_path, [light, heavy, point(64, valid=False)], [point(64)])
    assert (only.a.points, only.a.invalid) == (3, 1)
    assert only.a.ttft_mean_ms == 1025.0
    assert only.a.interval == approx((1025 - 10.6066, 1025 + 10.6066), abs=0.001)
    assert only.a.output_tokens_per_second_interval == approx((2679.3 - 10.6066, 2679.3 + 10.6066), abs=0.001)
    assert (only.b.output_tokens_per_second_interval, only.output_tokens_per_second_intervals) == (
        POINT.output_tokens_per_second_interval, "apart",
    )  # fmt: skip


def test_loads_of_either_side_are_listed_users_first(tmp_path: Path) -> None:
    rated = replace(POINT, concurrency=None, rate=5.0)
    found = compared(tmp_path, [point(8), rated], [point(2)])
    assert [(item.concurrency, item.rate, item.a.points, item.b.points) for item in found] == [
        (2, None, 0, 1), (8, None, 1, 0), (None, 5.0, 1, 0),
    ]  # fmt: skip


def test_what_was_not_the_same_is_said(tmp_path: Path) -> None:
    a = read_run(write(tmp_path / "a", POINT))
    b = read_run(write(tmp_path / "b", POINT, load=replace(LOAD, prompts=PromptSpec(osl=64), start="burst")))
    assert unlike(a, a) == []
    assert "osl: 200 and 64" in unlike(a, b)
    assert "start: staggered and burst" in unlike(a, b)
