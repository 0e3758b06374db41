"""Each test has a corner of its own on disk, and no address is asked beyond it."""

from collections.abc import Iterator

import pytest

from tests.screens.conftest import own_corner  # noqa: F401 - its time zone, state folder and working folder
from tests.screens_bench.engine import FakeEngine, FakeWatch


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEngine]:
    """In place of the engine; every run that the screens start is carried out by it."""
    fake = FakeEngine()
    monkeypatch.setattr("tui.plans.run.carry_out", fake.carry_out)
    monkeypatch.setattr("tui.plans.observe.NimWatch", FakeWatch)
    yield fake
    fake.end()
