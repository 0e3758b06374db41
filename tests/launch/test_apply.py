"""From manifests to changes, done in order and taken back: against a small server that keeps objects."""

import itertools
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.secret import Secret
from tui.launch.apply import apply, kept, not_ours, plan, roll_back
from tui.launch.manifests import manifests
from tui.launch.marks import CREATED_BY
from tui.launch.patch import covers, merge_patch
from tui.launch.secrets import ngc_secret
from tui.model.ids import ObjectKey
from tui.model.launch_spec import GpuAsk, LaunchSpec, NewClaim, NfsVolume, Replicas, Storage
from tui.model.manifest import Change
from tui.sources.writing import Exists, Missing, NotAllowed

SPEC = LaunchSpec(
    name="llama",
    project="test",
    model="meta/llama-3.1-8b-instruct",
    gpu=GpuAsk(1, 0.5),
    storage=Storage("nims", new=NewClaim(10 * 2**30, "nfs", volume=NfsVolume("nims-pv", "10.0.0.9", "/nims"))),
)
NAMESPACE = "runai-test"


class Server:
    """Objects by resource and key; ``refuse`` makes a write to that resource fail."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, ObjectKey], dict] = {}
        self.refuse = ""
        self.calls: list[tuple[str, str, bool]] = []
        self._numbers = itertools.count(1)

    def existing(self, resource: str, key: ObjectKey) -> dict | None:
        found = self.objects.get((resource, key))
        return None if found is None else _plain(found)

    def write(self, change: Change, dry_run: bool = False) -> dict:
        place = (change.resource, change.key)
        self.calls.append((change.verb, change.resource, dry_run))
        if change.resource == self.refuse:
            raise NotAllowed(f"{change.title}: no", "create")
        found = self.objects.get(place)
        if change.verb == "create":
            if found is not None:
                raise Exists(f"{change.title}: exists")
            found = _plain(change.body or {})
            found["metadata"] |= {"uid": f"u{next(self._numbers)}", "resourceVersion": str(next(self._numbers))}
            if not dry_run:
                self.objects[place] = found
            return _plain(found)
        if found is None or (change.uid and found["metadata"]["uid"] != change.uid):
            raise Missing(f"{change.title}: not there")
        if change.verb == "delete":
            if not dry_run:
                del self.objects[place]
            return {}
        merged = merged_with(found, _plain(change.body or {}))
        if not dry_run:
            self.objects[place] = merged
        return _plain(merged)


def _plain(value):
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


def merged_with(target, patch):
    """RFC 7386, word for word."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged_with(result.get(name), value)
    return result


def made(spec: LaunchSpec = SPEC, author: str = "ada"):
    return manifests(spec, NAMESPACE, author)


def test_on_an_empty_cluster_all_is_created_in_order_and_then_nothing_is_left_to_do():
    server = Server()
    changes = plan(made(), server.existing)
    assert [change.resource for change in changes] == [
        "persistentvolumes",
        "persistentvolumeclaims",
        "inferenceworkloads.run.ai",
    ]
    assert all(one.done for one in apply(changes, server.write))
    assert plan(made(), server.existing) == ()
    assert len(kept(made(), ())) == 3


def test_the_same_launch_by_another_person_leaves_the_maker_s_name():
    server = Server()
    list(apply(plan(made(), server.existing), server.write))
    assert plan(made(author="grace"), server.existing) == ()
    (change,) = plan(made(SPEC_OF_TWO, author="grace"), server.existing)
    assert change.body == {"spec": {"maxScale": {"value": 2}}}
    list(apply([change], server.write))
    found = server.objects["inferenceworkloads.run.ai", ObjectKey(NAMESPACE, "llama")]
    assert found["metadata"]["annotations"][CREATED_BY] == "ada"


SPEC_OF_TWO = LaunchSpec(
    **{name: getattr(SPEC, name) for name in ("name", "project", "model", "gpu", "storage")}, replicas=Replicas(1, 2)
)


def test_a_change_of_ours_carries_the_version_it_was_read_in():
    server = Server()
    list(apply(plan(made(), server.existing), server.write))
    (change,) = plan(made(SPEC_OF_TWO), server.existing)
    found = server.objects["inferenceworkloads.run.ai", ObjectKey(NAMESPACE, "llama")]
    assert (change.verb, change.owned) == ("patch", True)
    assert change.resource_version == found["metadata"]["resourceVersion"]
    assert change.uid == found["metadata"]["uid"]


def test_what_another_made_is_marked_so_that_one_asks_first():
    server = Server()
    list(apply(plan(made(), server.existing), server.write))
    for found in server.objects.values():
        found["metadata"]["labels"] = {}
    changes = plan(made(SPEC_OF_TWO), server.existing)
    assert not_ours(changes) == changes
    assert [change.resource for change in changes] == ["inferenceworkloads.run.ai"], "the claim is used as it is"


