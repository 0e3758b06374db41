"""Containers that really run: a pod whose command is a worker of nimdeck becomes a process of this machine.

Which module that is, is told from outside, since this room shares no code with its clients. A process gets its pod's
input and its output is the pod's log; all of them end with the cluster.
"""

import asyncio
import bisect
import contextlib
import math
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import tui
from tui.demo.kube.logsource import LogLine
from tui.demo.objects import Json
from tui.model.clock import Clock

COMMAND = ["bench", "worker"]  # what the command of such a container ends with
_INDEX = "batch.kubernetes.io/job-completion-index"
_LINE_LIMIT = 1 << 24
_KILLED = 128


@dataclass(slots=True)
class _Run:
    """One process. ``code`` is its exit code as a container's, ``None`` while it lives."""

    container: str
    process: asyncio.subprocess.Process | None = None
    lines: list[LogLine] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
    asked: float = 0.0  # until when its lines were asked for
    stopping: bool = False
    code: int | None = None


class Processes:
    """By pod UID. ``module`` is what runs (``python -m``); ``None``: no pod becomes a process."""

    def __init__(self, clock: Clock, module: str | None = None) -> None:
        self._clock = clock
        self._module = module
        self._runs: dict[str, _Run] = {}

    def runs(self, pod: Json) -> bool:
        """Whether a process stands for this pod."""
        if self._module is None:
            return False
        container = pod["spec"]["containers"][0]
        return [*container.get("command", []), *container.get("args", [])][-2:] == COMMAND

    def start(self, pod: Json) -> None:
        """Begin it; needs the running event loop."""
        run = self._runs[pod["metadata"]["uid"]] = _Run(pod["spec"]["containers"][0]["name"])
        run.task = asyncio.get_running_loop().create_task(self._live(run, pod))

    def code(self, uid: str) -> int | None:
        """How it ended; ``None`` while it runs."""
        run = self._runs.get(uid)
        return run.code if run is not None else None

    def stop(self, uid: str) -> None:
        """End it, if it lives; as a kubelet does at a deletion, without the wait."""
        run = self._runs.get(uid)
        if run is not None:
            run.stopping = True
            _terminate(run)

    def forget(self, uid: str) -> None:
        self.stop(uid)
        self._runs.pop(uid, None)

    def lines(self, uid: str, after: float, until: float) -> Iterator[LogLine] | None:
        """What it wrote with ``after < at <= until``; ``None`` where no process stands for the pod."""
        run = self._runs.get(uid)
        if run is None:
            return None
        run.asked = max(run.asked, until)
        first = bisect.bisect_right(run.lines, after, key=lambda line: line.at)
        last = bisect.bisect_right(run.lines, until, key=lambda line: line.at)
        return iter(run.lines[first:last])

    async def write(self, uid: str, data: bytes) -> None:
        """Into its input. Raises ``BrokenPipeError`` once it has ended."""
        run = self._runs.get(uid)
        process = run.process if run is not None and run.code is None else None
        if process is None or process.stdin is None:
            raise BrokenPipeError
        process.stdin.write(data)
        await process.stdin.drain()

    def has_input(self, uid: str, container: str) -> bool:
        run = self._runs.get(uid)
        return run is not None and run.process is not None and run.code is None and run.container == container

    async def close(self) -> None:
        """End all and reap them."""
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        for uid in tuple(self._runs):
            self.stop(uid)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _live(self, run: _Run, pod: Json) -> None:
        metadata = pod["metadata"]
        path = os.pathsep.join(filter(None, (str(Path(tui.__file__).parent.parent), os.environ.get("PYTHONPATH", ""))))
        told = {"PYTHONPATH": path, "HOSTNAME": metadata["name"]}
        index = metadata.get("annotations", {}).get(_INDEX, "0")
        process = run.process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", str(self._module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **told, "JOB_COMPLETION_INDEX": index},
            start_new_session=True,
            limit=_LINE_LIMIT,
        )  # fmt: skip
        if run.stopping:
            _terminate(run)
        assert process.stdout is not None
        assert process.stdin is not None
        while line := await process.stdout.readline():
            # After all that a follower has been given: what it asks for next begins there.
            at = max(self._clock.now(), math.nextafter(run.asked, math.inf))
            run.lines.append(LogLine(at, line.decode(errors="replace").rstrip("\n")))
        code = await process.wait()
        process.stdin.close()
        run.code = code if code >= 0 else _KILLED - code


def _terminate(run: _Run) -> None:
    if run.process is not None and run.code is None:
        with contextlib.suppress(ProcessLookupError):
            run.process.terminate()
