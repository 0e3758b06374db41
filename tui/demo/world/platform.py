"""What is installed on the cluster before any workload: namespaces, operators, monitoring, storage, secrets, CRDs."""

import base64

from tui.demo.kube.defaults import PVC_PROTECTION
from tui.demo.kube.schema import served_schema
from tui.demo.objects import Json
from tui.demo.world.installed import installed_objects
from tui.demo.world.naming import Names, rfc3339
from tui.demo.world.pods import meta
from tui.demo.world.tenancy import ProjectPlan

RESERVATION_NAMESPACE = "runai-reservation"
PVC = "nfs-pvc-nim"
NGC_SECRET = "ngc-api-key"
_NAMESPACES = (
    "default",
    "kube-system",
    "kube-public",
    "gpu-operator",
    "nvidia-network-operator",
    "ingress-nginx",
    "knative-serving",
    "kourier-system",
    "metallb-system",
    "monitoring",
    "runai",
    "runai-backend",
    RESERVATION_NAMESPACE,
)
_PRIORITIES = (
    ("train", 50),
    ("build-preemptible", 75),
    ("build", 100),
    ("inference", 125),
    ("very-low", 25),
    ("low", 40),
    ("medium-low", 65),
    ("medium", 80),
    ("medium-high", 90),
    ("high", 125),
    ("very-high", 150),
    ("system-cluster-critical", 2000000000),
)
# name, provisioner, volumeBindingMode
_CLASSES = (
    ("nfs-client", "cluster.local/nfs-subdir-external-provisioner", "Immediate"),
    ("local-path", "rancher.io/local-path", "WaitForFirstConsumer"),
)
# plural, kind, group, version, namespaced
CRDS = (
    ("inferenceworkloads", "InferenceWorkload", "run.ai", "v2alpha1", True),
    ("trainingworkloads", "TrainingWorkload", "run.ai", "v2alpha1", True),
    ("interactiveworkloads", "InteractiveWorkload", "run.ai", "v2alpha1", True),
    ("projects", "Project", "run.ai", "v2", False),
    ("nodepools", "NodePool", "run.ai", "v2", False),
    ("queues", "Queue", "scheduling.run.ai", "v2", False),
    ("podgroups", "PodGroup", "scheduling.run.ai", "v2alpha2", True),
    ("bindrequests", "BindRequest", "scheduling.run.ai", "v1alpha2", True),
    ("services", "Service", "serving.knative.dev", "v1", True),
    ("configurations", "Configuration", "serving.knative.dev", "v1", True),
    ("revisions", "Revision", "serving.knative.dev", "v1", True),
    ("routes", "Route", "serving.knative.dev", "v1", True),
    ("podautoscalers", "PodAutoscaler", "autoscaling.internal.knative.dev", "v1alpha1", True),
    ("runaiconfigs", "RunaiConfig", "run.ai", "v1", True),
    ("clusterpolicies", "ClusterPolicy", "nvidia.com", "v1", False),
    ("nicclusterpolicies", "NicClusterPolicy", "mellanox.com", "v1alpha1", False),
    ("prometheuses", "Prometheus", "monitoring.coreos.com", "v1", True),
)


def platform_objects(names: Names, projects: list[ProjectPlan], created: float) -> list[Json]:
    """Everything but the system's pods, in the order in which it must exist."""
    return [
        *(_namespace(names, name, created) for name in _NAMESPACES),
        *(_namespace(names, plan.namespace, created, plan.name) for plan in projects),
        *(_crd(names, created, *crd) for crd in CRDS),
        *(_priority_class(names, name, number, created) for name, number in _PRIORITIES),
        *(_storage_class(names, created, *row) for row in _CLASSES),
        *(made for plan in projects for made in project_objects(names, plan.namespace, created)),
        *_services(names, created),
        *installed_objects(names, created),
    ]


