"""Nothing of the machine is in a picture: its time zone, its state folder, its SSH."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension

SVGImageExtension._file_extension = "svg"
SVGImageExtension.file_extension = "svg"


@pytest.fixture(autouse=True)
def own_corner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    time.tzset()
    yield
    os.environ.pop("TZ", None)
    time.tzset()
