"""Thirty minutes of figures for curves: rows of packed floats, one row a step, one place a subject.

A row holds the newest value of its step for every subject of a metric; NaN is *not reported*. Rows are bounded in
number, subjects only ever added, so 10,000 GPUs with four metrics stay under 20 MB. Nothing is interpolated.
"""

import threading
from array import array
from collections import deque
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from tui.model.ids import GpuId, WorkloadKey

SPAN_SECONDS = 1800.0
STEP_SECONDS = 15.0
FINE_STEP_SECONDS = 5.0
K = TypeVar("K", bound=Hashable)
NAN = float("nan")
GPU_CURVES = frozenset(
    ("gpu_utilization_fraction", "gpu_memory_used_bytes", "gpu_power_watts", "gpu_temperature_celsius")
)
SUMMED = frozenset(("gpu_memory_used_bytes", "gpu_power_watts"))  # over the GPUs of a node; the others are means
Point = tuple[float, float | None]


class Ring:
    """The rows of one metric. ``step`` seconds each."""

    def __init__(self, step_seconds: float = STEP_SECONDS) -> None:
        self.step = step_seconds
        self.slots: dict[Hashable, int] = {}
        self._keys: list[Hashable] = []
        self._rows: deque[tuple[int, array[float]]] = deque(maxlen=int(SPAN_SECONDS / step_seconds) + 1)

    def add(self, at: float, values: Mapping[K, float]) -> None:
        """Take in one sample of every subject in ``values``; the rest were not reported."""
        if len(values) != len(self._keys) or any(a != b for a, b in zip(values, self._keys, strict=True)):
            row = self._mapped(values)
        else:
            row = array("f", values.values())
        self._put(int(at // self.step), row)

    def patch(self, at: float, key: Hashable, value: float) -> None:
        """Set one subject's value in the step of ``at`` where nothing is known of it yet (from a range query)."""
        slot, number = self._slot(key), int(at // self.step)
        for held, row in self._rows:
            if held == number:
                self._grow(row)
                if row[slot] != row[slot]:
                    row[slot] = value
                return
        row = self._mapped({key: value})
        rows = sorted([*self._rows, (number, row)], key=lambda item: item[0])
        self._rows.clear()
        self._rows.extend(rows)

    def points(self, keys: Iterable[Hashable], summed: bool = False) -> list[Point]:
        """(time of the step, value) in order: the mean or the sum over those subjects that were reported."""
        slots = [self.slots[key] for key in keys if key in self.slots]
        if not slots:
            return []
        return [(number * self.step, _over(row, slots, summed)) for number, row in self._rows]

    def _put(self, number: int, row: "array[float]") -> None:
        if self._rows and self._rows[-1][0] == number:
            self._rows[-1] = (number, row)
        elif not self._rows or self._rows[-1][0] < number:
            self._rows.append((number, row))
            while self._rows[0][0] < number - SPAN_SECONDS / self.step:
                self._rows.popleft()

    def _mapped(self, values: Mapping[K, float]) -> "array[float]":
        plain: dict[Hashable, float] = {}
        for key, value in values.items():
            self._slot(key)
            plain[key] = value
        return array("f", [plain.get(key, NAN) for key in self._keys])

    def _slot(self, key: Hashable) -> int:
        slot = self.slots.get(key)
        if slot is None:
            slot = self.slots[key] = len(self._keys)
            self._keys.append(key)
        return slot

    def _grow(self, row: "array[float]") -> None:
        row.extend([NAN] * (len(self._keys) - len(row)))


class History:
    """The curves of GPUs, nodes, workloads and the cluster. Thread-safe: the store writes, screens read.

    Metrics are the catalogue's names for GPUs and nodes. Of a workload: ``utilization_fraction``,
    ``memory_used_bytes``, ``gpu_allocated``, ``running_pods``. Of the cluster: ``utilization_fraction``,
    ``gpu_allocated``, ``gpu_allocatable``, ``memory_used_bytes``.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._gpus: dict[str, Ring] = {}
        self._workloads: dict[str, Ring] = {}
        self._cluster: dict[str, Ring] = {}
        self._by_node: dict[str, list[GpuId]] = {}
        self._workload_step: int | None = None

    def gpu(self, gpu: GpuId, metric: str) -> list[Point]:
        with self._lock:
            ring = self._gpus.get(metric)
            return ring.points([gpu]) if ring else []

    def node(self, name: str, metric: str) -> list[Point]:
        """Mean over the node's GPUs, or their sum for memory and power."""
        with self._lock:
            ring = self._gpus.get(metric)
            return ring.points(self._by_node.get(name, []), metric in SUMMED) if ring else []

    def workload(self, key: WorkloadKey, metric: str) -> list[Point]:
        with self._lock:
            ring = self._workloads.get(metric)
            return ring.points([key]) if ring else []

    def cluster(self, metric: str) -> list[Point]:
        with self._lock:
            ring = self._cluster.get(metric)
            return ring.points([""]) if ring else []

    def add_gpus(self, metric: str, at: float, values: Mapping[K, float]) -> None:
        """One column of a metric of GPUs; metrics that no curve shows are passed over."""
        if metric not in GPU_CURVES:
            return
        with self._lock:
            ring = self._gpus.setdefault(metric, Ring())
            known = len(ring.slots)
            ring.add(at, values)
            if len(ring.slots) > known:
                self._index(ring)

    def add_workloads(self, metric: str, at: float, values: Mapping[K, float]) -> None:
        with self._lock:
            self._workloads.setdefault(metric, Ring()).add(at, values)

    def wants_workloads(self, at: float) -> bool:
        """True once a step: sums over all workloads are not free."""
        number = int(at // STEP_SECONDS)
        new = number != self._workload_step
        self._workload_step = number
        return new

    def add_cluster(self, metric: str, at: float, value: float | None) -> None:
        if value is not None:
            with self._lock:
                self._cluster.setdefault(metric, Ring(FINE_STEP_SECONDS)).add(at, {"": value})

    def backfill(self, metric: str, series: Mapping[GpuId, Iterable[tuple[float, float]]]) -> None:
        """Past samples of GPUs from a range query; what was watched live is kept."""
        with self._lock:
            ring = self._gpus.setdefault(metric, Ring())
            for key, samples in series.items():
                for at, value in samples:
                    ring.patch(at, key, value)
            self._index(ring)

    def _index(self, ring: Ring) -> None:
        by_node: dict[str, dict[GpuId, None]] = {n: dict.fromkeys(gpus) for n, gpus in self._by_node.items()}
        for key in ring.slots:
            if isinstance(key, GpuId):
                by_node.setdefault(key.node, {})[key] = None
        self._by_node = {name: list(gpus) for name, gpus in by_node.items()}


def _over(row: "array[float]", slots: list[int], summed: bool) -> float | None:
    known = [row[slot] for slot in slots if slot < len(row) and row[slot] == row[slot]]
    if not known:
        return None
    return sum(known) if summed else sum(known) / len(known)
