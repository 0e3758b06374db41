"""How many workers a load needs: by what a point like it cost, or before any, by how fast the probe's stream was.

Too few are late; too many wake up for every event alone, and an event costs less the more of them are read at once.
"""

import math
from collections.abc import Sequence

from tui.bench.figures import PointResult
from tui.bench.stats.timeline import Timeline

USERS_A_WORKER = 4000
EVENTS_A_WORKER = 40_000.0
"""Events a second that one worker reads well below its limit of 70,000."""
BUSY_CORES = 0.6
"""What a worker may need of a core; beyond, what it adds to a p99 grows fast."""
CROWDED_CORES = 0.85
"""At this a worker under way is too busy to be believed for long."""
_SAMPLE_SECONDS = 2


def wanted(users: int, earlier: Sequence[PointResult], itl_seconds: float) -> int:
    """Workers for ``users``: by the latest valid point of fewer users whose CPU is known, else by the probe's ITL."""
    known = [point for point in earlier if point.valid and point.concurrency and point.client.cpu_fraction is not None]
    least = max(1, -(-users // USERS_A_WORKER))
    if not known:
        events = users / itl_seconds if itl_seconds > 0 else 0.0
        return max(least, math.ceil(events / EVENTS_A_WORKER))
    last = known[-1]
    cores = (last.client.cpu_fraction or 0.0) * users / (last.concurrency or users)
    return least if users <= (last.concurrency or 0) else max(least, math.ceil(cores / BUSY_CORES))


def under_way(timeline: Timeline, workers: int) -> int:
    """Workers that the load under way needs, by their CPU in the newest whole seconds; ``workers`` if they do."""
    newest = sorted(timeline.beats)[-1 - _SAMPLE_SECONDS : -1]
    if not newest:
        return workers
    span = timeline.span(newest[0], newest[-1] + 1)
    cores = span.cpu_seconds / span.seconds if span.seconds >= 1.0 else 0.0
    return max(workers + 1, math.ceil(cores / BUSY_CORES)) if cores > CROWDED_CORES * workers else workers
