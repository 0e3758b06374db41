"""The status blocks of workloads as their controllers write them; pure functions of counts and times."""

from tui.demo.objects import Json
from tui.demo.world.address import address_of
from tui.demo.world.knative import condition, endpoint_url
from tui.demo.world.naming import rfc3339

_MISSING = "RevisionMissing"


def deployment_status(deployment: Json, pods: int, ready: int, since: float, now: float) -> Json:
    """``since`` is when the Deployment became what it is; ``now`` the last change."""
    wanted = deployment["spec"].get("replicas", 1)
    enough = ready >= wanted
    found: Json = {
        "observedGeneration": deployment["metadata"].get("generation", 1),
        "replicas": pods,
        "updatedReplicas": pods,
    }
    if ready:
        found |= {"readyReplicas": ready, "availableReplicas": ready}
    if wanted > ready:
        found["unavailableReplicas"] = wanted - ready
    name = deployment["metadata"]["name"]
    available = ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    short = ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    done = ("True", "NewReplicaSetAvailable", f'ReplicaSet "{name}" has successfully progressed.')
    going = ("True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.')
    stamp = {"lastTransitionTime": rfc3339(since), "lastUpdateTime": rfc3339(now)}
    found["conditions"] = [
        dict(zip(("type", "status", "reason", "message"), (kind, *entry), strict=True)) | stamp
        for kind, entry in (("Available", available if enough else short), ("Progressing", done if enough else going))
    ]
    return found


def replica_set_status(
    replica_set: Json, pods: int, ready: int, refused: str | None = None, since: float = 0.0
) -> Json:
    """``refused`` says why pods can't be made, ``since`` from when on."""
    found: Json = {
        "observedGeneration": replica_set["metadata"].get("generation", 1),
        "replicas": pods,
        "fullyLabeledReplicas": pods,
    }
    if ready:
        found |= {"readyReplicas": ready, "availableReplicas": ready}
    if refused:
        found["conditions"] = [
            {
                "type": "ReplicaFailure",
                "status": "True",
                "reason": "FailedCreate",
                "message": refused,
                "lastTransitionTime": rfc3339(since),
            }
        ]
    return found


def revision_status(wanted: int, ready: int, since: float, trouble: tuple[str, str] | None = None) -> Json:
    """``trouble`` is (reason, message) of a pod that can't be scheduled or of a failed start."""
    found: Json = {"observedGeneration": 1, "actualReplicas": ready, "desiredReplicas": wanted}
    if ready or (wanted == 0 and trouble is None):
        active = ("True", "", "") if wanted else ("False", "NoTraffic", "The target is not receiving traffic.")
        found["conditions"] = [
            condition("Active", active[0], since, active[1], active[2]),
            condition("ContainerHealthy", "True", since),
            condition("Ready", "True", since),
            condition("ResourcesAvailable", "True", since),
        ]
        return found
    queued = ("Unknown", "Queued", "Requests to the target are being buffered as resources are provisioned.")
    state, reason, message = ("False", *trouble) if trouble else ("Unknown", "Deploying", "")
    found["conditions"] = [
        condition("Active", queued[0], since, queued[1], queued[2]),
        condition("ContainerHealthy", "Unknown", since, "Deploying"),
        condition("Ready", state, since, reason, message),
        condition("ResourcesAvailable", state, since, reason, message),
    ]
    return found


def autoscaler_status(revision: str, wanted: int, ready: int, since: float) -> Json:
    """Of a PodAutoscaler: ``NoTraffic`` at zero, ``Queued`` while requests wait for a first pod."""
    active: tuple[str, ...] = ("Active", "True")
    if not wanted:
        active = ("Active", "False", "NoTraffic", "The target is not receiving traffic.")
    elif not ready:
        active = (
            "Active",
            "Unknown",
            "Queued",
            "Requests to the target are being buffered as resources are provisioned.",
        )
    ready_or_not = ("Ready", *active[1:])
    reached = ("ScaleTargetInitialized", "True" if ready else "Unknown")
    backed = ("SKSReady", "True") if ready else ("SKSReady", "Unknown", "NoHealthyBackends", "No healthy backends")
    return {
        "observedGeneration": 1,
        "actualScale": ready,
        "desiredScale": wanted,
        "serviceName": revision,
        "metricsServiceName": f"{revision}-private",
        "conditions": [
            condition(kind, state, since, *told) for kind, state, *told in (active, ready_or_not, backed, reached)
        ],
    }


def service_status(service: Json, revision: str, step: str, since: float, trouble: tuple[str, str] | None) -> Json:
    """The ksvc in the order that real ones go: RevisionMissing, IngressNotConfigured, Uninitialized, Ready.

    ``step`` is one of these four words (``Ready`` in the end), or ``RevisionFailed``.
    """
    url = endpoint_url(service)
    found: Json = {
        "observedGeneration": service["metadata"].get("generation", 1),
        "latestCreatedRevisionName": revision,
        "conditions": _service_conditions(service["metadata"]["name"], revision, step, since, trouble),
    }
    if step in ("IngressNotConfigured", "Uninitialized", "Ready"):
        found["latestReadyRevisionName"] = revision
    if step == "Ready":
        found |= {
            "url": url,
            "address": {"url": url},
            "traffic": [{"latestRevision": True, "percent": 100, "revisionName": revision}],
        }
    return found


def _service_conditions(
    name: str, revision: str, step: str, since: float, trouble: tuple[str, str] | None
) -> list[Json]:
    missing = f'Configuration "{name}" is waiting for a Revision to become ready.'
    if step == "RevisionFailed" and trouble:
        why = f'Revision "{revision}" failed with message: {trouble[1]}.'
        absent = f'Configuration "{name}" does not have any ready Revision.'
        return [
            condition("ConfigurationsReady", "False", since, step, why),
            condition("Ready", "False", since, step, why),
            condition("RoutesReady", "False", since, _MISSING, absent),
        ]
    if step == _MISSING:
        return [
            condition("ConfigurationsReady", "Unknown", since),
            condition("Ready", "Unknown", since, _MISSING, missing),
            condition("RoutesReady", "Unknown", since, _MISSING, missing),
        ]
    if step == "Ready":
        return [condition(kind, "True", since) for kind in ("ConfigurationsReady", "Ready", "RoutesReady")]
    messages = {
        "IngressNotConfigured": "Ingress has not yet been reconciled.",
        "Uninitialized": "Waiting for load balancer to be ready",
    }
    return [
        condition("ConfigurationsReady", "True", since),
        condition("Ready", "Unknown", since, step, messages[step]),
        condition("RoutesReady", "Unknown", since, step, messages[step]),
    ]


def inference_status(workload: Json, phase: str, since: float, counts: tuple[int, int, int], message: str) -> Json:
    """``counts`` is (desired, running, pending) pods."""
    metadata = workload["metadata"]
    desired, running, pending = counts
    ready = {"Running": "True", "Failed": "False", "Degraded": "False"}.get(phase, "Unknown")
    return {
        "phase": phase,
        "observedGeneration": metadata.get("generation", 1),
        "desiredPods": desired,
        "runningPods": running,
        "pendingPods": pending,
        "conditions": [condition("Ready", ready, since, "" if ready == "True" else phase, message)],
        "urls": {"serving": address_of(workload)},
    }
