"""One lab process for all, and clusters in this process for what a test wants to break."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from config.load import load
from config.settings import Settings
from tests.e2e.cluster import Cluster, LoopThread
from tests.e2e.inside import bare_home, run
from tests.e2e.process import Answer, Json, checked, lab_process
from tests.e2e.raw import Raw
from tui.session import Session


@dataclass(frozen=True, slots=True)
class Lab:
    """What the lab printed, and raw access to it."""

    printed: Json
    raw: Raw

    @property
    def flags(self) -> tuple[str, ...]:
        return "--kubeconfig", self.printed["kubeconfig"], "--prometheus", self.printed["prometheus"]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The guide's cluster, as one process for the whole session."""
    with ExitStack() as stack:
        printed = stack.enter_context(lab_process(tmp_path_factory.mktemp("lab"), "--speed", "40"))
        yield Lab(printed, stack.enter_context(Raw(Path(printed["kubeconfig"]), printed["prometheus"])))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without settings and kubeconfig, for this process and its children."""
    folder = bare_home(tmp_path, monkeypatch)
    monkeypatch.setenv("NIMDECK_REFRESH", "0.5")
    return folder


Read = Callable[..., Answer]


@pytest.fixture
def read(home: Path, capsys: pytest.CaptureFixture[str]) -> Read:
    """Runs a command line in this process, from parsing to exit code, over real HTTP."""
    return lambda *arguments, lines=1: checked(run(capsys, *arguments), lines)


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
