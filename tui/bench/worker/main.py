"""The worker process: event loop, descriptors, signals, and the set-up that makes a session."""

import asyncio
import gc
import os
import platform
import resource
import signal
from pathlib import Path
from typing import Any

import uvloop
from uvloop._version import __version__ as uvloop_version

from tui.bench.wire.clock import KernelClock
from tui.bench.wire.endpoint import resolve, tls_context
from tui.bench.wire.plain import has_kernel_stamps
from tui.bench.worker import protocol
from tui.bench.worker.lines import LineReader, LineWriter
from tui.bench.worker.roads import Roads
from tui.bench.worker.session import Session
from tui.bench.worker.traffic import Prompts

DONE, FAILED = 0, 2


def run(stdin_fd: int = 0, stdout_fd: int = 1) -> int:
    """Serve commands until ``bye``, the end of stdin, or a signal; the exit code."""
    limit = raise_descriptors()
    # No cycles are made on the hot path; a collection in the middle of a stream would be the client's own lag.
    gc.freeze()
    gc.disable()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(stdin_fd, stdout_fd, limit))


def raise_descriptors() -> int:
    """Lift the soft limit of open files to the hard one; the limit that holds."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
        except (ValueError, OSError):
            pass
    return soft


async def _serve(stdin_fd: int, stdout_fd: int, limit: int) -> int:
    loop = asyncio.get_running_loop()
    worker = Worker(loop, LineWriter(loop, stdout_fd), limit)
    loop.set_exception_handler(worker.broke)
    reader = LineReader(loop, stdin_fd, worker.line, worker.end)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, worker.end)
    try:
        return await worker.ended
    finally:
        reader.close()
        worker.close()


class Worker:
    """Before the set-up it knows nothing; after it, commands go to the session."""

    def __init__(self, loop: asyncio.AbstractEventLoop, writer: LineWriter, fd_limit: int) -> None:
        self._loop = loop
        self._writer = writer
        self._fd_limit = fd_limit
        self._session: Session | None = None
        self.ended: asyncio.Future[int] = loop.create_future()

    def line(self, raw: bytes) -> None:
        """One line of stdin. A bad one before the set-up is fatal; later it is noticed and passed over."""
        if self.ended.done():
            return
        try:
            self._obey(protocol.read(raw), raw)
        except (ValueError, OSError) as error:
            if self._session is None:
                self._writer.say("fatal", None, text=str(error))
                self.ended.set_result(FAILED)
            else:
                self._writer.say("notice", None, text=str(error))

    def end(self) -> None:
        """Cut what is under way and say good-bye."""
        if not self.ended.done():
            self.ended.set_result(DONE)

    def broke(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A fault of ours: said in one line, and the end; figures of a broken worker are worth nothing."""
        error = context.get("exception")
        if not self.ended.done():
            what = context.get("message", "") if error is None else f"{type(error).__name__}: {error}"
            self._writer.say("fatal", None, text=f"the worker failed, please report it: {what}")
            self.ended.set_result(FAILED)

    def close(self) -> None:
        """Leave the pipes in order."""
        if self._session is not None:
            self._session.close()
        if self.ended.done() and not self.ended.cancelled() and self.ended.result() == DONE:
            self._writer.say("bye", None)
        self._writer.close()

    def _obey(self, command: protocol.AnyCommand, raw: bytes) -> None:
        if isinstance(command, protocol.Setup):
            if self._session is not None:
                raise ValueError("a worker is set up once: start another one")
            self._set_up(command, raw)
        elif isinstance(command, protocol.Bye):
            self.end()
        elif self._session is not None:
            self._session.take(command)
        elif isinstance(command, protocol.Ping):
            self._writer.say("pong", None, id=command.id)
        else:
            raise ValueError("the first command has to be setup")

    def _set_up(self, setup: protocol.Setup, raw: bytes) -> None:
        self._writer.run = setup.run
        self._writer.worker = setup.worker
        target = setup.target
        headers = _headers(target)
        endpoints = [resolve(url, target.path) for url in target.urls or (target.url,)]
        tls = any(endpoint.tls for endpoint in endpoints)
        context = tls_context(target.ca_file, target.insecure) if tls else None
        clock = KernelClock()
        prompts = _prompts(raw)
        self._session = Session(
            self._loop,
            self._writer,
            setup,
            Roads(endpoints, headers, context, self._loop, clock),
            prompts,
            _secrets(target, headers),
            clock,
        )
        gc.freeze()
        self._writer.say(
            "ready",
            None,
            pid=os.getpid(),
            meter="kernel" if not tls and has_kernel_stamps() else "loop",
            fd_limit=self._fd_limit,
            versions={"python": platform.python_version(), "uvloop": uvloop_version},
        )


def _prompts(raw: bytes) -> Prompts:
    from tui.bench.prompts import make_prompts

    prompts: Prompts = make_prompts(protocol.read_raw(raw))
    return prompts


def _headers(target: protocol.TargetPart) -> dict[str, str]:
    headers = dict(target.headers)
    if target.headers_file is not None:
        for number, line in enumerate(Path(target.headers_file).read_text("latin-1").splitlines(), 1):
            name, colon, value = line.partition(":")
            if line.strip() and not colon:
                raise ValueError(f"header file {target.headers_file}, line {number}: write Name: value")
            if line.strip():
                headers[name.strip()] = value.strip()
    if target.api_key:
        headers["authorization"] = f"Bearer {target.api_key}"
    return headers


def _secrets(target: protocol.TargetPart, headers: dict[str, str]) -> tuple[str, ...]:
    """What may not show in a message: the key, and the values of headers (short ones would blot out plain words)."""
    found = {target.api_key or "", *headers.values()}
    found |= {value.removeprefix("Bearer ") for value in headers.values()}
    return tuple(sorted((secret for secret in found if len(secret) >= 6), key=len, reverse=True))
