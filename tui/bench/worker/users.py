"""Closed loop: N users, each with one connection and one request at a time, the next as soon as the last ended.
Where there are several servers each user stays at its own, whatever becomes of it.

Users go from one point into the next without draining; new ones start staggered with jitter, or all in one burst once
they are connected. Indexes are this worker's own, from 0.
"""

import asyncio
import time
from random import Random

from tui.bench.wire.lane import Lane
from tui.bench.wire.request import Exchange
from tui.bench.worker.protocol import Point
from tui.bench.worker.roads import Round
from tui.bench.worker.traffic import Traffic

AHEAD_SECONDS = 0.5
"""A user connects this long before its first request."""
BURST_WAIT_SECONDS = 10.0
BURST_SLICE = 64
"""Users of a burst that send before the event loop reads again."""
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0
LONGEST_RETRY_AFTER_SECONDS = 30.0


class User:
    """One user: idle, waiting for its time, or with a request under way."""

    __slots__ = ("_crowd", "_failures", "address", "index", "lane", "leaving", "running", "timer")

    def __init__(self, crowd: "Users", index: int, lane: Lane) -> None:
        self._crowd = crowd
        self.index: int | None = index
        self.address = lane.address
        self.lane = lane
        self.leaving = False
        self.running = False
        """A request is under way or its time is set."""
        self.timer: asyncio.TimerHandle | None = None
        self._failures = 0

    def done(self, lane: Lane, exchange: Exchange) -> None:
        if exchange.ok:
            self._failures = 0
            self._crowd.next(self, 0.0)
        else:
            self._failures += 1
            self._crowd.next(self, self._pause(exchange.retry_after))

    def _pause(self, retry_after: float | None) -> float:
        """A server that fails at once is not hammered: doubling, with jitter; ``Retry-After`` within reason."""
        wait = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(self._failures - 1, 10))
        if retry_after is not None:
            wait = min(LONGEST_RETRY_AFTER_SECONDS, max(wait, retry_after))
        return wait * self._crowd.jitter(0.75, 1.25)


class Users:
    """The users of this worker."""

    def __init__(self, traffic: Traffic, loop: asyncio.AbstractEventLoop) -> None:
        self._traffic = traffic
        self._loop = loop
        self._users: list[User] = []
        self._random = Random(1)
        self._sending = False
        self._ramp_seconds = 0.0
        self._burst: asyncio.Handle | None = None
        self._round = Round(0, 1, traffic.addresses)

    def jitter(self, low: float, high: float) -> float:
        """A random number between the two, from the point's seed."""
        return self._random.uniform(low, high)

    def aim(self, point: Point) -> None:
        """Become ``point.users`` users. Surplus ones end with their request; those that idle start again."""
        self._random = Random(point.seed * 1_000_003 + point.first_user)
        self._sending = True
        self._ramp_seconds = point.ramp_seconds if point.start == "staggered" else 0.0
        self._round = Round(point.place, point.places, self._traffic.addresses)
        for index, user in enumerate(self._users):
            user.address = self._round.address(index)  # another where there are more or fewer workers now
        fresh = self._become(point.users)
        if point.start == "burst":
            self._gather(fresh)
        else:
            self._stagger(fresh, point.ramp_seconds)

    def become(self, count: int, ramp_seconds: float) -> None:
        """``count`` users within the same point; while all rest, the new ones rest as well."""
        fresh = self._become(count)
        if self._sending:
            self._stagger(fresh, ramp_seconds)

    def _become(self, count: int) -> list[User]:
        """The surplus ends with its request; those that have nothing to do yet are given back."""
        for user in self._users[count:]:
            self._leave(user)
        del self._users[count:]
        for index in range(len(self._users), count):
            self._users.append(User(self, index, self._traffic.lane(self._round.address(index))))
        return [user for user in self._users if not user.running]

    def rest(self) -> None:
        """Send nothing new; users with a request under way become idle when it ends."""
        self._sending = False
        if self._burst is not None:
            self._burst.cancel()
            self._burst = None
        for user in self._users:
            if user.timer is not None:
                user.timer.cancel()
                user.timer = None
            user.running = user.lane.exchange is not None

    def wake(self) -> None:
        """Go on after ``rest``, spread over the point's ramp."""
        self._sending = True
        self._stagger([user for user in self._users if not user.running], self._ramp_seconds)

    def leave(self) -> None:
        """Everybody ends with the request under way."""
        self.rest()
        for user in self._users:
            self._leave(user)
        self._users.clear()

    def next(self, user: User, pause_seconds: float) -> None:
        """A user's request ended: the next one, unless it is not its turn any more."""
        if user.leaving:
            user.running = False
            user.lane.close()
        elif not self._sending:
            user.running = False
        elif pause_seconds:
            user.timer = self._loop.call_later(pause_seconds, self._send, user)
        else:
            self._send(user)

    def _send(self, user: User) -> None:
        user.timer = None
        user.running = True
        self._traffic.send(self._lane(user), user)

    def _lane(self, user: User) -> Lane:
        """Of a user without a request: a fresh one where it has to go to another server."""
        if user.lane.address != user.address:
            user.lane.close()
            user.lane = self._traffic.lane(user.address)
        return user.lane

    def _leave(self, user: User) -> None:
        user.leaving = True
        if user.timer is not None:
            user.timer.cancel()
            user.timer = None
        if user.lane.exchange is None:
            user.running = False
            user.lane.close()

    def _stagger(self, users: list[User], ramp_seconds: float) -> None:
        step = ramp_seconds / len(users) if users else 0.0
        for place, user in enumerate(users):
            delay = step * (place + self._random.random())
            user.running = True
            user.timer = self._loop.call_later(max(0.0, delay - AHEAD_SECONDS), self._connect, user, delay)

    def _connect(self, user: User, delay: float) -> None:
        self._lane(user).prepare()
        user.timer = self._loop.call_later(min(delay, AHEAD_SECONDS), self._send, user)

    def _gather(self, users: list[User]) -> None:
        for user in users:
            user.running = True
            self._lane(user).prepare()
        self._await_all(users, time.monotonic() + BURST_WAIT_SECONDS)

    def _await_all(self, users: list[User], deadline: float) -> None:
        if any(user.lane.connecting for user in users) and time.monotonic() < deadline:
            self._burst = self._loop.call_later(0.005, self._await_all, users, deadline)
        else:
            self._release(users, 0)

    def _release(self, users: list[User], start: int) -> None:
        self._burst = None
        for user in users[start : start + BURST_SLICE]:
            if not user.leaving:
                self._send(user)
        if start + BURST_SLICE < len(users):
            self._burst = self._loop.call_soon(self._release, users, start + BURST_SLICE)
