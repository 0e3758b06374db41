"""How far a figure can be trusted: confidence intervals of means, rates and quantiles from windows alone.

Seconds of a loaded server are not independent (one queue carries over into the next), so the error of a mean is that
of batch means with a correction for what correlation is left between batches, and never below that of independent
requests.

Rates have no single values, so batches are all there is. Closed-loop users send in waves as long as a request, and ten
to nineteen batches see a wave as scatter: too wide rather than too narrow, as ``tests/bench_stats/test_rates.py``
measures. Fewer and longer batches, one to three requests each, were tried and missed up to a third of the time.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import NamedTuple

from tui.bench.stats.histogram import Histogram
from tui.bench.stats.timeline import SecondRow

_BATCHES = 10  # at least, once there are as many cells: the usual compromise between bias and degrees of freedom

_FEWEST_TO_COMPARE = 4  # batches whose scatter says more than chance
_MOST_ALIKE = 20.0
_FEWEST_OF_A_RATE = 6  # batches: with fewer the correlation between them is not looked for
_REQUESTS_OF_A_RATE = 2.0  # whose time a window must cover: users have then all had their turn
_SMOOTH = 15.0  # ranks of deviation from which the normal law will do: these intervals are made once a second


class Cell(NamedTuple):
    """One second of a series: how much was observed (requests, seconds), its total, the sum of squares if known."""

    weight: float
    total: float
    squares: float | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean (or rate) with its standard error and two-sided interval, in the unit of the figure."""

    mean: float
    stderr: float
    low: float
    high: float
    batches: int

    @property
    def half_width_fraction(self) -> float:
        """Half the interval over the mean; infinite for a mean of 0."""
        return (self.high - self.low) / 2 / abs(self.mean) if self.mean else math.inf


def ttft_cells(rows: Sequence[SecondRow]) -> list[Cell]:
    """TTFT in seconds, weighted by requests."""
    return [Cell(row.ttft_n, row.ttft_sum_seconds, row.ttft_sum2) for row in rows if row.ttft_n]


def throughput_cells(rows: Sequence[SecondRow]) -> list[Cell]:
    """Content chunks a second, weighted by the seconds covered."""
    return [Cell(row.span_seconds, row.chunks) for row in rows if row.span_seconds > 0]


def finish_cells(rows: Sequence[SecondRow]) -> list[Cell]:
    """Requests finished a second, weighted likewise."""
    return [Cell(row.span_seconds, row.finished) for row in rows if row.span_seconds > 0]


def rate_interval(
    cells: Sequence[Cell], request_seconds: float | None, confidence: float = 0.95
) -> tuple[float, float] | None:
    """Interval of a rate a second; ``None`` where the window is too short to tell its scatter from its waves.

    It says how sure the long-run rate is under this load, and nothing of what changes slower than the window is long.
    `request_seconds` is the median end-to-end time, ``None`` where no request succeeded.
    """
    known = estimate(cells, confidence)
    seconds = sum(cell.weight for cell in cells)
    if known is None or known.batches < _FEWEST_OF_A_RATE:
        return None
    if request_seconds is None or seconds < _REQUESTS_OF_A_RATE * request_seconds:
        return None
    return max(0.0, known.low), known.high


def estimate(cells: Sequence[Cell], confidence: float = 0.95) -> Estimate | None:
    """Mean of a series with its error; None where the error cannot be known (one value, one rate).

    The mean is the ratio of totals, so a second with many requests counts for as much as it holds.
    """
    weight = sum(cell.weight for cell in cells)
    if not cells or weight <= 0:
        return None
    mean = sum(cell.total for cell in cells) / weight
    batches = batched(cells)
    candidates = [(_batch_error(batches, mean, weight), len(batches) - 1.0), _single_error(cells, mean, weight)]
    known = [(error, freedom) for error, freedom in candidates if error is not None and freedom > 0]
    if not known:
        return None
    error, freedom = max(known)
    reach = error * student_quantile((1 + confidence) / 2, freedom)
    return Estimate(mean, error, mean - reach, mean + reach, len(batches))


