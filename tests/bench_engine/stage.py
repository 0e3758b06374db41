"""Workers without processes, on a clock that a conductor moves: a second of theirs passes in no time."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tui.bench.engine.assemble import PointFacts
from tui.bench.engine.controls import Controls
from tui.bench.engine.pace import ALONE, Pace
from tui.bench.engine.progress import Beat, Progress
from tui.bench.engine.run import Engine
from tui.bench.figures import PointResult, Verdict
from tui.bench.probe import Probe
from tui.bench.spec import LimitSpec, LoadSpec, Target
from tui.bench.stats.window import BeatWindow, SendWindow

PROBE = Probe(("m",), "/v1/chat/completions", {}, (), False, "own", True, 0.1, 0.01, 0.5, 1.0, 0.0, "usage")
TURNS = 30  # of the event loop between two seconds, so that everybody has heard everything


@dataclass
class Clock:
    """Stands in for the module ``time`` of the engine."""

    now: float = 100.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return 1_700_000_000.0 + self.now


@dataclass
class Script:
    """How the workers of a stage behave. Times are seconds; ``at`` a worker's second of the point."""

    ttft: Callable[[int], float] = lambda users: 0.1  # by all users of all workers
    requests_a_second: int = 2  # of each user, and of an open loop in all
    loop_lag: Callable[[int], float] = lambda workers: 0.0005
    receive_lag: Callable[[int], float] = lambda workers: 0.0001
    cpu: Callable[[int], float] = lambda workers: 0.0  # seconds a second, of each worker
    warm_at: int = 1
    request_seconds: float = 0.5
    fails: bool = False
    silent: bool = False  # after it is ready
    dies: dict[int, int] = field(default_factory=dict)  # worker: at
    skips_a_line: dict[int, int] = field(default_factory=dict)
    drains_after: int = 1
    in_flight_fraction: float = 1.0
    notice: str = ""
    backlog_a_second: float = 0.0  # of an open loop: so many more wait each second, and each for 10 ms longer


class FakeWorker:
    """One scripted worker; ``heard`` are the commands it got."""

    def __init__(self, stage: "Stage", number: int) -> None:
        self.name = f"fake-{number}"
        self.number = number
        self.heard: list[dict[str, Any]] = []
        self.stopped = self.ended = False
        self.point: int | None = None
        self._stage = stage
        self._out: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._seq = self.second = self.users = self.measured_at = 0
        self._measuring = self._drain_in = self.paused = False
        self._quota: int | None = None
        self._quota_said = False

    async def start(self) -> None:
        self._stage.workers.append(self)

    async def send(self, line: bytes) -> None:
        if self.ended:
            raise OSError("the pipe is broken")
        command = json.loads(line)
        self.heard.append(command)
        getattr(self, f"_{command['kind']}")(command)

    async def lines(self) -> AsyncIterator[bytes]:
        while (line := await self._out.get()) is not None:
            yield line

    async def stop(self, seconds: float) -> str:
        self.stopped = self.ended = True
        self._out.put_nowait(None)
        return ""

    def commands(self, kind: str) -> list[dict[str, Any]]:
        return [command for command in self.heard if command["kind"] == kind]

    # -- commands ------------------------------------------------------------------------------------------------------

    def _setup(self, command: dict[str, Any]) -> None:
        self._say("ready", pid=1, meter="kernel")

    def _point(self, command: dict[str, Any]) -> None:
        self.point, self.users, self.second = command["point"], command["users"], 0
        self.open = command["mode"] == "open"
        self._measuring, self._quota, self._quota_said = False, None, False

    def _users(self, command: dict[str, Any]) -> None:
        assert command["point"] == self.point
        self.users = command["users"]

    def _measure(self, command: dict[str, Any]) -> None:
        self._measuring, self._quota = True, command["requests"]
        self.measured_at = self.second
        if self._quota == 0:
            self._say("quota")
            self._quota_said = True

    def _pause(self, command: dict[str, Any]) -> None:
        self.paused = True

    def _resume(self, command: dict[str, Any]) -> None:
        self.paused = False

    def _drain(self, command: dict[str, Any]) -> None:
        self._drain_in = self._stage.script.drains_after + 1

    def _abort(self, command: dict[str, Any]) -> None:
        self._say("drained")
        self.point = None

    # -- what it says --------------------------------------------------------------------------------------------------

    def _say(self, kind: str, **fields: object) -> None:
        line = {"schema": "nimdeck.worker/1", "kind": kind, "point": self.point, "seq": self._seq, **fields}
        self._seq += 1
        self._out.put_nowait(json.dumps(line).encode() + b"\n")

    def tick(self) -> None:
        """One second of the worker's time."""
        script = self._stage.script
        if self.ended or self.point is None:
            return
        if script.dies.get(self.number) == self.second:
            self.ended = True
            self._out.put_nowait(None)
            return
        if script.skips_a_line.get(self.number) == self.second:
            self._seq += 1
        if self._drain_in:
            self._drain_in -= 1
            if not self._drain_in:
                self._say("drained")
                self.point = None
                return
        if script.silent:
            return
        if script.notice and self.second == 0:
            self._say("notice", text=script.notice)
        self._beat(script)
        self.second += 1
        if self.second == script.warm_at and (self.users or self.open):
            self._say("warm", warmup_requests=self.users, duration_seconds=script.request_seconds)
        if self._quota == 0 and not self._quota_said:
            self._say("quota")
            self._quota_said = True

    def _beat(self, script: Script) -> None:
        wanted = script.requests_a_second * (1 if self.open else self.users)
        sent = 0 if self.paused or self._drain_in else wanted
        measured = 0
        if self._measuring:
            measured = sent if self._quota is None else min(sent, self._quota)
            self._quota = None if self._quota is None else self._quota - measured
        beat, sends = BeatWindow(), SendWindow()
        beat.seconds, beat.sent, beat.finished = 1.0, sent, sent
        beat.sent_measured = beat.finished_measured = measured
        beat.chunks, beat.in_flight_seconds = 10 * sent, float(self.users)
        waiting = 10.0 + script.backlog_a_second * self.second if self.open else 0.0
        beat.in_flight_seconds += waiting
        beat.in_flight_end = int(self.users * script.in_flight_fraction + waiting)
        workers = self._stage.alive
        beat.cpu_seconds = script.cpu(workers)
        for place in range(50):
            beat.loop_lag.add(script.loop_lag(workers) * (0.9 + 0.004 * place))
        ttft = script.ttft(self._stage.users) + 0.01 * script.backlog_a_second * self.second
        for place in range(measured):
            if script.fails:
                sends.add_failure("http_500")
            else:
                wave = 1.0 + 0.02 * ((place * 7 + self.second * 3) % 11 - 5) / 5
                sends.add_request(
                    ttft_seconds=ttft * wave, e2e_seconds=0.5, itl_seconds=0.01, input_tokens=50, output_tokens=20,
                    content_chunks=10, receive_lag_seconds=script.receive_lag(workers),
                )  # fmt: skip
        told = [{"second": self.second, **msgspec.to_builtins(sends.to_json(), str_keys=True)}] if measured else []
        self._say("beat", second=self.second, beat=msgspec.to_builtins(beat.to_json(), str_keys=True), sends=told)


