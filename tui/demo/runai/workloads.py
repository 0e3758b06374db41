"""Workloads as the control plane lists them, with their pods, events, history and figures."""

from collections.abc import Iterable

from aiohttp import web

from tui.demo.objects import Json
from tui.demo.prom.facts import PodFacts
from tui.demo.prom.holdings import Holdings, WorkloadHoldings
from tui.demo.prom.runai_metrics import CLUSTER_ID, department
from tui.demo.runai.answers import TENANT_ID, RefusalError, listing, rfc3339
from tui.demo.runai.measurements import Series, measurements
from tui.demo.runai.state import DEFAULT_DEPARTMENT, State, org_unit_id
from tui.demo.runai.sums import allocated, created_at, phase_of, requested
from tui.demo.world.inference import scale_of
from tui.demo.world.naming import parse_time

_MIB = 2**20
_METRICS = frozenset(
    {
        "GPU_UTILIZATION",
        "GPU_MEMORY_USAGE_BYTES",
        "GPU_ALLOCATION",
        "POD_COUNT",
        "RUNNING_POD_COUNT",
        "CPU_REQUEST_CORES",
        "CPU_MEMORY_REQUEST_BYTES",
    }
)
_POD_METRICS = frozenset(
    {
        "GPU_UTILIZATION",
        "GPU_UTILIZATION_PER_GPU",
        "GPU_MEMORY_USAGE_BYTES",
        "GPU_MEMORY_USAGE_BYTES_PER_GPU",
    }
)


