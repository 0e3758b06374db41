"""Which workload a pod or an object belongs to: the top of the owner chain, as far as it can be seen.

Links that RBAC hides are bridged by what the makers leave on their children: Knative's service label, Run:ai's
workload name, the template hash of a Deployment's ReplicaSets. Resolution reads the tables and changes nothing.
"""

from collections.abc import Iterator, Mapping

from tui.model.ids import ObjectKey, OwnerRef, WorkloadKey
from tui.model.pod import Pod
from tui.model.workload import WorkloadObject

RUNAI_KINDS = (
    "inferenceworkloads.run.ai",
    "distributedinferenceworkloads.run.ai",
    "trainingworkloads.run.ai",
    "interactiveworkloads.run.ai",
    "distributedworkloads.run.ai",
)
KNATIVE = "services.serving.knative.dev"
NIM = "nimservices.apps.nvidia.com"
DEPLOYMENTS, REPLICASETS, STATEFULSETS, JOBS = "deployments.apps", "replicasets.apps", "statefulsets.apps", "jobs.batch"
DECLARED_KINDS = (*RUNAI_KINDS, KNATIVE, NIM)  # rows of their own, GPU or not
BUILDER_KINDS = (DEPLOYMENTS, STATEFULSETS, JOBS)  # rows of their own if they ask for GPUs
WORKLOAD_KINDS = (*DECLARED_KINDS, *BUILDER_KINDS, REPLICASETS)
KIND_NAMES = {
    "inferenceworkloads.run.ai": "InferenceWorkload",
    "distributedinferenceworkloads.run.ai": "DistributedInferenceWorkload",
    "trainingworkloads.run.ai": "TrainingWorkload",
    "interactiveworkloads.run.ai": "InteractiveWorkload",
    "distributedworkloads.run.ai": "DistributedWorkload",
    KNATIVE: "Service",
    NIM: "NIMService",
    DEPLOYMENTS: "Deployment",
    REPLICASETS: "ReplicaSet",
    STATEFULSETS: "StatefulSet",
    JOBS: "Job",
}
KNATIVE_PARTS = ("Service", "Configuration", "Revision", "PodAutoscaler")
SERVICE_LABEL, NAME_LABEL, KIND_LABEL = "serving.knative.dev/service", "workloadName", "workloadKind"
HASH_LABEL = "pod-template-hash"
MAX_DEPTH = 8  # an owner chain that is longer is a loop

Tables = Mapping[str, Mapping[ObjectKey, WorkloadObject]]


class Owners:
    """Resolution over the tables of workload objects, which the store keeps up to date together with ``by_uid``."""

    def __init__(self, tables: Tables, by_uid: Mapping[str, WorkloadObject]) -> None:
        self._tables = tables
        self._by_uid = by_uid

    def of_pod(self, pod: Pod) -> WorkloadKey:
        """The workload that the pod is part of; the pod itself if nothing made it."""
        if pod.knative_service is not None:
            return self._of_knative(pod.key.namespace, pod.knative_service, pod.workload_name, pod.labels)
        named = self._runai(pod.key.namespace, pod.workload_name)
        if named is not None:
            return named.key
        owner = pod.owner
        if owner is None or owner.kind == "Node":
            return WorkloadKey(pod.key.namespace, pod.key.name, "Pod")
        return self._climb(pod.key.namespace, owner, pod.labels)

    def of_object(self, thing: WorkloadObject) -> WorkloadKey:
        """The top of the object's own chain: its own key if nothing listed owns it."""
        labels = thing.labels
        if self._is_knative(thing):
            return self._of_knative(thing.key.namespace, thing.key.name, labels.get(NAME_LABEL), labels)
        if SERVICE_LABEL in labels:
            return self._of_knative(thing.key.namespace, labels[SERVICE_LABEL], labels.get(NAME_LABEL), labels)
        if thing.owner is None:
            return thing.key
        return self._climb(thing.key.namespace, thing.owner, labels)

    def _is_knative(self, thing: WorkloadObject) -> bool:
        return self._tables[KNATIVE].get(ObjectKey(thing.key.namespace, thing.key.name)) is thing

    def _climb(self, namespace: str, owner: OwnerRef, labels: Mapping[str, str]) -> WorkloadKey:
        for _ in range(MAX_DEPTH):
            parent = self._find(namespace, owner)
            if parent is None:
                return self._unlisted(namespace, owner, labels)
            if self._is_knative(parent):
                return self.of_object(parent)
            if parent.owner is None:
                return parent.key
            owner, labels = parent.owner, parent.labels or labels
        return WorkloadKey(namespace, owner.name, owner.kind)

    def _find(self, namespace: str, owner: OwnerRef) -> WorkloadObject | None:
        found = self._by_uid.get(owner.uid)
        if found is not None:
            return found
        key = ObjectKey(namespace, owner.name)
        plurals = [plural for plural, kind in KIND_NAMES.items() if kind == owner.kind]
        return next((o for p in plurals if (o := self._tables[p].get(key)) is not None and not owner.uid), None)

    def _unlisted(self, namespace: str, owner: OwnerRef, labels: Mapping[str, str]) -> WorkloadKey:
        """The owner can't be seen: a ReplicaSet is named after its Deployment, a Knative part after its service."""
        if owner.kind in KNATIVE_PARTS and SERVICE_LABEL in labels:
            return self._of_knative(namespace, labels[SERVICE_LABEL], labels.get(NAME_LABEL), labels)
        if owner.kind != "ReplicaSet":
            return WorkloadKey(namespace, owner.name, owner.kind)
        suffix = labels.get(HASH_LABEL) or owner.name.rpartition("-")[2]
        name = owner.name.removesuffix(f"-{suffix}")
        deployment = self._tables[DEPLOYMENTS].get(ObjectKey(namespace, name))
        return WorkloadKey(namespace, name, "Deployment") if deployment is None else self.of_object(deployment)

    def _of_knative(self, namespace: str, service: str, workload: str | None, labels: Mapping[str, str]) -> WorkloadKey:
        found = self._tables[KNATIVE].get(ObjectKey(namespace, service))
        if found is not None and found.owner is not None:
            owner = self._find(namespace, found.owner)
            if owner is not None:
                return self.of_object(owner)
        maker = self._runai(namespace, workload) or self._runai(namespace, service)
        if maker is not None:
            return maker.key
        if found is None and workload is not None and labels.get(KIND_LABEL):
            return WorkloadKey(namespace, workload, labels[KIND_LABEL])
        return WorkloadKey(namespace, service, "Service") if found is None else found.key

    def _runai(self, namespace: str, name: str | None) -> WorkloadObject | None:
        if name is None:
            return None
        key = ObjectKey(namespace, name)
        return next((o for plural in RUNAI_KINDS if (o := self._tables[plural].get(key)) is not None), None)

    def declared(self) -> Iterator[WorkloadObject]:
        """Every object that may be a row without pods."""
        for plural in DECLARED_KINDS:
            yield from self._tables[plural].values()
        for plural in BUILDER_KINDS:
            yield from (o for o in self._tables[plural].values() if o.gpu is not None and o.gpu.asks_gpu)
