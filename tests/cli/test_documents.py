"""Snapshot -> documents: the figures, the unknowns, and that docs/json.md tells the same fields."""

import json
import re
import typing
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import msgspec
import pytest

from tests.cli.cluster import NOW, WORKLOAD, node, snapshot, status
from tui.model.status import SourceState
from tui.present.documents import ITEMS, Document, build
from tui.present.documents.document import Source
from tui.present.documents.figures import instant, unix

DOCS = Path(__file__).parents[2] / "docs" / "json.md"


def as_json(kind: str, **changes: object) -> dict:
    return json.loads(msgspec.json.encode(build(kind, snapshot(**changes), NOW)))


def documented() -> dict[str, list[str]]:
    """Section of the page -> the fields of its table, in order."""
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in DOCS.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            current = sections.setdefault(line[3:].strip(), [])
        elif match := re.match(r"^\| `([a-z_]+)` \|", line):
            current.append(match.group(1))
    # config has no type; points are held in tests/bench_results, report in tests/plans
    elsewhere = ("config", "points", "report")
    return {name: names for name, names in sections.items() if names and not name.startswith(elsewhere)}


def coded() -> dict[str, list[str]]:
    """The same from the types, lists of items followed."""
    found = {
        "document": [field.name for field in fields(Document)],
        "sources": [field.name for field in fields(Source)],
    }

    def walk(section: str, item: type) -> None:
        found[section] = [field.name for field in fields(item)]
        for name, hint in typing.get_type_hints(item).items():
            for inner in typing.get_args(hint):
                if isinstance(inner, type) and is_dataclass(inner):
                    walk(f"{section}.{name}", inner)

    for name, item in ITEMS.items():
        walk(name, item)
    return found


def test_the_page_and_the_code_name_the_same_fields_in_the_same_order() -> None:
    assert documented() == coded()


def test_the_envelope() -> None:
    document = as_json("nodes", sources={"runai": status("runai", SourceState.DENIED, "client secret refused")})
    assert list(document) == ["schema", "generated_at", "sources", "items"]
    assert document["schema"] == "nimdeck.nodes/1"
    assert document["generated_at"] == "2025-10-09T08:53:20.000Z"
    assert document["sources"] == {"runai": {"state": "denied", "age_seconds": None, "detail": "client secret refused"}}


def test_a_node_keeps_the_sum_rule_and_its_figures() -> None:
    first = as_json("nodes")["items"][0]
    assert first["gpu_allocated"] == 1.8
    assert round(sum(gpu["allocated_fraction"] for gpu in first["gpus"]) + first["gpu_unplaced"], 6) == 1.8
    assert first["gpu_free"] == 2.2
    card = first["gpus"][0]
    assert (card["index"], card["utilization_fraction"], card["power_watts"]) == (0, 0.71, 310.5)
    assert (card["measured_by"], card["measured_age_seconds"]) == ("dcgm", 2.0)
    assert card["slices"] == [
        {
            "workload": "llama",
            "workload_kind": "InferenceWorkload",
            "namespace": "runai-test",
            "pod": "llama-0",
            "fraction": 0.5,
            "memory_used_bytes": 20e9,
            "mig_profile": None,
            "placed_by": "reservation",
        }
    ]
    # 0.1 + 0.2 is 0.3 to a reader, and a figure that is not there is not 0
    assert first["gpus"][1]["allocated_fraction"] == 0.3
    assert first["gpus"][1]["utilization_fraction"] is None


def test_what_is_not_known_is_null_everywhere() -> None:
    unknown = as_json("nodes")["items"][1]
    known = {"name": "node002", "approximate": False, "note": "", "gpus": []}
    assert {key: value for key, value in unknown.items() if value is not None} == known


def test_a_workload() -> None:
    item = as_json("workloads")["items"][0]
    assert (item["name"], item["namespace"], item["kind"]) == ("llama", "runai-test", "InferenceWorkload")
    assert item["age_seconds"] == 14760.0
    assert item["phase_since"] == "2025-10-09T08:52:20.000Z"
    assert item["gpu_memory_requested_bytes"] is None
    assert item["idle_gpus"] is None
    assert item["causes"] == []


def test_an_unlimited_quota_is_minus_one_and_an_unknown_one_null() -> None:
    item = as_json("projects")["items"][0]
    assert (item["gpu_quota"], item["gpu_limit"], item["gpu_requested"]) == (-1.0, 64.0, None)


def test_events_carry_dates_where_there_are_any() -> None:
    first, second = as_json("events")["items"]
    assert (first["at"], first["kind"], first["object"], first["count"]) == (
        "2025-10-09T08:51:50.000Z", "Pod", "llama-3", 3,
    )  # fmt: skip
    assert second["at"] is None
    assert second["namespace"] == "runai-test"


def test_one_project() -> None:
    whole = snapshot()
    assert [item.name for item in build("workloads", whole, NOW, "lab").items] == ["other"]
    assert [item.name for item in build("projects", whole, NOW, "lab").items] == []
    assert [item.object for item in build("events", whole, NOW, "test").items] == ["llama-3"]
    assert len(build("nodes", whole, NOW, "lab").items) == 2


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_figure_that_json_cannot_carry_is_unknown(value: float) -> None:
    document = as_json("nodes", nodes={"a": node(gpu_allocated=value)})
    assert document["items"][0]["gpu_allocated"] is None


def test_skewed_and_impossible_dates() -> None:
    future = replace(WORKLOAD, created_at=NOW + 100)
    assert as_json("workloads", workloads={future.key: future})["items"][0]["age_seconds"] == 0.0
    assert instant(1e18) is None
    assert unix(instant(NOW)) == NOW
