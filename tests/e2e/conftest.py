"""One lab process for all, and clusters in this process for what a test wants to break."""

import json
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from config.load import load
from config.settings import Settings
from tests.e2e.cluster import Cluster, LoopThread
from tests.e2e.process import ROOT, Answer, checked, environment
from tests.e2e.raw import Raw
from tui.cli.main import main
from tui.session import Session

READY_SECONDS = 20  # the contract's


@dataclass(frozen=True, slots=True)
class Lab:
    """What the lab printed, and raw access to it."""

    printed: dict[str, Any]
    raw: Raw

    @property
    def flags(self) -> tuple[str, ...]:
        return "--kubeconfig", self.printed["kubeconfig"], "--prometheus", self.printed["prometheus"]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The guide's cluster, as one process for the whole session."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "tui.demo", "--until-stdin-closes", "--speed", "40"],
        cwd=ROOT,
        env=environment(tmp_path_factory.mktemp("lab")),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdin is not None and process.stdout is not None
        try:
            assert select.select([process.stdout], [], [], READY_SECONDS)[0], "not ready in time"
            printed = json.loads(process.stdout.readline())
            with Raw(Path(printed["kubeconfig"]), printed["prometheus"]) as raw:
                yield Lab(printed, raw)
        finally:
            process.stdin.close()
            assert process.wait(20) == 0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without settings and kubeconfig, for this process and its children."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)
    for name in ("KUBECONFIG", "COLUMNS", "KUBERNETES_SERVICE_HOST", "NIMDECK_CONFIG", "NIMDECK_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NIMDECK_REFRESH", "0.5")
    return folder


Read = Callable[..., Answer]


@pytest.fixture
def read(home: Path, capsys: pytest.CaptureFixture[str]) -> Read:
    """Runs a command line in this process, from parsing to exit code, over real HTTP."""

    def run(*arguments: str, lines: int = 1) -> Answer:
        capsys.readouterr()
        try:
            code = main(list(arguments))
        except SystemExit as leave:
            code = int(leave.code or 0)
        captured = capsys.readouterr()
        return checked(Answer(code, captured.out, captured.err), lines)

    return run


@pytest.fixture(scope="session")
def loop() -> Iterator[LoopThread]:
    thread = LoopThread()
    yield thread
    thread.close()


Make = Callable[..., Cluster]


@pytest.fixture
def make_cluster(loop: LoopThread, tmp_path: Path) -> Iterator[Make]:
    made: list[Cluster] = []

    def make(**options: Any) -> Cluster:
        made.append(Cluster(loop, tmp_path, **options))
        return made[-1]

    yield make
    for cluster in made:
        cluster.close()


@pytest.fixture
def cluster(make_cluster: Make) -> Cluster:
    return make_cluster()


Watch = Callable[..., Session]


@pytest.fixture
def watch(home: Path) -> Iterator[Watch]:
    """Starts a session for these flags, as the commands do, and waits for its first picture."""
    sessions: list[Session] = []

    def start(kubeconfig: str, prometheus: str = "") -> Session:
        flags = {"kubernetes.kubeconfig": kubeconfig, "timeout_seconds": "10"}
        if prometheus:
            flags["prometheus.url"] = prometheus
        settings: Settings = load(flags, config=None, profile=None).settings
        sessions.append(Session(settings))
        sessions[-1].start()
        sessions[-1].wait_first(10)
        return sessions[-1]

    yield start
    for session in sessions:
        session.stop()
