"""The Service that gives a NIM an address outside the cluster. It goes past Knative: the autoscaler sees none of it."""

from collections.abc import Mapping

from tui.launch.marks import metadata
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject
from tui.model.manifest import Manifest

SERVICES = "services"
KNATIVE_SERVICE = "serving.knative.dev/service"
_SUFFIX = "-lb"
_LONGEST_NAME = 63


def load_balancer(
    namespace: str,
    workload: str,
    port: int,
    name: str | None = None,
    selector: Mapping[str, str] | None = None,
    author: str = "",
) -> Manifest:
    """A LoadBalancer Service on ``port`` of the workload's pods; ``selector`` None: the pods of its Knative Service."""
    name = name or service_name(workload)
    body: JsonObject = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(name, namespace, author),
        "spec": {
            "type": "LoadBalancer",
            "selector": dict(selector or {KNATIVE_SERVICE: workload}),
            "ports": [{"name": "http", "port": port, "targetPort": port, "protocol": "TCP"}],
        },
    }
    return Manifest(SERVICES, ObjectKey(namespace, name), body)


def service_name(workload: str) -> str:
    """The name it gets unless told: the workload's with a suffix, within Kubernetes' 63 letters."""
    return workload[: _LONGEST_NAME - len(_SUFFIX)].rstrip("-") + _SUFFIX
