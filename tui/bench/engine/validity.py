"""Whether the client was fast enough for its figures to be the server's. The rule is stated, and it is hard.

A point is INVALID when the client's own lag adds more than max(5 ms, 2 %) to its mean TTFT, or more than
max(25 ms, 5 %) to its p99. An invalid point is marked wherever it appears and decides nothing.
"""

from tui.bench.figures import ClientMeter
from tui.bench.stats.histogram import Histogram
from tui.bench.stats.window import BeatWindow, SendWindow

MEAN_MS, MEAN_FRACTION = 5.0, 0.02
P99_MS, P99_FRACTION = 25.0, 0.05


def added_lag(sends: SendWindow, span: BeatWindow, meter: str) -> Histogram:
    """What the client added to TTFT: receive lag with kernel stamps, else the lag of the event loop."""
    return sends.receive_lag if meter == "kernel" and sends.receive_lag.count else span.loop_lag


def is_valid(client: ClientMeter, sends: SendWindow) -> bool:
    """False as soon as one of the two bounds is passed; without any meter nothing can be vouched for."""
    mean, p99 = client.added_mean_ms, client.added_p99_ms
    if mean is None or p99 is None:
        return False
    ttft_mean, ttft_p99 = sends.ttft.mean, sends.ttft.quantile(0.99)
    mean_bound = max(MEAN_MS, MEAN_FRACTION * (ttft_mean or 0.0) * 1000.0)
    p99_bound = max(P99_MS, P99_FRACTION * (ttft_p99 or 0.0) * 1000.0)
    return mean <= mean_bound and p99 <= p99_bound
