"""Our GenAI-Perf and AIPerf files against the outlines of files that the tools themselves wrote.

GenAI-Perf 0.0.16 wrote its own from a made-up recording of six streams, in place of one by perf_analyzer;
AIPerf 0.13.0 from runs against the truth server: closed loop, Poisson arrivals, and refused requests.
"""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.bench_results import outline
from tests.bench_results.made import E2E, INVALID_POINT, POINT, write
from tui.bench.figures import Distribution, PointResult
from tui.bench.results.exports.write import export
from tui.bench.results.reader import read_run

OPEN_LOOP = replace(POINT, concurrency=None, rate=2.5)
CHUNKS = replace(POINT, gap_ms=E2E, in_flight_mean=63.5)
SCANT = replace(POINT, itl_ms=Distribution(), osl=None, goodput_fraction=None, errors=(), failed=0)
CORE = (
    "request_throughput", "request_latency", "request_count", "time_to_first_token", "inter_token_latency",
    "output_token_throughput", "output_token_throughput_per_user", "output_sequence_length", "input_sequence_length",
)  # fmt: skip


def document(tmp_path: Path, form: str, point: PointResult) -> dict[str, Any]:
    files = export(read_run(write(tmp_path / "run", point)), form, tmp_path / "out")
    found: dict[str, Any] = json.loads(next(path for path in files if path.suffix == ".json").read_text())
    return found


@pytest.mark.parametrize("point", [POINT, OPEN_LOOP, CHUNKS, SCANT, INVALID_POINT])
@pytest.mark.parametrize("form", ["genai-perf", "aiperf"])
def test_ours_has_no_key_type_unit_or_statistic_that_the_tool_has_not(
    tmp_path: Path, form: str, point: PointResult
) -> None:
    ours = document(tmp_path, form, point)
    assert ours.pop("nimdeck")["generator"] == "nimdeck"
    ours["input_config"].get("input", {}).pop("extra", None)  # whatever the user gave
    ours["input_config"]["endpoint"].pop("extra", None)
    assert outline.strange(outline.of(ours), outline.read(form)) == []


@pytest.mark.parametrize("form", ["genai-perf", "aiperf"])
def test_the_metrics_that_both_tools_always_write_are_there(tmp_path: Path, form: str) -> None:
    ours = document(tmp_path, form, POINT)
    theirs = outline.read(form)
    assert [name for name in CORE if name not in ours or name not in theirs] == []
    for name in ("time_to_first_token", "inter_token_latency"):
        assert set(ours[name]) == set(theirs[name]), name  # type: ignore[call-overload]


def test_the_csv_has_the_lines_and_columns_of_genai_perf(tmp_path: Path) -> None:
    files = export(read_run(write(tmp_path / "run", POINT)), "genai-perf", tmp_path / "out")
    text = next(path for path in files if path.suffix == ".csv").read_text()
    theirs = json.loads((outline.FOLDER / "genai-perf-csv.json").read_text())
    shared, _ = text.split("\n\nnimdeck,")
    rows = [row for row in csv.reader(shared.splitlines()) if row]
    assert text.splitlines()[0] == theirs["header"]
    assert [row[0] for row in rows] == [name for name in theirs["names"] if name != "Time To Second Token (ms)"]
