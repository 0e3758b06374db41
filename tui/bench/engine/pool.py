"""All workers of a run as one: commands are split over them, their windows are merged, gaps and deaths are noticed.

It decides nothing about points; ``point.py`` does. It runs on the event loop of the coordinator.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from tui.bench.engine.transport import WorkerTransport
from tui.bench.stats.timeline import Timeline
from tui.bench.stats.window import BeatState, SendLine

SCHEMA = "nimdeck.worker/1"
_READY_SECONDS = 20.0
_STOP_SECONDS = 3.0


class WorkerLine(msgspec.Struct, frozen=True):
    """What a worker says; which fields there are depends on ``kind`` (``docs/worker.md``)."""

    kind: str
    seq: int = -1
    point: int | None = None
    second: int | None = None
    beat: BeatState | None = None
    sends: tuple[SendLine, ...] = ()
    record: msgspec.Raw = msgspec.Raw()
    text: str = ""
    meter: str = ""
    pid: int | None = None
    warmup_requests: int = 0
    duration_seconds: float | None = None


@dataclass
class Member:
    """One worker and what it has said so far."""

    number: int
    transport: WorkerTransport
    task: asyncio.Task[None] | None = None
    ready: bool = False
    meter: str = "loop"
    next_seq: int = 0
    users: int = 0
    loaded: bool = False  # has a part of the point under way
    warm_point: int | None = None
    warmup_requests: int = 0
    duration_seconds: float | None = None
    quota_point: int | None = None
    last_second: int = -1  # of the point under way, whose beat has come
    drained: bool = False
    dead: str = ""


@dataclass
class PoolState:
    """What belongs to the point under way. ``whole`` until a part of its load is known to be missing."""

    timeline: Timeline = field(default_factory=Timeline)
    notes: list[str] = field(default_factory=list)
    whole: bool = True
    failures: set[str] = field(default_factory=set)  # kinds seen, in the warm-up too
    lost: list[str] = field(default_factory=list)  # workers that died with a part of the load, and why
    handed_over: bool = False  # users went to workers that had none, while the others' load was under way

    def spoil(self, why: str) -> None:
        """The load is less than the point says."""
        self.whole = False
        self.notes.append(why)


class PoolError(OSError):
    """The load can't be made: one line with what to do."""


