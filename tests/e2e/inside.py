"""A command line run in this process, from parsing to exit code, in a home without settings and kubeconfig."""

from pathlib import Path

import pytest

from tests.e2e.process import Answer, environment
from tui.cli.main import main

_ELSEWHERE = ("KUBECONFIG", "COLUMNS", "KUBERNETES_SERVICE_HOST", "NIMDECK_CONFIG", "NIMDECK_PROFILE", "NGC_API_KEY")


def bare_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """For this process and its children."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name, value in environment(folder, XDG_STATE_HOME=str(folder / "state")).items():
        monkeypatch.setenv(name, value)
    for name in _ELSEWHERE:
        monkeypatch.delenv(name, raising=False)
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Answer:
    """What it left, over real HTTP."""
    capsys.readouterr()
    try:
        code = main(list(arguments))
    except SystemExit as leave:
        code = int(leave.code or 0)
    captured = capsys.readouterr()
    return Answer(code, captured.out, captured.err)
