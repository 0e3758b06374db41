"""The kinds that the embedded cluster serves: one row each. A server may be given fewer (its CRDs absent)."""

from collections.abc import Collection

from tui.demo.objects import Resource

_ALL = ("all",)
_KNATIVE = ("all", "knative", "serving")


def _plain(
    group: str,
    plural: str,
    kind: str,
    *short: str,
    namespaced: bool = True,
    status: bool = False,
    generation: bool = False,
) -> Resource:
    return Resource(group, "v1", plural, kind, namespaced, short, has_status=status, has_generation=generation)


def _controller(group: str, plural: str, kind: str, *short: str) -> Resource:
    return Resource(group, "v1", plural, kind, True, short, categories=_ALL)


CORE = (
    _plain("", "namespaces", "Namespace", "ns", namespaced=False, status=True),
    _plain("", "nodes", "Node", "no", namespaced=False, status=True),
    Resource("", "v1", "pods", "Pod", True, ("po",), categories=_ALL),
    _plain("", "events", "Event", "ev"),
    Resource("", "v1", "services", "Service", True, ("svc",), has_generation=False, categories=_ALL),
    _plain("", "secrets", "Secret"),
    _plain("", "configmaps", "ConfigMap", "cm"),
    _plain("", "persistentvolumes", "PersistentVolume", "pv", namespaced=False, status=True),
    _plain("", "persistentvolumeclaims", "PersistentVolumeClaim", "pvc", status=True),
    _plain("", "serviceaccounts", "ServiceAccount", "sa"),
    _plain("", "endpoints", "Endpoints", "ep"),
    _plain("", "resourcequotas", "ResourceQuota", "quota", status=True),
)
BUILT_IN = (
    _controller("apps", "deployments", "Deployment", "deploy"),
    _controller("apps", "replicasets", "ReplicaSet", "rs"),
    _controller("apps", "statefulsets", "StatefulSet", "sts"),
    _controller("apps", "daemonsets", "DaemonSet", "ds"),
    _controller("batch", "jobs", "Job"),
    _plain("storage.k8s.io", "storageclasses", "StorageClass", "sc", namespaced=False),
    _plain("scheduling.k8s.io", "priorityclasses", "PriorityClass", "pc", namespaced=False, generation=True),
    Resource(
        "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", False, ("crd", "crds")
    ),
    _plain("coordination.k8s.io", "leases", "Lease"),
    _plain("networking.k8s.io", "networkpolicies", "NetworkPolicy", "netpol", generation=True),
    _plain("networking.k8s.io", "ingressclasses", "IngressClass", namespaced=False, generation=True),
)
CUSTOM = (
    Resource("run.ai", "v2alpha1", "inferenceworkloads", "InferenceWorkload"),
    Resource("run.ai", "v2alpha1", "trainingworkloads", "TrainingWorkload"),
    Resource("run.ai", "v2alpha1", "interactiveworkloads", "InteractiveWorkload"),
    Resource("run.ai", "v2alpha1", "distributedworkloads", "DistributedWorkload"),
    Resource("run.ai", "v2", "projects", "Project", False),
    Resource("run.ai", "v2", "nodepools", "NodePool", False),
    Resource("scheduling.run.ai", "v2", "queues", "Queue", False),
    Resource("scheduling.run.ai", "v2alpha2", "podgroups", "PodGroup", True, ("pg",)),
    Resource("scheduling.run.ai", "v1alpha2", "bindrequests", "BindRequest"),
    Resource("serving.knative.dev", "v1", "services", "Service", True, ("kservice", "ksvc"), categories=_KNATIVE),
    Resource(
        "serving.knative.dev", "v1", "configurations", "Configuration", True, ("config", "cfg"), categories=_KNATIVE
    ),
    Resource("serving.knative.dev", "v1", "revisions", "Revision", True, ("rev",), categories=_KNATIVE),
    Resource("serving.knative.dev", "v1", "routes", "Route", True, ("rt",), categories=_KNATIVE),
    Resource("autoscaling.internal.knative.dev", "v1alpha1", "podautoscalers", "PodAutoscaler", True, ("kpa", "pa")),
    Resource("apps.nvidia.com", "v1alpha1", "nimservices", "NIMService"),
    Resource("run.ai", "v1", "runaiconfigs", "RunaiConfig"),
    Resource("nvidia.com", "v1", "clusterpolicies", "ClusterPolicy", False),
    Resource("mellanox.com", "v1alpha1", "nicclusterpolicies", "NicClusterPolicy", False),
    Resource("monitoring.coreos.com", "v1", "prometheuses", "Prometheus", True, ("prom",)),
)


def cluster_resources(without_groups: Collection[str] = ()) -> tuple[Resource, ...]:
    """Every kind, less the custom groups named."""
    return (*CORE, *BUILT_IN, *(res for res in CUSTOM if res.group not in without_groups))
