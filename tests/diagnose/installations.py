"""A cluster that has all that the guide wants, as values, and ways to change one fact of it."""

from dataclasses import replace

from tests.diagnose.clusters import DEPARTMENT, pool, queue, snapshot
from tests.store.builders import NOW, node
from tui.diagnose.preflight_knative import FLAGS
from tui.model.ids import GpuId, ObjectKey
from tui.model.installation import (
    Access,
    Certificate,
    ClusterUrl,
    ControlPlaneFacts,
    Deployed,
    IngressClass,
    Installation,
    MetricSeen,
    Policy,
    PrometheusObject,
    RunaiCluster,
    RunaiPool,
    ServiceFact,
    Target,
)
from tui.model.metrics import MetricColumn
from tui.model.rights import RIGHTS, Where
from tui.model.snapshot import Snapshot
from tui.model.surroundings import Claim, SecretInfo, StorageClass

HOST = "era.example.com"
SPACE = "runai-test"
DAY = 86400.0


def picture(xid: float = 0.0, nodes: int = 2, quota: float = 12.0, **fields: object) -> Snapshot:
    """Nodes with four GPUs each, all seen by DCGM."""
    names = [f"n{number}" for number in range(1, nodes + 1)]
    things = [node(name, **(fields if name == "n1" else {})) for name in names]
    gpus = [GpuId(name, index) for name in names for index in range(4)]
    figures = MetricColumn("gpu_utilization_fraction", "dcgm", NOW, dict.fromkeys(gpus, 0.5))
    xids = MetricColumn("gpu_xid", "dcgm", NOW, {**dict.fromkeys(gpus, 0.0), gpus[0]: xid})
    tenants = (queue(quota=quota), DEPARTMENT)
    return snapshot(things, queues=tenants, pools=(pool("spread"),), extra=(figures, xids))


def deployments(*names: str) -> tuple[Deployed, ...]:
    return tuple(Deployed(name, 1, 1) for name in names)