class WorkloadsApi:
    """Reads. Writing is ``inferences.py``."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v1/workloads", self._list),
            web.get("/api/v1/workloads/count", self._count),
            web.get("/api/v1/workloads/telemetry", self._telemetry),
            web.get("/api/v1/workloads/pods", self._all_pods),
            web.get("/api/v1/workloads/{id}", self._get),
            web.get("/api/v1/workloads/{id}/pods", self._pods),
            web.get("/api/v1/workloads/{id}/events", self._events),
            web.get("/api/v1/workloads/{id}/history", self._history),
            web.get("/api/v1/workloads/{id}/metrics", self._metrics),
            web.get("/api/v1/workloads/{id}/pods/{pod}/metrics", self._pod_metrics),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        now = self._state.read()
        units = _units(now)
        return listing(request, "workloads", [self._item(now, one, units) for one in now.workloads.values()])

    async def _count(self, _: web.Request) -> web.Response:
        return web.json_response({"count": len(self._state.read().workloads)})

    async def _get(self, request: web.Request) -> web.Response:
        now = self._state.read()
        return web.json_response(self._item(now, self._state.workload(now, request.match_info["id"]), _units(now)))

    async def _telemetry(self, request: web.Request) -> web.Response:
        now = self._state.read()
        kind = request.query.get("telemetryType", "")
        counts = {"WORKLOADS_COUNT": float(len(now.workloads)), "GPU_ALLOCATION": now.allocated(now.pods)}
        if kind not in counts:
            raise RefusalError(400, f'Parameter "telemetryType" is not supported: {kind}')
        values = [{"value": f"{counts[kind]:g}"}]
        return web.json_response({"type": kind, "timestamp": rfc3339(self._state.now()), "values": values})

    def _item(self, now: Holdings, workload: WorkloadHoldings, units: dict[str, tuple[str, str, str]]) -> Json:
        pods = [pod for pod in workload.pods if pod.phase not in ("Succeeded", "Failed")]
        created, phase = created_at(workload), phase_of(workload)
        project_id, department_id, department_name = units.get(workload.project, ("0", "0", DEFAULT_DEPARTMENT))
        started = min((pod.started for pod in pods if pod.started is not None), default=None)
        low, high = scale_of(workload.inference["spec"]) if workload.inference else (len(pods), len(pods))
        uses = [use for key in _keys(pods) for use in now.uses_by_pod.get(key, ())]
        waiting = next((pod.message for pod in pods if not pod.node and pod.message), "")
        return {
            "tenantId": TENANT_ID,
            "id": workload.id,
            "name": workload.name,
            "type": workload.type,
            "phase": phase,
            "phaseMessage": waiting,
            "phaseUpdatedAt": rfc3339(started or created),
            "k8sPhase": phase,
            "k8sPhaseUpdatedAt": rfc3339(started or created),
            "updatedAt": rfc3339(started or created),
            "createdAt": rfc3339(created),
            "deletedAt": None,
            "conditions": _conditions(workload),
            "clusterId": CLUSTER_ID,
            "projectId": project_id,
            "projectName": workload.project,
            "departmentId": department_id,
            "departmentName": department_name,
            "namespace": workload.namespace,
            "source": "Other",
            "submittedBy": "lab-user",
            "priority": None,
            "priorityClassName": pods[0].priority_class if pods else "inference",
            "category": "Deploy" if workload.type == "Inference" else "Build",
            "preemptible": workload.type not in ("Inference", "Workspace"),
            "runningPods": sum(1 for pod in pods if pod.ready),
            "requestedPods": {"number": max(len(pods), low), "min": low, "max": high},
            "requestedNodePools": sorted({now.nodes[pod.node].pool for pod in pods if pod.node in now.nodes}),
            "currentNodePools": sorted({now.nodes[pod.node].pool for pod in pods if pod.node in now.nodes}),
            "images": sorted({pod.containers[0].image for pod in workload.pods}) or _image(workload),
            "urls": list((workload.inference or {}).get("status", {}).get("urls", {}).values()),
            "workloadRequestedResources": requested(now, pods),
            "podsRequestedResources": requested(now, pods[:1]),
            "allocatedResources": allocated(now, pods),
            "idleAllocatedGpus": float(len(_idle(now, {(use.node, use.index) for use in uses}))),
            "totalPendingTimeSeconds": round((started or self._state.now()) - created),
            "totalRunningTimeSeconds": round(self._state.now() - started) if started is not None else 0,
            "actionsSupport": {"delete": True, "suspend": workload.type != "Inference"},
        }

    async def _pods(self, request: web.Request) -> web.Response:
        now = self._state.read()
        workload = self._state.workload(now, request.match_info["id"])
        return listing(request, "pods", [self._pod(now, workload, pod) for pod in workload.pods])

    async def _all_pods(self, request: web.Request) -> web.Response:
        now = self._state.read()
        pods = [self._pod(now, workload, pod) for workload in now.workloads.values() for pod in workload.pods]
        return listing(request, "pods", pods)

    def _pod(self, now: Holdings, workload: WorkloadHoldings, pod: PodFacts) -> Json:
        node = now.nodes.get(pod.node)
        return {
            "tenantId": TENANT_ID,
            "id": pod.uid,
            "name": pod.name,
            "workloadId": workload.id,
            "workloadName": workload.name,
            "clusterId": CLUSTER_ID,
            "projectName": workload.project,
            "nodeName": pod.node or None,
            "createdAt": rfc3339(pod.created),
            "updatedAt": rfc3339(pod.started or pod.created),
            "deletedAt": None,
            "completedAt": None,
            "containers": [
                {
                    "name": item.name,
                    "image": item.image,
                    "startedAt": rfc3339(pod.started) if pod.started is not None else None,
                }
                for item in pod.containers
            ],
            "currentNodePool": node.pool if node is not None else None,
            "requestedNodePools": [node.pool] if node is not None else [],
            "requestedResources": requested(now, [pod]),
            "allocatedResources": allocated(now, [pod]),
            "tolerations": [],
            "k8sPhase": pod.phase,
            "k8sPhaseUpdatedAt": rfc3339(pod.started or pod.created),
            "ip": pod.pod_ip or None,
            "priorityClassName": pod.priority_class,
        }

    def _event_items(self, workload: WorkloadHoldings) -> list[Json]:
        names = {workload.name, *(pod.name for pod in workload.pods)}
        found = []
        for event in self._state.objects("events"):
            about = event.get("involvedObject", {})
            if about.get("namespace") != workload.namespace or about.get("name") not in names:
                continue
            at = event.get("lastTimestamp") or event.get("eventTime") or event["metadata"].get("creationTimestamp")
            found.append(
                {
                    "createdAt": rfc3339(parse_time(at) or 0.0),
                    "id": event["metadata"]["uid"],
                    "type": event.get("type", "Normal"),
                    "clusterId": CLUSTER_ID,
                    "message": event.get("message", ""),
                    "reason": event.get("reason", ""),
                    "source": event.get("source", {}).get("component") or event.get("reportingComponent", ""),
                    "involvedObject": {
                        "uid": about.get("uid") or workload.id,
                        "kind": about.get("kind", ""),
                        "name": about.get("name", ""),
                        "namespace": workload.namespace,
                    },
                }
            )
        return sorted(found, key=lambda item: str(item["createdAt"]), reverse=True)

    async def _events(self, request: web.Request) -> web.Response:
        workload = self._state.workload(self._state.read(), request.match_info["id"])
        return listing(request, "events", self._event_items(workload))

    async def _history(self, request: web.Request) -> web.Response:
        workload = self._state.workload(self._state.read(), request.match_info["id"])
        records: list[Json] = [
            {"meta": {"creationTimestamp": event["createdAt"], "type": "Event"}, "spec": {"event": event}}
            for event in self._event_items(workload)
        ]
        update = {"phase": phase_of(workload), "phaseMessage": ""}
        meta = {"creationTimestamp": rfc3339(created_at(workload)), "type": "PhaseUpdate"}
        return listing(request, "records", [*records, {"meta": meta, "spec": {"phaseUpdate": update}}])

    async def _metrics(self, request: web.Request) -> web.Response:
        now = self._state.read()
        workload = self._state.workload(now, request.match_info["id"])
        return measurements(request, self._state.now(), _METRICS, lambda kind: _series(now, workload.pods, kind))

    async def _pod_metrics(self, request: web.Request) -> web.Response:
        now = self._state.read()
        workload = self._state.workload(now, request.match_info["id"])
        pods = [pod for pod in workload.pods if pod.uid == request.match_info["pod"]]
        if not pods:
            raise RefusalError(404, f"Pod {request.match_info['pod']} was not found.")
        return measurements(request, self._state.now(), _POD_METRICS, lambda kind: _series(now, pods, kind))


def _units(now: Holdings) -> dict[str, tuple[str, str, str]]:
    """Project name -> (its id, its department's id, its department's name)."""
    queues = {queue["metadata"]["name"]: queue for queue in now.queues}
    found = {}
    for queue in now.leaf_queues():
        parent = queues.get(queue["spec"].get("parentQueue"))
        parent_id = org_unit_id(parent) if parent is not None else "0"
        found[queue["metadata"]["name"]] = (org_unit_id(queue), parent_id, department(queue))
    return found


def _keys(pods: Iterable[PodFacts]) -> list[tuple[str, str]]:
    return [(pod.namespace, pod.name) for pod in pods]


def _image(workload: WorkloadHoldings) -> list[str]:
    image = (workload.inference or {}).get("spec", {}).get("image", {}).get("value")
    return [image] if image else []


def _conditions(workload: WorkloadHoldings) -> list[Json]:
    given = (workload.inference or {}).get("status", {}).get("conditions", [])
    names = ("type", "status", "message", "reason", "lastTransitionTime")
    return [{name: item[name] for name in names if name in item} for item in given]


def _idle(now: Holdings, devices: set[tuple[str, int]]) -> list[tuple[str, int]]:
    return [(gpu.node, gpu.index) for gpu in now.gpus if (gpu.node, gpu.index) in devices and gpu.idle_seconds >= 300]


def _series(now: Holdings, pods: list[PodFacts], kind: str) -> list[Series]:
    by_pod = now.uses_by_pod
    uses = [use for key in _keys(pods) for use in by_pod.get(key, ())]
    if kind.endswith("_PER_GPU"):
        memory = kind.startswith("GPU_MEMORY")
        return [
            ({"gpu": str(use.index)}, use.memory_used_mib * _MIB if memory else use.utilization_percent) for use in uses
        ]
    if kind.startswith("GPU_") and kind != "GPU_ALLOCATION":
        if not uses:
            return []
        memory_bytes = sum(use.memory_used_mib for use in uses) * _MIB
        mean = sum(use.utilization_percent for use in uses) / len(uses)
        return [({}, memory_bytes if kind == "GPU_MEMORY_USAGE_BYTES" else mean)]
    totals = {
        "GPU_ALLOCATION": now.allocated(pods),
        "POD_COUNT": float(len(pods)),
        "RUNNING_POD_COUNT": float(sum(1 for pod in pods if pod.ready)),
        "CPU_REQUEST_CORES": sum(pod.requested.get("cpu", 0.0) for pod in pods),
        "CPU_MEMORY_REQUEST_BYTES": sum(pod.requested.get("memory", 0.0) for pod in pods),
    }
    return [({}, totals[kind])]
