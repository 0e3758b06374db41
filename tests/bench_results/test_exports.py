"""Exports against small literals: the peers' shapes, and invalid points marked in every one."""

import csv
import json
import xml.etree.ElementTree as Xml
from dataclasses import fields, replace
from pathlib import Path

import pytest

from tests.bench_results.made import INVALID_POINT, POINT, VERDICT, point, write
from tui.bench.figures import Distribution, PointResult, Verdict
from tui.bench.results.exports.axes import Axis, ticks_of
from tui.bench.results.exports.write import export
from tui.bench.results.reader import read_run
from tui.bench.results.rundir import RunError
from tui.bench.results.words import verdict_sentence

SVG = "{http://www.w3.org/2000/svg}"


def exported(tmp_path: Path, form: str, *points: PointResult, verdict: Verdict | None = None) -> dict[str, str]:
    """Relative path -> content."""
    run = read_run(write(tmp_path / "run", *points, verdict=verdict))
    out = tmp_path / "out"
    out.mkdir()
    files = export(run, form, out)
    assert sorted(files) == sorted(path for path in out.rglob("*") if path.is_file())
    return {str(path.relative_to(out)): path.read_text() for path in files}


def test_genai_perf_json(tmp_path: Path) -> None:
    files = exported(tmp_path, "genai-perf", POINT)
    assert set(files) == {"profile_export_genai_perf.json", "profile_export_genai_perf.csv"}
    document = json.loads(files["profile_export_genai_perf.json"])
    assert document["time_to_first_token"] == {
        "unit": "ms", "avg": 987.0, "p1": 410.0, "p5": 500.0, "p10": 600.0, "p25": 800.0, "p50": 950.0, "p75": 1100.0,
        "p90": 1200.0, "p95": 1300.0, "p99": 1500.0, "min": 400.0, "max": 1600.0, "std": 120.0,
    }  # fmt: skip
    assert document["request_throughput"] == {"unit": "requests/sec", "avg": 14.9}
    assert document["output_token_throughput"] == {"unit": "tokens/sec", "avg": 2977.0}
    assert document["request_count"] == {"unit": "count", "avg": 497.0}
    assert document["request_goodput"] == {"unit": "requests/sec", "avg": 7.45}
    assert document["output_sequence_length"] == {"unit": "tokens", "avg": 199.0}, "what is not known is left out"
    per_user = document["output_token_throughput_per_user"]
    assert (per_user["p99"], per_user["p50"], per_user["max"], per_user.get("avg")) == (40.0, 25.0, 50.0, None)
    assert document["input_config"]["perf_analyzer"] == {"stimulus": {"concurrency": 64}}
    assert document["input_config"]["model_names"] == [POINT.model]
    assert document["input_config"]["input"]["synthetic_tokens"] == {"mean": 2000, "stddev": 0.0}
    assert document["nimdeck"]["valid"] is True
    assert document["nimdeck"]["whole_run_tokens_per_second"] == 2500.0


def test_genai_perf_csv(tmp_path: Path) -> None:
    text = exported(tmp_path, "genai-perf", replace(POINT, valid=False))["profile_export_genai_perf.csv"]
    requests, system, ours = text.strip().split("\n\n")
    assert requests.splitlines()[:2] == [
        "Metric,avg,min,max,p99,p95,p90,p75,p50,p25,p10,p5,p1",
        "Time To First Token (ms),"
        "987.00,400.00,1600.00,1500.00,1300.00,1200.00,1100.00,950.00,800.00,600.00,500.00,410.00",
    ]
    assert "Output Sequence Length (tokens),199.00,N/A,N/A," in requests
    assert system.splitlines()[:3] == [
        "Metric,Value", "Output Token Throughput (tokens/sec),2977.00", "Request Throughput (per sec),14.90",
    ]  # fmt: skip
    assert "mark,INVALID" in ours.splitlines()


