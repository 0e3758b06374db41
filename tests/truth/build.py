"""Builds and runs the truth server: `with TruthServer(ttft_ms=200, itl_ms=10, tokens=200) as server: ...`.

The server is C, compiled once into build/truth/ by gcc or cc; without a compiler `lean.py` answers by the same options
and lines, good for some dozens of users. Nothing here knows nimdeck.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / "build" / "truth"
NO_COMPILER = "no C compiler (gcc or cc) on PATH to build the truth server"


class NoCompilerError(Exception):
    """There is no C compiler; a test skips with this text as its reason."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What the server saw, in seconds of CLOCK_MONOTONIC; n counts the streams whose first token was written.

    TTFT runs from the kernel's receipt of the whole request to the write of the first token. `late_*` tells how late
    the server itself was against its own plan: a machine on which it is large is too busy to judge a client.
    """

    n: int
    ttft_mean_seconds: float
    ttft_p50_seconds: float
    ttft_p99_seconds: float
    ttft_max_seconds: float
    itl_mean_seconds: float
    e2e_mean_seconds: float
    requests: int
    finished: int
    cut: int
    in_flight: int
    max_in_flight: int
    mean_in_flight: float
    chunks_written: int
    events_written: int
    tokens: int
    connections: int
    first_arrival_seconds: float
    last_done_seconds: float
    late_mean_seconds: float
    late_p99_seconds: float
    cpu_seconds: float


def compiler() -> str | None:
    """The C compiler's path, or None."""
    return shutil.which("gcc") or shutil.which("cc")


def build() -> Path:
    """The compiled server; compiled only when its sources changed. Raises NoCompilerError."""
    sources = sorted(HERE.glob("*.[ch]"))
    mark = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    program = CACHE / mark / "truth"
    if program.exists():
        return program
    cc = compiler()
    if cc is None:
        raise NoCompilerError(NO_COMPILER)
    program.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        made = Path(work) / "truth"
        units = [str(path) for path in sources if path.suffix == ".c"]
        subprocess.run([cc, "-std=gnu11", "-O2", "-Wall", "-Wextra", "-o", str(made), *units], check=True)
        made.replace(program)  # several test processes may build at once
    return program


class TruthServer:
    """A running truth server.

    Options are those of `truth.c` with underscores: ttft_ms, itl_ms, jitter_ms, tokens, tokens_per_chunk, port, model,
    refuse, api_key, tokens_per_word, prompt_overhead, ignore_max_tokens, close_after, usage (asked, always, finish,
    never), role (early, with-first, none), fault (status, reset, reset-mid, stall, cut, no-done, empty, stream-error,
    html), fault_status, fault_every, fault_after. `lean=True` takes the Python server even where there is a compiler.
    """

    def __init__(self, *, lean: bool = False, **options: str | float) -> None:
        self.command = [sys.executable, str(HERE / "lean.py")] if lean or compiler() is None else [str(build())]
        for name, value in options.items():
            self.command += [f"--{name.replace('_', '-')}", str(int(value) if isinstance(value, bool) else value)]
        self.port = 0

    def start(self) -> TruthServer:
        self._process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the truth server ended at once: exit code {self._process.wait()}")
        self.port = int(json.loads(line)["port"])
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def _get(self, path: str) -> Truth:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            read = json.load(answer)
        return Truth(**{field.name: read[field.name] for field in fields(Truth)})

    def truth(self) -> Truth:
        return self._get("/truth")

    def reset(self) -> Truth:
        """Forgets its stamps (streams in flight go on); what it answers is the emptied truth."""
        return self._get("/truth/reset")

    def stop(self) -> None:
        self._process.terminate()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process.wait(timeout=30)

    def __enter__(self) -> TruthServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


if __name__ == "__main__":
    program = build()
    os.execv(program, [str(program), *sys.argv[1:]])
