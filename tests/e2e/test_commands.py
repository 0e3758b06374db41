"""Every headless command against the lab, as processes and in this one, and its figures against a recount by hand."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import recount
from tests.e2e.conftest import Lab, Read
from tests.e2e.process import Answer, ended, start

ROOT = Path(__file__).parents[2]
KINDS = ("nodes", "workloads", "projects", "events")
SOURCES = {"live", "stale", "absent", "denied", "failed"}
CONTRACT = {
    "nodes": "name, ready, schedulable, pool, gpu_model, gpu_allocatable, gpu_allocated, gpu_unplaced, gpu_free,"
    " utilization_fraction, memory_used_bytes, memory_total_bytes, gpus",
    "gpus": "index, uuid, allocated_fraction, utilization_fraction, memory_used_bytes, memory_total_bytes, power_watts,"
    " temperature_celsius, slices",
    "slices": "workload, namespace, pod, fraction, memory_used_bytes",
    "workloads": "name, namespace, project, type, phase, model, image, running_pods, requested_pods, gpu_requested,"
    " gpu_allocated, gpu_memory_requested_bytes, gpu_memory_used_bytes, idle_gpus, min_replicas, max_replicas, metric,"
    " target, endpoint, age_seconds, causes",
    "projects": "name, namespace, department, gpu_quota, gpu_limit, gpu_allocated, gpu_requested",
    "events": "at, kind, severity, object, namespace, reason, message, count",
}


def fields(kind: str) -> set[str]:
    return {name.strip() for name in CONTRACT[kind].split(",")}


@pytest.fixture(scope="module")
def answers(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """Each command as a process of its own, flags before and after it."""
    home = tmp_path_factory.mktemp("home")
    running = {kind: start(home, *lab.flags[:2], kind, "-o", "json", *lab.flags[2:]) for kind in KINDS}
    return {kind: ended(process) for kind, process in running.items()}


@pytest.fixture
def nodes(answers: dict[str, Answer]) -> list[dict[str, Any]]:
    return answers["nodes"].items


@pytest.mark.parametrize("kind", KINDS)
def test_schema_sources_and_every_field_of_the_contract(answers: dict[str, Answer], kind: str) -> None:
    answer = answers[kind]
    assert (answer.code, answer.err) == (0, "")
    document = answer.document
    assert list(document) == ["schema", "generated_at", "sources", "items"]
    assert document["schema"] == f"nimdeck.{kind}/1"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", document["generated_at"])
    for name, source in document["sources"].items():
        assert re.fullmatch(r"prometheus|kubernetes|kubernetes/[a-z]+(\.[a-z.]+)?", name)
        assert set(source) == {"state", "age_seconds", "detail"}
        assert source["state"] in SOURCES
        assert (source["age_seconds"] is None) == (source["state"] == "absent")
    for item in document["items"]:
        assert fields(kind) <= item.keys()
    if kind != "events":
        assert document["items"]


def test_sixteen_nodes_by_name_with_four_gpus_each_measured(nodes: list[dict[str, Any]]) -> None:
    assert [node["name"] for node in nodes] == [f"node{number:03}" for number in range(1, 17)]
    gpus = [gpu for node in nodes for gpu in node["gpus"]]
    assert [gpu["index"] for gpu in gpus] == [0, 1, 2, 3] * 16
    for gpu in gpus:
        assert fields("gpus") <= gpu.keys()
        assert 0 <= gpu["utilization_fraction"] <= 1
        assert 0 < gpu["memory_used_bytes"] <= gpu["memory_total_bytes"]
        assert gpu["power_watts"] > 10 and 10 < gpu["temperature_celsius"] < 110
        for part in gpu["slices"]:
            assert fields("slices") <= part.keys()
    assert len({gpu["uuid"] for gpu in gpus}) == 64


def test_the_parts_of_a_node_are_its_sum(nodes: list[dict[str, Any]]) -> None:
    for node in nodes:
        assert node["gpu_unplaced"] == 0
        assert sum(gpu["allocated_fraction"] for gpu in node["gpus"]) == pytest.approx(node["gpu_allocated"])
        assert node["gpu_free"] == pytest.approx(node["gpu_allocatable"] - node["gpu_allocated"])
        for gpu in node["gpus"]:
            assert sum(part["fraction"] for part in gpu["slices"]) == pytest.approx(gpu["allocated_fraction"])
    parts = [part["fraction"] for node in nodes for gpu in node["gpus"] for part in gpu["slices"]]
    assert any(0 < part < 1 for part in parts)


def test_nodes_agree_with_a_recount_of_raw_objects(nodes: list[dict[str, Any]], lab: Lab) -> None:
    raw_nodes, pods = lab.raw.items("/api/v1/nodes"), lab.raw.items("/api/v1/pods")
    counted = recount.by_node(raw_nodes, pods)
    assert {node["name"]: node["gpu_allocated"] for node in nodes} == pytest.approx(counted, abs=1e-5)
    allocatable = {node["metadata"]["name"]: float(node["status"]["allocatable"][recount.GPU]) for node in raw_nodes}
    assert {node["name"]: node["gpu_allocatable"] for node in nodes} == allocatable
    placed = {gpu["uuid"]: gpu["allocated_fraction"] for node in nodes for gpu in node["gpus"]}
    expected = recount.by_gpu(pods, lab.raw.samples("DCGM_FI_DEV_GPU_UTIL"), 95830)
    assert {uuid: value for uuid, value in placed.items() if value} == pytest.approx(expected, abs=1e-5)


def test_figures_are_samples_that_prometheus_has(nodes: list[dict[str, Any]], lab: Lab) -> None:
    served = {
        (series["metric"]["Hostname"], int(series["metric"]["gpu"])): {float(value) for _, value in series["values"]}
        for series in lab.raw.samples("DCGM_FI_DEV_GPU_UTIL[5m]")
    }
    assert len(served) == 64
    for node in nodes:
        for gpu in node["gpus"]:
            assert round(gpu["utilization_fraction"] * 100) in served[node["name"], gpu["index"]]


def test_workloads_agree_with_a_recount(answers: dict[str, Answer], lab: Lab) -> None:
    items = answers["workloads"].items
    counted = recount.by_workload(lab.raw.items("/api/v1/nodes"), lab.raw.items("/api/v1/pods"))
    assert {(item["namespace"], item["name"]): (item["running_pods"], item["gpu_allocated"]) for item in items} == {
        key: (pods, pytest.approx(given, abs=1e-5)) for key, (pods, given) in counted.items()
    }
    made = {(obj["metadata"]["namespace"], obj["metadata"]["name"]): obj
            for obj in lab.raw.items("/apis/run.ai/v2alpha1/inferenceworkloads")}  # fmt: skip
    assert len(made) == sum(item["kind"] == "InferenceWorkload" for item in items)
    for item in items:
        assert item["causes"] == []
        assert item["age_seconds"] > 0
        if item["kind"] == "InferenceWorkload":
            spec = made[item["namespace"], item["name"]]["spec"]
            assert item["image"] == spec["image"]["value"]
            assert (item["min_replicas"], item["max_replicas"]) == (
                spec["minScale"]["value"],
                spec["maxScale"]["value"],
            )
            assert (item["metric"], item["target"]) == (spec["metric"]["value"], spec["target"]["value"])
            assert item["phase"] == "Running" and item["endpoint"].startswith("http")
            assert (item["gpu_memory_requested_bytes"] is None) == ("gpuMemory" not in spec)


def test_projects_agree_with_queues(answers: dict[str, Answer], lab: Lab) -> None:
    projects = {item["name"]: item for item in answers["projects"].items}
    queues = {queue["metadata"]["name"]: queue for queue in lab.raw.items("/apis/scheduling.run.ai/v2/queues")}
    assert projects.keys() <= queues.keys()
    for name, item in projects.items():
        assert item["gpu_quota"] == queues[name]["spec"]["resources"]["gpu"]["quota"]
        assert item["gpu_allocated"] <= item["gpu_requested"] + 1e-6
    nodes = answers["nodes"].items
    assert sum(item["gpu_allocated"] for item in projects.values()) == pytest.approx(
        sum(node["gpu_allocated"] for node in nodes),
        abs=0.01,  # a Queue's status is written in thousandths
    )


@pytest.mark.parametrize("kind", KINDS)
def test_csv_and_table_tell_the_same(read: Read, lab: Lab, answers: dict[str, Answer], kind: str) -> None:
    rows = read(kind, "-o", "csv", *lab.flags)
    assert (rows.code, rows.err) == (0, "")
    parsed = list(csv.DictReader(io.StringIO(rows.out)))
    items = answers[kind].items
    key = "object" if kind == "events" else "name"
    assert [row[key] for row in parsed] == [item[key] for item in items]
    for row, item in zip(parsed, items, strict=True):
        assert list(row) == list(item)
        for name in ("gpu_allocated", "gpu_quota", "running_pods"):
            if item.get(name) is not None:
                assert json.loads(row[name]) == pytest.approx(item[name])
    table = read(kind, *lab.flags)
    assert (table.code, table.err) == (0, "")
    assert "Infinity" not in table.out and "nan" not in table.out.lower().split()
    for item in items:
        assert item[key] in table.out


def test_project_and_namespace_narrow(read: Read, lab: Lab) -> None:
    of_project = read("workloads", "--project", "team-a", "-o", "json", *lab.flags)
    assert {item["project"] for item in of_project.items} == {"team-a"}
    in_namespace = read("--namespace", "runai-test", "workloads", "-o", "json", *lab.flags)
    assert {item["namespace"] for item in in_namespace.items} == {"runai-test"}
    assert [item["name"] for item in read("projects", "--project", "test", "-o", "json", *lab.flags).items] == ["test"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nodes", "-o", "xml"), "'xml'"),
        (("nodes", "--prometheus", "ftp://x"), "--prometheus"),
        (("nodes", "--timeout", "soon"), "--timeout"),
        (("nodes", "--watch", "-o", "csv"), "--watch"),
        (("nodez",), "did you mean nodes"),
        (("nodes", "--kubeconfg", "x"), "did you mean --kubeconfig"),
        (("lab", "--nodes", "0"), "--nodes"),
        (("record", "/no/such/folder/file"), "/no/such/folder"),
        (("replay", "/no/such/file"), "/no/such/file"),
        ((), "needs a terminal"),
        (("demo",), "needs a terminal"),
    ],
)
def test_bad_input_is_2_and_one_line(read: Read, arguments: tuple[str, ...], said: str) -> None:
    answer = read(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("nimdeck: ") and said in answer.err
