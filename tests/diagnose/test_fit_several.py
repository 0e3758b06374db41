"""Specs that are launched together: a later one finds what an earlier one takes and makes."""

from hypothesis import given
from hypothesis import strategies as st

from tests.diagnose.clusters import DEPARTMENT, queue, shared, snapshot, spec, surroundings
from tests.store.builders import node
from tui.diagnose.fit import fit
from tui.diagnose.fit_several import fit_several
from tui.model.ids import GpuId
from tui.model.launch_spec import CpuAsk, LaunchSpec, NewClaim, Storage
from tui.model.snapshot import Snapshot


def tried(cluster: Snapshot, *specs: LaunchSpec) -> list[bool | None]:
    return [answer.fits for answer in fit_several(specs, cluster, lambda _: surroundings())]


def test_two_halves_share_one_gpu_and_a_third_finds_none() -> None:
    cluster = snapshot([node("n1", 1)])
    answers = fit_several([spec(0.5, name=name) for name in "abc"], cluster, lambda _: surroundings())
    assert [answer.fits for answer in answers] == [True, True, False]
    assert {share.gpu for answer in answers for p in answer.placements for share in p.shares} == {GpuId("n1", 0)}
    assert cluster.nodes["n1"].gpu_allocated == 0  # what is thought of does not happen


def test_quota_cpu_and_places_for_pods_are_used_up_too() -> None:
    half = spec(0.5)
    assert tried(snapshot([node("n1", 2)], queues=(queue(quota=1.0), DEPARTMENT)), half, half, half)[-1] is False
    assert tried(snapshot([node("n1", 2, pods_allocatable=3)]), half, half, half) == [True, True, False]
    busy = spec(0.5, cpu=CpuAsk(cores=40))
    assert tried(snapshot([node("n1", 2, cpu_allocatable_cores=64.0)]), busy, busy) == [True, False]


def test_a_device_that_is_not_known_beforehand_is_used_up_too() -> None:
    cluster = snapshot([node("n1", 3, gpu_allocatable=2)])
    assert tried(cluster, spec(1.0), spec(1.0), spec(1.0)) == [True, True, False]


def test_a_claim_that_the_first_one_makes_is_there_for_the_second() -> None:
    first = spec(0.5, storage=Storage("cache", new=NewClaim(100 << 30)))
    second = spec(0.5, storage=Storage("cache"))
    cluster = snapshot([node("n1", 2)])
    assert tried(cluster, first, second) == [True, True]
    assert tried(cluster, second) == [False]


@given(st.integers(1, 6), st.sampled_from((0.25, 0.3, 0.5, 1.0)), st.integers(1, 6))
def test_one_after_the_other_is_as_many_as_at_once(gpus: int, portion: float, count: int) -> None:
    cluster = snapshot([node("n1", gpus, pods_allocatable=12)], shared("a", "n1", 0, 0.4))
    once = fit(spec(portion), cluster, surroundings()).replicas_now
    assert once is not None
    found = tried(cluster, *[spec(portion)] * count)
    assert found == [number < once for number in range(count)]
