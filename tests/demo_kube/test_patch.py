"""The four patches on the wire, server-side apply's ownership, and the laws of the pure functions."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.demo_kube.conftest import CONFIG_MAPS, INFERENCE, PODS, Client
from tui.demo.kube.patches.fieldsets import from_fields_v1, to_fields_v1
from tui.demo.kube.patches.json_patch import PatchFailedError, apply_patch, merge
from tui.demo.kube.patches.strategic import strategic_merge
from tui.demo.objects import Json

JSON_PATCH = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"


def config_map(**data: Any) -> Json:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ssa"}, "data": data}


async def test_merge_and_json_patch(client: Client) -> None:
    merged = await client("PATCH", f"{PODS}/b0", {"metadata": {"labels": {"x": "1", "app": None}}}, media=MERGE)
    assert (merged.status, merged.body["metadata"]["labels"]) == (200, {"x": "1"})
    operations = [{"op": "test", "path": "/metadata/labels/x", "value": "1"},
                  {"op": "add", "path": "/metadata/labels/y", "value": "2"}]  # fmt: skip
    patched = await client("PATCH", f"{PODS}/b0", operations, media=JSON_PATCH)
    assert patched.body["metadata"]["labels"] == {"x": "1", "y": "2"}
    for bad in ({"op": "test", "path": "/metadata/labels/x", "value": "9"}, {"op": "remove", "path": "/nope"}):
        refused = await client("PATCH", f"{PODS}/b0", [bad], media=JSON_PATCH)
        assert refused.body == {
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "Invalid",
            "message": "the server rejected our request due to an error in our request", "details": {}, "code": 422,
        }  # fmt: skip


async def test_media_types_of_patches(client: Client) -> None:
    custom = await client("PATCH", f"{INFERENCE}/nope", {}, media=STRATEGIC)
    assert (custom.status, custom.body["message"]) == (
        415,
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
    )
    plain = await client("PATCH", f"{PODS}/b0", {}, media="application/json")
    assert (plain.status, plain.body["message"], plain.body["details"]) == (415, "415: Unsupported Media Type", {})


async def test_a_stale_version_in_a_patch(client: Client) -> None:
    stale = await client("PATCH", f"{PODS}/b0", {"metadata": {"resourceVersion": "1", "labels": {}}}, media=MERGE)
    assert (stale.status, stale.body["reason"]) == (409, "Conflict")


async def test_apply_creates_changes_conflicts_and_takes(client: Client) -> None:
    path = f"{CONFIG_MAPS}/ssa"
    unnamed = await client("PATCH", path, config_map(a="1"), media=APPLY)
    assert (unnamed.status, unnamed.body["message"]) == (
        422, 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    )  # fmt: skip
    assert (await client("PATCH", f"{path}?fieldManager=m1", config_map(a="1"), media=APPLY)).status == 201
    again = await client("PATCH", f"{path}?fieldManager=m1", config_map(a="2"), media=APPLY)
    assert (again.status, again.body["data"]) == (200, {"a": "2"})
    conflict = await client("PATCH", f"{path}?fieldManager=m2", config_map(a="3"), media=APPLY)
    cause = {"reason": "FieldManagerConflict", "message": 'conflict with "m1"', "field": ".data.a"}
    assert conflict.body == {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "Conflict",
        "message": 'Apply failed with 1 conflict: conflict with "m1": .data.a',
        "details": {"causes": [cause]},
        "code": 409,
    }  # fmt: skip
    forced = await client("PATCH", f"{path}?fieldManager=m2&force=true", config_map(a="3"), media=APPLY)
    assert (forced.status, forced.body["data"]) == (200, {"a": "3"})
    owners = {entry["manager"]: entry["fieldsV1"] for entry in forced.body["metadata"]["managedFields"]}
    assert owners == {"m2": {"f:data": {"f:a": {}}}}


async def test_apply_removes_what_its_manager_gives_up_and_nothing_else(client: Client) -> None:
    path = f"{CONFIG_MAPS}/ssa"
    await client("PATCH", f"{path}?fieldManager=m1", config_map(a="1", shared="s"), media=APPLY)
    await client("PATCH", f"{path}?fieldManager=m2", config_map(b="2", shared="s"), media=APPLY)
    left = await client("PATCH", f"{path}?fieldManager=m1", config_map(c="3"), media=APPLY)
    assert left.body["data"] == {"b": "2", "c": "3", "shared": "s"}
    same = await client("PATCH", f"{path}?fieldManager=m1", config_map(c="3"), media=APPLY)
    assert same.body["metadata"]["resourceVersion"] == left.body["metadata"]["resourceVersion"]


async def test_apply_conflicts_with_a_plain_update(client: Client) -> None:
    await client("POST", f"{CONFIG_MAPS}?fieldManager=kubectl-create", config_map(a="1"))
    conflict = await client("PATCH", f"{CONFIG_MAPS}/ssa?fieldManager=m1", config_map(a="2"), media=APPLY)
    assert conflict.cause["message"].startswith('conflict with "kubectl-create" using v1 at ')
    shared = await client("PATCH", f"{CONFIG_MAPS}/ssa?fieldManager=m1", config_map(a="1"), media=APPLY)
    assert {entry["manager"] for entry in shared.body["metadata"]["managedFields"]} == {"kubectl-create", "m1"}


async def test_apply_merges_containers_by_name(client: Client) -> None:
    path = "/apis/apps/v1/namespaces/spike/deployments/d?fieldManager="

    def deployment(container: Json, **spec: Any) -> Json:
        labels = {"app": "d"}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [{"image": "x", **container}]}}
        spec = {"selector": {"matchLabels": labels}, "template": template, **spec}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}

    await client("PATCH", f"{path}m1", deployment({"name": "one"}, replicas=2), media=APPLY)
    two = await client("PATCH", f"{path}m2", deployment({"name": "two"}), media=APPLY)
    containers = two.body["spec"]["template"]["spec"]["containers"]
    assert [container["name"] for container in containers] == ["one", "two"]
    fight = await client("PATCH", f"{path}m2", deployment({"name": "one", "image": "y"}), media=APPLY)
    assert fight.cause["field"] == '.spec.template.spec.containers[name="one"].image'


JSON_VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc/~", max_size=2), inner, max_size=4),
    max_leaves=12,
)
OBJECTS: Any = st.dictionaries(st.text("abc/~", max_size=2), JSON_VALUES, max_size=4)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def difference(old: Any, new: Any) -> Any:
    """The merge patch from one null-free document to another."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    gone = {key: None for key in old if key not in new}
    kept = {key: item for key, item in new.items() if key not in old or old[key] != item}
    return gone | {key: difference(old.get(key), item) for key, item in kept.items()}


