"""One round of reading the control plane: lists into the sink, then one status. Neither sleeps nor starts threads."""

from collections.abc import Callable, Hashable
from functools import partial

from config.settings import RunaiSettings
from tui.model.changes import Listed, Sink
from tui.model.clock import Clock
from tui.model.ids import GpuId
from tui.model.metrics import MetricColumn, MetricKey
from tui.model.status import SourceState, SourceStatus
from tui.sources.backoff import Backoff
from tui.sources.runai import decode, wire
from tui.sources.runai.client import RunaiClient
from tui.sources.runai.fault import Kind, RunaiError

NAME = "runai"
PER_GPU_SECONDS = 60.0
PER_GPU_WINDOW_SECONDS = 120.0


class Rounds:
    """The state of reading one control plane.

    ``cluster`` (name or uuid) narrows to one cluster where a control plane serves several.
    """

    def __init__(
        self, settings: RunaiSettings, clock: Clock, backoff: Backoff | None, cluster: str | None, per_gpu: bool
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._cluster = cluster
        self._per_gpu = per_gpu
        self._per_gpu_at: float | None = None
        self._client: RunaiClient | None = None
        self._last_good_at: float | None = None
        self.version: str | None = None  # of the cluster that is read, where the control plane says

    def step(self, sink: Sink) -> float:
        """One round. Returns the seconds to wait before the next; what went wrong is a status in the sink."""
        if not (self._settings.url and self._settings.client_id):
            line = "not configured: set runai.url, runai.client_id and runai.client_secret_file to use its API"
            sink.put(SourceStatus(NAME, SourceState.ABSENT, None, line))
            return 3600.0
        try:
            if self._client is None:
                self._client = RunaiClient(self._settings, self._clock)
            detail = self._read(self._client, sink)
        except RunaiError as error:
            return self._fail(error, sink)
        self._backoff.reset()
        self._last_good_at = self._clock.now()
        sink.put(SourceStatus(NAME, SourceState.LIVE, self._last_good_at, detail))
        return self._settings.refresh_seconds

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None

    def _read(self, client: RunaiClient, sink: Sink) -> str:
        """Reads each list; one that may not be read costs only itself. Raises if none may be."""
        notes: list[str] = []
        cluster, facts = self._find_cluster(client, notes)
        errors: list[RunaiError] = []
        lists: list[Callable[[], Listed]] = [
            partial(_workloads, client, cluster),
            partial(_projects, client, cluster),
            partial(_departments, client, cluster),
            partial(_node_pools, client, cluster),
        ]
        for read in lists:
            try:
                sink.put(read())
            except RunaiError as error:
                if error.kind not in (Kind.DENIED, Kind.ABSENT, Kind.ANSWER):
                    raise
                errors.append(error)
        if len(errors) == len(lists):
            raise errors[0]
        if self._per_gpu:
            self._read_per_gpu(client, cluster, sink, notes)
        return "; ".join([facts, *(error.line for error in errors[:2]), *notes])

    def _find_cluster(self, client: RunaiClient, notes: list[str]) -> tuple[str | None, str]:
        """The uuid to narrow to (None: do not) and what the status says of address and version."""
        try:
            clusters = client.clusters()
        except RunaiError as error:
            if error.kind not in (Kind.DENIED, Kind.ABSENT, Kind.ANSWER):
                raise
            notes.append(error.line)
            return None, client.address
        if self._cluster is not None:
            ours = [c for c in clusters if self._cluster in (c.name, c.uuid)]
            if not ours:
                known = ", ".join(c.name for c in clusters) or "none"
                line = f"{client.address} has no cluster {self._cluster!r}, as runai.cluster says; it has {known}"
                raise RunaiError(Kind.ANSWER, line)
            clusters = ours
        if len(clusters) == 1:
            only = clusters[0]
            self.version = only.version or None
            return only.uuid, f"{client.address}, cluster {only.name} {only.version or ''}".rstrip()
        versions = {c.version for c in clusters}
        self.version = versions.pop() if len(versions) == 1 else None
        if clusters:
            names = ", ".join(sorted(c.name for c in clusters))
            notes.append(f"all of them are read ({names}): set runai.cluster to the name of yours")
        return None, f"{client.address}, {len(clusters)} clusters"

    def _read_per_gpu(self, client: RunaiClient, cluster: str | None, sink: Sink, notes: list[str]) -> None:
        """The fraction given away of each physical GPU: one call a node, so once a minute."""
        now = self._clock.now()
        if self._per_gpu_at is not None and now - self._per_gpu_at < PER_GPU_SECONDS:
            return
        self._per_gpu_at = now
        values: dict[MetricKey, float] = {}
        try:
            for node in client.nodes():
                if node.id and (cluster is None or node.clusterUuid == cluster) and _has_gpus(node):
                    values |= _fractions(node.name, client.gpu_allocation(node.id, now - PER_GPU_WINDOW_SECONDS, now))
        except RunaiError as error:
            if error.kind in (Kind.UNREACHABLE, Kind.BUSY):
                raise
            notes.append(error.line)
            return
        sink.put(MetricColumn("gpu_allocated_fraction", NAME, now, values))

    def _fail(self, error: RunaiError, sink: Sink) -> float:
        self.close()
        if error.kind is Kind.DENIED:
            state = SourceState.DENIED
        else:
            state = SourceState.FAILED if self._last_good_at is None else SourceState.STALE
        sink.put(SourceStatus(NAME, state, self._last_good_at, error.line))
        return max(self._backoff.next_seconds(), error.retry_after_seconds or 0.0)


def _workloads(client: RunaiClient, cluster: str | None) -> Listed:
    items = [decode.workload(w) for w in client.workloads() if _is_ours(w.clusterId, cluster)]
    return _listed("workloads", {item.key: item for item in items})


def _projects(client: RunaiClient, cluster: str | None) -> Listed:
    return _listed("projects", {p.name: decode.project(p) for p in client.projects() if _is_ours(p.clusterId, cluster)})


def _departments(client: RunaiClient, cluster: str | None) -> Listed:
    units = [unit for unit in client.departments() if _is_ours(unit.clusterId, cluster)]
    return _listed("departments", {unit.name: decode.department(unit) for unit in units})


def _node_pools(client: RunaiClient, cluster: str | None) -> Listed:
    pools = [pool for pool in client.node_pools() if _is_ours(pool.clusterId, cluster)]
    return _listed("node_pools", {pool.name: decode.node_pool(pool) for pool in pools})


def _listed(kind: str, items: dict[Hashable, object]) -> Listed:
    return Listed(f"{NAME}/{kind}", items)


def _is_ours(cluster_id: str | None, cluster: str | None) -> bool:
    return cluster is None or cluster_id is None or cluster_id == cluster


def _has_gpus(node: wire.Node) -> bool:
    return node.gpuInfo is None or node.gpuInfo.gpuCount is None or node.gpuInfo.gpuCount > 0


def _fractions(node: str, measurements: list[wire.Measurement]) -> dict[GpuId, float]:
    """The newest figure of each GPU; numbers are text there, and the label is the GPU's index."""
    found: dict[GpuId, float] = {}
    for measurement in measurements:
        index = (measurement.labels or {}).get("gpu", "")
        if not (index.isascii() and index.isdigit()):
            continue
        for stamped in reversed(measurement.values or ()):
            try:
                value = float(stamped.value)
            except ValueError:
                continue
            if 0 <= value < float("inf"):
                found[GpuId(node, int(index))] = value
                break
    return found
