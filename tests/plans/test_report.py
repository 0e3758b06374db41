"""Plan folders and runs -> a report: the guide's rows, differences, straight lines, effects, what is missing."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from config.guide_tables import guide_tables
from tests.bench_results.made import INVALID_POINT, VERDICT, write
from tests.bench_results.made import point as run_point
from tests.plans.report_made import carried_out, changed, found
from tui.bench.results.reader import read_run
from tui.plans.report import build_report
from tui.plans.report_scaling import straight
from tui.plans.report_values import Effect, Entry, Figure, Report
from tui.plans.values import CellResult, PlanRun

LLAMA, DEEPSEEK = "meta/llama-3.1-8b-instruct", "deepseek-ai/deepseek-r1-distill-llama-8b"


def entry(report: Report, table: int, model: str) -> Entry:
    return next(one for one in report.tables if (one.table, one.model) == (table, model))


def figure(report: Report, number: int) -> Figure:
    return next(one for one in report.figures if one.number == number)


def effects(report: Report, kind: str, pods: int, model: str = LLAMA) -> dict[str, Effect]:
    found = [one for one in report.effects if (one.kind, one.pods, one.model) == (kind, pods, model)]
    return {one.quantity: one for one in found}


def invalid(run: PlanRun, cell: str) -> PlanRun:
    """The client was too slow in this cell."""
    was = found(run, cell)
    models = tuple(replace(one, point=replace(one.point, valid=False)) for one in was.models if one.point is not None)
    return changed(run, cell, replace(was, models=models))


def test_every_published_row_is_there_and_its_numbers_are_the_guides() -> None:
    report = build_report([carried_out()])
    guide = guide_tables()
    published = [(row.table, row.model, row.ccu, row.ttft_ms) for row in guide.single_gpu]
    published += [(8, row.model, row.ccu, row.ttft_ms) for row in guide.sizing]
    told = [(one.table, one.model, one.users.published, one.ttft_ms.published) for one in report.tables]
    assert told == published
    assert [one.number for one in report.figures] == [17, 18, 17, 18, 19, 20, 21]


def test_differences_are_percent_of_the_published() -> None:
    row = entry(build_report([carried_out()]), 6, LLAMA)
    assert (row.users.measured, row.users.published) == (130, 137)
    assert row.users.difference_percent == pytest.approx(-5.1095, abs=1e-3)
    assert row.ttft_ms.difference_percent == pytest.approx((900 - 987) / 987 * 100)
    assert row.output_tokens_per_second.difference_percent == 0.0
    assert (row.requests, row.statistic, row.valid, row.users.interval) == (1000, "mean", True, (127.0, 133.0))


def test_throughput_stands_with_its_interval_wherever_it_is_of_one_model() -> None:
    report = build_report([carried_out(), carried_out(folder="again")])
    row = entry(report, 6, LLAMA).output_tokens_per_second
    assert (row.measured, row.interval) == (2977.0, pytest.approx((2977 * 0.99, 2977 * 1.01)))
    assert entry(report, 8, "mixed").output_tokens_per_second.interval is None, "models of a mix share GPUs"
    spots = {spot.pods: spot for one in figure(report, 18).series if ", Run:ai, 1" in one.name for spot in one.spots}
    assert spots[64].interval == pytest.approx((64 * 2977 * 0.99, 64 * 2977 * 1.01))
    assert effects(report, "fraction", 64)["output_tokens_per_second"].intervals == "apart"
    assert effects(report, "mixing", 64)["output_tokens_per_second"].intervals is None
    same = {
        one.quantity: one.intervals
        for one in report.pairs
        if one.what == "Meta Llama 3.1 8B Instruct, Run:ai, 16 pods x 1 GPU"
    }
    assert same == {"users": "overlap", "output_tokens_per_second": "overlap", "ttft_ms": "overlap"}


def test_a_run_made_before_rates_had_intervals_has_none(tmp_path: Path) -> None:
    path = write(tmp_path / "old", run_point(137), verdict=VERDICT)
    lines = [json.loads(line) for line in (path / "points.jsonl").read_text().splitlines()]
    for line in lines:
        del line["output_tokens_per_second_interval"], line["requests_per_second_interval"]
    (path / "points.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    report = build_report([read_run(path)])
    row = next(one for one in report.tables if (one.table, one.model) == (8, LLAMA))
    assert (row.output_tokens_per_second.measured, row.output_tokens_per_second.interval) == (2977.0, None)
    assert report.sides[0].rows[0].interval("output_tokens_per_second") is None
    assert (report.sides[0].problems, row.ttft_ms.interval) == ((), (970.0, 1004.0))


def test_the_mix_of_one_gpu_adds_users_and_weighs_ttft() -> None:
    row = entry(build_report([carried_out()]), 8, "mixed")
    assert row.users.measured == 137 + 141
    assert row.output_tokens_per_second.measured == pytest.approx((3086 + 3237) * 0.6)
    assert row.ttft_ms.measured == pytest.approx((995 + 978) / 2 * 3)
    assert "held" in row.note
    assert "lay on 4 GPUs" in row.note, "pods that shared no GPU say nothing of one GPU"


def test_an_invalid_figure_is_shown_and_compared_with_nothing() -> None:
    report = build_report([invalid(carried_out(), "llama-runai-1.0-x1")])
    row = entry(report, 6, LLAMA)
    assert (row.users.measured, row.users.difference_percent, row.valid) == (130, None, False)
    assert not effects(report, "runai", 1), "no effect rests on it"
    line = next(one for one in report.linearity if "Llama 3.1" in one.curve and "no Run:ai, 1 GPU" in one.curve)
    whole = next(one for one in report.linearity if "Llama 3.1" in one.curve and ", Run:ai, 1 GPU" in one.curve)
    assert line.n == 4
    assert (whole.n, whole.efficiency, whole.drop_fraction) == (3, (), None), "no one-pod figure to measure against"
    assert any("INVALID" in finding for finding in report.findings)


def test_a_cell_that_is_missing_says_why() -> None:
    run = carried_out(without=("llama-none-1.0-x1",))
    cell = found(run, "deepseek-none-1.0-x1").cell
    run = changed(run, cell.id, CellResult(cell, "failed", 0.0, 1.0, None, note="1 of 1 pods never got ready"))
    report = build_report([run])
    assert entry(report, 5, LLAMA).note == "not run: planned, no result yet"
    assert entry(report, 5, DEEPSEEK).note == "failed: 1 of 1 pods never got ready"
    assert entry(report, 5, DEEPSEEK).users.measured is None
    told = {(one.cell, one.kind): one.line for one in report.sides[0].problems}
    assert told["deepseek-none-1.0-x1", "failed"] == "1 of 1 pods never got ready"
    assert told["mixed-runai-0.5-x128", "does not fit"] == "does not fit 64 GPUs"
    assert report.findings[0].startswith("7 of the 9 published rows")


def test_where_pods_lay_otherwise_than_planned() -> None:
    was = found(carried_out(), "llama-runai-0.5-x16")
    assert was.placed is not None
    odd = replace(was, placed=replace(was.placed, problem="3 GPUs hold 2 pods"))
    problems = build_report([changed(carried_out(), was.cell.id, odd)]).sides[0].problems
    assert [(one.cell, one.line) for one in problems if one.kind == "placement"] == [
        ("llama-runai-0.5-x16", "3 GPUs hold 2 pods")
    ]


def test_the_line_through_the_origin_by_hand() -> None:
    """x 1, 2 and y 1, 3: slope 7/5, residuals -0.4 and 0.2, so 1 - 0.2/10, and 1 - 0.2/2 about the mean."""
    line = straight("A", "a curve", "users", False, [(1, 1.0), (2, 3.0)])
    assert line.slope == pytest.approx(1.4)
    assert line.r_squared == pytest.approx(0.98)
    assert line.r_squared_about_mean == pytest.approx(0.9)
    assert line.efficiency == ((1, 1.0), (2, 1.5))
    assert line.drop_fraction == pytest.approx(-0.5)


def test_the_drop_at_full_scale() -> None:
    lines = build_report([carried_out()]).linearity
    half = {one.quantity: one for one in lines if one.curve.startswith("Meta Llama 3.1 8B Instruct, Run:ai, 0.5")}
    assert half["users"].drop_fraction == pytest.approx(0.1, abs=1e-3)
    assert half["output_tokens_per_second"].drop_fraction == pytest.approx(0.2)
    whole = next(one for one in lines if one.curve.startswith("Meta Llama 3.1 8B Instruct, Run:ai, 1"))
    assert whole.r_squared == pytest.approx(1.0)
    assert [one.searched for one in lines if "together" in one.curve] == [False, False]


def test_effects_of_fractions_runai_and_mixing() -> None:
    report = build_report([carried_out()])
    half, runai, mixed = (effects(report, kind, 64) for kind in ("fraction", "runai", "mixing"))
    assert half["users"].change_percent == pytest.approx((137 * 64 * 0.9 / (130 * 64) - 1) * 100, abs=0.01)
    assert half["users"].stated == "about 10 % drop"
    assert runai["ttft_ms"].change_percent == pytest.approx((900 / 971 - 1) * 100)
    assert runai["ttft_ms"].intervals == "apart"
    assert mixed["users"].other == (137 + 141) * 64
    assert mixed["ttft_ms"].change_percent == pytest.approx((995 * 3 / 900 - 1) * 100)
    said = mixed["output_tokens_per_second"].stated
    assert "0.8X" in said
    assert "0.4X" in said


def test_beyond_one_pod_the_guide_has_no_numbers() -> None:
    report = build_report([carried_out()])
    curve = next(one for one in figure(report, 17).series if ", Run:ai, 0.5" in one.name)
    assert [(spot.pods, spot.published) for spot in curve.spots] == [
        (1, 137), (16, None), (32, None), (64, None), (128, None),
    ]  # fmt: skip
    assert [one.value for one in figure(report, 17).derived] == [pytest.approx(137 * 64 * 0.9)]
    assert [one.value for one in figure(report, 20).derived] == [
        pytest.approx(2977 * 64 * 0.8), pytest.approx(2977 * 64 * 0.6),
    ]  # fmt: skip
    assert [one.value for one in figure(report, 21).derived] == [987 * 3]
    assert any("0.8X" in line and "0.4X" in line for line in report.contradictions)


def test_two_plans_side_by_side() -> None:
    run = carried_out()
    was = found(run, "llama-none-1.0-x16")
    assert was.models[0].point is not None
    slower = replace(was.models[0], users=2030, point=replace(was.models[0].point, output_tokens_per_second=40000.0))
    other = changed(carried_out(simulated=True, folder="rehearsal"), was.cell.id, replace(was, models=(slower,)))
    report = build_report([run, other])
    pairs = {
        one.quantity: one
        for one in report.pairs
        if one.what == "Meta Llama 3.1 8B Instruct, no Run:ai, 16 pods x 1 GPU"
    }
    assert pairs["users"].change_percent == pytest.approx((2030 / (141 * 16) - 1) * 100)
    assert pairs["ttft_ms"].intervals == "overlap"
    assert (report.sides[0].simulated, report.sides[1].simulated, report.simulated) == (False, True, True)
    assert [one.side for one in report.tables if (one.table, one.model) == (5, LLAMA)] == ["A", "B"]


def test_a_run_against_the_guide_and_another(tmp_path: Path) -> None:
    """It knows neither scheduler nor GPUs, so only table 8 has a row for it, which says so."""
    points = (run_point(128), run_point(137), INVALID_POINT)
    runs = [read_run(write(tmp_path / name, *points, verdict=VERDICT)) for name in ("one", "two")]
    report = build_report(runs)
    rows = [one for one in report.tables if one.model == LLAMA and one.side == "A"]
    assert [one.users.measured for one in rows] == [None, None, None, 137]
    assert "did not record" in rows[3].note
    assert rows[3].users.interval == (131.0, 142.0)
    assert [row.answer for row in report.sides[0].rows] == [False, True, False]
    by_load = {(one.what, one.quantity): one for one in report.pairs}
    assert by_load["Meta Llama 3.1 8B Instruct, 128 users", "ttft_ms"].change_percent == 0.0
    assert by_load["Meta Llama 3.1 8B Instruct, 256 users", "ttft_ms"].change_percent is None
    assert by_load["Meta Llama 3.1 8B Instruct, 256 users", "ttft_ms"].note == "A INVALID; B INVALID"


def test_what_was_not_as_the_guide_had_it() -> None:
    run = carried_out()
    load = replace(run.plan.load, osl=500, ttft_ms=500.0)
    run = replace(run, plan=replace(run.plan, load=load), environment=(("GPU", "NVIDIA-H200"),))
    assert build_report([run]).sides[0].unlike_guide == (
        "prompts of 2000:500 tokens; the guide's 2000:200",
        "a TTFT target of 500 ms; the guide's 1000 ms",
        "GPU NVIDIA-H200; the guide's is NVIDIA H100 NVL",
    )
