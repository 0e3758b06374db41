"""Mergeable histograms of seconds: what lets any number of workers and windows be summed without keeping requests.

Each power of two is cut into 128 linear buckets, so a bucket is at most 1/128 of its lower edge wide and its middle
is within 0.4 % (stated: 0.5 %) of every value in it. The index is the exponent and the top seven bits of the mantissa
of the double itself: no logarithm on the hot path. Sums, minimum and maximum are exact. May not know what is
measured, nor read a clock.
"""

import array
import math
from collections import Counter
from collections.abc import Iterable
from typing import Self

import msgspec

RELATIVE_ERROR = 0.005
"""Any quantile is within this fraction of the true one of the same samples (and within `FLOOR_SECONDS`)."""

FLOOR_SECONDS = 1e-9
"""Below this a value counts as zero: clocks tell no more, and a lag may come out a hair negative."""

_SUB = 128
_BITS = 52 - 7  # what is left of the mantissa once the seven bits that name the bucket are taken
_BIAS = 1021 * _SUB  # IEEE exponent bias, moved so that both ways to the index agree


class HistogramState(msgspec.Struct, frozen=True, omit_defaults=True):
    """A histogram as JSON: `b` = {bucket index: count}, `z` = values that count as zero; absent is 0 or none."""

    n: int = 0
    sum: float = 0.0
    sum2: float = 0.0
    min: float | None = None
    max: float | None = None
    z: int = 0
    b: dict[int, int] = {}


