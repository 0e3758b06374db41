"""The command as a process: interrupts, closed pipes, the embedded cluster's child."""

import os
import select
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from config.errors import SettingsError
from config.settings import RunaiSettings, ScreenSettings, Settings
from tui.cli import embedded
from tui.cli.embedded import EmbeddedCluster

ROOT = Path(__file__).parents[2]

# A nimdeck whose cluster is the tests' own.
ON_A_FAKE_CLUSTER = textwrap.dedent("""
    import sys, types
    from tests.cli.cluster import FakeSession
    module = types.ModuleType("tui.session")
    module.Session = FakeSession
    sys.modules["tui.session"] = module
    from tui.cli.main import entry
    sys.exit(entry())
""")


def start(*arguments: str, **keywords: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", ON_A_FAKE_CLUSTER, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "NIMDECK_REFRESH": "0.01"},
        **keywords,  # type: ignore[call-overload]
    )


def first_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], 20)[0], "nothing was written"
    return process.stdout.readline()


def test_ctrl_c_prints_nothing_and_leaves_130() -> None:
    with start("nodes", "--watch") as process:
        assert first_line(process).startswith(b'{"schema":"nimdeck.nodes/1"')
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_a_reader_that_closes_the_pipe_makes_no_noise() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        process = subprocess.run(
            [sys.executable, "-c", ON_A_FAKE_CLUSTER, "nodes", "-o", "json"],
            cwd=ROOT,
            stdout=closed,
            stderr=subprocess.PIPE,
            timeout=20,
            check=False,
        )
    assert (process.returncode, process.stderr) == (0, b"")


def test_output_is_utf8_in_any_locale() -> None:
    process = subprocess.run(
        [sys.executable, "-c", ON_A_FAKE_CLUSTER, "nodes"],
        cwd=ROOT,
        capture_output=True,
        env={**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        timeout=20,
        check=True,
    )
    assert "–".encode() in process.stdout


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Stands in for ``python -m tui.demo``: the text of the module that runs as the child."""

    def stand_in(text: str) -> None:
        package = tmp_path / "fake" / "tui"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "demo.py").write_text(textwrap.dedent(text))
        monkeypatch.setattr(embedded.tui, "__file__", str(package / "__init__.py"))

    return stand_in


READY = """
    import json, sys
    print(json.dumps({"kubeconfig": "/k", "prometheus": "http://127.0.0.1:1", "nims": {}, "planted": {},
                      "runai": {"url": "http://127.0.0.1:2", "client_id": "c", "client_secret_file": "/s"},
                      "flags": sys.argv[1:]}), flush=True)
    sys.stdin.read()
"""


def test_the_app_is_turned_to_the_child_and_the_child_ends_with_us(child) -> None:
    child(READY)
    base = Settings(read_only=True, screen=ScreenSettings(theme="nimdeck-light"))
    with EmbeddedCluster(["--nodes", "2"]) as cluster:
        settings = cluster.settings(base)
    assert str(settings.kubernetes.kubeconfig) == "/k"
    assert settings.prometheus.url == "http://127.0.0.1:1"
    assert settings.runai == RunaiSettings("http://127.0.0.1:2", "c", client_secret_file=Path("/s"))
    assert (settings.read_only, settings.screen.theme, settings.profile) == (True, "nimdeck-light", "demo")
    assert cluster._child.returncode == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise SystemExit('no free port')", "did not start: no free port"),
        ("print('not json')", "did not start: it ended without a word"),
    ],
)
def test_a_child_that_fails_is_one_line(child, text: str, said: str) -> None:
    child(text)
    with EmbeddedCluster([]) as cluster, pytest.raises(SettingsError, match=said):
        cluster.settings(Settings())


def test_a_child_that_will_not_end_is_killed(child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_STOP_SECONDS", 0.2)
    child("import signal\nprint('{}', flush=True)\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nsignal.pause()")
    with EmbeddedCluster([]) as cluster:
        assert cluster._answered.wait(20)
    assert cluster._child.returncode == -signal.SIGKILL
