"""A worker, wherever it runs: lines go in, lines come out. Local ones are processes of this machine."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import tui

_LINE_LIMIT = 16 * 2**20
_LAST_WORDS = 2000


class NoWorkerLeft(OSError):  # noqa: N818
    """Every worker that there was has been given out: those that live have to do."""


class WorkerTransport(Protocol):
    """How the pool reaches one worker. Errors of the way are ``OSError`` with one line."""

    name: str

    async def start(self) -> None: ...

    async def send(self, line: bytes) -> None:
        """One command, with its newline."""

    def lines(self) -> AsyncIterator[bytes]:
        """What the worker says, line by line, until it ends."""

    async def stop(self, seconds: float) -> str:
        """Close its input, give it ``seconds`` to end by itself, then kill it; its last words on stderr."""


class LocalWorker:
    """A worker process on this machine, started with this interpreter; it dies when its stdin closes."""

    def __init__(self, number: int) -> None:
        self.name = f"local-{number}"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        root = str(Path(tui.__file__).parent.parent)
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "tui.cli.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is the coordinator's to answer: it drains or aborts the workers
            limit=_LINE_LIMIT,
        )  # fmt: skip

    async def send(self, line: bytes) -> None:
        process = self._running()
        assert process.stdin is not None
        process.stdin.write(line)
        await process.stdin.drain()

    async def lines(self) -> AsyncIterator[bytes]:
        process = self._running()
        assert process.stdout is not None
        while line := await process.stdout.readline():
            yield line

    async def stop(self, seconds: float) -> str:
        process = self._process
        if process is None:
            return ""
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), seconds)
        except TimeoutError:
            process.kill()
            await process.wait()
        words = await process.stderr.read()
        return words.decode(errors="replace").strip()[-_LAST_WORDS:]

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise OSError(f"worker {self.name} was not started")
        return self._process
