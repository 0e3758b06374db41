"""The commands on a cluster of the test's own choosing."""

import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.cli.cluster import FakeSession, snapshot
from tui.cli.main import main


@dataclass
class Answer:
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    for name in ("NIMDECK_CONFIG", "NIMDECK_PROFILE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[FakeSession]]:
    """Stands in for ``tui.session``; set ``session.shown`` to choose what is seen."""
    module = types.ModuleType("tui.session")
    module.Session = FakeSession  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tui.session", module)
    FakeSession.shown = snapshot()
    FakeSession.made.clear()
    yield FakeSession
    assert not any(made.running for made in FakeSession.made), "a command left its session running"


@pytest.fixture
def nimdeck(capsys: pytest.CaptureFixture[str]):
    """Runs a command line in this process."""

    def run(*arguments: str) -> Answer:
        try:
            code = main(list(arguments))
        except SystemExit as leave:
            code = int(leave.code or 0)
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return run
