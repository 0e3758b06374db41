"""The bench command as a process, and what it left behind."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.truth.build import TruthServer

ROOT = Path(__file__).parents[2]
MARK = "NIMDECK_TEST_MARK"


@dataclass
class Bench:
    """A command line in the making. Every process it starts carries ``mark`` in its environment."""

    url: str
    folder: Path
    model: str = "truth"
    isl: int = 40
    osl: int = 8
    before: tuple[str, ...] = ()  # what is put before the command
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def arguments(self, part: str, *more: str) -> list[str]:
        base = ["--url", self.url, "--model", self.model, "--isl", str(self.isl), "--osl", str(self.osl)]
        return [*self.before, sys.executable, "-m", "tui.cli", "bench", part, *base, "-O", str(self.folder), *more]

    def environment(self) -> dict[str, str]:
        return {**os.environ, MARK: self.mark, "COLUMNS": "120"}

    def run(self, *more: str, part: str = "run", **keywords: Any) -> "Answer":
        """To its end."""
        done = subprocess.run(
            self.arguments(part, *more), cwd=ROOT, env=self.environment(), capture_output=True, text=True,
            timeout=120, check=False, **keywords,
        )  # fmt: skip
        assert not self.processes(), "a worker process was left behind"
        return Answer(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def started(self, *more: str, part: str = "run") -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            self.arguments(part, *more), cwd=ROOT, env=self.environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()
        wait_until(lambda: not self.processes(), "a worker process was left behind")

    def processes(self) -> list[int]:
        """The worker processes of this command that live."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                is_worker = b"tui.cli.worker" in (entry / "cmdline").read_bytes()
                if entry.name.isdigit() and is_worker and self.mark.encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def points(self) -> list[dict[str, Any]]:
        """The finished points on disk."""
        path = self.folder / "points.jsonl"
        return [json.loads(line) for line in path.read_bytes().splitlines()] if path.is_file() else []


@dataclass
class Answer:
    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def items(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.document["items"]
        return items

    @property
    def well(self) -> bool:
        """0; or 1 on a machine so busy that the client was too slow, which the points say then."""
        return self.code == int(not all(item["valid"] for item in self.items))

    def refused(self, code: int, *words: str) -> None:
        """It ended with one line that says these words, and nothing else."""
        assert self.code == code, self.err
        assert self.out == ""
        assert "Traceback" not in self.err
        lines = [line for line in self.err.splitlines() if line.strip()]
        assert len(lines) == 1, self.err
        for word in words:
            assert word in lines[0], self.err


def wait_until(condition: Callable[[], object], why: str, seconds: float = 20.0) -> None:
    """Look every 20 ms, for at most so long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, why
        time.sleep(0.02)


Scenario = Callable[[Path], None]
SERVER: list[TruthServer] = []  # the one of the module whose scenarios are played


def aimed(folder: Path) -> Bench:
    """At that server, with a run folder of its own."""
    return Bench(SERVER[0].url, folder / "run")


@contextmanager
def side_by_side(scenarios: Sequence[Scenario], root: Path, threads: int = 6) -> Iterator[dict[str, Future[None]]]:
    """They mostly wait: so they run at the same time, each in a folder of its own; a test looks at one of them."""
    with ThreadPoolExecutor(threads) as pool:
        found = {}
        for scenario in scenarios:
            folder = root / scenario.__name__
            folder.mkdir()
            found[scenario.__name__] = pool.submit(scenario, folder)
        yield found