@dataclass
class Kept:
    """A sink that remembers."""

    points: list[tuple[int, PointResult]] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)

    def begin(self, load: LoadSpec, probe: Probe) -> None: ...

    def record(self, point: int, raw: bytes) -> None: ...

    def beat(self, point: int, beat: Beat) -> None:
        self.beats.append(beat)

    def server(self, sample: dict[str, float | str | None]) -> None: ...

    def windows(self, point: int, worker: int, line: bytes) -> None: ...

    def facts(self, point: int, facts: PointFacts) -> None: ...

    def point(self, number: int, result: PointResult) -> None:
        self.points.append((number, result))

    def verdict(self, verdict: Verdict) -> None:
        self.verdicts.append(verdict)


class Stage:
    """An engine on fake workers. ``cue`` is called each second and may turn the controls."""

    def __init__(self, clock: Clock, script: Script | None = None, **limits: Any) -> None:
        self.script = script or Script()
        self.clock = clock
        self.workers: list[FakeWorker] = []
        self.controls = Controls()
        self.pace: Pace = ALONE
        self.sink = Kept()
        self.told: list[Progress] = []
        self.cue: Callable[[int], None] = lambda second: None
        count = limits.pop("workers", 1)
        self.load = LoadSpec(Target("http://h:1", "m"), limits=LimitSpec(**limits), workers=count)

    @property
    def users(self) -> int:
        return sum(worker.users for worker in self.workers if not worker.ended)

    @property
    def alive(self) -> int:
        return sum(not worker.ended for worker in self.workers)

    def engine(self) -> Engine:
        return Engine(
            self.load, PROBE, {}, self.sink, self.told.append, self.controls,
            new_worker=lambda number: FakeWorker(self, number), pace=self.pace,
        )  # fmt: skip

    async def play(self, work: Callable[[Engine], Any], most_seconds: int = 3000) -> Engine:
        """Let ``work(engine)`` run to its end while the seconds pass."""
        async with self.engine() as engine:
            task = asyncio.ensure_future(work(engine))
            for second in range(most_seconds):
                for _ in range(TURNS):
                    await asyncio.sleep(0)
                if task.done():
                    break
                self.cue(second)
                self.clock.now += 1.0
                for worker in list(self.workers):
                    worker.tick()
            await asyncio.wait_for(task, 5.0)  # for what waits in real time although no worker says a word
        assert all(worker.stopped for worker in self.workers), "a worker was not stopped"
        return engine
