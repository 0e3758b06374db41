"""Node objects as the API server serves them: GPU Feature Discovery's labels, capacity, conditions, nodeInfo."""

from typing import Any

from tui.demo.objects import Json
from tui.demo.world.hardware import GPU_MEMORY_MIB, GPU_PRODUCT
from tui.demo.world.naming import Names, rfc3339

_LABELS = {
    "beta.kubernetes.io/arch": "amd64",
    "beta.kubernetes.io/os": "linux",
    "feature.node.kubernetes.io/pci-10de.present": "true",
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/os": "linux",
    "node-role.kubernetes.io/runai-gpu-worker": "true",
    "nvidia.com/cuda.driver-version.full": "550.90.07",
    "nvidia.com/cuda.driver-version.major": "550",
    "nvidia.com/cuda.runtime-version.full": "12.4",
    "nvidia.com/gpu.compute.major": "9",
    "nvidia.com/gpu.compute.minor": "0",
    "nvidia.com/gpu.deploy.dcgm-exporter": "true",
    "nvidia.com/gpu.deploy.device-plugin": "true",
    "nvidia.com/gpu.deploy.driver": "pre-installed",
    "nvidia.com/gpu.family": "hopper",
    "nvidia.com/gpu.machine": "ProLiant-DL380a-Gen11",
    "nvidia.com/gpu.memory": str(GPU_MEMORY_MIB),
    "nvidia.com/gpu.mode": "compute",
    "nvidia.com/gpu.present": "true",
    "nvidia.com/gpu.product": GPU_PRODUCT,
    "nvidia.com/gpu.replicas": "1",
    "nvidia.com/gpu.sharing-strategy": "none",
    "nvidia.com/mig.capable": "true",
    "nvidia.com/mig.config": "all-disabled",
    "nvidia.com/mig.config.state": "success",
    "nvidia.com/mig.strategy": "single",
    "run.ai/type": GPU_PRODUCT,
}
_PRESSURES = (
    ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
)


def node_object(names: Names, name: str, number: int, gpus: int, pool: str, now: float) -> Json:
    """A Ready node with ``gpus`` H100 NVL; ``number`` counts from 1 and makes its addresses."""
    joined = now - 21 * 86400 - names.number("node-age", name) * 86400
    high, low = divmod(number, 256)
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "uid": names.uuid("node", name),
            "creationTimestamp": rfc3339(joined),
            "labels": {
                **_LABELS,
                "kubernetes.io/hostname": name,
                "nvidia.com/gpu.count": str(gpus),
                "runai/node-pool": pool,
            },
            "annotations": {
                "nvidia.com/gpu-driver-upgrade-enabled": "true",
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
        },
        "spec": {"podCIDR": f"10.{244 + high}.{low}.0/24", "podCIDRs": [f"10.{244 + high}.{low}.0/24"]},
        "status": _status(names, name, (high, low), gpus, joined, now),
    }


def _status(names: Names, name: str, address: tuple[int, int], gpus: int, joined: float, now: float) -> Json:
    high, low = address
    return {
        "capacity": _resources("128", "3749802628Ki", "1056279124Ki", gpus),
        "allocatable": _resources("127600m", "3455818094Ki", "1054181972Ki", gpus),
        "conditions": [
            *(condition(kind, "False", reason, message, joined, now) for kind, reason, message in _PRESSURES),
            condition("Ready", "True", "KubeletReady", "kubelet is posting ready status", joined, now),
        ],
        "addresses": [
            {"type": "InternalIP", "address": f"10.141.{high}.{low}"},
            {"type": "Hostname", "address": name},
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "machineID": names.hex("machine", name, length=32),
            "systemUUID": names.uuid("system", name),
            "bootID": names.uuid("boot", name),
            "kernelVersion": "5.15.0-119-generic",
            "osImage": "Ubuntu 22.04.4 LTS",
            "containerRuntimeVersion": "containerd://1.7.20",
            "kubeletVersion": "v1.34.2",
            "kubeProxyVersion": "v1.34.2",
            "operatingSystem": "linux",
            "architecture": "amd64",
        },
    }


def _resources(cpu: str, disk: str, memory: str, gpus: int) -> dict[str, Any]:
    return {
        "cpu": cpu,
        "ephemeral-storage": disk,
        "hugepages-2Mi": "0",
        "memory": memory,
        "nvidia.com/gpu": str(gpus),
        "pods": "110",
    }


def condition(kind: str, status: str, reason: str, message: str, since: float, now: float) -> Json:
    """A node condition; ``since`` is when it changed, ``now`` the last heartbeat."""
    return {
        "type": kind,
        "status": status,
        "lastHeartbeatTime": rfc3339(now),
        "lastTransitionTime": rfc3339(since),
        "reason": reason,
        "message": message,
    }


def set_not_ready(node: Json, since: float) -> None:
    """The node as the node controller marks it when its kubelet fell silent at ``since``."""
    for entry in node["status"]["conditions"]:
        entry.update(
            status="Unknown",
            reason="NodeStatusUnknown",
            message="Kubelet stopped posting node status.",
            lastHeartbeatTime=rfc3339(since - 40),
            lastTransitionTime=rfc3339(since),
        )
    node["spec"]["taints"] = [
        {"key": "node.kubernetes.io/unreachable", "effect": "NoSchedule", "timeAdded": rfc3339(since)},
        {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute", "timeAdded": rfc3339(since)},
    ]
