"""The objects Knative makes of a Service: Configuration, Revision, Route, Deployment and Kubernetes Services."""

import copy

from tui.demo.objects import Json
from tui.demo.world.address import address_of
from tui.demo.world.naming import Names, rfc3339
from tui.demo.world.pods import meta

QUEUE_IMAGE = "gcr.io/knative-releases/knative.dev/serving/cmd/queue:v1.14.0"
_QUEUE_PORTS = (
    ("http-queueadm", 8022),
    ("http-autometric", 9090),
    ("http-usermetric", 9091),
    ("queue-port", 8012),
)


def revision_name(service: Json) -> str:
    return f"{service['metadata']['name']}-{service['metadata'].get('generation', 1):05d}"


def configuration(names: Names, service: Json, now: float) -> Json:
    return _child(
        names, "Configuration", service, service["metadata"]["name"], now, {"template": service["spec"]["template"]}
    )


def route(names: Names, service: Json, now: float) -> Json:
    traffic = [{"configurationName": service["metadata"]["name"], "latestRevision": True, "percent": 100}]
    return _child(names, "Route", service, service["metadata"]["name"], now, {"traffic": traffic})


def revision(names: Names, config: Json, service: Json, now: float) -> Json:
    name = revision_name(service)
    made = _child(names, "Revision", config, name, now, copy.deepcopy(service["spec"]["template"]["spec"]))
    made["metadata"]["labels"] |= {
        "serving.knative.dev/configuration": config["metadata"]["name"],
        "serving.knative.dev/configurationGeneration": str(service["metadata"].get("generation", 1)),
        "serving.knative.dev/routingState": "active",
    }
    made["metadata"]["annotations"] = dict(service["spec"]["template"].get("metadata", {}).get("annotations", {}))
    return made


def _child(names: Names, kind: str, owner: Json, name: str, now: float, spec: Json) -> Json:
    metadata = owner["metadata"]
    service = metadata.get("labels", {}).get("serving.knative.dev/service", metadata["name"])
    kept = {key: text for key, text in metadata.get("labels", {}).items() if key in ("project", "workloadName")}
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": kind,
        "metadata": meta(
            name,
            metadata["namespace"],
            names.uuid(kind, metadata["uid"], name),
            now,
            labels={**kept, "serving.knative.dev/service": service},
            owner=owner,
            generation=1,
        ),
        "spec": spec,
        "status": {},
    }


def deployment(
    names: Names, rev: Json, service: Json, replicas: int, now: float, deadline_seconds: float = 1800.0
) -> Json:
    """The Deployment of a Revision: the user's container with queue-proxy beside it."""
    metadata = rev["metadata"]
    name, namespace = f"{metadata['name']}-deployment", metadata["namespace"]
    service_name = service["metadata"]["name"]
    own = {
        "app": metadata["name"],
        "serving.knative.dev/configuration": service_name,
        "serving.knative.dev/revision": metadata["name"],
        "serving.knative.dev/service": service_name,
    }
    template = copy.deepcopy(service["spec"]["template"])
    template.setdefault("metadata", {})["labels"] = {**template["metadata"].get("labels", {}), **own}
    template["metadata"]["annotations"] = {
        **template["metadata"].get("annotations", {}),
        "serving.knative.dev/creator": service["metadata"]
        .get("annotations", {})
        .get("serving.knative.dev/creator", "kubernetes-admin"),
    }
    pod_spec = template["spec"]
    concurrency, timeout = pod_spec.pop("containerConcurrency", 0), pod_spec.pop("timeoutSeconds", 300)
    user = pod_spec["containers"][0]
    user.setdefault("name", "user-container")
    user["env"] = [
        *user.get("env", []),
        {"name": "PORT", "value": "8000"},
        {"name": "K_REVISION", "value": metadata["name"]},
        {"name": "K_CONFIGURATION", "value": service_name},
        {"name": "K_SERVICE", "value": service_name},
    ]
    pod_spec["containers"] = [user, _queue_proxy(namespace, service_name, metadata["name"], concurrency, timeout)]
    pod_spec["terminationGracePeriodSeconds"] = 300
    pod_spec["enableServiceLinks"] = False
    kept = {key: text for key, text in metadata["labels"].items() if key in ("project", "workloadName")}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": meta(
            name,
            namespace,
            names.uuid("deployment", metadata["uid"]),
            now,
            labels={**kept, **own},
            annotations={"deployment.kubernetes.io/revision": "1"},
            owner=rev,
            generation=1,
        ),
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"serving.knative.dev/revision": metadata["name"]}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}},
            "progressDeadlineSeconds": max(1, int(deadline_seconds)),
            "revisionHistoryLimit": 10,
            "template": template,
        },
        "status": {},
    }