def healthy(**fields: object) -> Installation:
    """Everything there, everything known."""
    plain = Installation(
        at=NOW,
        context="era",
        api={"serving.knative.dev": frozenset({"services", "revisions", "configurations", "routes"})},
        kubernetes_version="v1.32.4",
        cluster_policies=(Policy("cluster-policy", "ready"),),
        nic_policies=(Policy("nic-cluster-policy", "ready"),),
        deployments={
            "gpu-operator": deployments("gpu-operator"),
            "nvidia-network-operator": deployments("network-operator"),
            "runai": deployments("runai-operator", "cluster-sync"),
            "knative-serving": (
                *deployments("activator", "autoscaler", "autoscaler-hpa", "webhook", "net-kourier-controller"),
                Deployed("controller", 1, 1, "1.18.2"),
            ),
            "ingress-nginx": deployments("ingress-nginx-controller"),
            "nginx-ingress": (),
            "default": (),
            "metallb-system": deployments("controller"),
        },
        prometheuses=(PrometheusObject(ObjectKey("monitoring", "k8s"), 1, 1),),
        monitoring_services=(ServiceFact(ObjectKey("monitoring", "prometheus"), "ClusterIP", (9090,)),),
        targets=(Target("dcgm-exporter", "10.0.0.1:9400", True), Target("kube-scheduler", "10.0.0.1:10259", True)),
        metrics=(
            MetricSeen("DCGM_FI_DEV_GPU_UTIL", "dcgm", True, 10.0),
            MetricSeen("kube_pod_info", "kube-state-metrics", True, 20.0),
            MetricSeen("runai_gpu_count_per_node", "runai", True, 15.0),
        ),
        control_plane=ControlPlaneFacts(
            "https://tenant.example",
            True,
            "2.22.4",
            (RunaiCluster("uuid-1", "era", "Connected", "2.22.3", f"https://{HOST}", NOW - 5),),
            (RunaiPool("default", "spread", "spread"),),
        ),
        runai_cluster="era",
        runai_version="2.22.3",
        namespaces=frozenset({"runai", SPACE}),
        project_namespaces={SPACE: "test"},
        config_maps={
            setting("config-features"): dict.fromkeys(FLAGS, "enabled"),
            setting("config-autoscaler"): {"enable-scale-to-zero": "true"},
            setting("config-deployment"): {"progress-deadline": "1800s"},
            setting("config-network"): {},
            setting("config-domain"): {f"runai-inference.{HOST}": ""},
        },
        storage_classes=(StorageClass("default", "nfs.csi.k8s.io", True, False),),
        claims={SPACE: (Claim("nfs-pvc-nim", "Bound", "default", ("ReadWriteMany",), 100 << 30),)},
        secrets={
            SPACE: (
                SecretInfo("ngc-api-key", "Opaque", ("NGC_API_KEY",)),
                SecretInfo("nvcr", "kubernetes.io/dockerconfigjson", (".dockerconfigjson",)),
            ),
            "runai": (SecretInfo("runai-cluster-domain-tls-secret", "kubernetes.io/tls"),),
        },
        load_balancers=(
            ServiceFact(
                ObjectKey("ingress-nginx", "ingress-nginx-controller"), "LoadBalancer", (443,), ("192.0.2.10",)
            ),
            ServiceFact(ObjectKey(SPACE, "llama"), "LoadBalancer", (80,), ("192.0.2.11",)),
        ),
        ingress_classes=(IngressClass("nginx", "k8s.io/ingress-nginx", True),),
        cluster_url=ClusterUrl(
            f"https://{HOST}", HOST, ("192.0.2.10",), Certificate((HOST,), NOW + 200 * DAY, True, HOST)
        ),
        skew_seconds={"Kubernetes": 0.3, "Prometheus": -0.2},
        access=tuple(
            Access(
                one.capability,
                one.verb,
                one.resource,
                {Where.PROJECT: SPACE, Where.KNATIVE: "knative-serving"}.get(one.where, ""),
                True,
            )
            for one in RIGHTS
        ),
    )
    return replace(plain, **fields)


def setting(name: str) -> ObjectKey:
    return ObjectKey("knative-serving", name)


def with_setting(name: str, key: str, value: str | None) -> Installation:
    """One key of a ConfigMap of Knative other, or gone."""
    plain = healthy()
    data = {**plain.config_maps[setting(name)], key: value}  # type: ignore[dict-item]
    return replace(
        plain,
        config_maps={**plain.config_maps, setting(name): {k: v for k, v in data.items() if v is not None}},
    )


def with_deployments(namespace: str, *there: Deployed) -> Installation:
    plain = healthy()
    return replace(plain, deployments={**plain.deployments, namespace: there})


def without_ready(namespace: str, name: str) -> Installation:
    """That one Deployment has no replica ready."""
    there = healthy().deployments[namespace]
    return with_deployments(namespace, *(replace(one, ready=0) if one.name == name else one for one in there))


def without(namespace: str, name: str) -> Installation:
    return with_deployments(namespace, *(one for one in healthy().deployments[namespace] if one.name != name))


def with_url(**fields: object) -> Installation:
    plain = healthy()
    assert plain.cluster_url is not None
    return replace(plain, cluster_url=replace(plain.cluster_url, **fields))


def with_plane(**fields: object) -> Installation:
    plain = healthy()
    assert plain.control_plane is not None
    return replace(plain, control_plane=replace(plain.control_plane, **fields))


def with_cluster(**fields: object) -> Installation:
    """The cluster at the control plane, otherwise."""
    plane = healthy().control_plane
    assert plane is not None and plane.clusters is not None
    return with_plane(clusters=(replace(plane.clusters[0], **fields),))


def denied(capability: str) -> Installation:
    plain = healthy()
    told = tuple(replace(one, allowed=one.capability != capability) for one in plain.access or ())
    return replace(plain, access=told)
