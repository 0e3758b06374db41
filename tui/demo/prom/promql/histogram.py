"""``histogram_quantile`` over classic buckets."""

import math

from tui.demo.prom.labels import NAME, LabelSet
from tui.demo.prom.promql.values import Vector


def histogram_quantile(rank: float, vector: Vector) -> Vector:
    """One value a histogram; NaN where there is no ``+Inf`` bucket, fewer than two buckets or no observation."""
    histograms: dict[LabelSet, list[tuple[float, float]]] = {}
    for labels, count in vector:
        try:
            bound = float(labels.get("le"))
        except ValueError:
            continue
        histograms.setdefault(labels.without((NAME, "le")), []).append((bound, count))
    return [(labels, _quantile(rank, sorted(buckets))) for labels, buckets in histograms.items()]


def _quantile(rank: float, buckets: list[tuple[float, float]]) -> float:
    if math.isnan(rank):
        return math.nan
    if rank < 0 or rank > 1:
        return math.copysign(math.inf, rank)
    if len(buckets) < 2 or not math.isinf(buckets[-1][0]):
        return math.nan
    counts: list[float] = []
    for _, count in buckets:
        counts.append(max(count, counts[-1]) if counts else count)
    observations = counts[-1]
    if observations == 0 or math.isnan(observations):
        return math.nan
    wanted = rank * observations
    position = next((i for i, count in enumerate(counts[:-1]) if count >= wanted), len(counts) - 1)
    if position == len(counts) - 1:
        return buckets[-2][0]
    upper = buckets[position][0]
    if position == 0 and upper <= 0:
        return upper
    lower = buckets[position - 1][0] if position else 0.0
    below = counts[position - 1] if position else 0.0
    return lower + (upper - lower) * ((wanted - below) / (counts[position] - below))
