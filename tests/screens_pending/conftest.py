"""Each test has a corner of its own on disk, and the answers of the engine are asked for without a rest."""

from pathlib import Path

import pytest

from tests.screens.conftest import own_corner  # noqa: F401 - its time zone, state folder and working folder
from tui.screens import waiting_book


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(waiting_book, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(waiting_book, "REST", 0.0)
