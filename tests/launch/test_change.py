"""Scaling, suspending, deleting and editing, each as a change of the object that was read."""

import pytest

from tests.launch.test_apply import merged_with
from tui.launch.change import delete, edit, is_suspended, resume, scale, suspend
from tui.launch.kinds import CannotChange, Target, resource_of
from tui.launch.manifests import manifests
from tui.launch.scale import Scale, scale_of
from tui.model.ids import WorkloadKey
from tui.model.launch_spec import GpuAsk, LaunchSpec, Replicas

NIM = LaunchSpec("llama", "test", model="meta/llama-3.1-8b-instruct", replicas=Replicas(1, 3, "concurrency", 100))


def target(spec: LaunchSpec = NIM, **metadata) -> Target:
    body = dict(manifests(spec, "runai-test")[0].body)
    body["metadata"] = {**body["metadata"], "uid": "u1", "resourceVersion": "7", **metadata}
    return of(body)


def of(body) -> Target:
    kind = body["kind"]
    return Target(WorkloadKey("runai-test", body["metadata"]["name"], kind), resource_of(kind), body)


def after(before: Target, change) -> Target:
    return of(merged_with(before.body, change.body))


DEPLOYMENT = LaunchSpec("llama", "test", model="meta/llama-3.1-8b-instruct", scheduler="kubernetes")


def test_a_scale_patches_only_the_numbers_and_carries_the_version():
    old = target()
    (change,) = scale(old, 2, 4)
    assert change.body == {"spec": {"minScale": {"value": 2}, "maxScale": {"value": 4}}}
    assert (change.resource_version, change.uid, change.owned) == ("7", "u1", True)
    assert scale_of(after(old, change)) == Scale(2, 4)
    assert "from 1-3 to 2-4" in change.title


def test_one_number_leaves_the_other():
    (change,) = scale(target(), None, 5)
    assert change.body == {"spec": {"maxScale": {"value": 5}}}


def test_the_scale_it_has_needs_no_change():
    assert scale(target(), 1, 3) == ()


@pytest.mark.parametrize(("low", "high"), [(5, None), (-1, 2), (None, 0), (4, 2)])
def test_numbers_that_contradict_are_refused(low, high):
    with pytest.raises(CannotChange):
        scale(target(), low, high)


def test_a_deployment_has_one_number_of_replicas():
    (change,) = scale(target(DEPLOYMENT), 3, 3)
    assert change.resource == "deployments.apps"
    assert change.body == {"spec": {"replicas": 3}}
    assert scale(target(DEPLOYMENT), 3, None) == scale(target(DEPLOYMENT), None, 3) == (change,)
    assert scale(target(DEPLOYMENT), 1, None) == ()
    with pytest.raises(CannotChange, match="no autoscaler"):
        scale(target(DEPLOYMENT), 1, 3)


def test_a_knative_service_has_its_numbers_as_text_and_no_maximum_of_zero():
    notes = {"autoscaling.knative.dev/min-scale": "1", "autoscaling.knative.dev/max-scale": "2"}
    body = {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": "llama", "namespace": "runai-test"},
        "spec": {"template": {"metadata": {"annotations": notes}}},
    }
    old = of(body)
    (change,) = scale(old, 0, 4)
    assert scale_of(after(old, change)) == Scale(0, 4)
    assert change.resource == "services.serving.knative.dev"
    with pytest.raises(CannotChange, match="no maximum at all"):
        suspend(old)


@pytest.mark.parametrize("spec", [NIM, DEPLOYMENT])
def test_suspending_remembers_the_numbers_and_resuming_gives_them_back(spec):
    old = target(spec)
    idle = after(old, suspend(old))
    assert is_suspended(idle)
    assert scale_of(idle) == Scale(0, 0)
    back = after(idle, resume(idle))
    assert back.body["spec"] == old.body["spec"]
    assert back.body["metadata"].pop("annotations") == {}  # type: ignore[attr-defined]
    assert back.body["metadata"] == old.body["metadata"]
    assert not is_suspended(back)


def test_what_is_suspended_is_not_suspended_again_and_what_is_not_is_not_resumed():
    old = target()
    idle = after(old, suspend(old))
    with pytest.raises(CannotChange, match="already"):
        suspend(idle)
    with pytest.raises(CannotChange, match="not suspended"):
        resume(old)


def test_scaling_what_is_suspended_forgets_the_suspension():
    old = target()
    idle = after(old, suspend(old))
    (change,) = scale(idle, 1, 1)
    again = after(idle, change)
    assert not is_suspended(again)
    with pytest.raises(CannotChange):
        resume(again)


def test_an_autoscaler_that_follows_latency_can_not_be_suspended():
    slow = LaunchSpec("llama", "test", model="a/b", replicas=Replicas(1, 2, "latency", 500))
    with pytest.raises(CannotChange, match="latency"):
        suspend(target(slow))


def test_a_note_that_someone_has_written_over_is_not_trusted():
    with pytest.raises(CannotChange, match="scale it"):
        resume(target(annotations={"nimdeck.io/suspended-scale": "soon"}))


def test_a_deletion_names_the_very_object():
    change = delete(target())
    assert (change.verb, change.uid, change.owned) == ("delete", "u1", True)
    assert delete(target(labels={})).owned is False


def test_an_edit_sends_the_difference_of_two_specs_and_leaves_what_the_form_does_not_know():
    old = target()
    old.body["spec"]["imagePullPolicy"] = {"value": "Always"}  # type: ignore[index]
    new_spec = LaunchSpec("llama", "test", model="meta/llama-3.1-8b-instruct", gpu=GpuAsk(1, 0.5))
    (change,) = edit(old, manifests(NIM, "runai-test")[0], manifests(new_spec, "runai-test", "grace")[0])
    assert change.body == {
        "spec": {"gpu": {"value": "0.5"}, "maxScale": {"value": 1}, "metric": None, "target": None},
    }
    assert after(old, change).body["spec"]["imagePullPolicy"] == {"value": "Always"}


def test_an_edit_of_nothing_is_no_change_and_of_the_name_is_refused():
    same = manifests(NIM, "runai-test")[0]
    assert edit(target(), same, same) == ()
    other = manifests(LaunchSpec("other", "test", model="a/b"), "runai-test")[0]
    with pytest.raises(CannotChange, match="clone"):
        edit(target(), same, other)


def test_an_edit_does_not_claim_what_another_made():
    theirs = target(labels={"team": "x"})
    new_spec = LaunchSpec("llama", "test", model="meta/llama-3.1-8b-instruct")
    (change,) = edit(theirs, manifests(NIM, "runai-test")[0], manifests(new_spec, "runai-test")[0])
    assert "metadata" not in (change.body or {})
    assert change.owned is False


def test_a_kind_without_replicas_says_so():
    pod = of({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {}})
    with pytest.raises(CannotChange, match="no number of replicas"):
        scale(pod, 1, 1)
    with pytest.raises(CannotChange, match="kubectl"):
        resource_of("Widget")
