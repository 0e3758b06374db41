"""The fit against an exhaustive search on small random clusters: never yes without a placement, never no with one."""

from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations

from hypothesis import assume, event, given
from hypothesis import strategies as st

from tests.diagnose.clusters import DEPARTMENT, INF, queue, shared, snapshot, spec, surroundings, whole
from tests.store.builders import node, pod
from tui.diagnose.fit import fit
from tui.diagnose.fit_ask import ask_of
from tui.diagnose.fit_ground import survey
from tui.diagnose.fit_moves import moves
from tui.diagnose.fit_quota import tenancy
from tui.model.fit import Fit
from tui.model.gpu_request import GpuRequest
from tui.model.ids import GpuId
from tui.model.launch_spec import GpuAsk
from tui.model.node import Taint
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot

FULL = 100  # hundredths of one GPU
PORTIONS = (10, 25, 30, 50, 70, 100)
CLOSED = (
    {},
    {},
    {},
    {"ready": False},
    {"schedulable": False},
    {"taints": (Taint("maintenance", "planned", "NoSchedule"),)},
    {"taints": (Taint("nvidia.com/gpu", "present", "NoSchedule"),)},
)


@dataclass(frozen=True)
class Machine:
    """What one node really holds: for each GPU its slices; how many pods it takes besides; whether it is open."""

    gpus: tuple[tuple[int, ...], ...]
    places: int
    closed: int

    @property
    def open(self) -> bool:
        return self.closed in (0, 1, 2, 6)

    @property
    def free(self) -> tuple[int, ...]:
        return tuple(FULL - sum(slices) for slices in self.gpus)


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    gpus = []
    for _ in range(draw(st.integers(1, 3))):
        slices: list[int] = []
        for portion in draw(st.lists(st.sampled_from(PORTIONS), max_size=3)):
            if sum(slices) + portion <= FULL:
                slices.append(portion)
        gpus.append(tuple(slices))
    return Machine(tuple(gpus), draw(st.sampled_from((0, 1, 2, 3, 5, 100))), draw(st.sampled_from(range(len(CLOSED)))))


clusters = st.lists(machines(), min_size=1, max_size=3)


@cache
def search(free: tuple[int, ...], places: int, devices: int, portion: int) -> int:
    """The most replicas of ``devices`` GPUs x ``portion`` on one node, by trying every choice of GPUs."""
    best = 0
    for chosen in combinations(range(len(free)), devices):
        if any(free[gpu] < portion for gpu in chosen):
            continue
        opened = sum(free[gpu] == FULL for gpu in chosen) if portion < FULL else 0
        if 1 + opened > places:
            continue
        left = tuple(sorted(each - portion if gpu in chosen else each for gpu, each in enumerate(free)))
        best = max(best, 1 + search(left, places - 1 - opened, devices, portion))
    return best


def truth(things: list[Machine], devices: int, portion: int) -> int:
    return sum(search(tuple(sorted(m.free)), m.places, devices, portion) for m in things if m.open)


def world(things: list[Machine], quota: float = INF, limit: float | None = None, hidden: bool = False) -> Snapshot:
    """The cluster as the store sees it; ``hidden``: nothing says which GPU a pod lies on."""
    nodes, pods, where = [], [], {}
    for number, machine in enumerate(things):
        name, here = f"n{number}", []
        for index, slices in enumerate(machine.gpus):
            for place, portion in enumerate(slices):
                title = f"p-{number}-{index}-{place}"
                if portion == FULL:
                    here.append(whole(title, name))
                    where |= {} if hidden else {GpuId(name, index): here[-1]}
                elif hidden:
                    here.append(pod(title, GpuRequest(1, portion / 100), name, "runai-other"))
                else:
                    here += shared(title, name, index, portion / 100)
        unique: dict[object, Pod] = {p.key: p for p in here}
        changes = CLOSED[machine.closed]
        nodes.append(node(name, len(machine.gpus), pods_allocatable=len(unique) + machine.places, **changes))
        pods += unique.values()
    return snapshot(nodes, pods, (queue(quota=quota, limit=limit), DEPARTMENT), where=where)


