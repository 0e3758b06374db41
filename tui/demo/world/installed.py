"""What the guide's steps leave behind: policies, the RunaiConfig, Knative's ConfigMaps, ingress and its addresses."""

from tui.demo.objects import Json
from tui.demo.world.naming import Names, rfc3339
from tui.demo.world.pods import meta

CLUSTER_UID = "6f3c1d4e-0b7a-4d52-9a8e-2f41c7d905ab"  # at the control plane
INGRESS = ("ingress-nginx", "ingress-nginx-controller")
GATEWAY = ("kourier-system", "kourier")
BALANCED = (INGRESS, GATEWAY)  # Services with an address of their own
_ADDRESSES = ("10.185.118.30", "10.185.118.31")
_RUNAI_VERSION = "2.20.22"
_TLS = "runai-cluster-domain-tls-secret"
_FLAGS = (
    *("containerspec-addcapabilities", "podspec-affinity", "podspec-init-containers", "podspec-nodeselector"),
    *("podspec-persistent-volume-claim", "podspec-persistent-volume-write", "podspec-schedulername"),
    *("podspec-securitycontext", "podspec-tolerations", "podspec-volumes-emptydir"),
)
_CONFIG_MAPS: tuple[tuple[str, dict[str, str]], ...] = (
    ("config-features", {f"kubernetes.{flag}": "enabled" for flag in _FLAGS} | {"multi-container": "enabled"}),
    ("config-autoscaler", {"enable-scale-to-zero": "true", "stable-window": "60s"}),
    (
        "config-deployment",
        {"progress-deadline": "1800s", "registries-skipping-tag-resolving": "kind.local,ko.local,dev.local,nvcr.io"},
    ),
    ("config-network", {"ingress-class": "kourier.ingress.networking.knative.dev"}),
    ("config-domain", {"runai-inference.era.example.com": ""}),
)


def installed_objects(names: Names, created: float) -> list[Json]:
    """In an order in which they can be created."""
    return [
        *_policies(names, created),
        _runai_config(names, created),
        _prometheus(names, created),
        _ingress_class(names, created),
        *(_balanced(names, created, place, address) for place, address in zip(BALANCED, _ADDRESSES, strict=True)),
        _tls_secret(names, created),
        *(_config_map(names, name, data, created) for name, data in _CONFIG_MAPS),
    ]


def set_address(service: Json, address: str) -> None:
    """The load balancer's address of a Service, as MetalLB writes it."""
    service["status"] = {"loadBalancer": {"ingress": [{"ip": address, "ipMode": "VIP"}]}}


def _policies(names: Names, created: float) -> list[Json]:
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "Reconciled",
        "message": "ClusterPolicy is ready as all resources have been successfully reconciled",
        "lastTransitionTime": rfc3339(created + 300),
    }
    enabled = {part: {"enabled": True} for part in ("dcgmExporter", "devicePlugin", "gfd", "toolkit", "validator")}
    return [
        {
            "apiVersion": "nvidia.com/v1",
            "kind": "ClusterPolicy",
            "metadata": meta("cluster-policy", None, names.uuid("clusterpolicy"), created, generation=1),
            "spec": {"driver": {"enabled": False}, "operator": {"defaultRuntime": "containerd"}, **enabled},
            "status": {"namespace": "gpu-operator", "state": "ready", "conditions": [ready]},
        },
        {
            "apiVersion": "mellanox.com/v1alpha1",
            "kind": "NicClusterPolicy",
            "metadata": meta("nic-cluster-policy", None, names.uuid("nicclusterpolicy"), created, generation=1),
            "spec": {"rdmaSharedDevicePlugin": {"image": "k8s-rdma-shared-dev-plugin", "version": "v1.5.1"}},
            "status": {
                "state": "ready",
                "appliedStates": [
                    {"name": "state-RDMA-device-plugin", "state": "ready"},
                    {"name": "state-OFED", "state": "ignore"},
                ],
            },
        },
    ]


def _runai_config(names: Names, created: float) -> Json:
    return {
        "apiVersion": "run.ai/v1",
        "kind": "RunaiConfig",
        "metadata": meta("runai", "runai", names.uuid("runaiconfig"), created, generation=1),
        "spec": {
            "global": {
                "clusterURL": "https://era.example.com",
                "clusterUid": CLUSTER_UID,
                "controlPlane": {"url": "nvidia-era.run.ai"},
                "nvidiaDcgmExporter": {"namespace": "gpu-operator"},
                "version": _RUNAI_VERSION,
            }
        },
        "status": {"version": _RUNAI_VERSION, "conditions": _fine("Available", created)},
    }


def _fine(kind: str, created: float) -> list[Json]:
    at = rfc3339(created + 600)
    return [{"type": kind, "status": "True", "reason": "Reconciled", "message": "", "lastTransitionTime": at}]


def _prometheus(names: Names, created: float) -> Json:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "Prometheus",
        "metadata": meta(
            "kube-prometheus-stack-prometheus", "monitoring", names.uuid("prometheus"), created, generation=1
        ),
        "spec": {"replicas": 1, "version": "v2.54.1", "scrapeInterval": "30s", "retention": "10d"},
        "status": {
            "replicas": 1,
            "updatedReplicas": 1,
            "availableReplicas": 1,
            "unavailableReplicas": 0,
            "paused": False,
            "conditions": [*_fine("Available", created), *_fine("Reconciled", created)],
        },
    }


def _ingress_class(names: Names, created: float) -> Json:
    is_default = {"ingressclass.kubernetes.io/is-default-class": "true"}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": meta("nginx", None, names.uuid("ingressclass"), created, annotations=is_default, generation=1),
        "spec": {"controller": "k8s.io/ingress-nginx"},
    }


def _balanced(names: Names, created: float, place: tuple[str, str], address: str) -> Json:
    namespace, name = place
    labels = {"app": "3scale-kourier-gateway" if name == "kourier" else name}
    cluster_ip = f"10.96.1.{10 + len(namespace)}"
    made: Json = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta(name, namespace, names.uuid("service", namespace, name), created, labels=labels),
        "spec": {
            "type": "LoadBalancer",
            "clusterIP": cluster_ip,
            "clusterIPs": [cluster_ip],
            "ports": [
                {"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080, "nodePort": 30080 + len(name)},
                {"name": "https", "port": 443, "protocol": "TCP", "targetPort": 8443, "nodePort": 30443 + len(name)},
            ],
            "selector": labels,
            "sessionAffinity": "None",
        },
    }
    set_address(made, address)
    return made


def _tls_secret(names: Names, created: float) -> Json:
    """Made up: nothing serves with it."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": meta(_TLS, "runai", names.uuid("secret", "runai", _TLS), created),
        "type": "kubernetes.io/tls",
        "data": {"tls.crt": "bWFkZS11cA==", "tls.key": "bWFkZS11cA=="},
    }


def _config_map(names: Names, name: str, data: dict[str, str], created: float) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": meta(name, "knative-serving", names.uuid("configmap", name), created),
        "data": data,
    }
