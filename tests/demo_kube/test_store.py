"""The object store by itself: what the simulated controllers rely on, with no event loop running."""

import pytest

from tui.demo.kube.resources import cluster_resources
from tui.demo.objects import ApiError, Json, ObjectStore


@pytest.fixture
def bare() -> ObjectStore:
    return ObjectStore(cluster_resources(), lambda: 1_800_000_000.0, history=4)


def test_create_fills_what_is_missing_and_keeps_what_is_given(bare: ObjectStore) -> None:
    pods = bare.resource("pods")
    planted = {"name": "p", "namespace": "a", "creationTimestamp": "2020-01-01T00:00:00Z", "uid": "u-1"}
    metadata = bare.create(pods, {"metadata": planted, "spec": {}})["metadata"]
    assert (metadata["creationTimestamp"], metadata["uid"]) == ("2020-01-01T00:00:00Z", "u-1")
    assert (metadata["generation"], metadata["resourceVersion"]) == (1, str(bare.version))
    fresh = bare.create(pods, {"metadata": {"name": "q", "namespace": "a"}})["metadata"]
    assert fresh["creationTimestamp"] == "2027-01-15T08:00:00Z"
    with pytest.raises(ApiError) as refused:
        bare.create(pods, {"metadata": {"name": "p", "namespace": "a"}})
    assert (refused.value.code, refused.value.reason) == (409, "AlreadyExists")


def test_changes_count_versions_and_generations_and_nothing_writes_nothing(bare: ObjectStore) -> None:
    pods, told = bare.resource("pods"), []
    leave = bare.subscribe(lambda kind, res, obj: told.append((kind, res.plural, obj["metadata"]["name"])))
    first = bare.create(pods, {"metadata": {"name": "p", "namespace": "a"}, "spec": {"x": 1}})
    same = bare.change(pods, "a", "p", lambda obj: None)
    assert same is first
    spec = bare.change(pods, "a", "p", lambda obj: obj["spec"].update(x=2))
    assert (spec["metadata"]["generation"], first["spec"], spec["spec"]) == (2, {"x": 1}, {"x": 2})

    def both(obj: Json) -> None:
        obj["spec"]["x"] = 3
        obj["status"] = {"phase": "Running"}

    status = bare.change(pods, "a", "p", both, status=True)
    assert (status["spec"], status["status"], status["metadata"]["generation"]) == ({"x": 2}, {"phase": "Running"}, 2)
    leave()
    bare.delete(pods, "a", "p")
    assert told == [("ADDED", "pods", "p"), ("MODIFIED", "pods", "p"), ("MODIFIED", "pods", "p")]
    with pytest.raises(ApiError):
        bare.change(pods, "a", "p", lambda obj: None)


def test_without_a_loop_what_is_owned_goes_at_once_through_all_generations(bare: ObjectStore) -> None:
    maps = bare.resource("configmaps")

    def make(name: str, *owners: Json) -> Json:
        references = [{"uid": owner["metadata"]["uid"], "name": owner["metadata"]["name"]} for owner in owners]
        return bare.create(maps, {"metadata": {"name": name, "namespace": "a", "ownerReferences": references}})

    one, other = make("one"), make("other")
    child = make("child", one)
    make("grandchild", child)
    make("shared", one, other)
    bare.delete(maps, "a", "one")
    assert [obj["metadata"]["name"] for obj in bare.list(maps)] == ["other", "shared"]
    assert [owner["name"] for owner in bare.list(maps)[1]["metadata"]["ownerReferences"]] == ["other"]
    bare.delete(maps, "a", "other")
    assert bare.list(maps) == []


def test_history_is_bounded(bare: ObjectStore) -> None:
    maps = bare.resource("configmaps")
    for number in range(6):
        bare.create(maps, {"metadata": {"name": f"m{number}", "namespace": "a"}})
    ring = bare.ring(maps)
    assert ring.compacted == 1002
    assert [change.name for change in ring.since(1002)] == ["m2", "m3", "m4", "m5"]


def test_lists_are_ordered_and_kinds_can_be_absent() -> None:
    store = ObjectStore(cluster_resources(without_groups={"run.ai"}), lambda: 0.0)
    with pytest.raises(KeyError):
        store.resource("inferenceworkloads", "run.ai")
    pods = store.resource("pods")
    for namespace, name in (("b", "x"), ("a", "z"), ("a", "y")):
        store.create(pods, {"metadata": {"name": name, "namespace": namespace}})
    assert [obj["metadata"]["name"] for obj in store.list(pods)] == ["y", "z", "x"]
    assert [obj["metadata"]["name"] for obj in store.list(pods, "b")] == ["x"]