def test_aiperf(tmp_path: Path) -> None:
    document = json.loads(exported(tmp_path, "aiperf", POINT)["profile_export_aiperf.json"])
    assert document["schema_version"] == "1.4"
    ttft = document["time_to_first_token"]
    assert (ttft["avg"], ttft["count"], ttft["sum"]) == (987.0, 497, 987.0 * 497)
    assert document["request_count"] == {"unit": "requests", "avg": 497.0}
    assert document["completed_request_count"] == {"unit": "requests", "avg": 500.0}
    assert document["error_request_count"] == {"unit": "requests", "avg": 3.0}
    assert document["request_error_rate"] == {"unit": "%", "avg": 0.6}
    assert document["benchmark_duration"] == {"unit": "sec", "avg": 30.0}
    assert document["output_sequence_length"] == {"unit": "tokens", "avg": 199.0, "count": 497, "sum": 98903.0}
    assert document["total_osl"] == {"unit": "tokens", "avg": 98903.0}
    assert "inter_chunk_latency" not in document, "what is not known is left out"
    assert document["error_summary"] == [
        {"error_details": {"code": 429, "type": "http_429", "message": "http 429"}, "count": 2},
        {"error_details": {"type": "cut", "message": "cut"}, "count": 1},
    ]
    assert (document["was_cancelled"], document["is_complete"]) == (False, True)
    assert document["start_time"] == "2025-10-09T08:53:20+00:00"
    (phase,) = document["input_config"]["phases"]
    assert (phase["type"], phase["concurrency"]) == ("concurrency", 64)
    assert phase["requests"] == POINT.requests, "AIPerf reads no phase without requests or duration"
    assert document["input_config"]["models"] == {"items": [{"name": POINT.model}]}


def test_an_interrupted_point_is_not_complete(tmp_path: Path) -> None:
    document = json.loads(exported(tmp_path, "aiperf", point(1, ended="interrupted"))["profile_export_aiperf.json"])
    assert (document["was_cancelled"], document["is_complete"]) == (True, False)


@pytest.mark.parametrize("form", ["genai-perf", "aiperf"])
def test_several_points_have_a_folder_each_and_invalid_ones_say_so(tmp_path: Path, form: str) -> None:
    files = exported(
        tmp_path, form, point(64), point(64, repeat=1), replace(POINT, concurrency=None, rate=2.5), INVALID_POINT
    )
    assert {name.split("/")[0] for name in files} == {
        "concurrency_64", "concurrency_64_repeat_2", "request_rate_2.5", "concurrency_256",
    }  # fmt: skip
    marks = {name.split("/")[0]: json.loads(text)["nimdeck"] for name, text in files.items() if name.endswith("json")}
    assert marks["concurrency_64"]["mark"] == ""
    assert marks["concurrency_256"]["mark"] == "INVALID"
    assert marks["concurrency_256"]["notes"] == list(INVALID_POINT.notes)


def test_csv_is_a_line_a_point_with_raw_values(tmp_path: Path) -> None:
    text = exported(tmp_path, "csv", POINT, INVALID_POINT)["points.csv"]
    first, second = csv.DictReader(text.splitlines())
    assert (first["mark"], first["valid"], first["concurrency"], first["rate"]) == ("", "true", "64", "")
    assert (first["ttft_ms_mean"], first["ttft_ms_interval"], first["isl"]) == ("987.0", "[970.0,1004.0]", "2000.4")
    assert (first["gap_ms_mean"], first["client_added_p99_ms"]) == ("", "1.5")
    assert json.loads(first["errors"]) == [["http_429", 2], ["cut", 1]]
    assert (second["mark"], second["valid"], second["concurrency"]) == ("INVALID", "false", "256")
    nested = 4 * len(fields(Distribution)) + len(fields(type(POINT.client)))
    assert len(first) == 1 + len(fields(PointResult)) - 5 + nested


def test_csv_of_a_run_without_points_has_its_header(tmp_path: Path) -> None:
    assert exported(tmp_path, "csv")["points.csv"].startswith("mark,model,concurrency,")


def test_markdown(tmp_path: Path) -> None:
    text = exported(tmp_path, "markdown", POINT, INVALID_POINT, point(8, steady=False), verdict=VERDICT)["points.md"]
    assert text.startswith(f"# {POINT.model}, measured ")
    assert verdict_sentence(VERDICT) in text
    assert "| prompts | 2000:200 tokens (ISL:OSL) |" in text
    assert "| server | vllm 0.33 |" in text
    rows = [line for line in text.splitlines() if line.startswith(("| 64 |", "| 256 |", "| 8 |"))]
    assert rows[0] == (
        "| 64 |  | 987 | 970 to 1004 | 950 | 1200 | 1500 | 42.0 | 80.0 | 9300 | 2977 | 2900 to 3054 | 14.90 "
        "| 14.50 to 15.30 | 2000 | 199 | 500 | 3 | 0.30 |  |"
    )
    assert rows[1].endswith("| INVALID |")
    assert rows[2].endswith("| not steady |")
    header = next(line for line in text.splitlines() if line.startswith("| users |"))
    assert header.count("|") == rows[0].count("|")
    for name in ("TTFT mean (ms)", "TTFT p50 (ms)", "TTFT p99 (ms)", "ITL mean (ms)", "E2E mean (ms)"):
        assert name in header
    assert "- 256 users: the client was too slow \\| to be believed" in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "137 concurrent users hold a mean TTFT within 1000 ms (987 ms, 2977 output tokens/s). 128 surely do,"
             " 144 do not. 95 % interval: 131 to 142 users. The curve bends at 96 users."),
        ({"statistic": "p99", "reason": "budget", "knee": None}, "a p99 TTFT within 1000 ms"),
        ({"reason": "budget"}, "ended by its time budget"),
        ({"high": None, "reason": "max_users"}, "More users were not seen to fail."),
        ({"concurrency": None, "low": None, "high": 1, "reason": "hopeless"},
         "No number of users was seen to hold a mean TTFT within 1000 ms: 1 did not."),
        ({"concurrency": 1, "low": 1, "high": 2}, "1 concurrent user holds a mean TTFT"),
    ],
)  # fmt: skip
def test_the_verdict_in_words(changes: dict, said: str) -> None:
    assert said in verdict_sentence(replace(VERDICT, **changes))