def test_a_secret_of_the_name_stays_unless_it_is_to_be_replaced():
    server = Server()
    secret = (ngc_secret(NAMESPACE, "ngc", "NGC_API_KEY", Secret("nvapi-1")),)
    list(apply(plan(secret, server.existing), server.write))
    assert plan(secret, server.existing) == ()
    server.objects["secrets", ObjectKey(NAMESPACE, "ngc")]["stringData"] = {"NGC_API_KEY": "***"}
    (change,) = plan(secret, server.existing, replace_secrets=True)
    assert change.verb == "patch"
    assert change.body == {"stringData": {"NGC_API_KEY": Secret("nvapi-1")}}


def test_after_a_failure_nothing_more_is_tried_and_only_what_was_created_is_taken_back():
    server = Server()
    server.objects["persistentvolumes", ObjectKey("", "nims-pv")] = {"metadata": {"name": "nims-pv", "uid": "old"}}
    server.refuse = "inferenceworkloads.run.ai"
    done = list(apply(plan(made(), server.existing), server.write))
    assert [one.done for one in done] == [True, False]
    assert server.calls == [
        ("create", "persistentvolumeclaims", False),
        ("create", "inferenceworkloads.run.ai", False),
    ]
    back = list(roll_back(done, server.write))
    assert [(one.change.verb, one.change.resource, one.done) for one in back] == [
        ("delete", "persistentvolumeclaims", True)
    ]
    assert set(server.objects) == {("persistentvolumes", ObjectKey("", "nims-pv"))}


def test_taking_back_does_not_touch_an_object_that_has_taken_the_name_meanwhile():
    server = Server()
    done = list(apply(plan(made(), server.existing), server.write))
    server.objects["inferenceworkloads.run.ai", ObjectKey(NAMESPACE, "llama")]["metadata"]["uid"] = "another"
    assert all(one.done for one in roll_back(done, server.write)), "gone is gone"
    assert list(server.objects) == [("inferenceworkloads.run.ai", ObjectKey(NAMESPACE, "llama"))]


def test_a_dry_run_tries_all_and_changes_nothing():
    server = Server()
    server.refuse = "persistentvolumes"
    done = list(apply(plan(made(), server.existing), server.write, dry_run=True))
    assert [one.done for one in done] == [False, True, True]
    assert server.objects == {}
    assert all(dry for _, _, dry in server.calls)


def test_a_field_that_was_wanted_before_and_is_not_any_more_is_taken_away_and_a_server_s_own_stays():
    before = {"spec": {"gpu": "1", "storage": {"path": "/a"}}}
    live = {"spec": {"gpu": "1", "storage": {"path": "/a"}, "filled": "by the server"}}
    patch = merge_patch(live, {"spec": {"gpu": "1"}}, before)
    assert patch == {"spec": {"storage": None}}
    assert merged_with(live, patch) == {"spec": {"gpu": "1", "filled": "by the server"}}


def test_a_deployment_as_a_server_fills_it_in_needs_no_change():
    spec = LaunchSpec("llama", "test", model="meta/llama-3.1-8b-instruct", scheduler="kubernetes")
    workload = manifests(spec, NAMESPACE)[0]
    live = deepcopy(_plain(workload.body))
    live["spec"] |= {"strategy": {"type": "RollingUpdate"}, "revisionHistoryLimit": 10}
    container = live["spec"]["template"]["spec"]["containers"][0]
    container |= {"imagePullPolicy": "Always", "terminationMessagePath": "/dev/termination-log"}
    container["resources"] = {"limits": {"nvidia.com/gpu": 1}, "requests": {"nvidia.com/gpu": 1}}
    assert merge_patch(live, {"spec": workload.body["spec"]}) == {}

    two = manifests(LaunchSpec(**{**{n: getattr(spec, n) for n in spec.__slots__}, "gpu": GpuAsk(2)}), NAMESPACE)[0]
    patch = merge_patch(live, {"spec": two.body["spec"]})
    changed = merged_with(live, patch)["spec"]["template"]["spec"]["containers"][0]
    assert changed["imagePullPolicy"] == "Always"
    assert changed["resources"]["limits"] == {"nvidia.com/gpu": "2"}


JSON = st.recursive(
    st.integers(0, 3) | st.booleans() | st.sampled_from(["a", "1", "1000m"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
OBJECT = st.dictionaries(st.sampled_from("abcd"), JSON, max_size=4)


@given(OBJECT, OBJECT, OBJECT)
def test_a_merge_patch_makes_the_live_object_cover_what_is_wanted(live, wanted, before):
    patch = merge_patch(live, wanted, before)
    after = merged_with(live, _plain(patch))
    assert covers(after, wanted)
    assert not (set(before) - set(wanted)) & set(after)
    assert set(live) - set(before) <= set(after)


@given(OBJECT)
def test_an_object_needs_no_change_to_become_itself(live):
    assert merge_patch(live, live) == {}


@pytest.mark.parametrize(
    ("live", "wanted", "same"),
    [("2", "2000m", True), (1, "1", True), ("1Gi", "1024Mi", True), ("1", "2", False)],
)
def test_amounts_are_compared_by_what_they_mean(live, wanted, same):
    assert covers({"resources": {"limits": {"cpu": live}}}, {"resources": {"limits": {"cpu": wanted}}}) is same


def test_the_same_texts_outside_of_resources_are_different():
    assert not covers({"env": [{"name": "A", "value": "2"}]}, {"env": [{"name": "A", "value": "2000m"}]})
