"""What the fit says stands in the way, case by case, and with which figures and remedies."""

from dataclasses import replace

import pytest

from tests.diagnose.clusters import DEPARTMENT, pool, queue, shared, snapshot, spec, surroundings, whole
from tests.store.builders import GPU_MEMORY, NOW, node, pod
from tui.diagnose.fit import fit
from tui.model.fit import Fit
from tui.model.gpu_request import GpuRequest
from tui.model.ids import GpuId
from tui.model.launch_spec import CpuAsk, GpuAsk, LaunchSpec, Replicas
from tui.model.node import Taint
from tui.model.snapshot import Snapshot
from tui.model.status import SourceState, SourceStatus

HALF = spec(0.5)


def tried(launch: LaunchSpec, cluster: Snapshot) -> Fit:
    return fit(launch, cluster, surroundings())


def codes(answer: Fit) -> list[str]:
    return [blocker.code for blocker in answer.blockers]


def notes(answer: Fit) -> list[str]:
    return [note.code for note in answer.notes]


def facts(answer: Fit, code: str) -> str:
    found = next(one for one in (*answer.blockers, *answer.notes) if one.code == code)
    return "; ".join(f"{fact.object}: {fact.text}" for fact in found.evidence)


def where(answer: Fit) -> list[list[GpuId]]:
    return [[share.gpu for share in placement.shares] for placement in answer.placements]


# Placement strategy

CROWD = (
    [node("n1", 4), node("n2", 4)],
    [*shared("a", "n1", 1, 0.2), *shared("b", "n1", 2, 0.4), *shared("c", "n2", 3, 0.3)],
)


def test_bin_packing_takes_the_fullest_node_and_gpu_that_fit() -> None:
    answer = tried(spec(0.5, 2), snapshot(*CROWD))
    assert answer.strategy == "binpack"
    assert where(answer) == [[GpuId("n1", 2)], [GpuId("n1", 1)]]


def test_spreading_takes_the_emptiest() -> None:
    answer = tried(spec(0.5, 2), snapshot(*CROWD, pools=(pool("spread"),)))
    assert answer.strategy == "spread"
    assert where(answer) == [[GpuId("n2", 0)], [GpuId("n1", 0)]]


def test_a_strategy_that_nobody_tells_is_said_and_taken_for_bin_packing() -> None:
    answer = tried(spec(0.5), snapshot(*CROWD, pools=()))
    assert (answer.strategy, where(answer)) == (None, [[GpuId("n1", 2)]])
    assert "placement_unknown" in notes(answer)


def test_kubernetes_own_scheduler_spreads_and_knows_no_quota() -> None:
    cluster = snapshot(*CROWD, queues=(queue(quota=0.0, limit=0.0), DEPARTMENT))
    answer = tried(spec(1.0, scheduler="kubernetes"), cluster)
    assert (answer.fits, answer.strategy, answer.quota, answer.over_quota_replicas) == (True, "spread", None, None)
    assert where(answer) == [[GpuId("n2", 0)]]
    assert "fraction_needs_runai" in codes(tried(spec(0.5, scheduler="kubernetes"), cluster))


def test_two_devices_are_laid_with_care_where_the_schedulers_order_strands_one() -> None:
    """Room for 2, 1 and 1 halves: two pairs fit, but only if each takes the roomiest GPU and one of the others."""
    cluster = snapshot([node("n1", 3)], [*shared("a", "n1", 1, 0.5), *shared("b", "n1", 2, 0.5)])
    answer = tried(spec(GpuAsk(2, 0.5), 2), cluster)
    assert (answer.fits, answer.replicas_now) == (True, 2)
    assert "placement_order" in notes(answer)
    assert {gpu for gpus in where(answer) for gpu in gpus} == {GpuId("n1", i) for i in range(3)}


# No room


