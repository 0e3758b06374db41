"""*No free GPU* against an exhaustive search on small random clusters: said exactly when no placement exists."""

from dataclasses import replace

from hypothesis import event, given
from hypothesis import strategies as st

from tests.diagnose.test_fit_search import FULL, PORTIONS, Machine, clusters, search, truth, world
from tests.store.builders import NOW, pod
from tui.diagnose.pending import pending_items
from tui.model.gpu_request import GpuRequest
from tui.model.ids import ObjectKey
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot
from tui.model.tenancy import PodGroup

NO_GPU = {"no_free_gpu", "gpu_fragmentation"}
ROOM = NO_GPU | {
    *("insufficient_pods", "node_not_ready", "node_cordoned", "node_taint", "request_exceeds_node", "gang_incomplete"),
}
TOLERATION = ("nvidia.com/gpu", "Exists", "", "")
PLENTY = 100


def waiting(devices: int, portion: int, name: str = "waits", **fields: object) -> Pod:
    gpu = GpuRequest(devices, None if portion == FULL else portion / FULL)
    return pod(
        name, gpu, None, "runai-test", phase="Pending", created_at=NOW - 600, scheduler="runai-scheduler",
        tolerations=(TOLERATION,), project="test", **fields,
    )  # fmt: skip


def asked(snapshot: Snapshot, *pods: Pod) -> Snapshot:
    return replace(snapshot, pods={**snapshot.pods, **{one.key: one for one in pods}})


def codes_of(snapshot: Snapshot, name: str = "waits") -> list[str]:
    items = {item.pod: item for item in pending_items(snapshot)}
    return [cause.code for cause in items[ObjectKey("runai-test", name)].causes]


def lacks_gpus(things: list[Machine], devices: int, portion: int) -> bool:
    """On some open node it is the GPUs that are too few, and nothing else."""
    fits_none = [m for m in things if m.open and not search(tuple(sorted(m.free)), PLENTY, devices, portion)]
    return any(machine.places for machine in fits_none)


@given(clusters, st.integers(1, 3), st.sampled_from(PORTIONS))
def test_no_free_gpu_is_said_exactly_when_a_search_finds_none(
    things: list[Machine], devices: int, portion: int
) -> None:
    found = set(codes_of(asked(world(things), waiting(devices, portion))))
    fits = truth(things, devices, portion) > 0
    assert bool(found & ROOM) is not fits
    possible_at_all = devices <= max(len(machine.gpus) for machine in things)
    assert ("request_exceeds_node" in found) is not possible_at_all
    assert bool(found & NO_GPU) is (not fits and possible_at_all and lacks_gpus(things, devices, portion))
    event(f"fits {fits}, {sorted(found & ROOM)[:1]}")


@given(clusters, st.integers(1, 2), st.sampled_from(PORTIONS))
def test_parts_that_lie_nobody_knows_where_make_no_cause_where_it_may_fit(
    things: list[Machine], devices: int, portion: int
) -> None:
    found = set(codes_of(asked(world(things, hidden=True), waiting(devices, portion))))
    if truth(things, devices, portion):
        assert not found & ROOM


@given(clusters, st.sampled_from(PORTIONS), st.integers(2, 5))
def test_a_gang_is_incomplete_exactly_when_some_of_it_fit(things: list[Machine], portion: int, members: int) -> None:
    pods = [waiting(1, portion, f"waits-{number}", pod_group="gang") for number in range(members)]
    key = ObjectKey("runai-test", "gang")
    group = PodGroup(key, "uid", None, "test", members, "inference", None, "Pending", NOW - 600)
    snapshot = replace(asked(world(things), *pods), pod_groups={key: group})
    fitting = truth(things, 1, portion)
    found = codes_of(snapshot, "waits-0")
    assert ("gang_incomplete" in found) is (0 < fitting < members)
    assert bool(set(found) & ROOM) is (fitting < members)


@given(clusters, st.integers(1, 2), st.sampled_from(PORTIONS), st.sampled_from((0.5, 1.0, 2.0, 6.0)))
def test_quota_is_named_exactly_when_the_queue_has_less(
    things: list[Machine], devices: int, portion: int, quota: float
) -> None:
    found = set(codes_of(asked(world(things, quota), waiting(devices, portion, priority_class="inference"))))
    assert ("over_quota_non_preemptible" in found) is (devices * portion / FULL > quota)
