"""The scenario ``pending`` plants what it says, and it is all due at once."""

import tomllib
from pathlib import Path

import pytest

import config
from tests.demo_world.worlds import START, Stage
from tui.demo.world import api
from tui.demo.world.logs import WorldLogs
from tui.demo.world.naming import parse_time
from tui.demo.world.seed import Size

CAUSES = tomllib.loads((Path(config.__file__).parent / "causes.toml").read_text())
# What the cluster itself says about each cause: a part of a condition, of a state, of a log or an event.
SAID = {
    "over_quota_non_preemptible": "Non-preemptible workload is over quota",
    "over_quota": "node(s) didn't have enough resources: GPUs",
    "queue_limit": "capped quota has reached the allowable limit of GPUs",
    "department_limit": "interns quota has reached the allowable limit of GPUs",
    "queue_missing": "Queue 'gone-project' does not exist",
    "no_free_gpu": "1 node(s) didn't have enough resources: GPUs",
    "gpu_fragmentation": "1 node(s) didn't have enough resources: GPUs",
    "gpu_operator_not_ready": "1 node(s) didn't have enough resources: GPUs",
    "node_cordoned": "1 node is unschedulable",
    "node_not_ready": "node has NotReady condition|Node is not ready",
    "node_taint": "node(s) had untolerated taint {maintenance: planned}",
    "node_selector": "node(s) didn't match Pod's node affinity/selector",
    "pod_affinity": "node(s) didn't match pod affinity rules",
    "gpu_memory_too_large": "node(s) didn't have enough resources: GPU memory",
    "request_exceeds_node": "Max GPU resources available in a single node",
    "insufficient_cpu": "node(s) didn't have enough resources: CPU cores",
    "insufficient_memory": "node(s) didn't have enough resources: memory",
    "insufficient_storage": "1 node(s) didn't have enough resources: ephemeral-storage",
    "insufficient_pods": "1 node(s) pod number exceeded",
    "insufficient_mig": "node(s) didn't have enough of mig profile: 1g.12gb",
    "gang_incomplete": "Resources were found for 4 pods while 6 are required for gang scheduling",
    "preempted": "was preempted by higher priority workload runai-lab/pg-urgent",
    "reservation_failed": "failed waiting for GPU reservation pod to allocate",
    "scheduler_not_running": "runai-scheduler-b",
    "scheduler_name_dropped": "Insufficient nvidia.com/gpu",
    "pvc_missing": 'persistentvolumeclaim "nim-cache-typo" not found',
    "pvc_unbound": "unbound immediate PersistentVolumeClaims",
    "storage_class_missing": "unbound immediate PersistentVolumeClaims",
    "pvc_access_mode": 'Multi-Attach error for volume "pv-one-node"',
    "volume_zone": "node(s) had volume node affinity conflict",
    "mount_failed": "exit status 32",
    "image_not_found": "does-not-exist: not found",
    "image_unauthorized": "401 Unauthorized",
    "image_rate_limited": "toomanyrequests",
    "image_pulling": "Pulling image",
    "secret_missing": 'secret "ngc-key-typo" not found',
    "config_map_missing": 'configmap "nim-tuning" not found',
    "ngc_key_refused": "NGC_API_KEY is not valid",
    "nim_no_profile": "Could not find a profile",
    "nim_out_of_memory": "CUDA out of memory",
    "nim_licence": "403 Forbidden from NGC",
    "nim_download_failed": "No space left on device",
    "nim_downloading": "Downloading model-00001-of-00004",
    "nim_loading": "Model workspace is now ready",
    "container_crash": "Back-off restarting failed container",
    "container_out_of_memory": "OOMKilled",
    "container_create_failed": "no command specified",
    "readiness_failing": "Readiness probe failed: HTTP probe failed with statuscode: 404",
    "knative_progress_deadline": "Initial scale was never achieved",
    "knative_revision_failed": 'existing Deployment "not-owned-00001-deployment" that we do not own',
    "admission_refused": "Error creating: ",
    "operator_silent": "'status': {}",
    "finalizer_holds": "example.com/never-removed",
}
_ABOVE = (api.INFERENCE, api.KSERVICE, api.REVISION, api.JOB, api.REPLICA_SET)


def everything_said(stage: Stage, planted: str) -> str:
    namespace, name = planted.split("/")
    pod = stage.api.get(api.POD, namespace, name)
    said = [str(pod)]
    if pod is not None:
        logs = WorldLogs(stage.world.context.names, 10.0, stage.world.context.starts)
        container = pod["spec"]["containers"][0]["name"]
        for previous in (True, False):
            said += [line.text for line in logs(pod, container, previous=previous, after=0.0, until=START)]
        group = pod["metadata"].get("annotations", {}).get("pod-group-name")
        names = {name, group}
    else:
        names = {name, f"{name}-00001"}
        said += [str(stage.api.get(kind, namespace, found)) for kind in _ABOVE for found in names]
    for event in stage.objects(api.EVENT):
        involved = event["involvedObject"]["name"]
        if involved in names or (pod is None and involved.startswith(name)):
            said.append(event["message"])
    return "\n".join(said)


