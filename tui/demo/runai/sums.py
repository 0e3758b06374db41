"""A workload's phase, age and resources as the control plane words them. Pure."""

from tui.demo.objects import Json
from tui.demo.prom.facts import PodFacts
from tui.demo.prom.holdings import Holdings, WorkloadHoldings
from tui.demo.world.naming import parse_time


def created_at(workload: WorkloadHoldings) -> float:
    """Unix seconds; the workload's own time, else that of its first pod."""
    if workload.inference is not None:
        return parse_time(workload.inference["metadata"].get("creationTimestamp")) or 0.0
    return min((pod.created for pod in workload.pods), default=0.0)


def phase_of(workload: WorkloadHoldings) -> str:
    """Run:ai's phase: what its status says, else what its pods say."""
    told = (workload.inference or {}).get("status", {}).get("phase")
    if told:
        return str(told)
    phases = {pod.phase for pod in workload.pods}
    if any(pod.ready for pod in workload.pods) or "Running" in phases:
        return "Running"
    if "Pending" in phases:
        return "Initializing" if any(pod.node for pod in workload.pods) else "Pending"
    if phases == {"Succeeded"}:
        return "Completed"
    return "Failed" if "Failed" in phases else "Creating"


def requested(now: Holdings, pods: list[PodFacts]) -> Json:
    """``...RequestedResources`` of these pods together."""
    memory = sum((pod.ask.memory_mib or 0) * pod.ask.devices for pod in pods)
    asked = [pod.requested for pod in pods]
    kind = (
        {"gpuRequestType": "memory", "gpuMemory": {"request": f"{memory}Mi"}}
        if memory
        else {"gpuRequestType": "portion"}
    )
    return {
        **kind,
        "gpu": {"request": now.requested(pods)},
        "cpu": {"request": round(sum(item.get("cpu", 0.0) for item in asked), 3)},
        "cpuMemory": {"request": f"{sum(item.get('memory', 0.0) for item in asked):.0f}"},
    }


def allocated(now: Holdings, pods: list[PodFacts]) -> Json:
    """``allocatedResources`` of those of them that hold something."""
    held = [pod for pod in pods if pod.holds_gpus]
    asked = [pod.requested for pod in held]
    memory = sum(now.gpus_of(pod) * now.nodes[pod.node].gpu_memory_mib for pod in held if pod.node in now.nodes)
    return {
        "gpu": now.allocated(held),
        "gpuMemory": f"{memory:.0f}Mi",
        "cpu": round(sum(item.get("cpu", 0.0) for item in asked), 3),
        "cpuMemory": f"{sum(item.get('memory', 0.0) for item in asked):.0f}",
    }
