"""Whether the client was fast enough for its figures to be the server's. The rule is stated, and it is hard.

A point is INVALID when the client's own lag adds more than max(5 ms, 2 %) to its mean TTFT, or more than
max(25 ms, 5 %) to its p99. An invalid point is marked wherever it appears and decides nothing.

Two meters are read and the one that saw more counts, for the mean and for the p99 apart. The receive lag (kernel
stamp of a first token to ours) is exact while the client keeps up, but cannot grow beyond the server's ITL: the kernel
keeps the stamp of the newest segment it has joined to the waiting ones, so a stalled client looks healthy by it. The
lag of the event loop has no such ceiling; it is coarser, and all there is with TLS.

A client that never had its users in flight (out of descriptors or ports) measured another load than the one it names:
that is INVALID, too.
"""

from tui.bench.figures import ClientMeter
from tui.bench.stats.timeline import Timeline
from tui.bench.stats.window import BeatWindow, SendWindow

MEAN_MS, MEAN_FRACTION = 5.0, 0.02
P99_MS, P99_FRACTION = 25.0, 0.05
_ALL_USERS = 0.9


def added_lag(sends: SendWindow, load: BeatWindow, meter: str) -> tuple[float | None, float | None]:
    """What the client added to TTFT, in seconds: mean and p99, each by the meter that saw more of it.

    ``load`` covers the time in which the first tokens of ``sends`` came; ``None`` where no meter said anything.
    """
    seen = [load.loop_lag] if meter != "kernel" else [load.loop_lag, sends.receive_lag]
    lags = [lag for lag in seen if lag.count]
    means = [lag.mean for lag in lags if lag.mean is not None]
    p99s = [value for lag in lags if (value := lag.quantile(0.99)) is not None]
    return max(means, default=None), max(p99s, default=None)


def is_valid(client: ClientMeter, sends: SendWindow) -> bool:
    """False as soon as one of the two bounds is passed; without any meter nothing can be vouched for."""
    mean, p99 = client.added_mean_ms, client.added_p99_ms
    if mean is None or p99 is None:
        return False
    ttft_mean, ttft_p99 = sends.ttft.mean, sends.ttft.quantile(0.99)
    mean_bound = max(MEAN_MS, MEAN_FRACTION * (ttft_mean or 0.0) * 1000.0)
    p99_bound = max(P99_MS, P99_FRACTION * (ttft_p99 or 0.0) * 1000.0)
    return mean <= mean_bound and p99 <= p99_bound


def missing_users(timeline: Timeline, users: int) -> int:
    """How many of ``users`` were at no end of a second in flight with the others; 0 for a few, who pause or connect."""
    most = max((beat.in_flight_end for beat in timeline.beats.values()), default=users)
    return users - most if most < _ALL_USERS * users else 0
