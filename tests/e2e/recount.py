"""An independent recount of who holds what, from raw objects and samples. Shares no code with what it checks."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]
GPU = "nvidia.com/gpu"
RESERVATION_NAMESPACES = ("runai-reservation", "kai-resource-reservation")


def is_reservation(pod: Json) -> bool:
    return pod["metadata"]["namespace"] in RESERVATION_NAMESPACES


def is_counted(pod: Json) -> bool:
    """It has a node and has not ended."""
    return bool(pod["spec"].get("nodeName")) and pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")


def given(pod: Json, gpu_mebibytes: float) -> float:
    """GPUs that a pod is given: whole ones, fractions, memory, MIG slices."""
    notes = pod["metadata"].get("annotations") or {}
    devices = int(notes.get("gpu-fraction-num-devices", "1"))
    if "gpu-fraction" in notes:
        return float(notes["gpu-fraction"]) * devices
    if "gpu-memory" in notes:
        return float(notes["gpu-memory"]) / gpu_mebibytes * devices
    total = 0.0
    for container in pod["spec"]["containers"]:
        for name, value in (container.get("resources", {}).get("limits") or {}).items():
            mig = re.fullmatch(r"nvidia\.com/mig-(\d)g\..*", name)
            total += int(value) if name == GPU else int(value) * int(mig[1]) / 7 if mig else 0
    return total


def by_node(nodes: Iterable[Json], pods: Iterable[Json]) -> dict[str, float]:
    """Node -> GPUs given there."""
    memory = {node["metadata"]["name"]: _memory(node) for node in nodes}
    counted = Counter(dict.fromkeys(memory, 0.0))
    for pod in pods:
        if is_counted(pod) and not is_reservation(pod):
            name = pod["spec"]["nodeName"]
            counted[name] += given(pod, memory[name])
    return dict(counted)


def by_workload(nodes: Iterable[Json], pods: Iterable[Json]) -> dict[tuple[str, str], tuple[int, float]]:
    """(namespace, Run:ai's name of the workload) -> pods that run, GPUs given."""
    memory = {node["metadata"]["name"]: _memory(node) for node in nodes}
    running: Counter[tuple[str, str]] = Counter()
    held: Counter[tuple[str, str]] = Counter()
    for pod in pods:
        name = (pod["metadata"].get("labels") or {}).get("workloadName")
        if not name or not is_counted(pod):
            continue
        key = (pod["metadata"]["namespace"], name)
        running[key] += pod["status"]["phase"] == "Running"
        held[key] += given(pod, memory[pod["spec"]["nodeName"]])  # type: ignore[assignment]
    return {key: (running[key], float(held[key])) for key in held if held[key]}


def by_gpu(pods: Iterable[Json], samples: Iterable[Json], gpu_mebibytes: float) -> dict[str, float]:
    """UUID -> fraction given: shared GPUs by their reservation pods, whole ones by the exporter's pod labels."""
    pods, samples = [pod for pod in pods if is_counted(pod)], list(samples)
    by_place = {(s["metric"]["Hostname"], s["metric"]["gpu"]): s["metric"]["UUID"] for s in samples}
    uuids = {}
    for pod in filter(is_reservation, pods):
        told = pod["metadata"]["annotations"]["run.ai/reserve_for_gpu_index"]  # a UUID, in old versions an index
        uuid = by_place.get((pod["spec"]["nodeName"], told), told)
        uuids[pod["metadata"]["labels"]["runai-gpu-group"]] = uuid
    counted: Counter[str] = Counter()
    whole = set()
    for pod in pods:
        labels = pod["metadata"].get("labels") or {}
        groups = [value for name, value in labels.items() if name.split("/")[0] == "runai-gpu-group"]
        if is_reservation(pod):
            continue
        for group in groups:
            counted[uuids[group]] += given(pod, gpu_mebibytes) / len(groups)  # type: ignore[assignment]
        if not groups and given(pod, gpu_mebibytes):
            whole.add((pod["metadata"]["namespace"], pod["metadata"]["name"]))
    for sample in samples:
        labels = sample["metric"]
        if (labels.get("namespace"), labels.get("pod")) in whole:
            counted[labels["UUID"]] += 1
    return {uuid: float(value) for uuid, value in counted.items()}


def _memory(node: Json) -> float:
    return float((node["metadata"].get("labels") or {}).get("nvidia.com/gpu.memory", "nan"))
