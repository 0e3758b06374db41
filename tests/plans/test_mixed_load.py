"""Two models of a cell are loaded in step, by real engines: one endpoint is slow to answer, the other waits for it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest

from tests.plans.made import CELLS, PLAN
from tests.truth.build import TruthServer
from tui.bench.engine.controls import Controls
from tui.bench.results.windows import read_windows
from tui.plans.engine_load import EngineLoader
from tui.plans.stage import Reach, StageError
from tui.plans.together import Together
from tui.plans.values import PlanLoad

MIXED = CELLS[4]
SECONDS = 2.0
LOAD = PlanLoad(isl=20, osl=4, users_per_pod=(1, 2), duration_seconds=SECONDS)


@pytest.fixture(scope="module")
def fast() -> Iterator[TruthServer]:
    with TruthServer(ttft_ms=20, itl_ms=1, tokens=4, model="m") as server:
        yield server


@pytest.fixture(scope="module")
def slow() -> Iterator[TruthServer]:
    with TruthServer(ttft_ms=700, itl_ms=1, tokens=4, model="m") as server:
        yield server


def reach(url: str) -> Reach:
    return Reach("m", (url,))


@dataclass(frozen=True)
class Span:
    """The measured part of a point, in Unix seconds; windows are whole seconds, so it is known to one of those.
    ``again``: the machine was too busy for it at first, so it was measured later, while the other's load went on."""

    since: float
    until: float
    again: bool


def spans(folder: Path) -> list[Span]:
    facts = [line.facts for line in read_windows(folder) if line.facts is not None]
    assert all(one.started_at is not None for one in facts)
    return [
        Span(
            (one.started_at or 0.0) + one.since,
            (one.started_at or 0.0) + one.until,
            any("again" in note or "anew" in note for note in one.notes),
        )
        for one in facts
    ]


async def test_each_is_measured_while_the_other_loads(fast: TruthServer, slow: TruthServer, tmp_path: Path) -> None:
    loader = EngineLoader(replace(PLAN, load=LOAD))
    reaches = {"llama": reach(fast.url), "deepseek": reach(slow.url)}
    users = {"llama": None, "deepseek": None}
    found = await loader.measure(MIXED, reaches, users, tmp_path, Controls(), lambda *_: None)
    assert [(one.model, one.point is not None) for one in found] == [("llama", True), ("deepseek", True)]
    quick, late = spans(tmp_path / "llama"), spans(tmp_path / "deepseek")
    assert len(quick) == len(late) == 2
    for ours, theirs in zip(quick, late, strict=True):
        overlap = min(ours.until, theirs.until) - max(ours.since, theirs.since)
        assert overlap >= SECONDS - 1.0 or ours.again or theirs.again
    for several in (quick, late):
        assert all(before.until <= after.since + 1.0 for before, after in pairwise(several))


async def test_one_that_fails_ends_the_others(fast: TruthServer, tmp_path: Path) -> None:
    loader = EngineLoader(replace(PLAN, load=LOAD))
    reaches = {"llama": reach(fast.url), "deepseek": reach("http://127.0.0.1:9")}
    measured = loader.measure(MIXED, reaches, dict.fromkeys(reaches), tmp_path, Controls(), lambda *_: None)
    with pytest.raises(StageError, match="deepseek: "):
        await asyncio.wait_for(measured, 30)
    assert not spans(tmp_path / "llama")


def test_who_has_come_further_never_waits_for_who_is_behind_it() -> None:
    together = Together(("a", "b"))
    a, b = together.member("a"), together.member("b")
    assert not a.may_begin(0)
    assert b.may_begin(0) and a.may_begin(0)
    assert not b.may_measure(0)
    assert a.may_measure(0) and b.may_measure(0)
    assert not b.may_begin(1)
    assert a.may_measure(0)  # measures again: the other loads on
    assert not a.may_end()  # a search that is over; the other has points left
    assert b.may_begin(1) and b.may_measure(1) and b.may_begin(2)
    assert b.may_end() and a.may_end()
