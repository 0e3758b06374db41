"""Nodes, their GPUs' figures, and the counts of the telemetry calls."""

from collections.abc import Callable

from aiohttp import web

from tui.demo.objects import Json
from tui.demo.prom.facts import NodeFacts
from tui.demo.prom.holdings import Holdings
from tui.demo.prom.runai_metrics import CLUSTER_ID
from tui.demo.runai.answers import RefusalError, listing, rfc3339
from tui.demo.runai.measurements import Series, measurements
from tui.demo.runai.state import State
from tui.demo.telemetry import GpuSample

_MIB = 2**20
_PER_GPU: dict[str, Callable[[GpuSample], float]] = {
    "GPU_UTILIZATION_PER_GPU": lambda gpu: gpu.utilization_percent,
    "GPU_MEMORY_UTILIZATION_PER_GPU": lambda gpu: gpu.memory_used_mib / gpu.memory_total_mib * 100,
    "GPU_MEMORY_USAGE_BYTES_PER_GPU": lambda gpu: gpu.memory_used_mib * _MIB,
    "GPU_IDLE_TIME_SECONDS_PER_GPU": lambda gpu: gpu.idle_seconds,
}
_OF_NODE: dict[str, Callable[[list[GpuSample]], float]] = {
    "GPU_UTILIZATION": lambda gpus: sum(gpu.utilization_percent for gpu in gpus) / len(gpus),
    "GPU_MEMORY_UTILIZATION": lambda gpus: (
        sum(gpu.memory_used_mib for gpu in gpus) / sum(gpu.memory_total_mib for gpu in gpus) * 100
    ),
    "GPU_MEMORY_USAGE_BYTES": lambda gpus: sum(gpu.memory_used_mib for gpu in gpus) * _MIB,
}
_ALLOCATION = "GPU_ALLOCATION_PER_GPU"
NODE_METRICS = frozenset({*_PER_GPU, *_OF_NODE, _ALLOCATION})


class NodesApi:
    """Reads nodes and what they hold."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v1/nodes", self._nodes),
            web.get("/api/v1/nodes/count", self._count),
            web.get("/api/v1/nodes/telemetry", self._telemetry),
            web.get("/api/v1/nodes/{node}/metrics", self._metrics),
            web.get("/api/v1/clusters/{cluster}/nodes", self._nodes),
        ]

    async def _nodes(self, request: web.Request) -> web.Response:
        nodes = [self._node(node) for node in self._state.read().nodes.values()]
        return listing(request, "nodes", nodes, paged=False)

    async def _count(self, _: web.Request) -> web.Response:
        return web.json_response({"count": len(self._state.read().nodes)})

    def _node(self, node: NodeFacts) -> Json:
        ready = node.conditions.get("Ready", "Unknown")
        return {
            "id": node.uid,
            "name": node.name,
            "clusterUuid": CLUSTER_ID,
            "status": {"True": "Ready", "False": "NotReady"}.get(ready, "Unknown"),
            "nodePool": node.pool,
            "createdAt": rfc3339(node.created),
            "updatedAt": rfc3339(self._state.now()),
            "conditions": [{"type": kind, "reason": status, "message": ""} for kind, status in node.conditions.items()],
            "taints": [{"key": key, "value": value, "effect": effect} for key, value, effect in node.taints],
            "gpuInfo": {"gpuType": node.gpu_model, "gpuCount": int(node.capacity.get("nvidia.com/gpu", 0))},
        }

    async def _metrics(self, request: web.Request) -> web.Response:
        now = self._state.read()
        node = next((item for item in now.nodes.values() if item.uid == request.match_info["node"]), None)
        if node is None:
            raise RefusalError(404, f"Node {request.match_info['node']} was not found.")
        return measurements(request, self._state.now(), NODE_METRICS, lambda kind: _series(now, node.name, kind))

    async def _telemetry(self, request: web.Request) -> web.Response:
        now = self._state.read()
        kind = request.query.get("telemetryType", "")
        value = _counts(now).get(kind)
        if value is None:
            raise RefusalError(400, f'Parameter "telemetryType" is not supported: {kind}')
        body = {"type": kind, "timestamp": rfc3339(self._state.now()), "values": [{"value": f"{value:g}"}]}
        return web.json_response(body)


def held_per_gpu(now: Holdings) -> dict[tuple[str, int], float]:
    """The part of each physical GPU that is given to pods."""
    pods = {(pod.namespace, pod.name): pod for pod in now.pods if pod.holds_gpus}
    held: dict[tuple[str, int], float] = {}
    for key, uses in now.uses_by_pod.items():
        if key in pods:
            share = now.gpus_of(pods[key]) / len(uses)
            for use in uses:
                held[use.node, use.index] = held.get((use.node, use.index), 0.0) + share
    return held


def _series(now: Holdings, node: str, kind: str) -> list[Series]:
    gpus = [gpu for gpu in now.gpus if gpu.node == node and gpu.mig_instance is None]
    if kind in _OF_NODE:
        return [({}, _OF_NODE[kind](gpus))] if gpus else []
    if kind == _ALLOCATION:
        held = held_per_gpu(now)
        return [({"gpu": str(gpu.index)}, round(held.get((node, gpu.index), 0.0), 6)) for gpu in gpus]
    return [({"gpu": str(gpu.index)}, _PER_GPU[kind](gpu)) for gpu in gpus]


def _counts(now: Holdings) -> dict[str, float]:
    gpus = {node.name: node.capacity.get("nvidia.com/gpu", 0.0) for node in now.nodes.values()}
    allocated: dict[str, float] = dict.fromkeys(gpus, 0.0)
    for pod in now.pods:
        if pod.holds_gpus and pod.node in allocated:
            allocated[pod.node] += now.gpus_of(pod)
    total = sum(gpus.values())
    given = round(sum(allocated.values()), 6)
    return {
        "TOTAL_GPUS": total,
        "READY_GPUS": sum(count for name, count in gpus.items() if now.nodes[name].ready),
        "ALLOCATED_GPUS": given,
        "FREE_GPUS": total - given,
        "IDLE_ALLOCATED_GPUS": float(sum(1 for gpu in now.gpus if gpu.allocated and gpu.idle_seconds >= 300)),
        "FULLY_FREE_GPU_NODES": float(sum(1 for name, count in gpus.items() if count and not allocated[name])),
    }
