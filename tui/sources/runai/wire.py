"""The control plane's JSON, typed: only what nimdeck reads. Names are the wire's."""

# ruff: noqa: N815

import msgspec


class Pods(msgspec.Struct):
    number: int | None = None
    min: int | None = None
    max: int | None = None


class Cores(msgspec.Struct):
    request: float | None = None


class Quantity(msgspec.Struct):
    request: str | None = None


class Requested(msgspec.Struct):
    gpu: Cores | None = None
    gpuMemory: Quantity | None = None


class Allocated(msgspec.Struct):
    gpu: float | None = None
    gpuMemory: str | None = None


class Workload(msgspec.Struct):
    id: str
    name: str
    namespace: str
    type: str
    phase: str
    clusterId: str | None = None
    phaseMessage: str | None = None
    phaseReason: str | None = None
    phaseUpdatedAt: str | None = None
    projectName: str | None = None
    departmentName: str | None = None
    currentNodePools: list[str] | None = None
    requestedNodePools: list[str] | None = None
    images: list[str] | None = None
    urls: list[str] | None = None
    runningPods: int | None = None
    requestedPods: Pods | None = None
    workloadRequestedResources: Requested | None = None
    allocatedResources: Allocated | None = None
    idleAllocatedGpus: float | None = None
    idleGpus: float | None = None
    priority: int | None = None
    priorityClassName: str | None = None
    preemptible: bool | None = None
    createdAt: str | None = None


class Gpus(msgspec.Struct):
    gpu: float | None = None


class QuotaStatus(msgspec.Struct):
    allocated: Gpus | None = None
    requested: Gpus | None = None


class Deserved(msgspec.Struct):
    deserved: float | None = None
    limit: float | None = None


class PoolResources(msgspec.Struct):
    gpu: Deserved | None = None


class Total(msgspec.Struct):
    gpuQuota: float | None = None


class UnitStatus(msgspec.Struct):
    namespace: str | None = None
    phase: str | None = None
    quotaStatus: QuotaStatus | None = None


class Parent(msgspec.Struct):
    name: str | None = None


class OrgUnit(msgspec.Struct):
    """A project or a department."""

    name: str
    clusterId: str | None = None
    parent: Parent | None = None
    status: UnitStatus | None = None
    totalResources: Total | None = None
    resources: list[PoolResources] | None = None


class Strategy(msgspec.Struct):
    gpu: str | None = None


class Scheduling(msgspec.Struct):
    placementStrategy: Strategy | None = None


class Pool(msgspec.Struct):
    name: str
    clusterId: str | None = None
    labelKey: str | None = None
    labelValue: str | None = None
    phase: str | None = None
    schedulingConfiguration: Scheduling | None = None
    placementStrategy: Strategy | None = None


class Cluster(msgspec.Struct):
    uuid: str
    name: str
    version: str | None = None


class GpuInfo(msgspec.Struct):
    gpuCount: int | None = None


class Node(msgspec.Struct):
    name: str
    id: str | None = None
    clusterUuid: str | None = None
    gpuInfo: GpuInfo | None = None


class Stamped(msgspec.Struct):
    value: str


class Measurement(msgspec.Struct):
    type: str
    values: list[Stamped] | None = None
    labels: dict[str, str] | None = None


class Measurements(msgspec.Struct):
    measurements: list[Measurement] = []
