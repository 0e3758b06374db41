"""The commands that change a cluster, run in this process against one embedded cluster that hurries."""

import io
import json
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.cluster import LoopThread
from tests.e2e.conftest import make_cluster  # noqa: F401 - a fixture
from tests.e2e.process import ROOT, Answer, environment
from tui.cli import launching_ask
from tui.cli.main import main

READY_SECONDS = 20
TOKEN = "nvapi-Never-shown-0123456789"
SPEC = """\
name: {name}
project: test
model: meta/llama-3.1-8b-instruct
gpu: 0.5
replicas: {{min: 1, max: 2, metric: concurrency, target: 1000}}
storage: {{pvc: nfs-pvc-nim}}
ngc: {{secret: {secret}}}
"""


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict]:
    """What the lab printed."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "tui.demo", "--until-stdin-closes", "--speed", "40", "--nodes", "4"],
        cwd=ROOT,
        env=environment(tmp_path_factory.mktemp("lab")),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdin is not None and process.stdout is not None
        try:
            assert select.select([process.stdout], [], [], READY_SECONDS)[0], "not ready in time"
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()
            assert process.wait(20) == 0


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without settings and kubeconfig."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name, value in environment(folder, XDG_STATE_HOME=str(folder / "state")).items():
        monkeypatch.setenv(name, value)
    for name in (
        "KUBECONFIG",
        "COLUMNS",
        "KUBERNETES_SERVICE_HOST",
        "NIMDECK_CONFIG",
        "NIMDECK_PROFILE",
        "NGC_API_KEY",
    ):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def audit(home: Path) -> Callable[[], list[dict]]:
    """The lines of the audit log so far."""

    def read() -> list[dict]:
        path = home / "state" / "nimdeck" / "audit.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    return read


@pytest.fixture
def plain(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Runs a command line without a cluster of its own."""

    def run(*arguments: str) -> Answer:
        capsys.readouterr()
        try:
            code = main(list(arguments))
        except SystemExit as leave:
            code = int(leave.code or 0)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        assert TOKEN not in captured.out + captured.err
        return Answer(code, captured.out, captured.err)

    return run


@pytest.fixture
def deck(lab: dict, plain: Callable[..., Answer]) -> Callable[..., Answer]:
    """Runs a command line on the lab."""
    return lambda *arguments: plain(*arguments, "--kubeconfig", lab["kubeconfig"], "--prometheus", lab["prometheus"])


@pytest.fixture
def spec(tmp_path: Path) -> Callable[..., str]:
    """Writes a launch spec; its path."""

    def write(name: str, secret: str = "ngc-api-key", more: str = "") -> str:
        path = tmp_path / f"{name}.yaml"
        path.write_text(SPEC.format(name=name, secret=secret) + more)
        return str(path)

    return write


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """There is a terminal, and these lines are typed at it."""

    def type_in(*lines: str) -> None:
        monkeypatch.setattr(launching_ask, "_can_ask", lambda: True)
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    return type_in


@pytest.fixture(scope="session")
def loop() -> Iterator[LoopThread]:
    thread = LoopThread()
    yield thread
    thread.close()
