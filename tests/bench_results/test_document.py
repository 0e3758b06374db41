"""``nimdeck.points/1``: what it says, and that docs/json.md tells the same fields."""

import json
import re
from dataclasses import fields
from pathlib import Path

from tests.bench_results.made import POINT, VERDICT, point, write
from tui.bench.figures import ClientMeter, Distribution, PointResult, Verdict
from tui.bench.results.document import document_json, points_document
from tui.bench.results.exports.json import text
from tui.bench.results.reader import read_run

DOCS = Path(__file__).parents[2] / "docs" / "json.md"
TYPES = {
    "points": PointResult, "points.distribution": Distribution, "points.client": ClientMeter, "points.verdict": Verdict,
}  # fmt: skip


def test_the_page_and_the_code_name_the_same_fields_in_the_same_order() -> None:
    found: dict[str, list[str]] = {}
    for section in DOCS.read_text(encoding="utf-8").split("\n## ")[1:]:
        title = section.splitlines()[0].strip()
        found[title] = re.findall(r"^\| `([a-z0-9_]+)` \|", section, re.MULTILINE)
    coded = {name: [field.name for field in fields(kind)] for name, kind in TYPES.items()}
    assert {name: names for name, names in found.items() if name in TYPES} == coded


def test_the_document_of_a_run_just_made() -> None:
    document = json.loads(document_json(points_document([POINT], None, "http://nim:8000 m", 1_760_000_100.0)))
    assert list(document) == ["schema", "generated_at", "sources", "items", "verdict"]
    assert (document["schema"], document["generated_at"]) == ("nimdeck.points/1", "2025-10-09T08:55:00Z")
    assert document["sources"] == {"endpoint": {"state": "live", "age_seconds": 0.0, "detail": "http://nim:8000 m"}}
    assert document["verdict"] is None
    item = document["items"][0]
    assert (item["concurrency"], item["rate"], item["ttft_ms"]["mean"]) == (64, None, 987.0)
    assert item["ttft_ms"]["interval"] == [970.0, 1004.0]
    assert item["gap_ms"]["mean"] is None, "not known is null"
    assert item["errors"] == [["http_429", 2], ["cut", 1]]


def test_an_endpoint_that_did_not_answer() -> None:
    document = json.loads(document_json(points_document([], None, "x", 0.0, problem="connection refused")))
    assert document["sources"]["endpoint"] == {"state": "failed", "age_seconds": None, "detail": "connection refused"}
    assert document["items"] == []


def test_a_saved_run_does_not_pretend_that_the_endpoint_answers_now(tmp_path: Path) -> None:
    document = json.loads(text(read_run(write(tmp_path / "r", point(1), point(2, valid=False), verdict=VERDICT))))
    source = document["sources"]["endpoint"]
    assert source["state"] == "stale"
    assert source["age_seconds"] > 0
    assert [item["valid"] for item in document["items"]] == [True, False]
    assert document["verdict"] == {
        "concurrency": 137, "low": 128, "high": 144, "statistic": "mean", "target_ms": 1000.0, "reason": "bracket",
        "interval": [131.0, 142.0], "output_tokens_per_second": 2977.0, "value_ms": 987.0, "knee": 96,
        "attainment": None,
    }  # fmt: skip
