"""The knee of a curve: where more users stop buying throughput, or start to cost latency.

Kneedle (Satopaa et al., 2011): both axes are scaled to 0..1 and the knee is the point farthest from the straight line
between the ends, above it for throughput (concave), below it for latency (convex). Noise is taken out first by the
monotone fit, and a distance below `SHARPNESS` is no knee: a straight line has none. It depends on the range measured,
as any knee does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tui.bench.stats.isotonic import monotone

SHARPNESS = 0.15
MINIMUM_POINTS = 4


@dataclass(frozen=True, slots=True)
class Knee:
    """Users at the knee, the fitted value there, and how sharp it is (0: straight line, 1: a corner)."""

    users: int
    value: float
    sharpness: float


def knee(points: Sequence[tuple[int, float]], shape: Literal["concave", "convex"]) -> Knee | None:
    """Knee of (users, value) points, repeats welcome; None below four different users or where nothing bends."""
    users, fitted = _smooth(points)
    if len(users) < MINIMUM_POINTS or fitted[-1] <= fitted[0]:
        return None
    width, height = users[-1] - users[0], fitted[-1] - fitted[0]
    sign = 1.0 if shape == "concave" else -1.0
    bends = [
        sign * ((value - fitted[0]) / height - (user - users[0]) / width)
        for user, value in zip(users, fitted, strict=True)
    ]
    best = max(range(len(bends)), key=bends.__getitem__)
    if bends[best] < SHARPNESS:
        return None
    return Knee(users[best], fitted[best], bends[best])


def _smooth(points: Sequence[tuple[int, float]]) -> tuple[list[int], list[float]]:
    by_users: dict[int, list[float]] = {}
    for user, value in points:
        by_users.setdefault(user, []).append(value)
    users = sorted(by_users)
    means = [sum(by_users[user]) / len(by_users[user]) for user in users]
    return users, monotone(means, [float(len(by_users[user])) for user in users])
