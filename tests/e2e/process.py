"""The command as a process, as an operator or a script runs it: never a traceback, never a line too many."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-P", "-m", "tui.cli"]
PATIENCE_SECONDS = 40.0
READY_SECONDS = 20  # the contract's

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Json:
        loaded: Json = json.loads(self.out)
        return loaded

    @property
    def items(self) -> list[Json]:
        found: list[Json] = self.document["items"]
        return found

    def state(self, source: str) -> str:
        return str(self.document["sources"][source]["state"])

    def detail(self, source: str) -> str:
        return str(self.document["sources"][source]["detail"])


def checked(answer: Answer, lines: int = 1) -> Answer:
    """What holds for every answer, good or bad: at most so many lines on standard error, and no traceback."""
    assert "Traceback" not in answer.err + answer.out, answer.err
    assert answer.err.count("\n") <= lines, f"more than one line: {answer.err}"
    assert answer.code in (0, 1, 2, 3, 130), answer.code
    return answer


def environment(home: Path, **more: str) -> dict[str, str]:
    """This process' environment without anybody's settings or kubeconfig."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NIMDECK_", "KUBE"))}
    paths = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "PYTHONPATH": str(ROOT)}
    return {**kept, **paths, **more}


def start(home: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """A running command whose output is read by the test."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=home,
        env=environment(home, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> Answer:
    """Its end, awaited."""
    try:
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        process.kill()
    return checked(Answer(process.returncode, out, err))


@contextmanager
def lab_process(home: Path, *arguments: str) -> Iterator[Json]:
    """The embedded cluster as a process that ends when its stdin closes; what it printed once it was ready."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "tui.demo", "--until-stdin-closes", *arguments],
        cwd=ROOT,
        env=environment(home),
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


def processes_with(marker: str) -> list[int]:
    """The processes whose environment carries ``marker``: what a test left behind."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (folder / "environ").read_bytes() and not _is_dead(folder):
                found.append(int(folder.name))
        except OSError:
            continue  # it ended meanwhile, or is not ours to look at
    return found


def _is_dead(folder: Path) -> bool:
    return (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
