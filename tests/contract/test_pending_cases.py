"""Recorded cases of what waits, and of what only looks so: the first cause named is the one that really held."""

import json
from collections import Counter
from pathlib import Path

import pytest

from config.causes import causes
from tests.contract.pending_case import FOLDER, Case, cases, items_of, resource_of, snapshot_of

MOST_BYTES = 25_000
NOT_OF_A_POD = {
    "namespace_missing": "a pod or workload lives in a namespace; only a launch can name one that is not there",
    "project_missing": "of what runs, its queue is missing (queue_missing); only a launch names a project",
    "inference_workloads_missing": "without the kind there is no workload of it; only a launch asks for it",
    "model_exceeds_memory": "reckoned before a launch; of a pod its log tells (nim_out_of_memory)",
}
ALL = cases()


@pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])
def test_the_cause_is_named(case: Case) -> None:
    items = items_of(case)
    said = {item.name: [cause.code for cause in item.causes] for item in items}
    if case.expect.get("none"):
        assert said == {}, f"{case.says} Nothing waits there."
        return
    expect = case.expect
    assert expect["of"] in said, f"{case.says} Of {expect['of']} nothing is said."
    codes = said[expect["of"]]
    assert codes[0] in expect["first"], case.says
    assert set(expect["also"]) <= set(codes), case.says
    assert not set(expect["not"]) & set(codes), case.says


@pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])
def test_pods_that_are_ready_wait_for_nothing(case: Case) -> None:
    ready = {key for key, pod in snapshot_of(case).pods.items() if pod.ready}
    assert not [item.name for item in items_of(case) if item.pod in ready]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_case_is_well_formed(path: Path) -> None:
    case = json.loads(path.read_text())
    assert case["name"] == path.stem
    assert case["says"].endswith(".")
    assert path.stat().st_size <= MOST_BYTES
    keys = Counter((resource_of(o), o["metadata"].get("namespace"), o["metadata"]["name"]) for o in case["objects"])
    assert max(keys.values()) == 1
    assert all("data" not in o and "stringData" not in o for o in case["objects"] if o["kind"] == "Secret")
    known = set(causes())
    expect = case["expect"]
    if not expect.get("none"):
        codes = {*expect["first"], *expect["also"], *expect["not"]}
        assert expect["first"] and codes <= known
        assert not {*expect["first"], *expect["also"]} & set(expect["not"])


def test_every_fault_that_a_pod_or_workload_can_have_has_a_case() -> None:
    faults = {code for code, entry in causes().items() if entry.fault}
    covered = {code for case in ALL for code in (*case.expect.get("first", ()), *case.expect.get("also", ()))}
    assert faults - covered == set(NOT_OF_A_POD)


def test_there_are_enough_of_each() -> None:
    healthy = [case for case in ALL if case.expect.get("none")]
    assert len(healthy) >= 14 and len(ALL) - len(healthy) >= 55
