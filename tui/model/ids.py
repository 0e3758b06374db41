"""How things are named across rooms."""

from typing import NamedTuple


class GpuId(NamedTuple):
    """A physical GPU: its node and the index (``gpu``) that ``nvidia-smi`` prints there."""

    node: str
    gpu: int


class ObjectKey(NamedTuple):
    """Namespace and name; the namespace of a cluster-scoped object is ``""``."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class OwnerRef(NamedTuple):
    """The controller named in an object's ``ownerReferences``."""

    kind: str
    name: str
    uid: str


class WorkloadKey(NamedTuple):
    """A row of Workloads: the kind tells an InferenceWorkload from a Deployment of the same name."""

    namespace: str
    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"