class Pool:
    """``on_record`` gets the raw JSON of each finished request, if the workers were set up to send them; ``on_windows``
    each line with windows of the point under way: point, worker, the line.
    """

    def __init__(
        self,
        run: str,
        on_record: Callable[[int, bytes], None] | None = None,
        on_windows: Callable[[int, int, bytes], None] | None = None,
    ) -> None:
        self._run = run
        self._keep_record = on_record
        self._keep_windows = on_windows
        self._decode = msgspec.json.Decoder(WorkerLine).decode
        self._encode = msgspec.json.Encoder().encode
        self._point: int | None = None
        self._state = PoolState()
        self._stopping = False
        self._setup: dict[str, object] | None = None
        self.members: list[Member] = []
        self.changed = asyncio.Condition()

    # -- workers ---------------------------------------------------------------------------------------------------

    async def add(self, transports: Sequence[WorkerTransport]) -> None:
        """Start workers and wait until each is ready. ``PoolError`` with its last words if one is not."""
        fresh = [Member(len(self.members) + place, transport) for place, transport in enumerate(transports)]
        for member in fresh:
            await member.transport.start()
            member.task = asyncio.create_task(self._read(member), name=f"worker {member.transport.name}")
            self.members.append(member)
        if self._setup is not None:
            await self.setup(self._setup, fresh)

    async def setup(self, message: dict[str, object], members: Sequence[Member] | None = None) -> None:
        """Tell workers what the requests are, and wait for ``ready``."""
        self._setup = message
        chosen = self.living if members is None else members
        for member in chosen:
            await self._send(member, {"kind": "setup", "run": self._run, "worker": member.number, **message})
        await self.wait_for(lambda: all(m.ready or m.dead for m in chosen), _READY_SECONDS)
        for member in chosen:
            if not member.ready:
                words = (await member.transport.stop(_STOP_SECONDS)).splitlines()
                why = member.dead or f"it said nothing for {_READY_SECONDS:g} s"
                last = f" ({words[-1].strip()})" if words else ""
                raise PoolError(f"worker {member.transport.name} does not work: {why}{last}")

    @property
    def living(self) -> list[Member]:
        return [member for member in self.members if not member.dead]

    @property
    def meter(self) -> str:
        """The poorest meter among the workers: a point is no better than that."""
        return "kernel" if all(member.meter == "kernel" for member in self.living) else "loop"

    async def stop(self) -> None:
        """End every worker and reap it."""
        self._stopping = True
        stops = [member.transport.stop(_STOP_SECONDS) for member in self.members]
        await asyncio.gather(*stops, return_exceptions=True)
        for member in self.members:
            if member.task is not None:
                member.task.cancel()
                with suppress(asyncio.CancelledError):
                    await member.task

    # -- commands --------------------------------------------------------------------------------------------------

    async def point(
        self, point: int, users: int | None, rate: float | None, most_users: int | None = None, **how: object
    ) -> None:
        """Begin a point on all workers; what was under way goes on, without draining, and counts no more.

        ``most_users`` there will be in it, where ``users`` is to change: each worker numbers its own from there.
        """
        self._point, self._state = point, PoolState()
        living = self.living
        if not living:
            raise PoolError("no worker is left to make load")
        loads = [bool(share) or rate is not None for share in shares(users or 0, len(living))]
        had = [member.loaded for member in living]
        self._state.handed_over = any(had) and any(load and not old for load, old in zip(loads, had, strict=True))
        first, rooms = 0, shares(most_users or users or 0, len(living))
        for place, (member, share) in enumerate(zip(living, shares(users or 0, len(living)), strict=True)):
            member.users, member.warm_point, member.quota_point = share, None, None
            member.warmup_requests, member.loaded = 0, bool(share) or rate is not None
            member.last_second = -1
            message: dict[str, object] = {"kind": "point", "point": point, "users": share, "first_user": first, **how}
            message |= {"place": place, "places": len(living)}
            if rate is not None:
                message |= {"mode": "open", "rate": rate / len(living), "phase": place / len(living)}
            else:
                message["mode"] = "closed"
            first += rooms[place]
            await self._send(member, message)

    async def users(self, point: int, count: int, ramp_seconds: float) -> None:
        """``count`` users from now on, within the point under way; new ones come over ``ramp_seconds``."""
        living = self.living
        for member, share in zip(living, shares(count, len(living)), strict=True):
            if member.users != share:
                member.users, member.loaded = share, member.loaded or bool(share)
                message = {"kind": "users", "point": point, "users": share, "ramp_seconds": ramp_seconds}
                await self._send(member, message)

    async def measure(self, point: int, requests: int | None) -> None:
        """From now on requests are measured; with ``requests``, so many in all, in proportion to the users."""
        living = self.living
        weights = [(member.users or 1) if member.loaded else 0 for member in living]
        quotas = split(requests, weights) if requests is not None else [None] * len(living)
        for member, quota in zip(living, quotas, strict=True):
            await self._send(member, {"kind": "measure", "point": point, "requests": quota})

    async def tell(self, kind: str) -> None:
        """``pause``, ``resume``, ``drain`` or ``abort``, to all."""
        for member in self.living:
            member.drained = False
            await self._send(member, {"kind": kind})

    # -- what they said --------------------------------------------------------------------------------------------

    @property
    def state(self) -> PoolState:
        """Of the point under way; those before it are forgotten."""
        return self._state

    def is_warm(self, point: int) -> bool:
        return all(member.warm_point == point or not member.loaded for member in self.living)

    def has_quota(self, point: int) -> bool:
        return all(member.quota_point == point or not member.loaded for member in self.living)

    def has_told(self, second: int) -> bool:
        """Whether the beats of all workers have come up to this second."""
        return all(member.last_second >= second or not member.loaded for member in self.living)

    def is_drained(self) -> bool:
        return all(member.drained for member in self.living)

    def request_seconds(self) -> float | None:
        """The median duration of a request, as the slowest worker saw it while warming up."""
        return max((m.duration_seconds for m in self.living if m.duration_seconds is not None), default=None)

    async def wait_for(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until the workers' words make ``condition`` true; False when the time is over."""
        async with self.changed:
            try:
                await asyncio.wait_for(self.changed.wait_for(condition), max(0.0, seconds))
            except TimeoutError:
                return condition()
        return True

    # -- reading ---------------------------------------------------------------------------------------------------

    async def _read(self, member: Member) -> None:
        try:
            async for line in member.transport.lines():
                self._take(member, line)
                await self._notify()
        except (OSError, ValueError) as error:
            member.dead = f"{error}"
        finally:
            if not member.dead:
                member.dead = "it ended"
            if member.loaded and not self._stopping:
                why = f"worker {member.transport.name} was lost ({member.dead})"
                self._state.lost.append(why)
                self._state.spoil(f"{why}; its share is missing")
            await self._notify()

    async def _notify(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    def _take(self, member: Member, raw: bytes) -> None:
        try:
            line = self._decode(raw)
        except msgspec.MsgspecError as error:
            self._note(f"worker {member.transport.name} said something that is no line of ours: {error}")
            return
        if line.seq != member.next_seq:
            self._note(f"worker {member.transport.name}: lines {member.next_seq} to {line.seq - 1} are lost")
        member.next_seq = line.seq + 1
        handler = getattr(self, f"_on_{line.kind}", None)
        if handler is not None:
            handler(member, line)
        if line.kind == "beat" and line.point is not None and line.point == self._point and self._keep_windows:
            self._keep_windows(line.point, member.number, raw.rstrip(b"\n"))

    def _note(self, text: str) -> None:
        if text not in self._state.notes:
            self._state.notes.append(text)

    def _on_ready(self, member: Member, line: WorkerLine) -> None:
        member.ready, member.meter = True, line.meter or "loop"

    def _on_warm(self, member: Member, line: WorkerLine) -> None:
        member.warm_point = line.point
        member.warmup_requests, member.duration_seconds = line.warmup_requests, line.duration_seconds

    def _on_beat(self, member: Member, line: WorkerLine) -> None:
        if line.point != self._point or line.second is None:
            return
        if line.beat is not None:
            member.last_second = line.second
        self._state.timeline.add_line(line.second, line.beat, line.sends, member.number)

    def _on_record(self, member: Member, line: WorkerLine) -> None:
        if self._keep_record is not None and bytes(line.record):
            self._keep_record(line.point if line.point is not None else -1, bytes(line.record))

    def _on_quota(self, member: Member, line: WorkerLine) -> None:
        member.quota_point = line.point

    def _on_drained(self, member: Member, line: WorkerLine) -> None:
        member.drained = True

    def _on_notice(self, member: Member, line: WorkerLine) -> None:
        if line.point is None or line.point == self._point:
            self._state.failures.add(line.text.partition(":")[0])
            self._note(line.text)

    def _on_fatal(self, member: Member, line: WorkerLine) -> None:
        member.dead = line.text

    async def _send(self, member: Member, message: dict[str, object]) -> None:
        try:
            await member.transport.send(self._encode({"schema": SCHEMA, **message}) + b"\n")
        except OSError as error:
            member.dead = member.dead or str(error)


def shares(total: int, parts: int) -> list[int]:
    """``total`` in ``parts`` that differ by one at most, the greater ones first."""
    each, rest = divmod(total, parts)
    return [each + (place < rest) for place in range(parts)]


def split(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` in proportion to ``weights``, by largest remainder."""
    whole = max(1, sum(weights))
    exact = [total * weight / whole for weight in weights]
    floors = [int(value) for value in exact]
    order = sorted(range(len(weights)), key=lambda place: floors[place] - exact[place])
    for place in order[: total - sum(floors)]:
        floors[place] += 1
    return floors
