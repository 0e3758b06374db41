"""The commands that change a cluster, run in this process against one embedded cluster that hurries."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import loop, make_cluster  # noqa: F401 - fixtures
from tests.e2e.inside import bare_home, run
from tests.e2e.process import Answer, lab_process
from tui.cli import launching_ask

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
    with lab_process(tmp_path_factory.mktemp("lab"), "--speed", "40", "--nodes", "4") as printed:
        yield printed


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without settings and kubeconfig."""
    return bare_home(tmp_path, monkeypatch)


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

    def plainly(*arguments: str) -> Answer:
        answer = run(capsys, *arguments)
        assert "Traceback" not in answer.out + answer.err
        assert TOKEN not in answer.out + answer.err
        return answer

    return plainly


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
