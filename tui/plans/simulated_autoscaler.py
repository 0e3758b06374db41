"""Knative's pod autoscaler (KPA) as its documentation tells it, for a rehearsal: how many pods it wants. Pure.

It looks every two seconds. A stable window of sixty seconds decides; one of six seconds takes over while it asks for
twice the pods that are ready (panic), and then nothing goes down. Half of the pods go at most in one look, and the last
one only after a whole window without a request and a grace period.
"""

import math
from collections import deque
from dataclasses import dataclass

LOOK_SECONDS = 2
WINDOW_SECONDS = 60
PANIC_SECONDS = 6
GRACE_SECONDS = 30
TARGET_PERCENT = 70
"""Of the target that is asked for is aimed at, so that there is room while more pods start."""
_PANIC_AT = 2.0
_MOST_DOWN = 2.0


@dataclass(frozen=True, slots=True)
class ScaleRules:
    """``target`` is what one pod is to have: requests at once, or a second. ``idle_seconds``: how long the last one
    stays when nobody asks any more, at least ``GRACE_SECONDS``."""

    least: int
    most: int
    target: float
    idle_seconds: int = GRACE_SECONDS


class Autoscaler:
    """Tell it each second what there was (``note``), and ask every ``LOOK_SECONDS`` (``look``)."""

    def __init__(self, rules: ScaleRules, wanted: int) -> None:
        self.wanted = wanted
        self._rules = rules
        self._seen: deque[float] = deque(maxlen=WINDOW_SECONDS)
        self._panics_since: float | None = None
        self._panic_pods = 0
        self._empty_since: float | None = None

    def note(self, value: float) -> None:
        """The mean of one second over all pods, and of what waits for a first one."""
        self._seen.append(value)

    def poke(self) -> None:
        """A request waits and there is no pod: one is wanted at once."""
        self.wanted = max(1, self.wanted)
        self._empty_since = None

    def look(self, now: float, ready: int) -> int:
        """``ready`` pods serve; how many are wanted from now on. ``now`` in seconds."""
        aim = self._rules.target * TARGET_PERCENT / 100.0
        stable, panic = _needed(self._seen, WINDOW_SECONDS, aim), _needed(self._seen, PANIC_SECONDS, aim)
        pods = max(1, ready)
        stable = max(stable, math.floor(pods / _MOST_DOWN)) if self._seen and any(self._seen) else stable
        if panic / pods >= _PANIC_AT:
            if self._panics_since is None:
                self._panic_pods = 0
            self._panics_since = now
        elif self._panics_since is not None and now - self._panics_since > WINDOW_SECONDS:
            self._panics_since = None
        if self._panics_since is not None:
            self._panic_pods = max(self._panic_pods, panic, ready)
            stable = self._panic_pods
        self.wanted = min(self._rules.most, max(self._rules.least, self._to_zero(now, stable)))
        return self.wanted

    def _to_zero(self, now: float, needed: int) -> int:
        """The last pod stays for the grace period."""
        if needed:
            self._empty_since = None
            return needed
        if self._empty_since is None:
            self._empty_since = now
        waits = max(GRACE_SECONDS, self._rules.idle_seconds)
        return 0 if not self.wanted or now - self._empty_since >= waits else 1


def _needed(seen: deque[float], seconds: int, aim: float) -> int:
    last = list(seen)[-seconds:]
    return math.ceil(sum(last) / len(last) / aim - 1e-9) if last else 0
