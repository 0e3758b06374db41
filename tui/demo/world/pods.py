"""Pods from pod templates: the defaults the API server fills in, and what a pod asks of GPUs, CPU and memory."""

import contextlib
from typing import Any

import msgspec

from tui.demo.objects import Json
from tui.demo.world.ledger import Ask
from tui.demo.world.naming import rfc3339
from tui.demo.world.quantity import quantity

RUNAI_SCHEDULER = "runai-scheduler"
RUNAI_SCHEDULERS = (RUNAI_SCHEDULER, "runai-scheduler-default")  # that run here
DEFAULT_SCHEDULER = "default-scheduler"
PREEMPTIBILITY = "kai.scheduler/preemptibility"
_TOLERATIONS = [
    {
        "key": f"node.kubernetes.io/{trouble}",
        "operator": "Exists",
        "effect": "NoExecute",
        "tolerationSeconds": 300,
    }
    for trouble in ("not-ready", "unreachable")
]


def owner_reference(owner: Json) -> Json:
    """The entry for ``metadata.ownerReferences`` that makes ``owner`` the controller."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def meta(
    name: str,
    namespace: str | None,
    uid: str,
    created: float,
    *,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    owner: Json | None = None,
    generation: int | None = None,
) -> Json:
    """Object metadata, leaving out what is not set as the API server does."""
    found: Json = {"name": name}
    if namespace:
        found["namespace"] = namespace
    found |= {"uid": uid, "creationTimestamp": rfc3339(created)}
    if generation:
        found["generation"] = generation
    if labels:
        found["labels"] = labels
    if annotations:
        found["annotations"] = annotations
    if owner:
        found["ownerReferences"] = [owner_reference(owner)]
    return found


def pod_object(template: Json, metadata: Json) -> Json:
    """A pod of ``template`` as it lies in the API just after creation: Pending, nothing decided yet."""
    labels = template.get("metadata", {}).get("labels", {})
    annotations = template.get("metadata", {}).get("annotations", {})
    metadata = {**metadata, "labels": {**labels, **metadata.get("labels", {})}}
    if annotations or metadata.get("annotations"):
        metadata["annotations"] = {**annotations, **metadata.get("annotations", {})}
    spec: Json = msgspec.json.decode(msgspec.json.encode(template["spec"]))  # a copy, seven times quicker than deepcopy
    for container in spec["containers"]:
        container.setdefault("resources", {})
        container.setdefault("terminationMessagePath", "/dev/termination-log")
        container.setdefault("terminationMessagePolicy", "File")
        container.setdefault("imagePullPolicy", "IfNotPresent")
    defaults: Json = {
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": "default",
        "serviceAccount": "default",
        "securityContext": {},
        "schedulerName": DEFAULT_SCHEDULER,
        "priority": 0,
        "enableServiceLinks": True,
        "preemptionPolicy": "PreemptLowerPriority",
    }
    spec = {**defaults, **spec, "tolerations": [*spec.get("tolerations", []), *_TOLERATIONS]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": spec,
        "status": {"phase": "Pending", "qosClass": _quality(spec)},
    }


def _quality(spec: Json) -> str:
    asked = [container["resources"] for container in spec["containers"]]
    if not any(entry.get("requests") or entry.get("limits") for entry in asked):
        return "BestEffort"
    same = all(entry.get("requests") == entry.get("limits") for entry in asked)
    return "Guaranteed" if same else "Burstable"


def ask_of(pod: Json) -> Ask:
    """What a pod asks of GPUs. An annotation that can't be read asks for nothing: the admission webhook refuses it."""
    annotations = pod["metadata"].get("annotations", {})
    try:
        devices = int(annotations.get("gpu-fraction-num-devices", "1"))
        if "gpu-fraction" in annotations:
            return Ask(devices, float(annotations["gpu-fraction"]))
        if "gpu-memory" in annotations:
            return Ask.of_memory(int(annotations["gpu-memory"]), devices)
        return _of_resources(pod)
    except ValueError:
        return Ask()


def _of_resources(pod: Json) -> Ask:
    whole, mig = 0, []
    for container in pod["spec"]["containers"]:
        resources = container.get("resources", {})
        limits = {**resources.get("requests", {}), **resources.get("limits", {})}
        whole += int(limits.get("nvidia.com/gpu", 0))
        mig += [
            (key.removeprefix("nvidia.com/mig-"), int(count))
            for key, count in limits.items()
            if key.startswith("nvidia.com/mig-")
        ]
    return Ask(whole, mig=tuple(mig))


def requests_of(spec: Json) -> dict[str, float]:
    """CPU (cores), memory and ephemeral storage (bytes) that the containers request together."""
    total = {"cpu": 0.0, "memory": 0.0, "ephemeral-storage": 0.0}
    for container in spec["containers"]:
        requests: dict[str, Any] = container.get("resources", {}).get("requests", {})
        for name in total:
            with contextlib.suppress(ValueError):  # the API refuses such a pod; one that slipped in asks for nothing
                total[name] += quantity(requests.get(name, "0"))
    return total
