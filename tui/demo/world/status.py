"""The status blocks of workloads as their controllers write them; pure functions of counts and times."""

from dataclasses import dataclass

from tui.demo.objects import Json
from tui.demo.world.address import address_of
from tui.demo.world.knative import condition, endpoint_url
from tui.demo.world.naming import rfc3339

_MISSING = "RevisionMissing"
NO_TRAFFIC = ("NoTraffic", "The target is not receiving traffic.")
TIMED_OUT = ("TimedOut", "The target could not be activated.")
_QUEUED = ("Queued", "Requests to the target are being buffered as resources are provisioned.")


@dataclass(frozen=True, slots=True)
class Scale:
    """Replicas of a Revision that its autoscaler wants, and those that are ready. ``begun``: some have been before.

    ``idle`` is (reason, message) of one that wants none.
    """

    wanted: int
    ready: int
    begun: bool = False
    idle: tuple[str, str] = NO_TRAFFIC

    @property
    def active(self) -> tuple[str, ...]:
        """(status, reason, message) of the condition ``Active``."""
        if not self.wanted:
            return ("False", *self.idle)
        return ("True",) if self.ready else ("Unknown", *_QUEUED)


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


def revision_status(scale: Scale, since: float, trouble: tuple[str, str] | None = None) -> Json:
    """``trouble`` is (reason, message) of a pod that can't be scheduled or of a failed start.

    One that has come up before is Ready also without pods: that requests wait for them, only Active says.
    """
    found: Json = {"observedGeneration": 1, "actualReplicas": scale.ready, "desiredReplicas": scale.wanted}
    if scale.ready or ((scale.begun or not scale.wanted) and trouble is None):
        found["conditions"] = [
            condition("Active", scale.active[0], since, *scale.active[1:]),
            condition("ContainerHealthy", "True", since),
            condition("Ready", "True", since),
            condition("ResourcesAvailable", "True", since),
        ]
        return found
    state, reason, message = ("False", *trouble) if trouble else ("Unknown", "Deploying", "")
    healthy = ("True", since) if scale.begun else ("Unknown", since, "Deploying")
    active = scale.active if scale.begun else ("Unknown", *_QUEUED)
    found["conditions"] = [
        condition("Active", active[0], since, *active[1:]),
        condition("ContainerHealthy", *healthy),
        condition("Ready", state, since, reason, message),
        condition("ResourcesAvailable", state, since, reason, message),
    ]
    return found


def autoscaler_status(revision: str, scale: Scale, since: float) -> Json:
    """Of a PodAutoscaler: ``NoTraffic`` at zero, ``Queued`` while requests wait for a first pod."""
    begun = scale.ready or scale.begun
    backed = (
        ("SKSReady", "True") if scale.ready else ("SKSReady", "Unknown", "NoHealthyBackends", "No healthy backends")
    )
    return {
        "observedGeneration": 1,
        "actualScale": scale.ready,
        "desiredScale": scale.wanted,
        "serviceName": revision,
        "metricsServiceName": f"{revision}-private",
        "conditions": [
            condition(kind, state, since, *told)
            for kind, state, *told in (
                ("Active", *scale.active),
                ("Ready", *scale.active),
                backed,
                ("ScaleTargetInitialized", "True" if begun else "Unknown"),
            )
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