@settings(max_examples=60, deadline=None)
@given(OBJECTS, OBJECTS)
def test_a_merge_patch_is_idempotent_and_leaves_its_target_alone(target: Json, patch: Json) -> None:
    before = repr(target)
    once = merge(target, patch)
    assert merge(once, patch) == once
    assert repr(target) == before


@settings(max_examples=60, deadline=None)
@given(OBJECTS, OBJECTS)
def test_a_merge_patch_gets_from_any_document_to_any_other(old: Json, new: Json) -> None:
    old, new = without_nulls(old), without_nulls(new)
    assert merge(old, difference(old, new)) == new
    assert strategic_merge(old, difference(old, new)) == new


@settings(max_examples=60, deadline=None)
@given(OBJECTS, st.text("abc/~", max_size=2), JSON_VALUES)
def test_json_patch_add_then_test_then_remove_is_nothing(document: Json, key: str, value: Any) -> None:
    pointer = "/" + key.replace("~", "~0").replace("/", "~1")
    document.pop(key, None)
    operations = [
        {"op": "add", "path": pointer, "value": value},
        {"op": "test", "path": pointer, "value": value},
        {"op": "copy", "from": pointer, "path": "/copied"},
        {"op": "move", "from": "/copied", "path": "/moved"},
        {"op": "test", "path": "/moved", "value": value},
    ]
    moved = apply_patch(document, operations)
    assert moved[key] == value
    back = apply_patch(moved, [{"op": "remove", "path": pointer}, {"op": "remove", "path": "/moved"}])
    assert back == document


@settings(max_examples=60, deadline=None)
@given(JSON_VALUES, JSON_VALUES)
def test_json_patch_replaces_the_whole_document(document: Any, value: Any) -> None:
    assert apply_patch(document, [{"op": "replace", "path": "", "value": value}]) == value


@pytest.mark.parametrize("path", ["/items/3", "/items/-1", "/items/01", "/items/x", "/none/a", "/plain/a"])
def test_json_patch_finds_no_such_place(path: str) -> None:
    with pytest.raises(PatchFailedError):
        apply_patch({"items": [1, 2], "plain": 1}, [{"op": "remove", "path": path}])


def test_strategic_merge_by_key_and_its_directives() -> None:
    pod: Json = {"spec": {"containers": [{"name": "c", "image": "x", "env": [{"name": "A", "value": "0"}]}]}}
    patch: Json = {"spec": {"containers": [{"name": "c", "env": [{"name": "A", "value": "1"}]}, {"name": "d"}]}}
    merged = strategic_merge(pod, patch)
    assert merged["spec"]["containers"] == [
        {"name": "c", "image": "x", "env": [{"name": "A", "value": "1"}]}, {"name": "d"},
    ]  # fmt: skip
    less = {"spec": {"containers": [{"name": "c", "$patch": "delete"}]}}
    assert strategic_merge(merged, less) == {"spec": {"containers": [{"name": "d"}]}}
    order = {"spec": {"$setElementOrder/containers": [{"name": "d"}, {"name": "c"}]}}
    assert [c["name"] for c in strategic_merge(merged, order)["spec"]["containers"]] == ["d", "c"]
    finalizers = {"metadata": {"finalizers": ["a", "b"]}}
    assert strategic_merge(finalizers, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}}) == {
        "metadata": {"finalizers": ["b"]}
    }


PATHS: Any = st.lists(st.sampled_from(["f:a", "f:b", 'k:{"name":"c"}', 'v:"x"']), min_size=1, max_size=3).map(tuple)


@settings(max_examples=60, deadline=None)
@given(st.frozensets(PATHS, max_size=8))
def test_owned_fields_survive_the_wire(fields: frozenset[tuple[str, ...]]) -> None:
    assert from_fields_v1(to_fields_v1(fields)) == fields
