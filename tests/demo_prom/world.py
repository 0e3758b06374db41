"""A small frozen cluster for the exporters: two nodes, whole and shared GPUs, MIG, a pending pod, a finished one."""

from typing import Any

from tui.demo.telemetry import GpuSample, PodUse

Json = dict[str, Any]
NOW = 1_795_468_512.5
MODEL = "NVIDIA H100 NVL"
IMAGE = "nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4"


class FakeStore:
    """Objects by (plural, group), as the object store lists them."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], list[Json]] = {}

    def resource(self, plural: str, group: str = "") -> tuple[str, str]:
        if (plural, group) not in self.objects:
            raise KeyError(plural)
        return plural, group

    def list(self, res: tuple[str, str], namespace: str | None = None) -> list[Json]:
        return [obj for obj in self.objects[res] if namespace in (None, obj["metadata"].get("namespace"))]

    def add(self, plural: str, group: str, obj: Json) -> None:
        obj["metadata"].setdefault("resourceVersion", str(sum(map(len, self.objects.values())) + 1))
        obj["metadata"].setdefault("uid", f"uid-{plural}-{obj['metadata']['name']}")
        self.objects.setdefault((plural, group), []).append(obj)


class FakeTelemetry:
    """GPUs and uses as plain lists that a test may change."""

    def __init__(self) -> None:
        self.gpu_list: list[GpuSample] = []
        self.use_list: list[PodUse] = []

    def gpus(self) -> list[GpuSample]:
        return self.gpu_list

    def pod_uses(self) -> list[PodUse]:
        return self.use_list


def node(name: str, gpus: int = 4) -> Json:
    resources = {"cpu": "127600m", "memory": "1054181972Ki", "nvidia.com/gpu": str(gpus), "pods": "110"}
    return {
        "metadata": {
            "name": name,
            "creationTimestamp": "2026-11-01T00:00:00Z",
            "labels": {"nvidia.com/gpu.memory": "95830", "nvidia.com/gpu.product": "NVIDIA-H100-NVL"},
        },
        "spec": {},
        "status": {
            "capacity": resources,
            "allocatable": resources,
            "conditions": [{"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "False"}],
            "addresses": [{"type": "InternalIP", "address": "10.141.0.2"}],
            "nodeInfo": {"kernelVersion": "5.15.0", "kubeletVersion": "v1.30.4"},
        },
    }


def pod(
    namespace: str,
    name: str,
    *,
    on: str = "",
    gpus: int = 0,
    fraction: str | None = None,
    phase: str = "Running",
    workload: str | None = None,
    image: str = IMAGE,
) -> Json:
    limits = {"nvidia.com/gpu": str(gpus)} if gpus else {}
    labels = {"workloadName": workload, "workloadKind": "InferenceWorkload"} if workload else {}
    conditions = [{"type": "PodScheduled", "status": "True" if on else "False"}]
    if on:
        conditions.append({"type": "Ready", "status": "True" if phase == "Running" else "False"})
    return {
        "metadata": {
            "namespace": namespace,
            "name": name,
            "creationTimestamp": "2026-11-23T20:20:09Z",
            "labels": {**labels, "runai/queue": namespace.removeprefix("runai-")},
            "annotations": {"gpu-fraction": fraction} if fraction else {},
        },
        "spec": {
            "containers": [
                {
                    "name": "user-container",
                    "image": image,
                    "resources": {"requests": {"cpu": "4", "memory": "32Gi", **limits}, "limits": limits},
                }
            ],
            **({"nodeName": on} if on else {}),
        },
        "status": {"phase": phase, "conditions": conditions, **({"startTime": "2026-11-23T20:21:09Z"} if on else {})},
    }


def sample(
    on: str, index: int, *, busy: float, pod: tuple[str, str] | None = None, mig: str | None = None
) -> GpuSample:
    return GpuSample(
        node=on,
        index=index,
        uuid=f"GPU-{on}-{index}" if mig is None else f"MIG-{on}-{index}-{mig}",
        pci_bus_id="00000000:19:00.0",
        model=MODEL,
        utilization_percent=busy,
        memory_copy_percent=busy / 2,
        memory_used_mib=busy * 800,
        memory_total_mib=95830,
        power_watts=60 + busy * 3,
        temperature_celsius=30 + busy / 3,
        sm_clock_mhz=1785,
        xid=0,
        pod=(*pod, "user-container") if pod else None,
        allocated=pod is not None,
        idle_seconds=0.0 if busy else 400.0,
        mig_profile="1g.12gb" if mig else None,
        mig_instance=mig,
    )


def small_cluster() -> tuple[FakeStore, FakeTelemetry]:
    store, telemetry = FakeStore(), FakeTelemetry()
    for name in ("node001", "node002"):
        store.add("nodes", "", node(name))
    pods = [
        pod("runai-test", "llama-a", on="node001", gpus=1, workload="llama"),
        pod("runai-test", "llama-b", on="node001", fraction="0.5", workload="llama"),
        pod("runai-team-a", "embed-a", on="node001", fraction="0.25", workload="embed"),
        pod("runai-reservation", "gpu-reservation-node001-abcde", on="node001", gpus=1),
        pod("runai-test", "llama-c", workload="llama", gpus=1, phase="Pending"),
        pod("runai-team-a", "done", on="node002", gpus=2, phase="Succeeded"),
    ]
    for obj in pods:
        store.add("pods", "", obj)
    for name, gpus in (("test", 4), ("team-a", 2)):
        spec = {"resources": {"gpu": {"quota": gpus, "limit": -1}, "cpu": {"quota": -1}, "memory": {"quota": -1}}}
        store.add("queues", "scheduling.run.ai", {"metadata": {"name": name}, "spec": spec})
    holder = ("runai-reservation", "gpu-reservation-node001-abcde")
    telemetry.gpu_list = [
        sample("node001", 0, busy=44, pod=("runai-test", "llama-a")),
        sample("node001", 1, busy=73.5, pod=holder),
        sample("node001", 2, busy=0),
        sample("node001", 3, busy=0),
        sample("node002", 0, busy=0),
        sample("node002", 1, busy=12, pod=("runai-team-a", "mig-user"), mig="7"),
    ]
    telemetry.use_list = [
        PodUse("runai-test", "llama-a", "uid-pods-llama-a", "node001", 0, 44.25, 35200),
        PodUse("runai-test", "llama-b", "uid-pods-llama-b", "node001", 1, 50.5, 40000),
        PodUse("runai-team-a", "embed-a", "uid-pods-embed-a", "node001", 1, 23, 18000),
    ]
    return store, telemetry
