"""When a PodAutoscaler is active, and when the last replica of a Service that nobody asks may go.

As Knative's: what is active for less than the stable window stays; what has become inactive still has its pods for the
grace period; what is on its way up is let come up, or is given up when it takes too long.
"""

import math
from dataclasses import dataclass

from tui.demo.world.context import Context
from tui.demo.world.scaling import ScaleRules
from tui.demo.world.status import NO_TRAFFIC, TIMED_OUT

_ACTIVE, _ACTIVATING, _INACTIVE = "active", "activating", "inactive"

Key = tuple[str, str]  # namespace, Service


@dataclass(frozen=True, slots=True)
class There:
    """What there is of a Service: replicas that its Deployment is to have, and those that are ready."""

    replicas: int
    ready: int


class Idling:
    """``reasons`` is (reason, message) of those that are inactive."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._states: dict[Key, tuple[str, float]] = {}  # and since when
        self.reasons: dict[Key, tuple[str, str]] = {}

    def note(self, key: Key, there: There, *, kept: bool) -> None:
        """What came about by itself; ``kept``: its lower bound keeps it. One ready when first seen has long been so."""
        state, now = self._states.get(key, ("", 0.0))[0], self._context.clock.now()
        if there.ready and (state in ("", _ACTIVATING) or (kept and state == _INACTIVE)):
            self._states[key] = (_ACTIVE, now if state else -math.inf)
            self.reasons.pop(key, None)
        elif there.replicas and not there.ready and state != _ACTIVATING:
            self._states[key] = (_ACTIVATING, now)
            self.reasons.pop(key, None)
        elif not there.replicas and not there.ready and state != _INACTIVE:
            self._states[key] = (_INACTIVE, now)

    def forget(self, there: set[Key]) -> None:
        """Only these are still there."""
        self._states = {key: state for key, state in self._states.items() if key in there}
        self.reasons = {key: why for key, why in self.reasons.items() if key in there}

    def settle(
        self, key: Key, rules: ScaleRules, wanted: int, there: There, patience_seconds: float
    ) -> tuple[int, float | None]:
        """(replicas to have, when to look again) where ``wanted`` are asked for. ``patience_seconds``, of the clock on
        the wall, is how long it may be on its way up while nobody asks.
        """
        state, since = self._states[key]
        now, speed = self._context.clock.now(), self._context.speed
        if wanted or not rules.to_zero:
            self.reasons.pop(key, None)
            if state == _INACTIVE:
                self._states[key] = (_ACTIVE if there.ready else _ACTIVATING, now)
            return max(1, wanted), None
        if state == _ACTIVATING:
            due = since + patience_seconds
            return (max(1, there.replicas), due) if now < due else (self._leave(key, TIMED_OUT), None)
        if state == _ACTIVE:
            due = since + rules.window_seconds / speed
            if now < due:
                return 1, due
            since = now
            self._leave(key, NO_TRAFFIC)
        due = since + max(rules.grace_seconds, rules.retention_seconds) / speed
        return (there.replicas, due) if there.replicas and now < due else (0, None)

    def _leave(self, key: Key, why: tuple[str, str]) -> int:
        self._states[key] = (_INACTIVE, self._context.clock.now())
        self.reasons[key] = why
        return 0
