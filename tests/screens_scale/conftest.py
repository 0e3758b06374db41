"""Each test has a corner of its own on disk, and a plan that goes on as the test says."""

from collections.abc import Iterator

import pytest

from tests.screens.conftest import own_corner  # noqa: F401 - its time zone, state folder and working folder
from tests.screens_scale.made import FakeScale


@pytest.fixture
def scale(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeScale]:
    """In place of stage, loader and runner; every plan that the screens start is carried out by it."""
    fake = FakeScale()
    monkeypatch.setattr("tui.screens.scale_test.PlanThread", fake.thread)
    yield fake
    fake.end()
