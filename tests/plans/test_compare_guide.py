"""Every published row is there with ours beside it; what differs is stated, what is missing is said to be."""

from dataclasses import replace

import pytest

from config.guide_tables import guide_tables
from tests.plans.made import PLAN, point
from tui.plans.compare_guide import NOT_MEASURED, Compared, compare_guide
from tui.plans.values import Cell, CellResult, ModelResult, Placed, PlanRun

USERS = {"llama": 137, "deepseek": 141}


def _result(models: tuple[str, ...], each: float, pods: int, ttft_ms: float, scheduler: str = "runai") -> CellResult:
    cell = Cell(f"{models}-{each}-{pods}", "t", models, scheduler, each, pods, len(models) * each * pods)  # type: ignore[arg-type]
    found = tuple(
        ModelResult(key, USERS[key] * pods, point(USERS[key] * pods, ttft_ms), simulated=True) for key in models
    )
    return CellResult(cell, "done", 0.0, 1.0, 1.0, found, Placed(gpus=len(models) * pods))


def _run(*results: CellResult) -> PlanRun:
    return PlanRun("", PLAN, tuple(one.cell for one in results), results, (), (), (), True, 0.0)


def _by_name(rows: tuple[Compared, ...]) -> dict[str, Compared]:
    assert len({row.what for row in rows}) == len(rows)
    return {row.what: row for row in rows}


def test_rows_of_the_tables_have_their_differences() -> None:
    rows = _by_name(
        compare_guide(_run(_result(("llama",), 1.0, 1, 950.0), _result(("llama", "deepseek"), 0.5, 1, 960.0)))
    )
    tables = guide_tables()
    users = rows["table 6, meta/llama-3.1-8b-instruct: users"]
    assert (users.published, users.ours, users.difference_fraction, users.note) == (137, 137, 0.0, "simulated")
    ttft = rows["table 6, meta/llama-3.1-8b-instruct: mean TTFT ms"]
    assert ttft.difference_fraction == pytest.approx((950 - 987) / 987)
    mixed = rows["table 8, mixed: output tokens/s"]
    assert (mixed.published, mixed.ours) == (6235, 278 * 22.0)
    assert mixed.note == "simulated; ours: a GPU of its own each"
    assert rows["table 8, mixed: mean TTFT ms"].ours == pytest.approx(960.0)
    table_5 = rows["table 5, meta/llama-3.1-8b-instruct: users"]
    assert (table_5.ours, table_5.difference_fraction, table_5.note) == (None, None, NOT_MEASURED)
    assert len([what for what in rows if what.startswith("table")]) == 3 * (len(tables.single_gpu) + len(tables.sizing))


def test_stated_drops_are_compared_as_ratios() -> None:
    half = _result(("llama",), 0.5, 64, 900.0)
    fewer = tuple(replace(one, users=round(0.9 * (one.users or 0))) for one in half.models)
    rows = _by_name(
        compare_guide(
            _run(
                _result(("llama",), 1.0, 64, 900.0),
                replace(half, models=fewer),
                _result(("deepseek",), 0.5, 64, 900.0),
                _result(("llama", "deepseek"), 0.5, 64, 2700.0),
            )
        )
    )
    drop = rows["half against whole GPUs at 64 pods, meta/llama-3.1-8b-instruct: users, ratio"]
    assert drop.published == pytest.approx(0.9)
    assert drop.difference_fraction == pytest.approx(0.0, abs=1e-3)
    tokens = rows["half against whole GPUs at 64 pods, meta/llama-3.1-8b-instruct: output tokens/s, ratio"]
    assert (tokens.published, tokens.ours) == (0.8, 1.0)
    assert tokens.difference_fraction == pytest.approx(0.25)
    factor = rows["mixed against alone at 64 pods each, meta/llama-3.1-8b-instruct: mean TTFT, factor"]
    assert factor.published == 3.0
    assert factor.ours == pytest.approx(3.0)
    users = rows["mixed against alone at 64 pods each: users, factor"]
    assert users.ours == pytest.approx(2.0, rel=0.06)
    assert "take neither as exact" in users.note


def test_nothing_measured_is_nothing_and_never_zero() -> None:
    rows = compare_guide(_run())
    assert {(row.ours, row.difference_fraction) for row in rows} == {(None, None)}
    assert all(row.published > 0 for row in rows)


def test_an_invalid_point_is_named() -> None:
    result = _result(("llama",), 1.0, 1, 950.0)
    broken = tuple(replace(one, point=replace(point(137), valid=False), simulated=False) for one in result.models)
    rows = _by_name(compare_guide(_run(replace(result, models=broken))))
    assert rows["table 6, meta/llama-3.1-8b-instruct: users"].note == "INVALID"