def batched(cells: Sequence[Cell]) -> list[Cell]:
    """Neighbouring cells put together, so that 10 to 19 batches are left of a long series."""
    size = max(1, len(cells) // _BATCHES)
    whole = len(cells) // size
    bounds = [index * size for index in range(whole)] + [len(cells)]
    return [_together(cells[low:high]) for low, high in pairwise(bounds)]


def _together(cells: Sequence[Cell]) -> Cell:
    return Cell(sum(cell.weight for cell in cells), sum(cell.total for cell in cells))


def _batch_error(batches: Sequence[Cell], mean: float, weight: float) -> float | None:
    count = len(batches)
    if count < 2:
        return None
    off = [batch.total - mean * batch.weight for batch in batches]
    squares = sum(value * value for value in off)
    if squares <= 0:
        return 0.0
    # A short series underestimates its own correlation by some 1/n.
    left = sum(a * b for a, b in pairwise(off)) / squares + 1 / count if count >= 6 else 0.0
    left = min(max(left, 0.0), 0.8)
    return math.sqrt(squares * count / (count - 1) * (1 + left) / (1 - left)) / weight


def _single_error(cells: Sequence[Cell], mean: float, weight: float) -> tuple[float | None, float]:
    """The error if all values were independent; None for a rate, which has no single values."""
    squares = [cell.squares for cell in cells if cell.squares is not None]
    if len(squares) < len(cells) or weight < 2:
        return None, 0.0
    variance = max(0.0, (sum(squares) - mean * mean * weight) / (weight - 1))
    return math.sqrt(variance / weight), weight - 1


def design_effect(cells: Sequence[Cell]) -> float:
    """How many requests of this series say as much as one independent one; 1 where it is too short to tell."""
    weight = sum(cell.weight for cell in cells)
    known = estimate(cells)
    if known is None or known.batches < _FEWEST_TO_COMPARE:
        return 1.0
    single, _ = _single_error(cells, known.mean, weight)
    return min(_MOST_ALIKE, max(1.0, (known.stderr / single) ** 2)) if single else 1.0


def quantile_interval(
    histogram: Histogram, q: float, confidence: float = 0.95, design_effect: float = 1.0
) -> tuple[float, float | None] | None:
    """Interval of a quantile in seconds, from the binomial law of its order statistics; None when empty.

    `design_effect` (>= 1) divides the sample where values are correlated. The upper end is None where the sample is too
    small to bound the quantile from above (p99 of 50 requests).
    """
    count = histogram.count
    if count == 0:
        return None
    effective = max(1, int(count / max(1.0, design_effect)))
    tail = (1 - confidence) / 2
    scale = count / effective
    low = min(count - 1, max(0, int((binomial_quantile(effective, q, tail) - 1) * scale)))
    above = binomial_quantile(effective, q, 1 - tail) + 1
    high = None if above > effective else min(count - 1, math.ceil((above - 1) * scale))
    found = histogram.values_at(sorted({low} if high is None else {low, high}))
    return found[low], None if high is None else found[high]


def binomial_quantile(n: int, p: float, level: float) -> int:
    """Smallest k with P(Binomial(n, p) <= k) >= level; by the normal law, a rank or two off, where n is large."""
    if p <= 0.0 or p >= 1.0:
        return 0 if p <= 0.0 else n
    deviation = math.sqrt(n * p * (1 - p))
    if deviation > _SMOOTH:
        return min(n, max(0, math.ceil(n * p + NormalDist().inv_cdf(level) * deviation - 0.5)))
    reach = 9 * deviation + 10
    start, end = max(0, math.floor(n * p - reach)), min(n, math.ceil(n * p + reach))
    whole, odds, rest = math.lgamma(n + 1), math.log(p), math.log1p(-p)
    below = 0.0
    for k in range(start, end + 1):
        below += math.exp(whole - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * odds + (n - k) * rest)
        if below >= level:
            return k
    return end


def student_quantile(p: float, freedom: float) -> float:
    """Quantile of Student's t; exact for 1 and 2 degrees of freedom, within 1 % beyond (Hill's expansion)."""
    if freedom <= 1.5:
        return math.tan(math.pi * (p - 0.5))
    if freedom <= 2.5:
        return (2 * p - 1) / math.sqrt(2 * p * (1 - p))
    z = NormalDist().inv_cdf(p)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3
