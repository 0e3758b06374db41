"""What a resumed sweep still has to measure."""

from collections import Counter
from collections.abc import Sequence

from tui.bench.figures import PointResult
from tui.bench.spec import PointSpec


def not_yet(points: Sequence[PointSpec], done: Sequence[PointResult]) -> list[PointSpec]:
    """The points that are not among ``done``; of repeats, as many as are missing."""
    measured = Counter((result.concurrency, result.rate) for result in done)
    left = []
    for spec in points:
        if measured[spec.users, spec.rate] > 0:
            measured[spec.users, spec.rate] -= 1
        else:
            left.append(spec)
    return left
