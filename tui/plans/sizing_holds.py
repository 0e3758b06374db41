"""How many users hold a TTFT target, from what was measured: a search's answer, or points to both sides of the target.

Nothing is answered beyond the points: interpolation is linear, between two neighbours of which one holds the target
and the other does not. Where no point missed it, the most users measured are *at least* the answer, said so.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tui.plans.sizing_values import Curve, CurvePoint, Reference


@dataclass(frozen=True, slots=True)
class Holds:
    """``users`` of all replicas together; ``None``: it can't be told, ``how`` says why."""

    users: int | None
    ttft_ms: float | None
    how: str
    at_least: bool = False


def holds(curve: Curve, target_ms: float, reference: Reference) -> Holds:
    """What ``curve`` says of ``target_ms``."""
    answer = curve.answer
    if answer is not None and math.isclose(answer.target_ms, target_ms):
        least = ", and more were never tried" if answer.at_least else ""
        how = curve.source if reference.kind == "guide" else f"{curve.source}: found by a search{least}"
        return Holds(answer.users, answer.ttft_ms, how, answer.at_least)
    if reference.kind == "guide":
        return Holds(None, None, f"not published: the guide knows TTFT near {_target_of(curve):,.0f} ms only")
    return _between(curve, target_ms)


def _target_of(curve: Curve) -> float:
    return curve.answer.target_ms if curve.answer is not None else math.nan


def _between(curve: Curve, target_ms: float) -> Holds:
    points = one_each(curve.points)
    if not points:
        return Holds(None, None, f"{curve.source}: no point with a TTFT that can be used")
    place = next((at for at, point in enumerate(points) if point.ttft_ms > target_ms), len(points))
    if place == 0:
        first = points[0]
        took = f"{first.ttft_ms:,.0f} ms" if math.isfinite(first.ttft_ms) else "no figure, since too many failed"
        return Holds(None, None, f"{curve.source}: outside what was measured, {first.users} users had {took}")
    last = points[place - 1]
    if place == len(points):
        how = f"{curve.source}: at least {last.users} users, the most measured; none of them missed the target"
        return Holds(last.users, last.ttft_ms, how, at_least=True)
    after = points[place]
    users = last.users + int((target_ms - last.ttft_ms) / (after.ttft_ms - last.ttft_ms) * (after.users - last.users))
    if users == last.users:
        return Holds(users, last.ttft_ms, f"{curve.source}: measured; {after.users} users missed the target")
    return Holds(users, target_ms, f"{curve.source}: interpolated between {last.users} and {after.users} users")


def one_each(points: Sequence[CurvePoint]) -> tuple[CurvePoint, ...]:
    """By users, repeated points as their mean."""
    found: dict[int, list[float]] = {}
    for point in points:
        found.setdefault(point.users, []).append(point.ttft_ms)
    return tuple(CurvePoint(users, sum(times) / len(times)) for users, times in sorted(found.items()))