class Histogram:
    """Counts of seconds in logarithmic buckets, with exact moments; adding is the hot path (some 0.4 us)."""

    __slots__ = ("_buckets", "_max", "_min", "sum", "sum_of_squares", "zeros")

    def __init__(self, values: Iterable[float] = ()) -> None:
        self._buckets: dict[int, int] = {}
        self._min = math.inf
        self._max = -math.inf
        self.sum = 0.0
        self.sum_of_squares = 0.0
        self.zeros = 0
        self.add_many(values)

    def add(self, value_seconds: float) -> None:
        """Count one value; NaN raises ValueError and infinity OverflowError before anything is changed."""
        if value_seconds < FLOOR_SECONDS:
            if value_seconds == -math.inf:
                raise OverflowError("cannot count minus infinity")
            self.zeros += 1
        else:
            mantissa, exponent = math.frexp(value_seconds)
            index = exponent * 128 + int(mantissa * 256.0)
            buckets = self._buckets
            buckets[index] = buckets.get(index, 0) + 1
        self.sum += value_seconds
        self.sum_of_squares += value_seconds * value_seconds
        if value_seconds < self._min:
            self._min = value_seconds
        if value_seconds > self._max:
            self._max = value_seconds

    def add_many(self, values_seconds: Iterable[float]) -> None:
        """Count many at once, cheaper each: keep gaps in a list and hand it over once a beat."""
        values = array.array("d", values_seconds)
        if not values:
            return
        total = math.fsum(values)
        if not math.isfinite(total):
            raise ValueError("cannot count values that are not finite")
        lowest = min(values)
        bits = memoryview(values).cast("B").cast("q")
        if lowest < FLOOR_SECONDS:
            kept = [word for value, word in zip(values, bits, strict=True) if value >= FLOOR_SECONDS]
            self.zeros += len(values) - len(kept)
        else:
            kept = bits.tolist()
        for index, count in Counter([word >> _BITS for word in kept]).items():
            self._put(index - _BIAS, count)
        self.sum += total
        self.sum_of_squares += math.fsum([value * value for value in values])
        self._min = min(self._min, lowest)
        self._max = max(self._max, max(values))

    def _put(self, index: int, count: int) -> None:
        self._buckets[index] = self._buckets.get(index, 0) + count

    def merge(self, other: "Histogram") -> None:
        """Take in all that another counted; the result is that of counting everything here."""
        for index, count in other._buckets.items():
            self._put(index, count)
        self.zeros += other.zeros
        self.sum += other.sum
        self.sum_of_squares += other.sum_of_squares
        self._min = min(self._min, other._min)
        self._max = max(self._max, other._max)

    @property
    def count(self) -> int:
        """How many values were counted."""
        return self.zeros + sum(self._buckets.values())

    @property
    def min(self) -> float | None:
        """The smallest value, exact; None when empty."""
        return self._min if self._min <= self._max else None

    @property
    def max(self) -> float | None:
        """The largest value, exact; None when empty."""
        return self._max if self._min <= self._max else None

    @property
    def mean(self) -> float | None:
        """The mean, exact; None when empty."""
        count = self.count
        return self.sum / count if count else None

    @property
    def stddev(self) -> float | None:
        """The sample standard deviation (n - 1); None below two values."""
        count = self.count
        if count < 2:
            return None
        return math.sqrt(max(0.0, (self.sum_of_squares - self.sum * self.sum / count) / (count - 1)))

    def quantile(self, q: float) -> float | None:
        """The q-quantile, interpolated between neighbouring ranks as NumPy and GenAI-Perf do; None when empty."""
        if not 0.0 <= q <= 1.0:
            raise ValueError(f"a quantile lies between 0 and 1, not at {q}")
        found = self.quantiles((q,))
        return found[0] if found else None

    def quantiles(self, wanted: Iterable[float]) -> list[float]:
        """Several quantiles in one pass, in the order asked; empty when nothing was counted."""
        asked = list(wanted)
        last = self.count - 1
        if last < 0:
            return []
        ranks = sorted({rank for q in asked for rank in (math.floor(q * last), math.ceil(q * last))})
        at = self.values_at(ranks)
        found = []
        for q in asked:
            low, high = at[math.floor(q * last)], at[math.ceil(q * last)]
            found.append(low + (high - low) * (q * last - math.floor(q * last)))
        return found

    def values_at(self, ranks: list[int]) -> dict[int, float]:
        """The order statistics at these ranks (ascending, from 0), each its bucket's middle; the ends are exact."""
        found: dict[int, float] = {}
        seen, last = self.zeros, self.count - 1
        waiting = iter(ranks)
        rank = next(waiting, None)
        for index in (None, *sorted(self._buckets)):
            if index is not None:
                seen += self._buckets[index]
            if rank is None or rank >= seen:
                continue
            value = min(max(0.0 if index is None else _middle(index), self._min), self._max)
            while rank is not None and rank < seen:
                found[rank] = value
                rank = next(waiting, None)
        if 0 in found:
            found[0] = self._min
        if last in found:
            found[last] = self._max
        return found

    def count_up_to(self, limit_seconds: float) -> int:
        """How many values lie at or below a limit (exact but for values within 0.5 % of it)."""
        if limit_seconds >= self._max:
            return self.count
        below = self.zeros if limit_seconds >= 0.0 else 0
        return below + sum(count for index, count in self._buckets.items() if _middle(index) <= limit_seconds)

    def to_json(self) -> HistogramState:
        """The sparse state; msgspec encodes it as it is (`{"n": 3, ..., "b": {"-740": 3}}`)."""
        return HistogramState(
            self.count, self.sum, self.sum_of_squares, self.min, self.max, self.zeros, dict(self._buckets)
        )

    @classmethod
    def from_json(cls, state: object) -> Self:
        """Back from a `HistogramState` or the decoded JSON of one; ValueError names what does not fit."""
        if not isinstance(state, HistogramState):
            state = msgspec.convert(state, HistogramState, str_keys=True)
        made = cls()
        made._buckets = dict(state.b)
        made.zeros = state.z
        if made.count != state.n or (state.n > 0 and (state.min is None or state.max is None)):
            raise ValueError(f"histogram says n = {state.n}, but its buckets hold {made.count}")
        made.sum, made.sum_of_squares = state.sum, state.sum2
        if state.min is not None and state.max is not None:
            made._min, made._max = state.min, state.max
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]


def bucket_edges(index: int) -> tuple[float, float]:
    """Lower (within) and upper (beyond) edge of a bucket in seconds."""
    return _edge(index), _edge(index + 1)


def _edge(index: int) -> float:
    exponent, sub = divmod(index - _SUB, _SUB)
    return math.ldexp(0.5 + sub / 256.0, exponent)


def _middle(index: int) -> float:
    low, high = bucket_edges(index)
    return (low + high) / 2.0
