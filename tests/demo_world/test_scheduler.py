"""What the scheduler decides, and in which words it refuses."""

import pytest

from tests.demo_world.worlds import Stage
from tui.demo.world import api, workloads
from tui.demo.world.catalogue import LLAMA, Kind, WorkloadPlan
from tui.demo.world.manifests import container_template
from tui.demo.world.seed import Size


def condition_of(stage: Stage, workload: str) -> dict[str, object]:
    record = stage.pods(workload)[0]
    group = stage.api.get(api.POD_GROUP, record.key[0], record.group or "")
    assert group is not None
    found = group["status"]["schedulingConditions"][0]
    assert found["message"] == stage.message(workload)
    return dict(found)


def test_non_preemptible_stays_within_its_quota(untouched: Stage) -> None:
    found = condition_of(untouched, "over-quota")
    assert found["reasons"][0]["reason"] == "NonPreemptibleOverQuota"  # type: ignore[index]
    assert found["message"] == (
        "Non-preemptible workload is over quota. Workload requested 1 GPUs, but small quota is 0.5 GPUs, while 0 GPUs "
        "are already allocated for non-preemptible pods. Use a preemptible workload to go over quota."
    )


def test_a_preemptible_workload_may_go_over_quota(pending: Stage) -> None:
    stage = pending
    stage.launch("borrows", project="small", gpu=1, priorityClass="train")
    stage.until(lambda: any(pod.node for pod in stage.pods("borrows")))


def test_what_is_said_of_preemption_goes_before_the_priority(pending: Stage) -> None:
    stage = pending
    stage.launch("borrows", project="small", gpu=1, preemptibility="preemptible")
    stage.until(lambda: any(pod.node for pod in stage.pods("borrows")))
    stage.launch("stays", project="small", gpu=1, priorityClass="train", preemptibility="non-preemptible")
    stage.until(lambda: bool(stage.pods("stays")) and "over quota" in stage.message("stays"))


def test_raising_the_quota_lets_it_start(pending: Stage) -> None:
    stage = pending
    stage.api.change(api.QUEUE, None, "small", lambda queue: queue["spec"]["resources"]["gpu"].update(quota=4))
    stage.until(lambda: any(pod.ready for pod in stage.pods("over-quota")))


def test_gang_starts_together_or_not_at_all(untouched: Stage) -> None:
    assert not any(pod.node for pod in untouched.pods("gang-too-wide"))
    assert "are required for gang scheduling" in untouched.message("gang-too-wide")


def test_fragments_are_no_whole_gpu_until_one_is_given_back(pending: Stage) -> None:
    stage = pending
    assert "node(s) didn't have enough resources: GPUs" in stage.message("fragmented")
    victim = stage.pods("leaves-fragments")[0]
    stage.api.change(
        api.DEPLOYMENT, victim.key[0], "leaves-fragments", lambda deployment: deployment["spec"].update(replicas=3)
    )
    stage.until(lambda: any(pod.node for pod in stage.pods("fragmented")))


def test_uncordon(pending: Stage) -> None:
    stage = pending
    node = next(node for node in stage.objects(api.NODE) if node["spec"].get("unschedulable"))
    stage.api.change(api.NODE, None, node["metadata"]["name"], lambda obj: obj.update(spec={}))
    stage.until(lambda: any(pod.node == node["metadata"]["name"] for pod in stage.pods("on-cordoned")))


@pytest.mark.parametrize(("devices", "share"), [(1, 0.5), (2, 0.5), (2, 0.3)])
def test_a_share_of_several_devices(devices: int, share: float) -> None:
    stage = Stage()
    plan = WorkloadPlan("several", "test", Kind.DEPLOYMENT, LLAMA, share, 1, 0.0, devices=devices)
    names, now = stage.world.context.names, stage.hand.at
    stage.api.create(workloads.plain_deployment(names, "runai-test", "several", container_template(plan), 1, now))
    stage.until(lambda: any(pod.node for pod in stage.pods("several")))
    states = stage.world.context.ledger.held_by(stage.pods("several")[0].key)
    assert len({state.hardware.uuid for state in states}) == devices
    assert len({state.hardware.node for state in states}) == 1


def test_a_pod_without_runais_scheduler_gets_kubernetes_words() -> None:
    stage = Stage()
    plan = WorkloadPlan("plain", "test", Kind.DEPLOYMENT, LLAMA, 4, 8, 0.0)
    template = container_template(plan)
    del template["spec"]["schedulerName"]
    names = stage.world.context.names
    stage.api.create(workloads.plain_deployment(names, "runai-test", "plain", template, 8, stage.hand.at))
    stage.until(lambda: bool(stage.message("plain")))
    assert stage.message("plain").startswith("0/16 nodes are available: ")
    assert any(event["reason"] == "FailedScheduling" for event in stage.objects(api.EVENT))


def test_the_more_important_goes_first_and_then_the_older(pending: Stage) -> None:
    stage = pending
    stage.launch("low", project="lab", gpu=1, nodePools="full", priorityClass="train")
    stage.go(5)
    stage.launch("high", project="lab", gpu=1, nodePools="full")
    stage.until(lambda: bool(stage.message("low")) and bool(stage.message("high")))
    stage.api.change(
        api.DEPLOYMENT, "runai-research", "fills-the-pool", lambda deployment: deployment["spec"].update(replicas=0)
    )
    stage.until(lambda: any(pod.node for pod in stage.pods("high")))
    assert stage.pods("no-free-gpu")[0].node  # waited longest
    assert not stage.pods("low")[0].node


def test_mig_slices_are_counted_where_a_node_has_them() -> None:
    stage = Stage(size=Size(2, 2))
    profile = "nvidia.com/mig-1g.12gb"
    stage.api.change(api.NODE, None, "node002", lambda node: node["status"]["allocatable"].update({profile: "3"}))
    plan = WorkloadPlan("sliced", "test", Kind.DEPLOYMENT, LLAMA, 1, 4, 0.0)
    template = container_template(plan)
    resources = template["spec"]["containers"][0]["resources"]
    for part in ("limits", "requests"):
        resources[part] = {"cpu": "1", profile: "1"}
    names = stage.world.context.names
    stage.api.create(workloads.plain_deployment(names, "runai-test", "sliced", template, 4, stage.hand.at))
    stage.until(lambda: sum(pod.node == "node002" for pod in stage.pods("sliced")) == 3)
    stage.until(lambda: "didn't have enough of mig profile: 1g.12gb" in stage.message("sliced"))
