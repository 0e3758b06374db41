"""What a benchmark says in words, figures and forms: pure, each sentence against what it must tell."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from tests.screens_bench.engine import measurable
from tests.screens_bench.made import AT, LOAD, SEARCH, SWEEP, VERDICT, beats, on_disk, point, progress, slow_client
from tests.store.builders import HALF, NOW
from tui.bench.engine.progress import Progress
from tui.bench.figures import ClientMeter
from tui.bench.results.reader import read_run
from tui.bench.spec import SearchPlan, SweepPlan
from tui.present import bench, bench_charts, bench_compare, bench_form, bench_runs, bench_words
from tui.present.bench_guide import guide_figure
from widgets.rows import Tone


def said(cells: tuple[object, ...]) -> str:
    return "  ".join(cell.text for cell in cells)  # type: ignore[attr-defined]


def picture(**fields: object) -> bench.Picture:
    made = bench.Picture("llama", LOAD, "mean", 1000.0, (point(1), point(64)))
    return replace(made, **fields)  # type: ignore[arg-type]


# -- verdicts ----------------------------------------------------------------------------------------------------------


def test_the_verdict_is_a_sentence_with_its_certainty() -> None:
    assert bench_words.verdict_words(VERDICT) == (
        "137 users hold TTFT mean ≤ 1,000 ms (95 %: 131 to 142), 2,977 tokens/s. Throughput bends at 96 users."
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reason": "budget", "interval": None, "knee": None}, "The answer lies between 128 and 144: the budget"),
        ({"reason": "interrupted", "low": None, "knee": None}, "It was stopped."),
        ({"reason": "max_users", "high": None, "concurrency": 16384}, "At least 16,384 users hold"),
        ({"concurrency": 1, "interval": None}, "1 user holds TTFT"),
        ({"concurrency": None, "low": None, "high": 1, "reason": "hopeless"}, "≤ 1,000 ms: 1 user already misses it."),
    ],
)  # fmt: skip
def test_a_verdict_that_is_not_the_usual_says_so(change: dict[str, object], words: str) -> None:
    assert words in bench_words.verdict_words(replace(VERDICT, **change))  # type: ignore[arg-type]


def test_the_guides_figure_stands_beside_the_same_measurement_only() -> None:
    mine = picture(verdict=VERDICT, environment=(("pods ready", "1"), ("GPU fraction", "1")))
    assert bench.finding(mine).endswith("Guide, table 6: 137 users, 2,977 tokens/s.")
    half = replace(mine, environment=(("pods ready", "1"), ("GPU fraction", "0.5")))
    assert bench.finding(half).endswith("Guide, table 7: 137 users, 3,086 tokens/s.")
    for other in (
        replace(mine, environment=(("pods ready", "4"),)),
        replace(mine, environment=(("GPU fraction", "0.25"),)),
        replace(mine, load=replace(LOAD, prompts=replace(LOAD.prompts, isl=500))),
        replace(mine, statistic="p99"),
        replace(mine, load=replace(LOAD, target=replace(LOAD.target, model="mistral-7b"))),
    ):
        assert "Guide" not in bench.finding(other)
    assert guide_figure(LOAD, None, "mean") is None


def test_a_sweep_tells_the_most_users_that_hold_and_leaves_out_what_is_not_valid() -> None:
    words = bench_words.sweep_words([point(1), point(128), point(256), slow_client(130)], "mean", 1000.0)
    assert words.startswith("Most measured within TTFT mean ≤ 1,000 ms: 128 users (928 ms, 3,000 tokens/s).")
    assert words.endswith("1 of 4 points INVALID: the client was too slow.")
    assert "No measured number" in bench_words.sweep_words([point(512)], "mean", 1000.0)
    assert bench_words.sweep_words([point(8), point(256)], "mean", None).startswith(
        "Most throughput: 3,000 tokens/s at 256"
    )
    assert bench_words.sweep_words([], "mean", 1000.0) == ""


# -- progress and lines ------------------------------------------------------------------------------------------------


def test_the_progress_line_has_point_users_phase_and_what_is_left() -> None:
    first, second = point(1, started_at=100.0), point(8, started_at=130.0)
    now = progress(first, second, partial=point(64), points=4)
    line = said(bench_words.progress_cells(now, running=True, paused=False, interrupts=0))
    assert line == "point 3 of 4  64 users  measuring 14 s, steady  ETA 46 s"  # two points of 30 s, 14 s gone
    assert bench_words.eta_seconds(progress(points=4)) is None
    assert bench_words.eta_seconds(replace(now, points=None)) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (130.4, "about 2 min 10 s left at most"),
        (44.0, "about 44 s left at most"),
        (118.0, "about 2 min left at most"),
        (59.7, "about 1 min left at most"),
        (7560.0, "about 2 h 6 m left at most"),
    ],
)
def test_what_is_left_of_a_search_is_its_worst_case(seconds: float, words: str) -> None:
    now = progress(point(1), partial=point(8), eta_seconds=seconds)
    assert said(bench_words.progress_cells(now, running=True, paused=False, interrupts=0)).endswith(words)
    assert "left" not in said(bench_words.progress_cells(now, running=True, paused=True, interrupts=0))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"paused": True}, "PAUSED"),
        ({"interrupts": 1}, "stopping: what is in flight is finished"),
        ({"interrupts": 2}, "stopping now"),
        ({"running": False}, "finished"),
    ],
)
def test_what_was_asked_of_a_run_is_said(how: dict[str, int], words: str) -> None:
    given = {"running": True, "paused": False, "interrupts": 0, **how}
    assert words in said(bench_words.progress_cells(progress(point(1)), **given))  # type: ignore[arg-type]


def test_between_two_points_no_old_figure_is_told_as_new() -> None:
    between = progress(point(1, started_at=100.0), partial=None, points=2)
    line = said(bench_words.progress_cells(between, running=True, paused=False, interrupts=0))
    assert line == "point 1 of 2  going on to the next  ETA 6 s"


def test_probing_says_what_is_awaited() -> None:
    begun = Progress("probing", 0, None, None, None, 0.0, text="asking the endpoint what it accepts")
    line = said(bench_words.progress_cells(begun, running=True, paused=False, interrupts=0))
    assert line == "no point yet  asking the endpoint what it accepts"


def test_the_gauge_is_full_where_figures_stop_being_believed() -> None:
    assert bench_words.client_used(point(64)) == pytest.approx(0.12)
    edge = point(1, ttft=100.0, client=ClientMeter(0.1, added_mean_ms=5.0, added_p99_ms=1.0))
    assert bench_words.client_used(edge) == pytest.approx(1.0)
    relaxed = point(1, ttft=1000.0, client=ClientMeter(0.1, added_mean_ms=5.0, added_p99_ms=1.0))
    assert bench_words.client_used(relaxed) == pytest.approx(0.25)
    assert bench_words.client_used(point(1, client=ClientMeter())) is None
    assert bench_words.gauge(0.5) == "█████░░░░░" and bench_words.gauge(7.0) == "█" * 10
    assert "█" not in bench_words.gauge(None) and "░" not in bench_words.gauge(None)
    wrong = bench_words.client_cells(slow_client(8))
    assert wrong[-1].text == "INVALID: the client is too slow" and wrong[1].tone is Tone.BAD


def test_what_the_server_does_not_say_is_a_dash() -> None:
    assert said(bench_words.server_cells({"requests_running": 128.0, "requests_waiting": 0.0})) == (
        "SERVER  running 128  waiting 0  KV –  GPU –"
    )
    full = {"requests_running": 1.0, "requests_waiting": 3.0, "kv_cache_used_fraction": 0.71, "pods_ready": 2.0,
            "gpu_utilization_fraction": 0.97}  # fmt: skip
    assert said(bench_words.server_cells(full)).endswith("waiting 3  KV 71%  GPU 97%  2 pods")


def test_points_are_rows_newest_first_and_invalid_is_a_word() -> None:
    rows = bench.point_rows([point(1), slow_client(8)], point(64, repeat=2))
    assert [row.cells[0].text for row in rows] == ["64 #3", "8", "1"]
    assert rows[1].cells[8].text == "INVALID 38.0 ms" and rows[1].tone is Tone.DIM
    assert rows[1].sub[0].text == "the client was too slow to be believed"
    assert [cell.text for cell in rows[2].cells[1:7]] == ["166", "163", "221", "41.2", "24", "0.1"]
    failed = bench.point_row("1", point(4, failed=3, errors=(("http_429", 2), ("timeout", 1))))
    assert failed.cells[7].text == "3" and failed.sub[0].text == "failed: http_429 2, timeout 1"
    unknown = bench.point_row("1", point(4, output_tokens_per_second=None, concurrency=None, rate=2.5))
    assert unknown.cells[5].text == "–" and unknown.cells[0].text == "2.5/s"


# -- charts ------------------------------------------------------------------------------------------------------------


def test_users_stand_on_a_logarithmic_axis_with_the_target_and_valid_points_only() -> None:
    points = [point(users) for users in (64, 1, 8, 128)] + [slow_client(100)]
    ttft, tokens = bench_charts.against_users(points, 1000.0)
    assert [series.name for series in ttft.series] == ["p99", "p50", "mean", "INVALID"]
    assert ttft.series[2].xs == (0.0, 3.0, 6.0, 7.0) and ttft.series[2].ys == (166.0, 208.0, 544.0, 928.0)
    assert ttft.target == 1000.0 and ttft.y_max is None
    assert ttft.x_ticks[0] == (0.0, "1") and ttft.x_ticks[-1] == (7.0, "128")
    assert ttft.series[3].ys == (0.0, 760.0, None), "no curve leads through a point that is not valid"
    assert tokens.target is None and tokens.series[0].ys == (24.0, 192.0, 1536.0, 3000.0)


def test_repeats_are_one_mean_and_near_loads_stand_on_a_straight_axis() -> None:
    ttft, _ = bench_charts.against_users([point(100, 800.0), point(100, 900.0), point(110, 950.0)], None)
    assert ttft.series[2].xs == (100.0, 110.0) and ttft.series[2].ys == (850.0, 950.0)


def test_ttft_far_beyond_the_target_is_cut_and_the_axis_says_so() -> None:
    ttft, _ = bench_charts.against_users([point(1), point(256, 20_000.0)], 1000.0)
    assert ttft.y_max == 4000.0 and ttft.y_label == "ms, cut at 4,000" and ttft.series[2].ys[-1] == 4000.0


def test_ticks_do_not_touch() -> None:
    ticks = bench_charts.users_ticks([1, 64, 128, 130, 132, 136, 137, 144], float)
    assert ticks[0][1] == "1" and ticks[-1][1] == "144"
    assert all(b - a >= 143 / 7 for (a, _), (b, _) in pairwise(ticks))
    assert bench_charts.users_ticks([], float) == ()


def test_events_are_upright_lines_at_their_time() -> None:
    added = {"events": 1.0, "event": "pod added (2 ready)"}
    samples = [
        {"at": 1.0},
        {"at": 2.0, **added},
        {"at": 3.0, **added},
        {"at": 4.0, "events": 3.0, "event": "a restarted"},
    ]
    events = bench_charts.events_of(samples)
    assert events == ((2.0, "pod added (2 ready)"), (4.0, "a restarted"))
    ttft, tokens = bench_charts.against_time(beats(10), events, 1000.0)
    upright = ttft.series[-1]
    assert upright.xs == (2.0, 2.0, 2.0, 4.0, 4.0, 4.0) and upright.ys == (0.0, 1000.0, None) * 2
    assert max(y for y in tokens.series[-1].ys if y is not None) == 1580.0
    assert bench_charts.against_time((), events, None)[0].series[-1].name == "mean"


# -- runs on disk ------------------------------------------------------------------------------------------------------


def test_a_run_on_disk_is_a_row_and_a_board(tmp_path: Path) -> None:
    run = read_run(on_disk(tmp_path / "one", point(1), point(137), verdict=VERDICT))
    row = bench_runs.entry_row(bench_runs.run_entry(run))
    assert [cell.text for cell in row.cells[1:]][:5] == ["one", "search", LOAD.target.model, "2000:200 ±50", "2"]
    assert [cell.text for cell in row.cells[6:]] == ["137", "2,977", "57 min", "finished"]
    view = bench.board(bench.picture_of_run(run), "time", public=True)
    assert LOAD.target.url not in str(view) and "EVENTS  12 s pod added (2 ready)" in [said(line) for line in view.foot]
    assert "Guide, table 6" in said(view.foot[-1])


def test_what_a_run_lacks_is_its_state(tmp_path: Path) -> None:
    states = {
        "a": bench_runs.state_of(read_run(on_disk(tmp_path / "a"))),
        "b": bench_runs.state_of(read_run(on_disk(tmp_path / "b", point(1)))),
        "c": bench_runs.state_of(read_run(on_disk(tmp_path / "c", slow_client(1)))),
        "d": bench_runs.state_of(read_run(on_disk(tmp_path / "d", point(1), command="run"))),
    }
    assert states == {"a": "no points", "b": "broken off", "c": "INVALID", "d": "finished"}


def test_two_runs_are_compared_load_by_load(tmp_path: Path) -> None:
    first = read_run(on_disk(tmp_path / "first", point(1), point(64, 500.0), slow_client(128)))
    half = replace(LOAD, prompts=replace(LOAD.prompts, osl=100))
    second = read_run(on_disk(tmp_path / "second", point(64, 400.0, 1600.0), point(128), load=half, at=AT + 60))
    view = bench_compare.compared(second, first)
    rows = {row.key: [cell.text for cell in row.cells] for row in view.rows}
    assert rows["64"][:4] == ["64", "500", "400", "-20%"] and rows["64"][6:9] == ["1,536", "1,600", "+4%"]
    assert rows["1"][3] == "–" and rows["128"][9] == "INVALID in A" and rows["128"][1] == "–"
    assert [series.name for series in view.charts[0].series] == ["A", "B"]
    assert "osl: 200 and 100" in said(view.foot[-1])


def test_choices_are_workloads_that_run_and_have_an_address() -> None:
    snapshot = measurable().store.snapshot
    choices = bench_form.endpoint_choices(snapshot)
    assert [choice.label.split()[0] for choice in choices] == ["llama", "llama-half", "notebook"]
    found = bench_form.workload_at(snapshot, "http://llama-half.runai-team.svc.cluster.local/v1/")
    assert found is not None and found.key.name == "llama-half" and found.fraction == HALF.fraction
    assert bench_form.workload_at(snapshot, "http://elsewhere:8000") is None and snapshot.at >= NOW
    assert isinstance(SWEEP, SweepPlan) and isinstance(SEARCH, SearchPlan)