def test_svg_is_a_drawing_with_hollow_invalid_points_and_a_target(tmp_path: Path) -> None:
    points = (point(1), point(8), point(64), INVALID_POINT)
    root = Xml.fromstring(exported(tmp_path, "svg", *points, verdict=VERDICT)["points.svg"])
    assert root.tag == f"{SVG}svg"
    words = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert {
        "TTFT (ms)",
        "output tokens/s, all users",
        "target 1000 ms",
        "mean",
        "p50",
        "p99",
        "concurrent users",
    } <= set(words)
    assert any("INVALID" in text for text in words)
    markers = [node for node in root.iter() if node.find(f"{SVG}title") is not None]
    hollow = [node for node in markers if node.get("class") == "invalid"]
    assert (len(markers), len(hollow)) == (16, 4)
    assert all(node.get("fill") == "none" and "INVALID" in node[0].text for node in hollow)
    ticks = [int(text) for text in words if text.isdigit()]
    assert {1, 2, 64, 256, 500, 1000} <= set(ticks)
    lines = [path.get("d", "") for path in root.iter(f"{SVG}path") if path.get("stroke-width") == "2"]
    assert [line.count("L") for line in lines] == [2, 2, 2, 2], "a line joins the valid points only"


@pytest.mark.parametrize(
    "points",
    [
        (point(1),),
        (replace(POINT, concurrency=None, rate=0.5), replace(POINT, concurrency=None, rate=4.0)),
        (replace(POINT, ttft_ms=Distribution(), output_tokens_per_second=None),),
        (point(4, ttft_ms=Distribution(mean=0.0)), point(4)),
        (replace(POINT, model='<b>&"x'),),
    ],
)
def test_svg_of_scant_points_is_still_well_formed(tmp_path: Path, points: tuple[PointResult, ...]) -> None:
    text = exported(tmp_path, "svg", *points)["points.svg"]
    assert "nan" not in text
    assert Xml.fromstring(text).get("viewBox")


def test_axes() -> None:
    wide = Axis.over([1, 1024], 0, 100)
    assert wide.log
    assert ticks_of(wide) == [2.0**power for power in range(11)]
    assert round(wide.at(32), 6) == 50
    assert ticks_of(Axis.from_zero([950.0], 0, 1)) == [0, 200, 400, 600, 800]
    assert ticks_of(Axis.over([4, 4], 0, 100)) == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("form", ["genai-perf", "aiperf", "svg"])
def test_a_run_without_points_can_not_be_drawn(tmp_path: Path, form: str) -> None:
    run = read_run(write(tmp_path / "run"))
    with pytest.raises(RunError, match="has no finished point"):
        export(run, form, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    run = read_run(write(tmp_path / "run", point(1), point(8)))
    out = tmp_path / "a" / "points.csv"
    assert export(run, "csv", out) == [out]
    with pytest.raises(RunError, match=r"points.csv exists; name a new place with -O"):
        export(run, "csv", out)
    with pytest.raises(RunError, match="aiperf fills a folder"):
        export(run, "aiperf", out)
    taken = tmp_path / "b" / "concurrency_8" / "profile_export_aiperf.json"
    taken.parent.mkdir(parents=True)
    taken.write_text("mine")
    with pytest.raises(RunError, match="exists"):
        export(run, "aiperf", tmp_path / "b")
    assert taken.read_text() == "mine"
    assert not (tmp_path / "b" / "concurrency_1").exists()


def test_a_place_that_can_not_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="name a place that can be written with -O"):
        export(read_run(write(tmp_path / "run", POINT)), "json", tmp_path / "file" / "x.json")
