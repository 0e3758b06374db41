"""Which pod takes a request, and what neighbours on the same GPU do to each other."""

import asyncio

import pytest

from tui.bench.nim.gpu import gpu_speed
from tui.demo.nim.fleet import Fleet, Key, Place, generates
from tui.demo.nim.load import NimLoad
from tui.demo.nim.reply import WholeReply
from tui.demo.telemetry import PodUse

A, B, ALONE, WHOLE, MIG = (("ns", name) for name in ("a", "b", "alone", "whole", "mig"))
MODEL = "meta/llama-3.1-8b-instruct"


def _use(key: Key, index: int, busy: float) -> PodUse:
    return PodUse(*key, "uid", "node001", index, 100 * busy, 1000.0)


def _place(workload: str, gpus: float, isolated: bool = False) -> Place:
    return Place(workload, MODEL, gpus, isolated, NimLoad(0.0))


PLACES = {
    A: _place("shared", 0.5),
    B: _place("shared", 0.5),
    ALONE: _place("alone", 0.5),
    WHOLE: _place("whole", 1.0),
    MIG: _place("mig", 3 / 7, isolated=True),
}


def _fleet(neighbour: float) -> tuple[Fleet, dict[Key, float]]:
    measured: dict[Key, float] = {}
    fleet = Fleet(measured)
    fleet.follow(PLACES)
    uses = [_use(A, 0, 0.0), _use(B, 0, neighbour), _use(ALONE, 1, 0.4), _use(WHOLE, 2, 0.9), _use(MIG, 3, 0.2)]
    fleet.meter(uses, asyncio.get_running_loop().time())
    return fleet, measured


async def test_speed_follows_the_fraction_and_who_else_is_there() -> None:
    fleet, _ = _fleet(neighbour=0.3)
    speeds = {}
    for key in PLACES:
        engine = fleet.engine(key)
        assert engine is not None
        speeds[key] = engine.speed
    assert speeds[A] == gpu_speed(0.5, 0.3) < 1
    assert speeds[ALONE] == speeds[WHOLE] == 1.0
    assert speeds[MIG] == pytest.approx(3 / 7)


async def test_requests_in_flight_are_counted_by_workload() -> None:
    counted: dict[Key, int] = {}
    fleet = Fleet({}, counted)
    fleet.follow(PLACES)
    entries = []
    for key in (A, B, B):
        engine = fleet.engine(key)
        assert engine is not None
        entries.append((engine, engine.submit(10, 10_000, WholeReply(), "length")))
    now = asyncio.get_running_loop().time()
    fleet.meter([], now)
    assert counted == {("ns", "shared"): 3}
    engine, request = entries[0]
    engine.cancel(request)
    fleet.meter([], now)
    assert counted == {("ns", "shared"): 2}
    fleet.follow({})
    assert counted == {}


async def test_a_pod_that_came_back_has_a_new_process() -> None:
    fleet, _ = _fleet(neighbour=0.0)
    before = fleet.engine(WHOLE)
    assert before is not None
    before.submit(10, 10_000, WholeReply(), "length")
    fleet.follow(PLACES)
    assert fleet.engine(WHOLE) is before
    fleet.follow({**PLACES, WHOLE: _place("whole", 1.0)})
    assert before.in_flight == 0
    assert fleet.engine(WHOLE) is not before


async def test_two_engines_at_work_slow_each_other_down() -> None:
    fleet, measured = _fleet(neighbour=0.0)
    a, b = fleet.engine(A), fleet.engine(B)
    assert a is not None
    assert b is not None
    for engine in (a, b):
        engine.submit(5000, 50_000, WholeReply(), "length")
        engine.busy_seconds += 10.0
    uses = [_use(A, 0, 0.0), _use(B, 0, 0.0)]
    now = asyncio.get_running_loop().time()
    fleet.meter(uses, now + 0.1)
    assert a.speed == 1.0, "too soon to tell"
    fleet.meter(uses, now + 1)
    fleet.meter(uses, now + 1)
    assert fleet.active == {A, B}
    assert set(measured) == {A, B}
    assert a.speed == b.speed == gpu_speed(0.5, 1.0)
    assert measured[A] == pytest.approx(2 * gpu_speed(0.5, 1.0))
    fleet.follow({})
    assert measured == {}


async def test_requests_go_where_the_fewest_are() -> None:
    fleet, _ = _fleet(neighbour=0.0)
    taken = []
    for _ in range(4):
        engine = fleet.choose("ns", "shared")
        assert engine is not None
        engine.submit(10, 10_000, WholeReply(), "length")
        taken.append(engine)
    assert len({id(engine) for engine in taken[:2]}) == 2
    assert [engine.in_flight for engine in taken] == [2, 2, 2, 2]
    assert fleet.choose("ns", "none") is None
    assert fleet.choose("other", "shared") is None
    fleet.follow({})


def test_what_generates_text() -> None:
    assert generates(MODEL)
    assert generates("microsoft/phi-3-mini-4k-instruct")
    for other in ("nvidia/nv-embedqa-e5-v5", "nvidia/nv-rerankqa-mistral-4b-v3", "baai/bge-m3"):
        assert not generates(other)
