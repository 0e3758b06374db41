"""What runs on the cluster before any workload: the operators' Deployments and DaemonSets with their pods."""

from typing import NamedTuple

from tui.demo.objects import Json
from tui.demo.world import status, workloads
from tui.demo.world.naming import Names
from tui.demo.world.pods import meta, pod_object

_KNATIVE = "gcr.io/knative-releases/knative.dev/serving/cmd"
_RUNAI = "gcr.io/run-ai-prod"


class Program(NamedTuple):
    """One program of the platform; ``port`` 0: it serves no metrics."""

    name: str
    namespace: str
    image: str
    port: int = 0


_DAEMONS = (
    Program("nvidia-dcgm-exporter", "gpu-operator", "nvcr.io/nvidia/k8s/dcgm-exporter:3.3.8-3.6.0-ubuntu22.04", 9400),
    Program("nvidia-device-plugin-daemonset", "gpu-operator", "nvcr.io/nvidia/k8s-device-plugin:v0.16.2"),
    Program("nvidia-operator-validator", "gpu-operator", "nvcr.io/nvidia/cloud-native/gpu-operator-validator:v24.6.2"),
)
_DEPLOYMENTS = (
    Program("runai-scheduler-default", "runai", f"{_RUNAI}/scheduler:v2.20.22", 8080),
    Program("workload-controller", "runai", f"{_RUNAI}/workload-controller:v2.20.22", 8080),
    Program("runai-agent", "runai", f"{_RUNAI}/agent:v2.20.22"),
    Program("cluster-sync", "runai", f"{_RUNAI}/cluster-sync:v2.20.22"),
    Program("pod-grouper", "runai", f"{_RUNAI}/pod-grouper:v2.20.22", 8080),
    Program("binder", "runai", f"{_RUNAI}/binder:v2.20.22", 8080),
    Program("gpu-operator", "gpu-operator", "nvcr.io/nvidia/gpu-operator:v24.6.2", 8080),
    Program(
        "network-operator", "nvidia-network-operator", "nvcr.io/nvidia/cloud-native/network-operator:v24.7.0", 8080
    ),
    Program(
        "kube-prometheus-stack-operator", "monitoring", "quay.io/prometheus-operator/prometheus-operator:v0.77.1", 8080
    ),
    Program("kube-prometheus-stack-kube-state-metrics", "monitoring", "k8s.gcr.io/kube-state-metrics:v2.13.0", 8080),
    Program("controller", "knative-serving", f"{_KNATIVE}/controller:v1.17.0", 9090),
    Program("webhook", "knative-serving", f"{_KNATIVE}/webhook:v1.17.0", 9090),
    Program("autoscaler", "knative-serving", f"{_KNATIVE}/autoscaler:v1.17.0", 9090),
    Program("autoscaler-hpa", "knative-serving", f"{_KNATIVE}/autoscaler-hpa:v1.17.0", 9090),
    Program("activator", "knative-serving", f"{_KNATIVE}/activator:v1.17.0", 8012),
    Program("net-kourier-controller", "knative-serving", "gcr.io/knative-releases/net-kourier/cmd/kourier:v1.17.0"),
    Program("3scale-kourier-gateway", "kourier-system", "docker.io/envoyproxy/envoy:v1.26-latest", 8080),
    Program("ingress-nginx-controller", "ingress-nginx", "registry.k8s.io/ingress-nginx/controller:v1.11.2", 10254),
    Program("controller", "metallb-system", "quay.io/metallb/controller:v0.14.8", 7472),
)
_PROMETHEUS = Program(
    "prometheus-kube-prometheus-stack-prometheus", "monitoring", "quay.io/prometheus/prometheus:v2.54.1", 9090
)


class Installed(NamedTuple):
    """Objects that stand by themselves, and pods with the node that each runs on."""

    objects: list[Json]
    pods: list[tuple[Json, str]]


def system_objects(names: Names, nodes: list[str], hosts: list[str], created: float) -> Installed:
    """Daemons on all nodes, what is there once on the ``hosts``."""
    made = Installed([], [])
    for program in _DAEMONS:
        _daemons(names, program, nodes, created, made)
    for position, program in enumerate(_DEPLOYMENTS):
        template = _template(program)
        deployment = workloads.plain_deployment(names, program.namespace, program.name, template, 1, created)
        deployment["status"] = status.deployment_status(deployment, 1, 1, created + 150, created + 150)
        replicas = workloads.replica_set(names, deployment, created)
        replicas["status"] = status.replica_set_status(replicas, 1, 1)
        made.objects.extend((deployment, replicas))
        made.pods.append((workloads.owned_pod(names, replicas, 0, created), hosts[position % len(hosts)]))
    _prometheus(names, hosts[0], created, made)
    return made


def _daemons(names: Names, program: Program, nodes: list[str], created: float, made: Installed) -> None:
    owner = _owner("DaemonSet", program, names, created)
    count = len(nodes)
    owner["spec"] = {"selector": {"matchLabels": {"app": program.name}}, "template": _template(program)}
    owner["status"] = {
        "observedGeneration": 1,
        "desiredNumberScheduled": count,
        "currentNumberScheduled": count,
        "updatedNumberScheduled": count,
        "numberReady": count,
        "numberAvailable": count,
        "numberMisscheduled": 0,
    }
    made.objects.append(owner)
    for node in nodes:
        made.pods.append(
            (_pod(names, f"{program.name}-{names.suffix(program.name, node)}", program, owner, created), node)
        )


def _prometheus(names: Names, node: str, created: float, made: Installed) -> None:
    owner = _owner("StatefulSet", _PROMETHEUS, names, created)
    owner["spec"] = {
        "replicas": 1,
        "serviceName": "prometheus-operated",
        "selector": {"matchLabels": {"app": _PROMETHEUS.name}},
        "template": _template(_PROMETHEUS),
    }
    owner["status"] = {"observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "availableReplicas": 1}
    made.objects.append(owner)
    made.pods.append((_pod(names, f"{_PROMETHEUS.name}-0", _PROMETHEUS, owner, created), node))


def _owner(kind: str, program: Program, names: Names, created: float) -> Json:
    uid = names.uuid(kind.lower(), program.name)
    labels = {"app": program.name}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": meta(program.name, program.namespace, uid, created, labels=labels, generation=1),
    }


def _pod(names: Names, name: str, program: Program, owner: Json, created: float) -> Json:
    uid = names.uuid("pod", program.namespace, name)
    return pod_object(_template(program), meta(name, program.namespace, uid, created, owner=owner, generation=1))


def _template(program: Program) -> Json:
    container: Json = {
        "name": program.name[:63],
        "image": program.image,
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
    }
    if program.port:
        container["ports"] = [{"name": "metrics", "containerPort": program.port, "protocol": "TCP"}]
    return {"metadata": {"labels": {"app": program.name}}, "spec": {"containers": [container]}}