def test_fragmentation_names_the_smallest_slice_to_move_and_where_to() -> None:
    pods = [*shared("a", "n1", 0, 0.6), *shared("b", "n1", 1, 0.7), *shared("c", "n2", 0, 0.8), whole("w", "n2")]
    answer = tried(spec(0.5), snapshot([node("n1", 2), node("n2", 2)], pods))
    assert codes(answer) == ["gpu_fragmentation"]
    assert facts(answer, "gpu_fragmentation") == (
        "snapshot: 0.9 GPUs are free, at most 0.4 of one GPU, at most 0 whole ones on one node; asked is 0.5 of 1 GPU"
    )
    first = answer.blockers[0].remedies[0]
    assert first.text.startswith("Scale down runai-other/a (0.6 of GPU 0 on n1)")
    assert (first.action, first.target) == ("workload.scale", "runai-other/a")


def test_a_slice_that_fits_elsewhere_is_moved_there() -> None:
    pods = [
        *shared("a", "n1", 0, 0.2, "g"),
        *[p for p in shared("b", "n1", 0, 0.4, "g") if not p.is_reservation],
        *shared("c", "n1", 1, 0.7),
    ]
    answer = tried(spec(0.6), snapshot([node("n1", 2)], pods))
    move = answer.blockers[0].remedies[0].text
    assert move == "Move runai-other/a (0.2 of GPU 0 on n1) to GPU 1 on n1: GPU 0 of n1 then has 0.6 free."


def test_all_held_is_no_free_gpu_and_idle_workloads_are_named() -> None:
    cluster = snapshot([node("n1", 1)], [whole("w", "n1")])
    (key, row), *_ = cluster.workloads.items()
    cluster = replace(cluster, workloads={key: replace(row, idle_gpus=1.0)})
    answer = tried(HALF, cluster)
    assert codes(answer) == ["no_free_gpu"]
    assert answer.blockers[0].remedies[0].text == "Scale down runai-other/w: 1 of its GPUs are idle."


def test_a_gang_that_fits_in_part_says_how_far() -> None:
    answer = tried(spec(1.0, 4), snapshot([node("n1", 3)]))
    assert codes(answer) == ["gang_incomplete", "no_free_gpu"]
    assert facts(answer, "gang_incomplete").startswith("snapshot: 3 of 4 replicas fit")
    assert len(answer.placements) == 3


@pytest.mark.parametrize(
    ("changes", "code", "fact"),
    [
        ({"ready": False}, "node_not_ready", "node/n1: not ready"),
        ({"schedulable": False}, "node_cordoned", "node/n1: cordoned"),
        ({"taints": (Taint("a", "b", "NoExecute"),)}, "node_taint", "node/n1: taint a=b:NoExecute"),
        ({"taints": (Taint("a", "", "NoSchedule"),)}, "node_taint", "node/n1: taint a:NoSchedule"),
        ({"gpu_allocatable": 0}, "gpu_operator_not_ready", "node/n1: 2 GPUs, none offered"),
        ({"mig_allocatable": (("1g.12gb", 7),)}, "node_uses_mig", "node/n1: cut into MIG slices"),
    ],
)
def test_a_node_that_would_have_room_is_named_with_what_keeps_the_ask_off(changes, code, fact) -> None:
    answer = tried(HALF, snapshot([node("n1", 2, **changes)]))
    assert codes(answer) == [code]
    assert facts(answer, code).startswith(fact)


@pytest.mark.parametrize("taint", [Taint("a", "b", "PreferNoSchedule"), Taint("nvidia.com/gpu", "x", "NoSchedule")])
def test_taints_that_keep_nobody_off(taint) -> None:
    assert tried(HALF, snapshot([node("n1", 1, taints=(taint,))])).fits


def test_a_device_that_the_plugin_does_not_offer_is_not_free() -> None:
    cluster = snapshot([node("n1", 3, gpu_allocatable=2)], [*shared("a", "n1", 0, 0.5)])
    assert tried(spec(1.0), cluster).replicas_now == 1
    assert tried(HALF, cluster).replicas_now == 3
    assert where(tried(spec(1.0), cluster)) == [[GpuId("n1", -1)]]


