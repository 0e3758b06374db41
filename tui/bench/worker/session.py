"""What a worker does with each command. One session a process; it ends with ``bye``, the end of stdin or a signal."""

import asyncio
import time
from collections.abc import Callable

from tui.bench.wire.clock import KernelClock
from tui.bench.wire.request import Exchange, Tally
from tui.bench.worker import protocol
from tui.bench.worker.arrivals import Arrivals
from tui.bench.worker.beats import Beats
from tui.bench.worker.lines import LineWriter
from tui.bench.worker.meters import LoopMeter
from tui.bench.worker.points import PointBooks
from tui.bench.worker.records import record
from tui.bench.worker.roads import Roads
from tui.bench.worker.traffic import Prompts, Traffic
from tui.bench.worker.users import User, Users


class Session:
    """A set-up worker. Commands come by ``take``; all it says goes through the writer."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        writer: LineWriter,
        setup: protocol.Setup,
        roads: Roads,
        prompts: Prompts,
        secrets: tuple[str, ...],
        clock: KernelClock,
    ) -> None:
        self._loop = loop
        self._writer = writer
        self._setup = setup
        self._roads = roads
        self._clock = clock
        tally = Tally(secrets)
        self._meter = LoopMeter(loop, tally.settle)
        self._traffic = Traffic(
            roads,
            prompts,
            tally,
            setup.request.timeout_seconds,
            self._finished,
            keep_chunks=setup.records and setup.chunk_stamps,
        )
        self._users = Users(self._traffic, loop)
        self._arrivals = Arrivals(self._traffic, loop)
        self._beats = Beats(loop, writer, self._traffic, self._meter, clock, self._traffic.sweep)
        self._draining = False
        self._handlers: dict[type, Callable[..., None]] = {
            protocol.Point: self._point,
            protocol.Users: self._change_users,
            protocol.Measure: self._measure,
            protocol.Pause: self._pause,
            protocol.Resume: self._resume,
            protocol.Drain: self._drain,
            protocol.Abort: self._abort,
            protocol.Ping: self._ping,
        }

    def take(self, command: protocol.Command) -> None:
        """Obey one command (any but ``setup`` and ``bye``)."""
        self._handlers[type(command)](command)

    def close(self) -> None:
        """Cut everything and stop all timers; says nothing more than the last beat."""
        self._users.leave()
        self._arrivals.leave()
        self._traffic.abort()
        self._end_point()
        self._meter.close()
        self._roads.close()

    # -- commands --------------------------------------------------------------------------------------------------

    def _point(self, command: protocol.Point) -> None:
        self._draining = False
        self._beats.stop()
        closed = command.mode == "closed"
        started = time.monotonic()
        waiting = set(range(command.users)) if closed else None
        books = PointBooks(command.point, started, self._setup.slo, waiting, command.first_user)
        self._traffic.point = books
        self._beats.start(books)
        if closed:
            self._arrivals.leave()
            self._users.aim(command)
        else:
            self._users.leave()
            self._arrivals.aim(command)
        if closed and not command.users:
            books.warm = True
            self._say_warm(books)

    def _change_users(self, command: protocol.Users) -> None:
        books = self._traffic.point
        if books is None or books.number != command.point or self._draining:
            self._notice(f"users for point {command.point}, which is not under way", None)
            return
        self._users.become(command.users, command.ramp_seconds)

    def _measure(self, command: protocol.Measure) -> None:
        books = self._traffic.point
        if books is None or books.number != command.point:
            self._notice(f"measure for point {command.point}, which is not under way", None)
            return
        books.measure(command.requests)
        if books.quota_met:
            self._writer.say("quota", books.number)

    def _pause(self, _: protocol.Pause) -> None:
        self._users.rest()
        self._arrivals.rest()

    def _resume(self, _: protocol.Resume) -> None:
        if not self._draining:
            self._users.wake()
            self._arrivals.wake()

    def _drain(self, _: protocol.Drain) -> None:
        self._draining = True
        self._users.leave()
        self._arrivals.leave()
        self._traffic.cancel_unsent()
        self._check_drained()

    def _abort(self, _: protocol.Abort) -> None:
        self._users.leave()
        self._arrivals.leave()
        cut = self._traffic.abort()
        self._drained(cut)

    def _ping(self, command: protocol.Ping) -> None:
        self._writer.say("pong", self._number, id=command.id)

    # -- what follows ----------------------------------------------------------------------------------------------

    @property
    def _number(self) -> int | None:
        return None if self._traffic.point is None else self._traffic.point.number

    def _finished(self, exchange: Exchange) -> None:
        """A request ended and is booked: its record, its point's turns, the first failure of a kind in words."""
        books = exchange.point
        assert isinstance(books, PointBooks)
        if self._setup.records:
            user = exchange.owner.index if isinstance(exchange.owner, User) else None
            self._writer.say("record", books.number, record=record(exchange, user))
        if exchange.kind and exchange.kind not in books.told_kinds:
            books.told_kinds.add(exchange.kind)
            self._notice(f"{exchange.kind}: {exchange.message or 'no message'}", books.number)
        if books.warm and not books.told_warm:
            self._say_warm(books)
        if exchange.measured and books.quota_met:
            self._beats.flush_sends(books)
            self._writer.say("quota", books.number)
        if self._draining:
            self._loop.call_soon(self._check_drained)

    def _say_warm(self, books: PointBooks) -> None:
        books.told_warm = True
        self._writer.say(
            "warm",
            books.number,
            warmup_requests=books.warmup_requests,
            duration_seconds=books.duration_seconds,
        )

    def _check_drained(self) -> None:
        if self._draining and not self._traffic.busy:
            self._drained(0)

    def _drained(self, aborted: int) -> None:
        self._draining = False
        number = self._number
        self._end_point()
        self._writer.say("drained", number, aborted=aborted)

    def _end_point(self) -> None:
        self._beats.stop()
        self._beats.flush_former()
        self._traffic.point = None

    def _notice(self, text: str, point: int | None) -> None:
        self._writer.say("notice", point, text=text)
