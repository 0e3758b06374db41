"""Objects between a workload and its pods: ReplicaSets, PodGroups, Jobs, and the reservation pods of shared GPUs."""

import hashlib
import json

from tui.demo.objects import Json
from tui.demo.world.hardware import GpuHardware
from tui.demo.world.naming import Names
from tui.demo.world.platform import RESERVATION_NAMESPACE
from tui.demo.world.pods import meta, pod_object

RESERVATION_IMAGE = "gcr.io/run-ai-prod/resource-reservation:v2.20"


def template_hash(template: Json) -> str:
    """The ``pod-template-hash`` of a template: the same template always gives the same."""
    digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).digest()
    return "".join("bcdfghjklmnpqrstvwxz2456789"[byte % 27] for byte in digest[:9])


def replica_set(names: Names, deployment: Json, now: float) -> Json:
    metadata, spec = deployment["metadata"], deployment["spec"]
    digest = template_hash(spec["template"])
    template = {
        "metadata": {
            **spec["template"].get("metadata", {}),
            "labels": {**spec["template"]["metadata"].get("labels", {}), "pod-template-hash": digest},
        },
        "spec": spec["template"]["spec"],
    }
    name = f"{metadata['name']}-{digest}"
    selector = {**spec["selector"].get("matchLabels", {}), "pod-template-hash": digest}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": meta(
            name,
            metadata["namespace"],
            names.uuid("replicaset", metadata["uid"], digest),
            now,
            labels={**metadata.get("labels", {}), "pod-template-hash": digest},
            annotations={"deployment.kubernetes.io/revision": "1"},
            owner=deployment,
            generation=1,
        ),
        "spec": {"replicas": spec.get("replicas", 1), "selector": {"matchLabels": selector}, "template": template},
        "status": {"replicas": 0},
    }


def owned_pod(names: Names, owner: Json, number: int, now: float, *, group: str | None = None) -> Json:
    """The ``number``-th pod that ``owner`` (a ReplicaSet or a Job) has ever made."""
    metadata = owner["metadata"]
    suffix = names.suffix("pod", metadata["uid"], number)
    found = meta(
        f"{metadata['name']}-{suffix}",
        metadata["namespace"],
        names.uuid("pod", metadata["uid"], number),
        now,
        labels={"runai/pod-index": str(number)} if group else None,
        annotations={"pod-group-name": group} if group else None,
        owner=owner,
        generation=1,
    )
    found["generateName"] = f"{metadata['name']}-"
    return pod_object(owner["spec"]["template"], found)


def group_name(owner: Json) -> str:
    return f"pg-{owner['metadata']['name']}-{owner['metadata']['uid']}"


def pod_group(names: Names, owner: Json, queue: str, minimum: int, priority: str, now: float) -> Json:
    """The gang that ``owner``'s pods form: scheduled together when fewer than ``minimum`` run."""
    metadata = owner["metadata"]
    name = group_name(owner)
    return {
        "apiVersion": "scheduling.run.ai/v2alpha2",
        "kind": "PodGroup",
        "metadata": meta(
            name,
            metadata["namespace"],
            names.uuid("podgroup", metadata["uid"]),
            now,
            labels={
                "runai/queue": queue,
                "workloadName": metadata.get("labels", {}).get("workloadName", metadata["name"]),
            },
            owner=owner,
            generation=1,
        ),
        "spec": {
            "markUnschedulable": True,
            "minMember": minimum,
            "priorityClassName": priority,
            "queue": queue,
            "schedulingBackoff": -1,
        },
        "status": {"phase": "Pending"},
    }


def job(names: Names, namespace: str, name: str, template: Json, parallelism: int, now: float) -> Json:
    uid = names.uuid("job", namespace, name)
    labels = {"batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name}
    template["metadata"]["labels"] = {**template["metadata"].get("labels", {}), **labels}
    template["spec"]["restartPolicy"] = "Never"
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": meta(name, namespace, uid, now, labels=template["metadata"]["labels"], generation=1),
        "spec": {
            "parallelism": parallelism,
            "completions": parallelism,
            "backoffLimit": 6,
            "completionMode": "NonIndexed",
            "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}},
            "template": template,
        },
        "status": {"active": parallelism},
    }


def plain_deployment(names: Names, namespace: str, name: str, template: Json, replicas: int, now: float) -> Json:
    labels = {"app": name}
    template["metadata"]["labels"] = {**template["metadata"].get("labels", {}), **labels}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": meta(name, namespace, names.uuid("deployment", namespace, name), now, labels=labels, generation=1),
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
            "progressDeadlineSeconds": 600,
            "revisionHistoryLimit": 10,
            "template": template,
        },
        "status": {},
    }


RESERVATION_CONTAINER = "resource-reservation"


def reservation_name(names: Names, node: str, group: str) -> str:
    return f"gpu-reservation-{node}-{names.suffix('reservation', group)}"


def reservation_pod(names: Names, gpu: GpuHardware, group: str, now: float) -> Json:
    """The pod that keeps a shared GPU from the device plugin. Its annotation says which GPU it got: the UUID on most
    clusters, the plain index on older ones; both are met, so every fourth writes the index.
    """
    by_index = names.digest("reservation-style", group)[0] % 4 == 0
    spec = {
        "containers": [
            {
                "name": RESERVATION_CONTAINER,
                "image": RESERVATION_IMAGE,
                "resources": {
                    "limits": {"nvidia.com/gpu": "1"},
                    "requests": {"cpu": "1m", "memory": "10Mi", "nvidia.com/gpu": "1"},
                },
            }
        ],
        "terminationGracePeriodSeconds": 0,
        "nodeName": gpu.node,
    }
    return pod_object(
        {"metadata": {}, "spec": spec},
        meta(
            reservation_name(names, gpu.node, group),
            RESERVATION_NAMESPACE,
            names.uuid("reservation", group),
            now,
            labels={"app": "runai-reservation", "runai-gpu-group": group},
            annotations={"run.ai/reserve_for_gpu_index": str(gpu.index) if by_index else gpu.uuid},
            generation=1,
        ),
    )


def mark_shared(pod: Json, groups: list[str]) -> None:
    """Labels a bound fractional pod with the group of each of its GPUs."""
    labels, annotations = pod["metadata"].setdefault("labels", {}), pod["metadata"].setdefault("annotations", {})
    if len(groups) == 1:
        labels["runai-gpu-group"] = groups[0]
    else:
        labels |= {f"runai-gpu-group/{group}": group for group in groups}
    annotations["received-resource-type"] = "Fraction"
    annotations["runai/shared-gpu-configmap"] = f"{pod['metadata']['name'][:50]}-shared-gpu"
