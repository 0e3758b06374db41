"""Is a point stationary: the stated test on TTFT and throughput by which a point may end.

A stretch of seconds is steady when
1. it covers max(3 s, two requests' time), and holds at least 6 requests that got a first token;
2. the 95 % interval of mean TTFT is within 10 % of it (or within 2 ms);
3. for TTFT and for throughput, the means of its two halves differ by at most 3 %, or by at most 2 of their combined
   standard errors but never more than 6 %;
4. for both, the slope over the stretch amounts to at most 5 %, or to at most 2 of its standard errors but never more
   than 10 %.

Of the seconds since measuring began, the whole is tried, then the last three quarters, then the last half: the first
that passes is the answer, but for the later ones 1 standard error is all that is allowed (a start chosen by looking
is a chance to be wrong). A second counts for TTFT only when all that was sent in it has finished: the quick come
first.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tui.bench.stats.interval import Cell, batched, estimate, throughput_cells, ttft_cells
from tui.bench.stats.timeline import SecondRow

MINIMUM_SECONDS = 3.0
MINIMUM_REQUESTS = 6
PRECISION = 0.10
PRECISION_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Steady:
    """The answer: steady or not, since which second of the point, and why in words for the operator."""

    steady: bool
    since_second: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Drift:
    """How a series moved: later half minus earlier half, and slope over the whole, with their standard errors."""

    halves: float
    halves_error: float
    slope: float | None
    slope_error: float | None
    mean: float


def judge(rows: Sequence[SecondRow], request_seconds: float, *, precision: float = PRECISION) -> Steady:
    """Judge the seconds since measuring began (ascending); `request_seconds` is the median end-to-end time."""
    settled = [row for row in rows if row.settled]
    if not settled:
        return Steady(False, None, "no second has all its requests finished yet")
    first, last = settled[0].second, settled[-1].second
    needed = max(MINIMUM_SECONDS, 2 * request_seconds)
    answer = Steady(False, None, f"needs {needed:.0f} s of finished requests, has {last - first + 1}")
    for skipped in (0.0, 0.25, 0.5):
        since = first + math.ceil((last - first + 1) * skipped)
        if last - since + 1 < needed:
            break
        errors = 1.0 if skipped else 2.0
        reason = _objection([row for row in rows if row.second >= since], precision, errors)
        if reason is None:
            return Steady(True, since, f"TTFT and throughput stationary for {last - since + 1} s")
        answer = answer if skipped else Steady(False, None, reason)
    return answer


def _objection(rows: Sequence[SecondRow], precision: float, errors: float) -> str | None:
    ttft = ttft_cells([row for row in rows if row.settled])
    requests = sum(cell.weight for cell in ttft)
    if requests < MINIMUM_REQUESTS:
        return f"needs {MINIMUM_REQUESTS} requests, has {requests:.0f}"
    known = estimate(ttft)
    if known is None:
        return "the error of mean TTFT is not known yet"
    if known.half_width_fraction > precision and known.high - known.mean > PRECISION_SECONDS:
        return f"mean TTFT is known within {known.half_width_fraction:.0%} only"
    for name, cells in (("TTFT", ttft), ("throughput", throughput_cells(rows))):
        moved = drift(cells)
        if moved is not None and (why := _moves(moved, errors)) is not None:
            return f"{name} {why}"
    return None


def _moves(moved: Drift, errors: float) -> str | None:
    size = abs(moved.mean)
    if abs(moved.halves) > max(0.03 * size, min(errors * moved.halves_error, 0.06 * size)):
        return f"differs by {_percent(moved.halves, size)} between halves"
    if moved.slope is None or moved.slope_error is None:
        return None
    if abs(moved.slope) > max(0.05 * size, min(errors * moved.slope_error, 0.10 * size)):
        return f"drifts by {_percent(moved.slope, size)}"
    return None


def _percent(change: float, size: float) -> str:
    return f"{change / size:+.0%}" if size else "from 0"


def drift(cells: Sequence[Cell]) -> Drift | None:
    """How the series moved; None below four cells."""
    if len(cells) < 4:
        return None
    middle = len(cells) // 2
    earlier, later = estimate(cells[:middle]), estimate(cells[middle:])
    whole = sum(cell.total for cell in cells) / sum(cell.weight for cell in cells)
    if earlier is None or later is None:
        return None
    error = math.hypot(earlier.stderr, later.stderr)
    slope, slope_error = _slope(batched(cells))
    return Drift(later.mean - earlier.mean, error, slope, slope_error, whole)


def _slope(batches: Sequence[Cell]) -> tuple[float | None, float | None]:
    """Weighted least squares on the batch means: change over the whole stretch, and its standard error."""
    weight = sum(batch.weight for batch in batches)
    count = len(batches)
    if count < 4 or weight <= 0:
        return None, None
    points = [(index / (count - 1), batch.total / batch.weight, batch.weight) for index, batch in enumerate(batches)]
    x_mean = sum(x * w for x, _, w in points) / weight
    y_mean = sum(y * w for _, y, w in points) / weight
    spread = sum(w * (x - x_mean) ** 2 for x, _, w in points)
    slope = sum(w * (x - x_mean) * (y - y_mean) for x, y, w in points) / spread
    rest = sum(w * (y - y_mean - slope * (x - x_mean)) ** 2 for x, y, w in points)
    return slope, math.sqrt(rest / (count - 2) / spread)


def over_saturated(rows: Sequence[SecondRow], *, growth: float = 0.25) -> bool:
    """Whether the server falls behind for good: TTFT and requests in flight both rise, surely, by more than `growth`.

    For open loops: users of a closed loop wait, so their number in flight cannot grow.
    """
    waiting = [Cell(row.span_seconds, row.in_flight * row.span_seconds) for row in rows if row.in_flight is not None]
    moves = [drift(ttft_cells(rows)), drift([cell for cell in waiting if cell.weight > 0])]
    return all(
        moved is not None
        and moved.slope is not None
        and moved.slope_error is not None
        and moved.slope > max(3 * moved.slope_error, growth * abs(moved.mean))
        for moved in moves
    )


def surely_lost(rows: Sequence[SecondRow], target_seconds: float, *, factor: float = 2.0) -> bool:
    """Whether a point may be given up early: mean TTFT is beyond `factor` targets with 99.9 % certainty."""
    cells = ttft_cells(rows)
    known = estimate(cells, 0.998) if sum(cell.weight for cell in cells) >= MINIMUM_REQUESTS else None
    return known is not None and known.low > factor * target_seconds
