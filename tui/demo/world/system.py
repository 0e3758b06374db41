"""The pods of the platform itself: GPU operator on every node, Run:ai, monitoring and Knative on the first ones."""

from collections.abc import Iterator

from tui.demo.objects import Json
from tui.demo.world.naming import Names
from tui.demo.world.pods import meta, pod_object

_DAEMONS = (
    ("nvidia-dcgm-exporter", "gpu-operator", "nvcr.io/nvidia/k8s/dcgm-exporter:3.3.8-3.6.0-ubuntu22.04", 9400),
    ("nvidia-device-plugin-daemonset", "gpu-operator", "nvcr.io/nvidia/k8s-device-plugin:v0.16.2", 0),
)
_SINGLES = (
    ("runai-scheduler-default", "runai", "gcr.io/run-ai-prod/scheduler:v2.20", 8080),
    ("workload-controller", "runai", "gcr.io/run-ai-prod/workload-controller:v2.20", 8080),
    ("runai-agent", "runai", "gcr.io/run-ai-prod/agent:v2.20", 0),
    ("pod-grouper", "runai", "gcr.io/run-ai-prod/pod-grouper:v2.20", 8080),
    ("binder", "runai", "gcr.io/run-ai-prod/binder:v2.20", 8080),
    ("gpu-operator", "gpu-operator", "nvcr.io/nvidia/gpu-operator:v24.6.2", 8080),
    ("prometheus-kube-prometheus-stack-prometheus-0", "monitoring", "quay.io/prometheus/prometheus:v2.54.1", 9090),
    ("kube-prometheus-stack-kube-state-metrics", "monitoring", "k8s.gcr.io/kube-state-metrics:v2.13.0", 8080),
    ("controller", "knative-serving", "gcr.io/knative-releases/knative.dev/serving/cmd/controller:v1.14.0", 9090),
    ("autoscaler", "knative-serving", "gcr.io/knative-releases/knative.dev/serving/cmd/autoscaler:v1.14.0", 9090),
    ("activator", "knative-serving", "gcr.io/knative-releases/knative.dev/serving/cmd/activator:v1.14.0", 8012),
)


def system_pods(names: Names, nodes: list[str], hosts: list[str], created: float) -> Iterator[tuple[Json, str]]:
    """(pod, the node it runs on): daemons on all nodes, what is there once on the ``hosts``."""
    for name, namespace, image, port in _DAEMONS:
        daemon_set = _owner("DaemonSet", name, names.uuid("daemonset", name))
        for node in nodes:
            pod_name = f"{name}-{names.suffix(name, node)}"
            yield _pod(names, pod_name, namespace, image, port, created, {"app": name}, daemon_set), node
    for position, (name, namespace, image, port) in enumerate(_SINGLES):
        pod_name = name
        if not name.endswith("-0"):
            pod_name = f"{name}-{names.suffix('hash', name, length=9)}-{names.suffix('pod', name)}"
        made = _pod(names, pod_name, namespace, image, port, created, {"app": name}, None)
        yield made, hosts[position % len(hosts)]


def _owner(kind: str, name: str, uid: str) -> Json:
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "uid": uid}}


def _pod(
    names: Names,
    name: str,
    namespace: str,
    image: str,
    port: int,
    created: float,
    labels: dict[str, str],
    owner: Json | None,
) -> Json:
    container: Json = {
        "name": labels["app"][:63],
        "image": image,
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
    }
    if port:
        container["ports"] = [{"name": "metrics", "containerPort": port, "protocol": "TCP"}]
    metadata = meta(
        name, namespace, names.uuid("pod", namespace, name), created, labels=labels, owner=owner, generation=1
    )
    return pod_object({"metadata": {}, "spec": {"containers": [container]}}, metadata)
