"""Recorded cases with parts of them gone: a cluster may lack anything. The diagnosis never fails, says something of all
that it names, and calls nothing missing that it was not allowed to see."""

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.pending_case import FOLDER, Case, cases, circumstances_of, load, snapshot_of
from tui.diagnose.pending import grouped, inquiry, pending_items
from tui.diagnose.why import why_pod, why_workload

FIXED = {("kind",), ("apiVersion",), ("metadata",), ("metadata", "name"), ("metadata", "namespace")}
HIDEABLE = (
    *("nodes", "pods", "events", "secrets", "configmaps", "persistentvolumeclaims", "persistentvolumes", "pods/log"),
    *("replicasets.apps", "deployments.apps", "storageclasses.storage.k8s.io", "projects.run.ai"),
    *("queues.scheduling.run.ai", "podgroups.scheduling.run.ai", "revisions.serving.knative.dev"),
)
CALLED_MISSING = {
    "pvc_missing": ("persistentvolumeclaims", "there is no such claim"),
    "secret_missing": ("secrets", "there is no Secret"),
    "config_map_missing": ("configmaps", "there is no ConfigMap"),
    "queue_missing": ("queues.scheduling.run.ai", "does not exist; there are"),
    "storage_class_missing": ("storageclasses.storage.k8s.io", "does not exist; there are"),
}


@settings(max_examples=150, deadline=None)
@given(case=st.sampled_from(cases()), seed=st.integers(0, 2**32 - 1))
def test_a_cluster_may_lack_anything(case: Case, seed: int) -> None:
    damaged = _damaged(case, Random(seed))
    snapshot = snapshot_of(damaged, whole=False)
    around = circumstances_of(damaged, inquiry(snapshot))
    items = pending_items(snapshot, around)
    assert sum(len(group.items) for group in grouped(items)) == len(items)
    assert len(pending_items(snapshot)) >= 0  # nothing was read beside it
    for item in items:
        assert item.causes
        for cause in item.causes:
            kind, words = CALLED_MISSING.get(cause.code, ("", ""))
            assert kind not in damaged.denied or not any(words in fact.text for fact in cause.evidence)
    for key in list(snapshot.pods)[:4]:
        assert why_pod(key, snapshot, around).summary
    for workload in snapshot.workloads:
        assert why_workload(workload, snapshot, around).summary


def test_a_refusal_is_not_laid_on_a_workload_whose_name_begins_alike() -> None:
    case = load(FOLDER / "admission_refused_namesake.json")
    snapshot = snapshot_of(case)
    items = pending_items(snapshot, circumstances_of(case, inquiry(snapshot)))
    assert [item.name for item in items] == ["runai-team-a/llama-chat"]


def _damaged(case: Case, random: Random) -> Case:
    things: list[dict[str, Any]] = copy.deepcopy(list(case.objects))
    if len(things) > 1 and random.random() < 0.3:
        things.pop(random.randrange(len(things)))
    for _ in range(random.randint(1, 3)):
        _damage(random.choice(things), random)
    hidden = {kind for kind in HIDEABLE if random.random() < 0.07}
    return Case(case.name, case.says, case.at, case.expect, tuple(things), case.denied | hidden, case.logs)


def _damage(thing: dict[str, Any], random: Random) -> None:
    """Some of its fields are left out, or there without a value."""
    found = [path for path in _paths(thing) if path not in FIXED]
    for path in random.sample(found, min(len(found), random.randint(1, 4))):
        place: Any = thing
        for step in path[:-1]:
            inside = isinstance(place, list) and isinstance(step, int) and step < len(place)
            place = place[step] if inside else place.get(step) if isinstance(place, dict) else None
        if isinstance(place, dict):
            random.choice((_leave_out, _void, _empty))(place, path[-1])


def _leave_out(place: dict[Any, Any], name: object) -> None:
    place.pop(name, None)


def _void(place: dict[Any, Any], name: object) -> None:
    place[name] = None


def _empty(place: dict[Any, Any], name: object) -> None:
    value = place.get(name)
    place[name] = {} if isinstance(value, dict) else [] if isinstance(value, list) else "" if value else value


def _paths(thing: object, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for step, value in inside:
        yield (*above, step)
        yield from _paths(value, (*above, step))
