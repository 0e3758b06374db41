"""CPU of one fit at 1,250 nodes, 10,000 GPUs and 10,000 pods: it runs on each key press in the form.

Method: ``time.process_time`` around ``fit`` on a snapshot that the store made, for a spec that fits, one that has 200
replicas, and one that finds no room and looks for what would have to move.
"""

import time
from dataclasses import replace

from tests.figures.report import Figure
from tests.figures.store import filled
from tui.diagnose.fit import fit
from tui.model.launch_spec import GpuAsk, LaunchSpec, Replicas
from tui.model.snapshot import Snapshot
from tui.model.surroundings import Surroundings

RUNS = 15
BOUND_MS = 30.0
_HALF = LaunchSpec("llama", "team-1", model="meta/llama-3.1-8b-instruct", gpu=GpuAsk(1, 0.5))
_CASES = (
    ("a half GPU that fits", _HALF),
    ("200 half GPUs that fit", replace(_HALF, replicas=Replicas(200, 200))),
    ("4 whole GPUs that find no node", replace(_HALF, gpu=GpuAsk(4))),
    ("6 GPUs at 0.7 each, what would have to move", replace(_HALF, gpu=GpuAsk(6, 0.7))),
)


def measure() -> list[Figure]:
    """One row a case."""
    store, _ = filled()
    snapshot, around = store.snapshot, Surroundings("runai-team-1", True)
    return [
        Figure(f"fit: {what}", tuple(_ms(spec, snapshot, around) for _ in range(RUNS)), "ms", BOUND_MS, "CPU")
        for what, spec in _CASES
    ]


def _ms(spec: LaunchSpec, snapshot: Snapshot, around: Surroundings) -> float:
    begin = time.process_time()
    fit(spec, snapshot, around)
    return (time.process_time() - begin) * 1000
