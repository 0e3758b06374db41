"""From key to answer: CPU of the cause engine at 1,250 nodes, 10,000 GPUs and 10,000 pods.

Method: ``time.process_time`` around ``pending_items`` and ``grouped`` on a snapshot that the store made, of whose pods
some hundreds wait, in a dozen shapes; and around ``inquiry`` and ``why_workload``, which run beside it.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from tests.figures.report import Figure
from tests.figures.store import filled
from tests.store.builders import NOW
from tui.diagnose.pending import grouped, inquiry, pending_items
from tui.diagnose.why import why_workload
from tui.model.condition import Condition
from tui.model.gpu_request import GpuRequest
from tui.model.ids import ObjectKey
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot

RUNS = 15
BOUND_MS = 100.0
WAITING = 400
_SHAPES = tuple(GpuRequest(devices, part) for devices in (1, 2, 4) for part in (None, 0.3, 0.6, 0.9))
_SAID = "no nodes with enough resources were found: 1250 node(s) didn't have enough resources: GPUs."


def measure() -> list[Figure]:
    """One row a question."""
    store, _ = filled()
    snapshot = with_waiting(store.snapshot)
    items = pending_items(snapshot)
    assert len(items) >= WAITING
    key = next(iter(snapshot.workloads))
    return [
        _figure(f"pending: {WAITING} pods of 10,000 wait", lambda: grouped(pending_items(snapshot))),
        _figure("pending: what to read for them", lambda: inquiry(snapshot)),
        _figure("pending: why, of one workload", lambda: why_workload(key, snapshot)),
    ]


def with_waiting(snapshot: Snapshot) -> Snapshot:
    """The snapshot with pods that no node has room for."""
    told = (Condition("PodScheduled", "False", "Unschedulable", _SAID, snapshot.at - 60),)
    ready = (Condition("Ready", "True", changed_at=snapshot.at - 3600),)
    pods = {key: replace(pod, conditions=ready) for key, pod in snapshot.pods.items()}
    for number in range(WAITING):
        key = ObjectKey("runai-team-1", f"waits-{number}")
        gpu = _SHAPES[number % len(_SHAPES)]
        pods[key] = Pod(
            key, f"uid-{number}", "1", "Pending", None, None, gpu, NOW - 3600, scheduler="runai-scheduler",
            conditions=told, node_selector={"runai/node-pool": "none"} if number % 7 == 0 else {},
        )  # fmt: skip
    return replace(snapshot, pods=pods)


def _figure(what: str, ask: Callable[[], object]) -> Figure:
    samples = []
    for _ in range(RUNS):
        begin = time.process_time()
        ask()
        samples.append((time.process_time() - begin) * 1000)
    return Figure(what, tuple(samples), "ms", BOUND_MS, "CPU")
