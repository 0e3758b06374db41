"""A worker process and what it said; every line is checked for its number on the way."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

SCHEMA = "nimdeck.worker/1"
ROOT = Path(__file__).parents[2]


class WorkerProcess:
    """``tell`` it, wait ``until`` a kind of line came; ``said`` holds all lines so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said: list[dict[str, Any]] = []

    def tell(self, kind: str, **fields: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"schema": SCHEMA, "kind": kind, **fields}).encode() + b"\n")

    def set_up(self, url: str, **fields: Any) -> None:
        target = {"url": url, **fields.pop("target", {})}
        self.tell("setup", run="r", worker=3, target=target, **fields)

    def point(self, number: int, users: int, **fields: Any) -> None:
        self.tell("point", point=number, mode="closed", users=users, **fields)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def line(self) -> dict[str, Any] | None:
        assert self.process.stdout is not None
        raw = await asyncio.wait_for(self.process.stdout.readline(), 20)
        if not raw:
            return None
        line: dict[str, Any] = json.loads(raw)
        assert line["schema"] == SCHEMA
        assert line["seq"] == len(self.said)
        self.said.append(line)
        return line

    async def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        while line := await self.line():
            if line["kind"] == kind and all(line.get(name) == value for name, value in fields.items()):
                return line
        raise AssertionError(f"it ended without {kind}: {self.said[-3:]}")

    async def rest(self) -> int:
        """Read to the end; the exit code."""
        while await self.line():
            pass
        return await asyncio.wait_for(self.process.wait(), 10)

    def of(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        return [
            line
            for line in self.said
            if line["kind"] == kind and all(line.get(name) == value for name, value in fields.items())
        ]

    def sends(self, point: int) -> dict[str, int]:
        """Measured requests of a point over all its beats: ``ok`` and each failure kind."""
        total: dict[str, int] = {"ok": 0}
        for beat in self.of("beat", point=point):
            for send in beat["sends"]:
                total["ok"] += send.get("ok", 0)
                for kind, count in send.get("failed", {}).items():
                    total[kind] = total.get(kind, 0) + count
        return total

    def beat_sum(self, point: int, name: str) -> float:
        return sum((beat["beat"] or {}).get(name, 0) for beat in self.of("beat", point=point))


@contextlib.asynccontextmanager
async def worker(*command: str, limit_bytes: int = 2**24) -> AsyncIterator[WorkerProcess]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(command or ("-m", "tests.bench_worker.stub")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        limit=limit_bytes,
    )
    made = WorkerProcess(process)
    try:
        yield made
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