@pytest.fixture
def stage(untouched: Stage) -> Stage:
    return untouched


def test_every_planted_object_says_its_cause(stage: Stage) -> None:
    assert set(stage.world.planted.values()) == set(SAID)
    assert not stage.world.failures
    for planted, code in stage.world.planted.items():
        said = everything_said(stage, planted)
        assert any(words in said for words in SAID[code].split("|")), planted


def test_what_the_controllers_leave_beside_the_pods(stage: Stage) -> None:
    """Objects that only a failure makes: each of them is what a real cluster would have."""
    (binding,) = stage.api.list(api.BINDING)
    assert (binding["status"]["phase"], binding["spec"]["receivedGPU"]) == ("Failed", {"count": 1, "portion": "0.50"})
    (quota,) = stage.api.list(api.RESOURCE_QUOTA)
    assert quota["status"]["used"]["requests.nvidia.com/gpu"] == "0"
    failed = [
        obj["metadata"]["name"].rsplit("-", 1)[0]
        for obj in stage.objects(api.REPLICA_SET)
        if any(entry["type"] == "ReplicaFailure" for entry in obj["status"].get("conditions", []))
    ]
    assert sorted(failed) == ["half-and-whole", "over-namespace"]
    evicted = next(event for event in stage.objects(api.EVENT) if event["reason"] == "Evict")
    assert evicted["involvedObject"]["kind"] == "PodGroup"
    assert evicted["metadata"]["annotations"]["evictor-action-type"] == "preempt"
    claims = {event["involvedObject"]["name"]: event["reason"] for event in stage.objects(api.EVENT)}
    assert (claims["pvc-unbound"], claims["pvc-no-class"]) == ("ExternalProvisioning", "ProvisioningFailed")
    scaler = stage.api.get(api.AUTOSCALER, "runai-lab", "downloads-00001") or {}
    assert (scaler["status"]["desiredScale"], scaler["status"]["actualScale"]) == (1, 0)


def test_what_is_in_the_way_is_well(stage: Stage) -> None:
    for name in ("urgent", "fills-the-disk", "borrows-one", "cache-first"):
        assert [pod.ready for pod in stage.pods(name)] == [True], name


def test_codes_are_in_the_catalogue_with_title_and_remedy() -> None:
    assert set(SAID) <= set(CAUSES)
    for code, entry in CAUSES.items():
        assert entry["title"] and entry["remedy"].endswith("."), code
        assert set(entry) <= {"title", "remedy", "command", "guide", "fault"}, code


def test_all_is_long_due_and_stays(pending: Stage) -> None:
    stage = pending
    first, last = dict(stage.world.planted), START
    for _ in range(2):
        for planted in first:
            pod = stage.api.get(api.POD, *planted.split("/"))
            if pod is not None:
                assert last - (parse_time(pod["metadata"]["creationTimestamp"]) or last) > 1800
                key = (pod["metadata"]["namespace"], pod["metadata"]["name"])
                assert stage.world.context.inventory.pods[key].ready is False
        stage.go(120, step=2)
    gone = [name for name in first if "deployment" in name and stage.api.get(api.POD, *name.split("/")) is None]
    assert not gone


def test_a_small_cluster_plants_what_it_can() -> None:
    stage = Stage("pending", Size(2, 1))
    assert "pvc_missing" in stage.world.planted.values()
    assert "node_cordoned" not in stage.world.planted.values()


@pytest.mark.parametrize(("nodes", "gpus"), [(1, 1), (4, 1), (5, 8), (16, 1)])
def test_any_size_stages_without_a_fault(nodes: int, gpus: int) -> None:
    stage = Stage("pending", Size(nodes, gpus))
    assert not stage.world.failures
    for planted in stage.world.planted:
        pod = stage.world.context.inventory.pods.get((planted.split("/")[0], planted.split("/")[1]))
        assert pod is None or not pod.ready, planted
        if pod is not None and stage.world.planted[planted].startswith(("image_", "nim_")):
            assert pod.node, f"{planted} waits for room instead"


def test_a_refused_deployment_has_no_pod(stage: Stage) -> None:
    assert stage.world.planted["runai-lab/half-and-whole"] == "admission_refused"
    assert not stage.pods("half-and-whole")
