"""The object store by kind instead of by plural: what the seed and the controllers speak."""

from collections.abc import Callable
from typing import NamedTuple

from tui.demo.objects import Json, ObjectStore, Resource

Edit = Callable[[Json], None]


class Kind(NamedTuple):
    """A kind by its API group (``""`` is core) and its plural."""

    plural: str
    group: str = ""


BINDING = Kind("bindrequests", "scheduling.run.ai")
CONFIGURATION = Kind("configurations", "serving.knative.dev")
CONFIG_MAP = Kind("configmaps")
DAEMON_SET = Kind("daemonsets", "apps")
DEPLOYMENT = Kind("deployments", "apps")
EVENT = Kind("events")
INFERENCE = Kind("inferenceworkloads", "run.ai")
JOB = Kind("jobs", "batch")
AUTOSCALER = Kind("podautoscalers", "autoscaling.internal.knative.dev")
KSERVICE = Kind("services", "serving.knative.dev")
NAMESPACE = Kind("namespaces")
NODE = Kind("nodes")
NODE_POOL = Kind("nodepools", "run.ai")
POD = Kind("pods")
POD_GROUP = Kind("podgroups", "scheduling.run.ai")
PRIORITY = Kind("priorityclasses", "scheduling.k8s.io")
PVC = Kind("persistentvolumeclaims")
QUEUE = Kind("queues", "scheduling.run.ai")
REPLICA_SET = Kind("replicasets", "apps")
RESOURCE_QUOTA = Kind("resourcequotas")
REVISION = Kind("revisions", "serving.knative.dev")
ROUTE = Kind("routes", "serving.knative.dev")
SECRET = Kind("secrets")
SERVICE = Kind("services")
STORAGE_CLASS = Kind("storageclasses", "storage.k8s.io")
VOLUME = Kind("persistentvolumes")

_PLURALS = {
    "CustomResourceDefinition": "customresourcedefinitions",
    "ClusterPolicy": "clusterpolicies",
    "IngressClass": "ingressclasses",
    "NetworkPolicy": "networkpolicies",
    "NicClusterPolicy": "nicclusterpolicies",
    "Prometheus": "prometheuses",
    "PriorityClass": "priorityclasses",
    "StorageClass": "storageclasses",
}


def kind_of(obj: Json) -> Kind:
    """The kind of a whole object."""
    group = obj["apiVersion"].rpartition("/")[0]
    name = obj["kind"]
    return Kind(_PLURALS.get(name, f"{name.lower()}s"), group)


class Api:
    """A thin view of the store. Objects it returns are the caller's to read and never to change."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store
        self._resources: dict[Kind, Resource] = {}

    def create(self, obj: Json) -> Json:
        return self.store.create(self._resource(kind_of(obj)), obj)

    def create_all(self, objects: list[Json]) -> None:
        for obj in objects:
            self.create(obj)

    def get(self, kind: Kind, namespace: str | None, name: str) -> Json | None:
        """The object, or ``None`` where there is none."""
        return self.store.get(self._resource(kind), namespace, name)

    def list(self, kind: Kind, namespace: str | None = None) -> list[Json]:
        return list(self.store.list(self._resource(kind), namespace))

    def change(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        edit: Edit,
        *,
        status: bool = False,
    ) -> Json | None:
        """Edits a copy in place and stores it; ``None`` if it is gone by now."""
        if self.get(kind, namespace, name) is None:
            return None
        return self.store.change(self._resource(kind), namespace, name, edit, status=status)

    def delete(self, kind: Kind, namespace: str | None, name: str) -> None:
        if self.get(kind, namespace, name) is not None:
            self.store.delete(self._resource(kind), namespace, name)

    def _resource(self, kind: Kind) -> Resource:
        found = self._resources.get(kind)
        if found is None:
            found = self._resources[kind] = self.store.resource(kind.plural, kind.group)
        return found
