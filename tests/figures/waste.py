"""CPU of the view of waste at 1,250 nodes, 10,000 GPUs and 10,000 pods: it is reckoned anew with each picture.

Method: ``time.process_time`` around ``waste`` on a snapshot that the store made.
"""

import time

from tests.figures.report import Figure
from tests.figures.store import filled
from tui.diagnose.waste import waste
from tui.model.snapshot import Snapshot

RUNS = 15
BOUND_MS = 60.0


def measure() -> list[Figure]:
    """One row."""
    store, _ = filled()
    snapshot = store.snapshot
    return [Figure("waste: the whole cluster", tuple(_ms(snapshot) for _ in range(RUNS)), "ms", BOUND_MS, "CPU")]


def _ms(snapshot: Snapshot) -> float:
    begin = time.process_time()
    waste(snapshot)
    return (time.process_time() - begin) * 1000
