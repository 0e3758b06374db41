"""The share of requests that hold their SLOs, with Wilson's interval: right for few requests and for shares near 1."""

import math
from statistics import NormalDist


def wilson(successes: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of a share; (0, 1) when nothing was seen. Raises ValueError where successes are not within n."""
    if n < 0 or not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no share")
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / n
    scale = 1 + z * z / n
    middle = (share + z * z / (2 * n)) / scale
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale
    return max(0.0, middle - reach), min(1.0, middle + reach)


def attained(successes: float, n: float, attainment: float, confidence: float = 0.95) -> bool | None:
    """Whether the share is surely at least `attainment` (True), surely below it (False), or not told yet (None)."""
    low, high = wilson(successes, n, confidence)
    if low >= attainment:
        return True
    return False if high < attainment else None


def miss_ratio(successes: float, n: float, attainment: float) -> tuple[float, float] | None:
    """Misses over the misses allowed, and its standard error by Wilson; above 1 the share is too low; None for n = 0.

    Rises with load as a latency over its target does, so one search serves both.
    """
    if n <= 0 or not 0.0 < attainment < 1.0:
        return None
    low, high = wilson(successes, n, 0.95)
    allowed = 1.0 - attainment
    return (1.0 - successes / n) / allowed, (high - low) / (2 * 1.96) / allowed