def project_objects(names: Names, namespace: str, created: float) -> list[Json]:
    """What the guide puts into every project: the model cache, the NGC key and the pull secret (made-up values)."""
    volume = f"pvc-{names.uuid('pv', namespace)}"
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": meta(PVC, namespace, names.uuid("pvc", namespace), created) | {"finalizers": [PVC_PROTECTION]},
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "resources": {"requests": {"storage": "500Gi"}},
            "storageClassName": "nfs-client",
            "volumeMode": "Filesystem",
            "volumeName": volume,
        },
        "status": {"accessModes": ["ReadWriteMany"], "capacity": {"storage": "500Gi"}, "phase": "Bound"},
    }
    key = {"NGC_API_KEY": _encoded("nvapi-made-up-for-the-demo")}
    pull = {".dockerconfigjson": _encoded('{"auths":{"nvcr.io":{"auth":"bWFkZS11cA=="}}}')}
    return [
        _volume(names, volume, namespace, created),
        claim,
        _secret(names, NGC_SECRET, namespace, "Opaque", key, created),
        _secret(names, "ngc-registry", namespace, "kubernetes.io/dockerconfigjson", pull, created),
    ]


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _volume(names: Names, name: str, namespace: str, created: float) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": meta(name, None, names.uuid("pv", namespace), created),
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "capacity": {"storage": "500Gi"},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "name": PVC,
                "namespace": namespace,
                "uid": names.uuid("pvc", namespace),
            },
            "nfs": {"path": f"/srv/nim/{namespace}", "server": "10.141.255.10"},
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": "nfs-client",
            "volumeMode": "Filesystem",
        },
        "status": {"phase": "Bound"},
    }


def _secret(names: Names, name: str, namespace: str, kind: str, data: dict[str, str], created: float) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": meta(name, namespace, names.uuid("secret", namespace, name), created),
        "type": kind,
        "data": data,
    }


def _namespace(names: Names, name: str, created: float, project: str | None = None) -> Json:
    labels = {"kubernetes.io/metadata.name": name} | ({"runai/queue": project} if project else {})
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": meta(name, None, names.uuid("namespace", name), created, labels=labels),
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def _crd(names: Names, created: float, plural: str, kind: str, group: str, version: str, namespaced: bool) -> Json:
    name = f"{plural}.{group}"
    spoken = {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"}
    schema = {"openAPIV3Schema": served_schema(f"{plural}.{group}")}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": meta(name, None, names.uuid("crd", name), created, generation=1),
        "spec": {
            "group": group,
            "names": spoken,
            "scope": "Namespaced" if namespaced else "Cluster",
            "versions": [
                {"name": version, "served": True, "storage": True, "schema": schema, "subresources": {"status": {}}}
            ],
        },
        "status": {
            "acceptedNames": spoken,
            "conditions": [
                {
                    "type": kind_of,
                    "status": "True",
                    "reason": reason,
                    "message": message,
                    "lastTransitionTime": rfc3339(created),
                }
                for kind_of, reason, message in (
                    ("NamesAccepted", "NoConflicts", "no conflicts found"),
                    ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
                )
            ],
            "storedVersions": [version],
        },
    }


def _priority_class(names: Names, name: str, number: int, created: float) -> Json:
    return {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": meta(name, None, names.uuid("priorityclass", name), created, generation=1),
        "value": number,
        "preemptionPolicy": "PreemptLowerPriority",
    }


def _storage_class(names: Names, created: float, name: str, provisioner: str, binding: str) -> Json:
    """The first of them is the default."""
    is_default = name == _CLASSES[0][0]
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": meta(
            name,
            None,
            names.uuid("storageclass", name),
            created,
            annotations={"storageclass.kubernetes.io/is-default-class": "true"} if is_default else None,
        ),
        "provisioner": provisioner,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": binding,
        "allowVolumeExpansion": is_default,
    }


def _services(names: Names, created: float) -> list[Json]:
    stack = {"app.kubernetes.io/part-of": "kube-prometheus-stack", "release": "kube-prometheus-stack"}
    plans = (
        ("kubernetes", "default", "https", 443, {"component": "apiserver"}),
        (
            "kube-prometheus-stack-prometheus",
            "monitoring",
            "http-web",
            9090,
            stack | {"app": "kube-prometheus-stack-prometheus"},
        ),
        ("kube-prometheus-stack-alertmanager", "monitoring", "http-web", 9093, stack),
        ("kube-prometheus-stack-kube-state-metrics", "monitoring", "http", 8080, stack),
        ("prometheus-operated", "monitoring", "http-web", 9090, {"operated-prometheus": "true"}),
        ("nvidia-dcgm-exporter", "gpu-operator", "gpu-metrics", 9400, {"app": "nvidia-dcgm-exporter"}),
        ("runai-scheduler", "runai", "http-metrics", 8080, {"app": "runai-scheduler"}),
    )
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": meta(name, namespace, names.uuid("service", namespace, name), created, labels=labels),
            "spec": {
                "type": "ClusterIP",
                "clusterIP": f"10.96.{position}.10",
                "clusterIPs": [f"10.96.{position}.10"],
                "ports": [{"name": port_name, "port": port, "protocol": "TCP", "targetPort": port}],
                "selector": labels,
                "sessionAffinity": "None",
            },
            "status": {"loadBalancer": {}},
        }
        for position, (name, namespace, port_name, port, labels) in enumerate(plans)
    ]
