"""The scenario ``pending`` plants what it says, and it is all due at once."""

import tomllib
from pathlib import Path

import config
from tests.demo_world.worlds import START, Stage
from tui.demo.world import api
from tui.demo.world.logs import WorldLogs
from tui.demo.world.naming import Names, parse_time

CAUSES = tomllib.loads((Path(config.__file__).parent / "causes.toml").read_text())
# What the cluster itself says about each cause: a part of a condition, a container's state or an event.
SAID = {
    "over_quota_non_preemptible": "Non-preemptible workload is over quota",
    "queue_limit": "has reached the allowable limit of GPUs",
    "no_free_gpu": "1 node(s) didn't have enough resources: GPUs",
    "gpu_fragmentation": "1 node(s) didn't have enough resources: GPUs",
    "node_cordoned": "1 node is unschedulable",
    "node_not_ready": "1 node has NotReady condition",
    "node_taint": "node(s) had untolerated taint {maintenance: planned}",
    "node_selector": "node(s) didn't match Pod's node affinity/selector",
    "gpu_memory_too_large": "node(s) didn't have enough resources: GPU memory",
    "request_exceeds_node": "Max GPU resources available in a single node",
    "insufficient_cpu": "node(s) didn't have enough resources: CPU cores",
    "gang_incomplete": "are required for gang scheduling",
    "pvc_missing": 'persistentvolumeclaim "nim-cache-typo" not found',
    "pvc_unbound": "unbound immediate PersistentVolumeClaims",
    "image_not_found": "does-not-exist: not found",
    "image_unauthorized": "401 Unauthorized",
    "secret_missing": 'secret "ngc-key-typo" not found',
    "ngc_key_refused": "NGC_API_KEY is not valid",
    "nim_no_profile": "Could not find a profile",
    "nim_out_of_memory": "CUDA out of memory",
    "admission_refused": "cannot have both GPU fraction request and whole GPU resource",
    "finalizer_holds": "example.com/never-removed",
}


def everything_said(stage: Stage, planted: str) -> str:
    namespace, name = planted.split("/")
    pod = stage.api.get(api.POD, namespace, name)
    said = [str(pod)]
    if pod is not None:
        logs = WorldLogs(Names(1), 1.0)
        container = pod["spec"]["containers"][0]["name"]
        said += [line.text for line in logs(pod, container, previous=True, after=0.0, until=START)]
    about = (event for event in stage.objects(api.EVENT) if name in event["involvedObject"]["name"])
    return "\n".join([*said, *(event["message"] for event in about)])


def test_every_planted_object_says_its_cause() -> None:
    stage = Stage("pending")
    assert set(stage.world.planted.values()) == set(SAID)
    for planted, code in stage.world.planted.items():
        assert SAID[code] in everything_said(stage, planted), planted


def test_codes_are_in_the_catalogue_with_title_and_remedy() -> None:
    assert set(SAID) <= set(CAUSES)
    for code, entry in CAUSES.items():
        assert entry["title"] and entry["remedy"].endswith("."), code
        assert set(entry) <= {"title", "remedy", "command", "guide", "fault"}, code


def test_all_is_long_due_and_stays() -> None:
    stage = Stage("pending")
    for _ in range(2):
        for planted in stage.world.planted:
            pod = stage.api.get(api.POD, *planted.split("/"))
            if pod is not None:
                assert START - (parse_time(pod["metadata"]["creationTimestamp"]) or START) > 600
                assert (
                    stage.world.context.inventory.pods[(pod["metadata"]["namespace"], pod["metadata"]["name"])].ready
                    is False
                )
        stage.go(120, step=2)


def test_a_small_cluster_plants_what_it_can() -> None:
    from tui.demo.world.seed import Size

    stage = Stage("pending", Size(2, 1))
    assert "pvc_missing" in stage.world.planted.values()
    assert "node_cordoned" not in stage.world.planted.values()


def test_a_refused_deployment_has_no_pod() -> None:
    stage = Stage("pending")
    assert stage.world.planted["runai-lab/half-and-whole"] == "admission_refused"
    assert not stage.pods("half-and-whole")
