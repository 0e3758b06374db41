"""What the control plane is asked, in answer to what it told."""

import pytest

from tui.launch.kinds import CannotChange
from tui.launch.manifests import manifests
from tui.launch.projects import NotThere
from tui.launch.requests import delete_request, launch_request, plan_launch, scale_requests
from tui.launch.scale import Scale
from tui.model.ids import WorkloadKey
from tui.model.launch_spec import GpuAsk, LaunchSpec, NewClaim, Storage
from tui.model.surroundings import Surroundings

KEY = WorkloadKey("runai-test", "llama", "InferenceWorkload")
AUTOSCALING = {"minReplicas": 1, "maxReplicas": 2, "metric": "concurrency", "metricThreshold": 100}


def plane(path, params):
    """A control plane with one project, one cluster and two workloads of the same name."""
    answers = {
        "/api/v1/org-unit/projects": {"projects": [{"id": "41", "name": "test", "clusterId": "c-1"}]},
        "/api/v1/workloads": {
            "workloads": [
                {"id": "w-0", "name": "llama", "namespace": "runai-test", "type": "Training"},
                {"id": "w-1", "name": "llama", "namespace": "runai-test", "type": "inference"},
            ]
        },
        "/api/v1/workloads/inferences/w-1": {"spec": {"autoscaling": AUTOSCALING}},
    }
    return answers[path]


def test_a_launch_goes_to_the_project_and_its_cluster():
    spec = LaunchSpec("llama", "test", model="meta/llama-3.1-8b-instruct", gpu=GpuAsk(1, 0.5))
    change = launch_request(spec, "runai-test", plane)
    assert change.resource == "POST /api/v1/workloads/inferences"
    assert (change.body["projectId"], change.body["clusterId"]) == ("41", "c-1")
    with pytest.raises(NotThere, match="no project prod"):
        launch_request(LaunchSpec("llama", "prod", model="a/b"), "x", plane)


def test_a_scale_says_the_whole_section_again():
    (change,) = scale_requests(KEY, Scale(None, 5), plane)
    assert change.resource == "PATCH /api/v1/workloads/inferences/w-1"
    assert change.body["spec"]["autoscaling"] == {**AUTOSCALING, "maxReplicas": 5}
    assert scale_requests(KEY, Scale(1, 2), plane) == ()
    with pytest.raises(CannotChange):
        scale_requests(KEY, Scale(3, None), plane)


def test_a_deletion_is_of_the_inference_of_that_name():
    assert delete_request(KEY, plane).resource == "DELETE /api/v1/workloads/inferences/w-1"
    with pytest.raises(NotThere, match="no inference"):
        delete_request(WorkloadKey("elsewhere", "llama", "InferenceWorkload"), plane)


def test_what_only_the_control_plane_takes_goes_there_and_its_claim_is_made_here():
    storage = Storage("models", new=NewClaim(10**11, "nfs-storage"))
    spec = LaunchSpec(
        "llama", "test", model="meta/llama-3.1-8b-instruct", gpu=GpuAsk(1, None, None, 2 * 10**10, 4 * 10**10),
        storage=storage,
    )  # fmt: skip
    made = manifests(spec, "runai-test")
    plain = frozenset({"name", "image", "gpu", "gpuMemory", "minScale", "maxScale", "ports", "environment", "pvcs"})
    around = Surroundings("runai-test", spec_fields=plain, has_inference_workloads=True)
    changes, only_there = plan_launch(spec, made, lambda resource, key: None, around, plane)
    assert only_there == ("gpu.memory_limit",)
    assert [change.verb for change in changes] == ["create", "request"]
    assert changes[0].resource == "persistentvolumeclaims"
    # The cluster's own schema can hold it, or nobody else is there to be asked.
    richer = Surroundings("runai-test", spec_fields=plain | {"gpuMemoryLimit"}, has_inference_workloads=True)
    for surroundings, read in ((richer, plane), (around, None)):
        changes, only_there = plan_launch(spec, made, lambda resource, key: None, surroundings, read)
        assert (only_there, [change.verb for change in changes]) == ((), ["create", "create"])
