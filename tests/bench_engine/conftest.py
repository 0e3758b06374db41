"""The engine's time is the stage's."""

import pytest

from tests.bench_engine.stage import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in ("follow", "point", "ramp", "run", "search", "search_watch"):
        monkeypatch.setattr(f"tui.bench.engine.{module}.time", made)
    return made