def _queue_proxy(namespace: str, service: str, rev: str, concurrency: int, timeout: int) -> Json:
    variables = {
        "SERVING_NAMESPACE": namespace,
        "SERVING_SERVICE": service,
        "SERVING_CONFIGURATION": service,
        "SERVING_REVISION": rev,
        "QUEUE_SERVING_PORT": "8012",
        "USER_PORT": "8000",
        "CONTAINER_CONCURRENCY": str(concurrency),
        "REVISION_TIMEOUT_SECONDS": str(timeout),
    }
    return {
        "name": "queue-proxy",
        "image": QUEUE_IMAGE,
        "ports": [{"name": name, "containerPort": port, "protocol": "TCP"} for name, port in _QUEUE_PORTS],
        "env": [{"name": name, "value": text} for name, text in variables.items()],
        "resources": {"requests": {"cpu": "25m"}},
        "readinessProbe": {
            "httpGet": {"path": "/", "port": 8012, "scheme": "HTTP"},
            "timeoutSeconds": 1,
            "periodSeconds": 10,
            "successThreshold": 1,
            "failureThreshold": 3,
        },
    }


def pod_autoscaler(names: Names, rev: Json, now: float) -> Json:
    """What scales a Revision's Deployment; without its status."""
    metadata, name = rev["metadata"], rev["metadata"]["name"]
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": f"{name}-deployment"}
    return {
        "apiVersion": "autoscaling.internal.knative.dev/v1alpha1",
        "kind": "PodAutoscaler",
        "metadata": meta(
            name,
            metadata["namespace"],
            names.uuid("podautoscaler", metadata["uid"]),
            now,
            labels={**metadata["labels"], "serving.knative.dev/revision": name},
            annotations={key: text for key, text in metadata["annotations"].items() if key.startswith("autoscaling.")},
            owner=rev,
            generation=1,
        ),
        "spec": {"protocolType": "http1", "reachability": "Reachable", "scaleTargetRef": target},
        "status": {},
    }


def kubernetes_services(names: Names, rev: Json, service: Json, now: float) -> list[Json]:
    """ClusterIP ``<rev>`` and ``<rev>-private``, and the ExternalName service that carries the workload's own name."""
    namespace, name = service["metadata"]["namespace"], service["metadata"]["name"]
    port = {"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8012}
    selector = {"serving.knative.dev/revision": rev["metadata"]["name"]}
    specs: list[tuple[str, Json, Json]] = [
        (rev["metadata"]["name"], rev, {"type": "ClusterIP", "ports": [port]}),
        (f"{rev['metadata']['name']}-private", rev, {"type": "ClusterIP", "ports": [port], "selector": selector}),
        (
            name,
            service,
            {
                "type": "ExternalName",
                "externalName": "kourier-internal.kourier-system.svc.cluster.local",
                "ports": [{"name": "http2", "port": 80, "protocol": "TCP", "targetPort": 80}],
                "sessionAffinity": "None",
            },
        ),
    ]
    made = []
    for service_name, owner, spec in specs:
        uid = names.uuid("service", owner["metadata"]["uid"], service_name)
        if spec["type"] == "ClusterIP":
            low = names.digest("ip", uid)
            address = f"10.{96 + low[0] % 16}.{low[1]}.{1 + low[2] % 254}"
            spec |= {"clusterIP": address, "clusterIPs": [address], "sessionAffinity": "None"}
        made.append(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": meta(
                    service_name,
                    namespace,
                    uid,
                    now,
                    labels={"serving.knative.dev/service": name},
                    owner=owner,
                ),
                "spec": spec,
                "status": {"loadBalancer": {}},
            }
        )
    return made


def endpoint_url(service: Json) -> str:
    """Where it is reached, as its status says."""
    return address_of(service)


def condition(kind: str, status: str, at: float, reason: str = "", message: str = "") -> Json:
    """A Knative condition; empty reason and message are left out as Knative does."""
    found = {"type": kind, "status": status, "lastTransitionTime": rfc3339(at)}
    if reason:
        found["reason"] = reason
    if message:
        found["message"] = message
    return found
