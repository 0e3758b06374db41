"""One run that finds its own load: grow users until the target is missed, back off, sustain. Pure decisions.

Called once a control window (at least two requests' time long) with that window's ratio of statistic to target. After a
step down one miss is passed over: the queue built up before still drains in that window. A window that is not valid
(the client was late, users were missing) decides nothing and is measured again; users that stay invalid are a ceiling:
what held below it is sustained, and the answer is the client's limit, not the server's.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

RampPhase = Literal["grow", "settle", "sustain", "done", "hopeless"]


@dataclass(frozen=True, slots=True)
class RampRules:
    """`growth` a window while growing, `far_growth` while the ratio is surely below `far`.

    `confirm` windows in a row must miss, or be invalid, `sustain` windows in a row must hold; after a miss users go to
    `back_off` of theirs, or half-way to what held if the ratio was above `badly`.
    """

    max_users: int = 16_384
    growth: float = 1.5
    far_growth: float = 2.0
    far: float = 0.5
    badly: float = 2.0
    confirm: int = 2
    back_off: float = 0.9
    sustain: int = 3
    certainty: float = 2.0


@dataclass(frozen=True, slots=True)
class RampState:
    """Users to drive now, and what is known: `low` held, `high` missed, and for how many windows in a row.

    `spoiled` counts invalid windows in a row; `ceiling` are users that the client could not drive.
    """

    users: int = 1
    phase: RampPhase = "grow"
    low: int = 0
    high: int | None = None
    missed: int = 0
    held: int = 0
    spoiled: int = 0
    ceiling: int | None = None

    @property
    def concurrency(self) -> int | None:
        """What was sustained; None before that, and where 1 user is too many."""
        return self.users if self.phase == "done" else None

    @property
    def client_limited(self) -> bool:
        """The client gave out before the server did."""
        return self.ceiling is not None and self.high is None


def ramp_step(
    state: RampState, ratio: float | None, ratio_error: float | None, rules: RampRules, *, valid: bool = True
) -> RampState:
    """The state after one more window; one without a figure (`ratio` None) changes nothing."""
    if state.phase in ("done", "hopeless"):
        return state
    if not valid:
        return _spoiled(state, rules)
    if ratio is None:
        return state
    state = replace(state, spoiled=0)
    if state.phase == "settle":
        state = replace(state, phase="sustain", missed=0, held=0)
        return state if ratio > 1.0 else _held(state, False, rules)
    if ratio > 1.0:
        return _missed(state, ratio, ratio - 1.0 > rules.certainty * (ratio_error or 0.0), rules)
    return _held(state, ratio + rules.certainty * (ratio_error or 0.0) < rules.far, rules)


def windows_left(state: RampState, rules: RampRules) -> int:
    """How many windows are still to come at worst: growing to `max_users`, every step back, sustaining."""
    if state.phase in ("done", "hopeless"):
        return 0
    growing, top = 0, state.users
    if state.phase == "grow":
        growing = 1 + max(0, math.ceil(math.log(rules.max_users / state.users, rules.growth)))
        top = rules.max_users
    bottom = state.low or 1 if state.phase != "grow" else max(1, math.floor(top / rules.growth))
    steps = math.ceil(math.log(top / bottom, 1.0 / rules.back_off)) if bottom < top else 0
    settling = 1 if state.phase != "sustain" else 0
    return growing + settling + steps * (rules.confirm + 1) + max(1, rules.sustain - state.held)


def _held(state: RampState, far: bool, rules: RampRules) -> RampState:
    held = replace(state, low=max(state.low, state.users), missed=0, held=state.held + 1)
    if state.phase == "sustain":
        return replace(held, phase="done") if held.held >= rules.sustain else held
    if state.users >= rules.max_users:
        return replace(held, phase="sustain")
    grown = max(state.users + 1, math.floor(state.users * (rules.far_growth if far else rules.growth)))
    return replace(held, users=min(grown, rules.max_users), held=0)


def _missed(state: RampState, ratio: float, surely: bool, rules: RampRules) -> RampState:
    """A miss that chance could explain must come twice; one beyond doubt ends growing at once."""
    missed = replace(state, missed=state.missed + 1, held=0)
    sudden = surely and state.phase == "grow" and state.users > 1
    if missed.missed < rules.confirm and not sudden:
        return missed
    if state.users == 1:
        return replace(missed, phase="hopeless", high=1)
    lower = _lower(state, rules, badly=ratio > rules.badly)
    high = state.users if state.high is None else min(state.users, state.high)
    return replace(missed, users=lower, phase="settle", high=high, low=min(state.low, lower), missed=0)


def _spoiled(state: RampState, rules: RampRules) -> RampState:
    """Again, and when that is no better, back to what was held."""
    spoiled = replace(state, spoiled=state.spoiled + 1, held=0)
    if spoiled.spoiled < rules.confirm:
        return spoiled
    ceiling = min(state.users, state.ceiling or state.users)
    if state.users == 1:
        return replace(spoiled, phase="hopeless", ceiling=ceiling)
    lower = state.low if 0 < state.low < state.users else _lower(state, rules, badly=True)
    return replace(spoiled, users=lower, phase="settle", low=min(state.low, lower), ceiling=ceiling, spoiled=0)


def _lower(state: RampState, rules: RampRules, *, badly: bool) -> int:
    """Where to go from users that are too many: not below what held while growing, half-way to it if far too many."""
    lower = max(1, min(state.users - 1, math.floor(state.users * rules.back_off)))
    if state.phase == "grow" and 0 < state.low < state.users:
        return max(state.low, min(lower, (state.low + state.users) // 2) if badly else lower)
    return lower
