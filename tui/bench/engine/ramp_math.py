"""One run that finds its own load: grow users until the target is missed, back off, sustain. Pure decisions.

Called once a control window (at least two requests' time long) with that window's ratio of statistic to target. After a
step down one window is passed over: the queue built up before still drains in it.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

RampPhase = Literal["grow", "settle", "sustain", "done", "hopeless"]


@dataclass(frozen=True, slots=True)
class RampRules:
    """`growth` a window while growing; `confirm` windows in a row must miss; `sustain` windows in a row must hold."""

    max_users: int = 16_384
    growth: float = 1.5
    confirm: int = 2
    back_off: float = 0.9
    sustain: int = 3
    certainty: float = 2.0


@dataclass(frozen=True, slots=True)
class RampState:
    """Users to drive now, and what is known: `low` held, `high` missed, and for how many windows in a row."""

    users: int = 1
    phase: RampPhase = "grow"
    low: int = 0
    high: int | None = None
    missed: int = 0
    held: int = 0

    @property
    def concurrency(self) -> int | None:
        """What was sustained; None before that, and where 1 user is too many."""
        return self.users if self.phase == "done" else None


def ramp_step(state: RampState, ratio: float | None, ratio_error: float | None, rules: RampRules) -> RampState:
    """The state after one more window; a window without a figure (`ratio` None) changes nothing."""
    if ratio is None or state.phase in ("done", "hopeless"):
        return state
    if state.phase == "settle":
        return replace(state, phase="sustain", missed=0, held=0)
    if ratio > 1.0:
        return _missed(state, ratio - 1.0 > rules.certainty * (ratio_error or 0.0), rules)
    return _held(state, rules)


def _held(state: RampState, rules: RampRules) -> RampState:
    held = replace(state, low=max(state.low, state.users), missed=0, held=state.held + 1)
    if state.phase == "sustain":
        return replace(held, phase="done") if held.held >= rules.sustain else held
    if state.users >= rules.max_users:
        return replace(held, phase="sustain")
    grown = max(state.users + 1, math.floor(state.users * rules.growth))
    return replace(held, users=min(grown, rules.max_users), held=0)


def _missed(state: RampState, surely: bool, rules: RampRules) -> RampState:
    """A miss that chance could explain must come twice; one beyond doubt ends growing at once."""
    missed = replace(state, missed=state.missed + 1, held=0)
    sudden = surely and state.phase == "grow"
    if missed.missed < rules.confirm and not sudden:
        return missed
    if state.users == 1:
        return replace(missed, phase="hopeless", high=1) if missed.missed >= rules.confirm else missed
    lower = max(1, min(state.users - 1, math.floor(state.users * rules.back_off)))
    if state.phase == "grow" and state.low:
        lower = max(state.low, lower) if state.low < state.users else lower
    return replace(missed, users=lower, phase="settle", high=state.users, low=min(state.low, lower), missed=0)
