"""CPU and memory of the store at 1,250 nodes, 10,000 GPUs and 10,000 pods: medians, printed by ``main``.

Method: ``time.process_time`` around ``put`` and ``drain`` of ready-made model values (decoding is the sources' share),
each measurement on a store of its own or after the same warm-up. Memory: the peak RSS of the whole process at its end.
"""

import random
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from tests.store.builders import NOW, HeldClock, node, nodes, pod, reservation, uuid
from tui.model.changes import Batch, Listed
from tui.model.gpu import GpuIdentity
from tui.model.gpu_request import GpuRequest
from tui.model.ids import GpuId, ObjectKey, OwnerRef
from tui.model.metrics import GpuIdentities, MetricColumn
from tui.model.pod import Pod
from tui.store import Store
from tui.store.measure import GPU_METRICS

NODES, GPUS = 1250, 8
METRICS = GPU_METRICS[:6]


def cluster_pods() -> list[Pod]:
    """Eight pods a node: three whole GPUs, two halves with their reservation pods, one without a GPU."""
    found = []
    for number in range(NODES):
        name = f"node{number:04}"
        owner = OwnerRef("ReplicaSet", f"llama-{number // 2}-7d9f8c6b5", "")
        labels = {"pod-template-hash": "7d9f8c6b5"}
        common = {"owner": owner, "labels": labels, "project": f"team-{number % 20}"}
        space = f"runai-team-{number % 20}"
        found += [pod(f"whole-{number}-{index}", GpuRequest(1), name, space, **common) for index in range(3)]
        for index in (3, 4):
            group = f"group-{number}-{index}"
            found.append(reservation(f"res-{number}-{index}", group, uuid(name, index), name))
            half = pod(f"half-{number}-{index}", GpuRequest(1, 0.5), name, space, **common)
            found.append(replace(half, gpu_groups=(group,)))
        found.append(pod(f"web-{number}", GpuRequest(), name, "web", owner=owner, labels=labels))
    return found


def identities(things: list[Pod]) -> GpuIdentities:
    """DCGM's view: each whole pod on its GPU."""
    labels = {(p.node, int(p.key.name[-1])): p.key for p in things if p.key.name.startswith("whole")}
    items = (
        GpuIdentity(GpuId(name, i), uuid(name, i), "NVIDIA H100 NVL", labels.get((name, i)))
        for name in (f"node{n:04}" for n in range(NODES))
        for i in range(GPUS)
    )
    return GpuIdentities("dcgm", NOW, tuple(items))


def columns(at: float, seed: int) -> list[MetricColumn]:
    """A full round of metrics, all values new."""
    dice = random.Random(seed)
    keys = [(f"node{n:04}", i) for n in range(NODES) for i in range(GPUS)]
    return [MetricColumn(m, "dcgm", at, {GpuId(*key): dice.random() for key in keys}) for m in METRICS]


def filled() -> tuple[Store, list[Pod]]:
    """A store that knows the whole cluster."""
    things = cluster_pods()
    store = Store(HeldClock())
    store.put(nodes(*(node(f"node{n:04}", GPUS) for n in range(NODES))))
    store.put(Listed("pods", {p.key: p for p in things}))
    store.put(identities(things))
    for column in columns(NOW, 0):
        store.put(column)
    store.drain()
    return store, things


def cpu_ms(work: Callable[[], object]) -> float:
    """CPU of this process over one call, in milliseconds."""
    begin = time.process_time()
    work()
    return (time.process_time() - begin) * 1000


def first_list_ms() -> float:
    """Nodes and pods listed, to the first Snapshot."""
    things = cluster_pods()
    changes = [nodes(*(node(f"node{n:04}", GPUS) for n in range(NODES))), Listed("pods", {p.key: p for p in things})]
    store = Store(HeldClock())
    for change in changes:
        store.put(change)
    return cpu_ms(store.drain)


def batch_ms(store: Store, things: list[Pod], round_number: int) -> float:
    """One hundred pods that change their phase, to the diff."""
    chosen = things[round_number * 97 :: len(things) // 100][:100]
    items: list[tuple[ObjectKey, Pod | None]] = []
    for thing in chosen:
        phase = "Failed" if round_number % 2 else "Running"
        items.append((thing.key, replace(thing, phase=phase, resource_version=f"{round_number + 2}")))
    store.put(Batch("pods", tuple(items)))
    return cpu_ms(store.drain)


def metrics_ms(store: Store, round_number: int, metrics: int = len(METRICS)) -> float:
    """The first ``metrics`` of every GPU, all values new, to the diff."""
    for column in columns(NOW + 2.0 * round_number, round_number)[:metrics]:
        store.put(column)
    return cpu_ms(store.drain)


def half_an_hour(store: Store) -> None:
    """Fill the curves: a round of the two fast metrics every 15 s."""
    for step in range(1, 122):
        for column in columns(NOW + 15.0 * step, step)[:2]:
            store.put(column)
        store.drain()


def main() -> None:
    """Print the medians."""
    store, things = filled()
    rows: tuple[tuple[str, float | None, list[float]], ...] = (
        ("10,000 pods + 1,250 nodes listed -> Snapshot", 400.0, [first_list_ms() for _ in range(3)]),
        ("batch of 100 pod events -> diff", 15.0, [batch_ms(store, things, n) for n in range(1, 12)]),
        ("round of 10,000 GPUs x 6 metrics -> diff", 120.0, [metrics_ms(store, n) for n in range(1, 8)]),
        ("round of 10,000 GPUs x 2 metrics -> diff", None, [metrics_ms(store, n, 2) for n in range(8, 16)]),
    )
    for what, bound, samples in rows:
        goal = "" if bound is None else f"aim {bound:g}; "
        print(f"{what}: {statistics.median(samples):.1f} ms CPU ({goal}median of {len(samples)})")
    half_an_hour(store)
    print(f"peak RSS after half an hour: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
