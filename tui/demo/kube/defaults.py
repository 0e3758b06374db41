"""What the API server fills in when an object is created: clients' models fail on objects that lack it."""

import base64
import zlib
from collections.abc import Callable

from tui.demo.objects import Json, Resource

PVC_PROTECTION = "kubernetes.io/pvc-protection"


def fill(res: Resource, obj: Json) -> None:
    """Completes a new object in place."""
    filler = _FILLERS.get(res.key)
    if filler is not None:
        filler(obj)
    if res.key == "namespaces":
        obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"]["name"]


def _pod_spec(spec: Json) -> None:
    for container in [*spec.get("containers", ()), *(spec.get("initContainers") or ())]:
        container.setdefault("resources", {})
        container.setdefault("terminationMessagePath", "/dev/termination-log")
        container.setdefault("terminationMessagePolicy", "File")
        image = str(container.get("image", "")).rpartition("/")[2]
        latest = ":" not in image or image.endswith(":latest")
        container.setdefault("imagePullPolicy", "Always" if latest else "IfNotPresent")
        for port in container.get("ports") or ():
            port.setdefault("protocol", "TCP")
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("securityContext", {})
    spec.setdefault("schedulerName", "default-scheduler")


def _pod(pod: Json) -> None:
    spec = pod.setdefault("spec", {})
    _pod_spec(spec)
    spec.setdefault("serviceAccountName", "default")
    spec.setdefault("serviceAccount", spec["serviceAccountName"])
    spec.setdefault("enableServiceLinks", True)
    spec.setdefault("priority", 0)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    pod["status"] = {"phase": "Pending", "qosClass": _qos(spec)}


def _qos(spec: Json) -> str:
    resources = [container.get("resources") or {} for container in spec.get("containers", ())]
    if not any(part.get("requests") or part.get("limits") for part in resources):
        return "BestEffort"
    guaranteed = all(
        {"cpu", "memory"} <= (part.get("limits") or {}).keys() and part.get("requests") in (None, part["limits"])
        for part in resources
    )
    return "Guaranteed" if guaranteed else "Burstable"


def _templated(obj: Json) -> None:
    spec = obj.setdefault("spec", {})
    template = spec.setdefault("template", {})
    template.setdefault("metadata", {})
    _pod_spec(template.setdefault("spec", {}))


def _replicated(obj: Json) -> None:
    _templated(obj)
    obj["spec"].setdefault("replicas", 1)
    obj["status"] = {"replicas": 0}


def _deployment(obj: Json) -> None:
    _templated(obj)
    spec = obj["spec"]
    spec.setdefault("replicas", 1)
    spec.setdefault(
        "strategy", {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}
    )
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    obj["status"] = {}


def _job(obj: Json) -> None:
    _templated(obj)
    spec = obj["spec"]
    for field, value in (("parallelism", 1), ("completions", 1), ("backoffLimit", 6), ("suspend", False)):
        spec.setdefault(field, value)
    spec.setdefault("completionMode", "NonIndexed")
    obj["status"] = {}


def _service(obj: Json) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("type", "ClusterIP")
    spec.setdefault("sessionAffinity", "None")
    if spec["type"] != "ExternalName" and "clusterIP" not in spec:
        metadata = obj["metadata"]
        spec["clusterIP"] = _cluster_ip(f"{metadata.get('namespace')}/{metadata.get('name')}")
        spec["clusterIPs"] = [spec["clusterIP"]]
    for port in spec.get("ports") or ():
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port.get("port"))
    obj["status"] = {"loadBalancer": {}}


def _cluster_ip(name: str) -> str:
    """An address in the services' range, the same each time for a name."""
    number = zlib.crc32(name.encode()) % (250 * 250)
    return f"10.96.{number // 250 + 1}.{number % 250 + 1}"


def _namespace(obj: Json) -> None:
    obj["spec"] = {"finalizers": ["kubernetes"]}
    obj["status"] = {"phase": "Active"}


def _claim(obj: Json) -> None:
    """The finalizer is taken away by who watches the pods that mount it."""
    obj.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
    finalizers = obj["metadata"].setdefault("finalizers", [])
    if PVC_PROTECTION not in finalizers:
        finalizers.append(PVC_PROTECTION)
    obj["status"] = {"phase": "Pending"}


def _volume(obj: Json) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("persistentVolumeReclaimPolicy", "Retain")
    spec.setdefault("volumeMode", "Filesystem")
    obj["status"] = {"phase": "Pending"}


def carry_over(res: Resource, old: Json, new: Json) -> None:
    """Completes an update in place: what the server has allocated stays, and plain text of a Secret is written."""
    if res.key == "secrets":
        new.setdefault("type", old.get("type", "Opaque"))
        _secret(new)
    if res.key == "services" and new.get("spec", {}).get("type", "ClusterIP") != "ExternalName":
        for field in ("clusterIP", "clusterIPs"):
            if field in old.get("spec", {}):
                new["spec"].setdefault(field, old["spec"][field])


def _secret(obj: Json) -> None:
    obj.setdefault("type", "Opaque")
    written = {key: base64.b64encode(str(text).encode()).decode() for key, text in obj.pop("stringData", {}).items()}
    if written:
        obj["data"] = {**obj.get("data", {}), **written}


_FILLERS: dict[str, Callable[[Json], None]] = {
    "pods": _pod,
    "deployments.apps": _deployment,
    "daemonsets.apps": _templated,
    "replicasets.apps": _replicated,
    "statefulsets.apps": _replicated,
    "jobs.batch": _job,
    "services": _service,
    "namespaces": _namespace,
    "persistentvolumeclaims": _claim,
    "persistentvolumes": _volume,
    "secrets": _secret,
}
