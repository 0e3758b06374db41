"""Each test has a corner of its own on disk: state, settings and profiles."""

from pathlib import Path

import pytest

from tests.screens.conftest import own_corner  # noqa: F401 - its time zone, state folder and working folder


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