def lies(answer: Fit, things: list[Machine], portion: int) -> None:
    """Every replica lies on GPUs that really have so much left."""
    left = {GpuId(f"n{n}", i): free for n, m in enumerate(things) if m.open for i, free in enumerate(m.free)}
    for placement in answer.placements:
        gpus = [share.gpu for share in placement.shares]
        assert len(set(gpus)) == len(gpus) and {gpu.node for gpu in gpus} == {placement.node}
        for gpu in gpus:
            left[gpu] -= portion
            assert left[gpu] >= 0, (answer, things)


@given(clusters, st.integers(1, 3), st.sampled_from(PORTIONS), st.integers(1, 4), st.booleans())
def test_the_fit_is_what_a_search_finds(
    things: list[Machine], devices: int, portion: int, wanted: int, pack: bool
) -> None:
    ask = GpuAsk(devices, None if portion == FULL else portion / 100)
    answer = fit(spec(ask, wanted), world(things), surroundings())
    found = truth(things, devices, portion)
    assert answer.replicas_now == found
    assert answer.fits is (found >= wanted)
    assert bool(answer.blockers) is (answer.fits is False)
    assert len(answer.placements) == min(found, wanted)
    lies(answer, things, portion)
    event(f"fits {answer.fits}")


@given(
    clusters,
    st.integers(1, 2),
    st.sampled_from(PORTIONS),
    st.integers(1, 3),
    st.sampled_from((0, 0.5, 1, 1.4, 3, INF)),
    st.sampled_from((None, 0, 1, 2.5)),
    st.sampled_from((None, True, False)),
)
def test_quota_bounds_what_can_not_be_preempted_and_a_limit_everything(
    things: list[Machine],
    devices: int,
    portion: int,
    wanted: int,
    quota: float,
    limit: float | None,
    preemptible: bool | None,
) -> None:
    ask = GpuAsk(devices, None if portion == FULL else portion / 100)
    answer = fit(spec(ask, wanted, preemptible=preemptible), world(things, quota, limit), surroundings())
    found, each = truth(things, devices, portion), devices * portion
    bound = 10**6 if limit is None else int(limit * 100) // each
    deserved = bound if preemptible or quota == INF else min(bound, int(quota * 100) // each)
    assert answer.replicas_now == min(found, deserved)
    assert answer.over_quota_replicas == min(found, bound)
    assert answer.fits is (min(found, deserved) >= wanted)
    assert bool(answer.blockers) is (answer.fits is False)


@given(clusters, st.integers(1, 3), st.sampled_from(PORTIONS), st.integers(1, 3))
def test_what_lies_nobody_knows_where_never_makes_it_say_what_is_not_so(
    things: list[Machine], devices: int, portion: int, wanted: int
) -> None:
    ask = GpuAsk(devices, None if portion == FULL else portion / 100)
    answer = fit(spec(ask, wanted), world(things, hidden=True), surroundings())
    found = truth(things, devices, portion)
    assert answer.fits in (None, found >= wanted)
    assert answer.replicas_now is not None and answer.replicas_now <= found
    assert bool(answer.blockers) is (answer.fits is False)
    if answer.fits is None:
        assert "unplaced_slices" in [note.code for note in answer.notes]
    event(f"fits {answer.fits}")


@given(clusters, st.integers(1, 3), st.sampled_from(PORTIONS))
def test_what_it_says_would_have_to_move_makes_room(things: list[Machine], devices: int, portion: int) -> None:
    things = [replace(machine, places=100) for machine in things]
    launch = spec(GpuAsk(devices, None if portion == FULL else portion / 100))
    cluster = world(things)
    ask = ask_of(launch)
    looks = survey(launch, ask, cluster, tenancy(launch, ask, cluster)).opened
    assume(truth(things, devices, portion) == 0)
    for steps in moves(looks):
        left = [[list(slices) for slices in machine.gpus] for machine in things]
        for step in steps:
            number, index = int(step.gpu.node[1:]), step.gpu.gpu
            left[number][index].remove(round((step.part.fraction or 0) * 100))
            if step.to is not None:
                left[int(step.to.node[1:])][step.to.gpu].append(round((step.part.fraction or 0) * 100))
        moved = [replace(machine, gpus=tuple(map(tuple, gpus))) for machine, gpus in zip(things, left, strict=True)]
        assert all(free >= 0 for machine in moved for free in machine.free)
        assert truth(moved, devices, portion) >= 1
        event("a way was found")