def test_more_than_any_node_has() -> None:
    cluster = snapshot([node("n1", 4, cpu_allocatable_cores=64.0)])
    assert facts(tried(spec(1.0, devices=5), cluster), "request_exceeds_node").endswith(
        "5 devices asked, no node has more than 4"
    )
    assert codes(tried(spec(0.5, cpu=CpuAsk(cores=65)), cluster)) == ["request_exceeds_node"]
    assert codes(tried(spec(GpuAsk(1, memory_bytes=GPU_MEMORY + 2**30)), cluster)) == ["gpu_memory_too_large"]


def test_memory_of_a_gpu_becomes_a_share_of_the_nodes_own() -> None:
    cluster = snapshot([node("n1", 1), node("n2", 1, gpu_memory_bytes=GPU_MEMORY / 2)])
    answer = tried(spec(GpuAsk(1, memory_bytes=GPU_MEMORY // 4)), cluster)
    assert answer.replicas_now == 4 + 2


def test_cpu_memory_and_pods_that_are_short_are_told_apart() -> None:
    busy = pod("busy", GpuRequest(), "n1", cpu_request_cores=60.0, memory_request_bytes=90e9)
    cluster = snapshot(
        [node("n1", 4, cpu_allocatable_cores=64.0, memory_allocatable_bytes=100e9, pods_allocatable=4)], [busy]
    )
    assert codes(tried(spec(0.5, cpu=CpuAsk(cores=8)), cluster)) == ["insufficient_cpu"]
    assert codes(tried(spec(0.5, cpu=CpuAsk(memory_bytes=20 * 10**9)), cluster)) == ["insufficient_memory"]
    assert tried(HALF, cluster).replicas_now == 2  # three places: two pods and the reservation of the GPU they share
    assert "insufficient_pods" in codes(tried(spec(0.5, 3), cluster))


def test_a_workload_without_gpus_needs_no_gpu_node() -> None:
    cpu = spec(GpuAsk(0), cpu=CpuAsk(cores=10))
    answer = tried(cpu, snapshot([node("n1", 0, cpu_allocatable_cores=64.0)]))
    assert (answer.fits, answer.replicas_now, where(answer)) == (True, 6, [[]])
    assert codes(tried(HALF, snapshot([node("n1", 0)]))) == ["no_gpu_nodes"]


def test_a_whole_device_of_a_node_of_mig_slices_is_one_slice_and_nobody_knows_which() -> None:
    sliced = node("n1", 7, gpu_model="NVIDIA-H100-NVL-MIG-1g.12gb", gpu_memory_bytes=12e9)
    cluster = snapshot([sliced], [whole("a", "n1"), whole("b", "n1")])
    answer = tried(spec(1.0), cluster)
    assert (answer.fits, answer.replicas_now) == (True, 5)
    (share,) = answer.placements[0].shares
    assert (share.gpu.gpu, round(share.fraction * 7)) == (-1, 1)
    assert codes(tried(HALF, cluster)) == ["node_uses_mig"]
    assert codes(tried(model("meta/llama-3.1-8b-instruct", GpuAsk(1)), cluster)) == ["model_exceeds_memory"]


# Pools


def test_pools_bound_where_it_may_go_and_are_tried_in_the_order_asked() -> None:
    cluster = snapshot(
        [node("n1", 2, pool="a"), node("n2", 2, pool="b")], pools=(pool("binpack", "a"), pool("spread", "b"))
    )
    answer = tried(spec(0.5, node_pools=("b", "a")), cluster)
    assert (where(answer), answer.strategy, answer.replicas_now) == ([[GpuId("n2", 0)]], "spread", 8)
    missing = tried(spec(0.5, node_pools=("c",)), cluster)
    assert facts(missing, "node_selector") == "nodepool/c: no such node pool; there are a, b"
    assert notes(tried(spec(0.5, node_pools=("c", "a")), cluster)) == ["node_selector"]


def test_each_pool_has_its_own_quota() -> None:
    queues = (
        queue("test-a", 1.0, project="test", node_pool="a"),
        queue("test-b", 0.5, project="test", node_pool="b"),
        DEPARTMENT,
    )
    cluster = snapshot([node("n1", 2, pool="a"), node("n2", 2, pool="b")], queues=queues, pools=())
    answer = tried(HALF, cluster)
    assert (answer.replicas_now, answer.over_quota_replicas) == (3, 8)
    assert answer.quota is not None and answer.quota.quota == 1.5
    assert codes(tried(spec(0.5, 2, node_pools=("b",)), cluster)) == ["over_quota_non_preemptible"]


def test_a_pool_holds_the_nodes_that_carry_its_own_label() -> None:
    own = replace(pool("spread", "h100"), label_key="gpu-type", label_value="nvl")
    cluster = snapshot([node("n1", 2, pool=None, labels={"gpu-type": "nvl"}), node("n2", 2, pool=None)], pools=(own,))
    answer = tried(spec(0.5, node_pools=("h100",)), cluster)
    assert (answer.replicas_now, answer.strategy, where(answer)) == (4, "spread", [[GpuId("n1", 0)]])


def test_without_pools_named_only_those_count_in_which_the_project_has_a_queue() -> None:
    queues = (queue("test-a", project="test", node_pool="a"), DEPARTMENT)
    cluster = snapshot([node("n1", 1, pool="a"), node("n2", 4, pool="b")], queues=queues, pools=(pool("spread", "a"),))
    assert (tried(HALF, cluster).replicas_now, notes(tried(HALF, cluster))) == (2, [])
    elsewhere = tried(spec(0.5, node_pools=("b",)), cluster)
    assert facts(elsewhere, "queue_missing") == "project/test: the project has no queue in node pool b"


# Quota


def test_over_quota_is_told_with_the_figures_and_what_preemptible_would_allow() -> None:
    own = queue(quota=1.0, gpu_allocated=1.0, gpu_allocated_non_preemptible=0.8)
    answer = tried(HALF, snapshot([node("n1", 2)], queues=(own, DEPARTMENT)))
    assert (codes(answer), answer.replicas_now) == (["over_quota_non_preemptible"], 0)
    assert answer.over_quota_replicas == 4
    said = "quota 1 GPU, 0.8 GPUs held by work that can't be preempted, 0.5 GPUs asked"
    assert facts(answer, "over_quota_non_preemptible") == f"queue/test: {said}"
    willing = tried(spec(0.5, preemptible=True), snapshot([node("n1", 2)], queues=(own, DEPARTMENT)))
    assert (willing.fits, notes(willing)) == (True, ["may_be_reclaimed"])


def test_a_priority_class_below_100_is_preemptible() -> None:
    cluster = snapshot([node("n1", 2)], queues=(queue(quota=0.0), DEPARTMENT))
    assert tried(spec(0.5, priority="train"), cluster).fits
    assert not tried(spec(0.5, priority="inference"), cluster).fits


def test_limits_of_the_project_and_the_department() -> None:
    tight = queue(limit=0.4)
    assert codes(tried(HALF, snapshot([node("n1", 2)], queues=(tight, DEPARTMENT)))) == ["queue_limit"]
    above = replace(DEPARTMENT, gpu_quota=8.0, gpu_allocated=8.0, gpu_allocated_non_preemptible=7.8)
    answer = tried(HALF, snapshot([node("n1", 2)], queues=(queue(), above)))
    assert codes(answer) == ["department_limit"]
    assert "quota 8 GPUs, 7.8 GPUs held" in facts(answer, "department_limit")


def test_no_queue_is_a_blocker_only_where_queues_can_be_read() -> None:
    cluster = snapshot([node("n1", 2)], queues=(queue("other"), DEPARTMENT))
    assert codes(tried(HALF, cluster)) == ["queue_missing"]
    denied = SourceStatus("kubernetes/queues.scheduling.run.ai", SourceState.DENIED, NOW)
    unread = replace(snapshot([node("n1", 2)], queues=()), sources={**cluster.sources, denied.name: denied})
    answer = tried(HALF, unread)
    assert (answer.fits, answer.over_quota_replicas) == (True, None)
    assert "not_checked" in notes(answer)


def test_within_quota_it_is_said_that_others_may_have_to_give_back() -> None:
    greedy = queue("greedy", 1.0, gpu_allocated=2.0)
    cluster = snapshot([node("n1", 2)], [whole("a", "n1"), whole("b", "n1")], (queue(quota=2.0), greedy, DEPARTMENT))
    answer = tried(HALF, cluster)
    assert (codes(answer), notes(answer)) == (["no_free_gpu"], ["may_reclaim"])
    assert facts(answer, "may_reclaim") == "queue/greedy: over its quota"


# What is not known


def test_an_unplaced_pod_that_must_hold_one_of_the_gpus_is_counted_whichever_it_is() -> None:
    cluster = snapshot([node("n1", 3)], [whole("w", "n1")])
    assert cluster.nodes["n1"].gpu_unplaced == 1.0
    assert tried(spec(1.0, 2), cluster).fits
    assert not tried(spec(1.0, 3), cluster).fits


def test_where_it_depends_on_what_nobody_knows_the_answer_is_open() -> None:
    half = pod("half", GpuRequest(1, 0.5), "n1", "runai-other")
    cluster = snapshot([node("n1", 3)], [half, *shared("a", "n1", 0, 0.5)])
    assert tried(spec(1.0), cluster).fits
    answer = tried(spec(1.0, 2), cluster)  # two whole ones only if the half lies beside the other half
    assert (answer.fits, answer.replicas_now, codes(answer)) == (None, 1, [])
    assert "unplaced_slices" in notes(answer)


def test_nodes_that_may_not_be_read_leave_it_open() -> None:
    denied = SourceStatus("kubernetes/nodes", SourceState.DENIED, NOW, "needs list nodes")
    cluster = snapshot([])
    answer = tried(HALF, replace(cluster, sources={**cluster.sources, denied.name: denied}))
    assert (answer.fits, answer.replicas_now, codes(answer)) == (None, None, [])
    assert facts(answer, "not_checked") == "nodes: denied: needs list nodes"


# The model


def model(name: str, gpu: GpuAsk) -> LaunchSpec:
    return spec(gpu, image=None, model=name)


def test_a_model_needs_room_for_its_weights_and_its_cache() -> None:
    cluster = snapshot([node("n1", 4)])
    fine = tried(model("meta/llama-3.1-8b-instruct", GpuAsk(1, 0.5)), cluster)
    assert (fine.fits, notes(fine)) == (True, [])
    tight = tried(model("deepseek-ai/deepseek-r1-distill-qwen-14b", GpuAsk(1, 0.5)), cluster)
    assert (tight.fits, notes(tight)) == (True, ["model_memory_tight"])
    small = tried(model("meta/llama-3.1-8b-instruct", GpuAsk(1, 0.1)), cluster)
    assert codes(small) == ["model_exceeds_memory"]
    assert "16 GB of weights in BF16" in facts(small, "model_exceeds_memory")


def test_deepseek_r1_fits_no_node_of_4_gpus() -> None:
    answer = tried(model("deepseek-ai/deepseek-r1", GpuAsk(4)), snapshot([node("n1", 4)]))
    assert codes(answer) == ["model_exceeds_memory"]
    assert answer.replicas_now == 0


def test_what_lasts_longest_is_told_of_a_node_and_what_is_short_comes_before_what_is_closed() -> None:
    tainted = node("n2", 4, taints=(Taint("a", "b", "NoSchedule"),))
    cluster = snapshot([node("n1", 1), tainted, node("n3", 4, schedulable=False)], [whole("w", "n1")])
    assert codes(tried(HALF, cluster)) == ["no_free_gpu", "node_taint", "node_cordoned"]
    large = tried(model("deepseek-ai/deepseek-r1", GpuAsk(4)), cluster)
    assert codes(large) == ["model_exceeds_memory"]
    assert facts(large, "model_exceeds_memory").endswith("402 GB of GPU memory for a replica, as on 2 more")


def test_it_starts_with_its_minimum_or_its_initial_number_and_with_one_where_it_scales_to_zero() -> None:
    cluster = snapshot([node("n1", 4)])
    for replicas, wanted in ((Replicas(0, 3), 1), (Replicas(2, 3), 2), (Replicas(1, 3, initial=3), 3)):
        answer = tried(replace(HALF, replicas=replicas), cluster)
        assert (answer.wanted, len(answer.placements)) == (wanted, wanted)
