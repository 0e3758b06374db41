"""What holds in every world, whatever its size, seed and scenario."""

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.demo_world.worlds import Stage
from tui.demo.world import api
from tui.demo.world.hardware import GPU_MEMORY_MIB
from tui.demo.world.scenarios import SCENARIOS
from tui.demo.world.seed import Size

SIZES = st.builds(Size, nodes=st.integers(1, 24), gpus=st.integers(1, 8))
RESERVE = "run.ai/reserve_for_gpu_index"


def reservations(stage: Stage) -> list[dict[str, object]]:
    return stage.api.list(api.POD, "runai-reservation")


def check_books(stage: Stage) -> None:
    """No GPU above 1.0, and each group has exactly one reservation pod, on the GPU that its pods hold."""
    by_group = Counter(
        pod["metadata"]["labels"]["runai-gpu-group"] for pod in stage.api.list(api.POD, "runai-reservation")
    )
    seen = set()
    for states in stage.world.context.ledger.nodes.values():
        for state in states:
            assert sum(share for _, share in state.holders()) <= 1.0 + 1e-6
            assert not (state.owner and state.group)
            if state.group is not None:
                seen.add(state.group)
                assert by_group[state.group] == 1
    assert set(by_group) == seen
    for pod in stage.api.list(api.POD):
        record = stage.world.context.inventory.pods[(pod["metadata"]["namespace"], pod["metadata"]["name"])]
        if record.ask.shared and record.node:
            labels = pod["metadata"]["labels"]
            mine = {text for key, text in labels.items() if key.startswith("runai-gpu-group")}
            assert mine == {state.group for state in stage.world.context.ledger.held_by(record.key)}
            assert len(mine) == record.ask.devices


@settings(max_examples=25, deadline=None)
@given(size=SIZES, seed=st.integers(0, 10**6), scenario=st.sampled_from(["calm", "busy", "fragmented", "scale-test"]))
def test_books_balance(size: Size, seed: int, scenario: str) -> None:
    stage = Stage(scenario, size, seed)
    check_books(stage)
    assert all(record.ready for record in stage.world.context.inventory.pods.values())
    assert sum(1 for _ in stage.world.telemetry.gpus()) == size.nodes * size.gpus


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_same_seed_same_world(scenario: str, untouched: Stage) -> None:
    first = untouched if scenario == "pending" else Stage(scenario)
    second, other = Stage(scenario), Stage(scenario, seed=2)

    def picture(stage: Stage) -> str:
        found = [stage.store.list(resource) for resource in stage.store.resources]
        return json.dumps([found, [str(gpu) for gpu in stage.world.telemetry.gpus()]], sort_keys=True)

    assert picture(first) == picture(second)
    assert picture(first) != picture(other)


def test_a_copy_goes_its_own_way_and_the_same(untouched: Stage, pending: Stage) -> None:
    """What other tests rely on: a copied world shares nothing with the first, and does what a new one does."""
    before = untouched.store.version
    fresh = Stage("pending")
    for stage in (pending, fresh):
        stage.api.change(api.NODE_POOL, None, "full", lambda pool: pool["metadata"].update(labels={"touched": "1"}))
        stage.launch("borrows", project="small", gpu=1, priorityClass="train")
        stage.go(30)
    assert untouched.store.version == before and not untouched.pods("borrows")
    assert [pending.store.list(res) for res in pending.store.resources] == [
        fresh.store.list(res) for res in fresh.store.resources
    ]


def test_calm_is_what_the_guide_shows() -> None:
    stage = Stage()
    nodes = stage.objects(api.NODE)
    assert [node["metadata"]["name"] for node in nodes] == [f"node{number:03d}" for number in range(1, 17)]
    assert all(node["status"]["allocatable"]["nvidia.com/gpu"] == "4" for node in nodes)
    samples = list(stage.world.telemetry.gpus())
    assert len(samples) == 64
    assert all(sample.pod is not None for sample in samples if sample.allocated)
    asked = sum(record.ask.gpus for record in stage.world.context.inventory.bound() if not record.reservation)
    assert stage.given() == pytest.approx(asked)
    styles = {
        pod["metadata"]["annotations"][RESERVE].startswith("GPU-")
        for pod in stage.api.list(api.POD, "runai-reservation")
    }
    assert styles == {True, False}  # the UUID on most, the index on some: both are met
    shares = {record.ask.share for record in stage.world.context.inventory.bound() if record.ask.shared}
    assert {0.5, 0.25, 0.1, 24576 / GPU_MEMORY_MIB} <= shares


def test_index_of_a_reservation_pod_is_that_of_its_gpu() -> None:
    stage = Stage()
    index_of = {
        state.group: (state.hardware.index, state.hardware.uuid)
        for states in stage.world.context.ledger.nodes.values()
        for state in states
    }
    for pod in stage.api.list(api.POD, "runai-reservation"):
        index, uuid = index_of[pod["metadata"]["labels"]["runai-gpu-group"]]
        assert pod["metadata"]["annotations"][RESERVE] in (str(index), uuid)


def test_a_calm_world_changes_nothing_by_itself() -> None:
    stage = Stage()
    version = stage.store.version
    stage.go(600, step=5)
    assert stage.store.version == version


def test_pods_are_bounded() -> None:
    stage = Stage(size=Size(40, 8, pods=300))
    assert 200 < len(stage.objects(api.POD)) <= 300


def test_fragmented_has_no_whole_gpu_and_much_in_fractions() -> None:
    stage = Stage("fragmented")
    ledger = stage.world.context.ledger
    assert sum(ledger.whole_free(node) for node in ledger.nodes) == 0
    assert 64 - stage.given() > 15


@pytest.mark.parametrize("scenario", ["calm", "busy", "outage"])
def test_all_that_the_guide_installs_is_there_and_well(scenario: str) -> None:
    stage = Stage(scenario)
    for plural, group in (("clusterpolicies", "nvidia.com"), ("nicclusterpolicies", "mellanox.com")):
        assert [policy["status"]["state"] for policy in stage.objects(api.Kind(plural, group))] == ["ready"]
    spaces: dict[str, set[str]] = {}
    for deployment in stage.objects(api.DEPLOYMENT):
        assert deployment["status"]["readyReplicas"] == deployment["spec"]["replicas"]
        spaces.setdefault(deployment["metadata"]["namespace"], set()).add(deployment["metadata"]["name"])
    assert {"controller", "webhook", "activator", "autoscaler", "autoscaler-hpa"} <= spaces["knative-serving"]
    assert {"runai-scheduler-default", "workload-controller", "cluster-sync", "runai-agent"} <= spaces["runai"]
    assert {"gpu-operator", "nvidia-network-operator", "ingress-nginx", "metallb-system"} <= spaces.keys()
    for daemons in stage.objects(api.DAEMON_SET):
        assert daemons["status"]["numberReady"] == 16
    assert all(record.ready for record in stage.world.context.inventory.pods.values())


def test_daemons_that_are_not_ready_are_counted(untouched: Stage) -> None:
    lacking = {
        daemons["metadata"]["name"]: daemons["status"].get("numberUnavailable", 0)
        for daemons in untouched.objects(api.DAEMON_SET)
    }
    assert lacking == {
        "nvidia-dcgm-exporter": 1,
        "nvidia-device-plugin-daemonset": 2,
        "nvidia-operator-validator": 1,
    }
