"""The process that ``nimdeck lab`` and ``nimdeck demo`` start."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30.0


@contextmanager
def process(*flags: str, directory: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    where = () if directory is None else ("--directory", str(directory))
    child = subprocess.Popen(
        [sys.executable, "-m", "tui.demo", *flags, *where],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for stream in (child.stdin, child.stdout, child.stderr):
            if stream is not None:
                stream.close()


def test_serves_until_standard_input_closes(tmp_path: Path) -> None:
    with process("--until-stdin-closes", directory=tmp_path) as child:
        assert child.stdin and child.stdout and child.stderr
        line = json.loads(child.stdout.readline())
        assert set(line) == {"kubeconfig", "prometheus", "runai", "nims", "planted"}
        assert set(line["runai"]) == {"url", "client_id", "client_secret_file"}
        assert line["planted"] == {}
        kubeconfig, secret = Path(line["kubeconfig"]), Path(line["runai"]["client_secret_file"])
        assert kubeconfig.is_relative_to(tmp_path)
        assert stat.S_IMODE(kubeconfig.parent.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in (kubeconfig, secret)} == {0o600}
        answer = httpx.get(f"{line['prometheus']}/api/v1/query", params={"query": "count(DCGM_FI_DEV_GPU_UTIL)"})
        assert answer.json()["data"]["result"][0]["value"][1] == "64"
        models = httpx.get(f"{line['nims']['llama-31-8b']}/v1/models").json()
        assert models["data"][0]["id"] == "meta/llama-3.1-8b-instruct"
        child.stdin.close()
        assert child.wait(PATIENCE_SECONDS) == 0
        assert child.stderr.read() == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_on_a_signal_and_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    with process("--nodes", "2", "--scenario", "pending", directory=tmp_path) as child:
        assert child.stdout and child.stderr
        assert json.loads(child.stdout.readline())["planted"]
        child.send_signal(number)
        assert child.wait(PATIENCE_SECONDS) == 0
        assert child.stderr.read() == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--scenario", "cozy"), ("--scenario", "'cozy'", "calm")),
        (("--nodes", "0"), ("--nodes", "0", "1 to")),
        (("--gpus", "many"), ("--gpus", "'many'", "1 to 16")),
        (("--speed", "nan"), ("--speed", "nan", "0.1 to")),
        (("--directory", "/no/such/folder"), ("--directory", "/no/such/folder")),
        (("--nope",), ("--nope",)),
    ],
)
def test_a_bad_flag_is_one_line(
    flags: tuple[str, ...], said: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    from tui.demo.__main__ import main

    with pytest.raises(SystemExit) as ended:
        main(list(flags))
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and all(part in error for part in said)
