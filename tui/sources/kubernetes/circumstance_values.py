"""Objects as JSON to the values of ``tui.model.circumstances``: volumes, makers of pods, Revisions, quotas.

Never an error: what is missing or of another shape is ``None`` or left out.
"""

import re

from tui.model.circumstances import Autoscaler, BindRequest, PodMaker, ResourceQuota, Revision, Volume
from tui.model.ids import ObjectKey, OwnerRef
from tui.model.quantity import parse_quantity
from tui.sources.kinds.knative_services import SCALING
from tui.sources.kinds.loose import conditions_at, count_at, dig, list_at, text_at
from tui.sources.kinds.text import moment
from tui.sources.kinds.workloads_apps import pods_of_job

SERVING = "serving.knative.dev/"
_NUMBER = re.compile(r"-(\d{5,})$")  # Knative numbers what it names itself
_ZONE_LABELS = (
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
)
_ZONE_SEPARATOR = "__"  # between several zones in one label


def key_of(item: object) -> ObjectKey:
    """Namespace and name."""
    return ObjectKey(text_at(item, "metadata", "namespace") or "", text_at(item, "metadata", "name") or "")


def owner_of(item: object) -> OwnerRef | None:
    """The controlling owner; without one, the first that is named."""
    owners = list_at(item, "metadata", "ownerReferences")
    if not owners:
        return None
    owner = next((owner for owner in owners if dig(owner, "controller") is True), owners[0])
    return OwnerRef(text_at(owner, "kind") or "", text_at(owner, "name") or "", text_at(owner, "uid") or "")


def volume_of(item: object) -> Volume:
    """From where it can be reached is in its node affinity, of old volumes in zone labels."""
    holder = text_at(item, "spec", "claimRef", "name")
    size = parse_quantity(text_at(item, "spec", "capacity", "storage"))
    return Volume(
        name=key_of(item).name,
        phase=text_at(item, "status", "phase"),
        access_modes=tuple(mode for mode in list_at(item, "spec", "accessModes") if isinstance(mode, str)),
        storage_class=text_at(item, "spec", "storageClassName"),
        claim=ObjectKey(text_at(item, "spec", "claimRef", "namespace") or "", holder) if holder else None,
        size_bytes=None if size is None else int(size),
        node_values=_node_values(item),
    )


def replica_set_of(item: object) -> PodMaker:
    """With its condition ``ReplicaFailure``, where the API refused its pods."""
    return PodMaker(
        kind="ReplicaSet",
        key=key_of(item),
        owner=owner_of(item),
        desired=count_at(item, "spec", "replicas"),
        existing=count_at(item, "status", "replicas"),
        conditions=conditions_at(item, "status", "conditions"),
        created_at=_created_at(item),
    )


def job_of(item: object) -> PodMaker:
    """``existing`` are the pods that are not finished; of a Job at which nobody has looked it is not known."""
    status = dig(item, "status")
    return PodMaker(
        kind="Job",
        key=key_of(item),
        owner=owner_of(item),
        desired=pods_of_job(dig(item, "spec"), status),
        existing=count_at(status, "active") or (0 if status else None),
        conditions=conditions_at(status, "conditions"),
        created_at=_created_at(item),
    )


def revision_of(item: object) -> Revision:
    """Its generation is that of the Configuration from which it was made; its own is always 1."""
    key = key_of(item)
    generation = count_at(item, "metadata", "labels", SERVING + "configurationGeneration")
    numbered = _NUMBER.search(key.name)
    return Revision(
        key=key,
        service=text_at(item, "metadata", "labels", SERVING + "service"),
        generation=int(numbered.group(1)) if generation is None and numbered else generation,
        desired=count_at(item, "status", "desiredReplicas"),
        actual=count_at(item, "status", "actualReplicas"),
        conditions=conditions_at(item, "status", "conditions"),
        created_at=_created_at(item),
    )


def autoscaler_of(item: object) -> Autoscaler:
    """Old releases wrote ``minScale`` and ``maxScale``."""
    notes = dig(item, "metadata", "annotations")
    least, most = count_at(notes, SCALING + "min-scale"), count_at(notes, SCALING + "max-scale")
    return Autoscaler(
        key=key_of(item),
        service=text_at(item, "metadata", "labels", SERVING + "service"),
        desired=count_at(item, "status", "desiredScale"),
        actual=count_at(item, "status", "actualScale"),
        min_scale=count_at(notes, SCALING + "minScale") if least is None else least,
        max_scale=count_at(notes, SCALING + "maxScale") if most is None else most,
        conditions=conditions_at(item, "status", "conditions"),
    )


def bind_request_of(item: object) -> BindRequest:
    """Old releases did not write the pod down and named the request as the pod."""
    key = key_of(item)
    return BindRequest(
        key=key,
        pod=text_at(item, "spec", "podName") or key.name,
        node=text_at(item, "spec", "selectedNode"),
        phase=text_at(item, "status", "phase"),
        reason=text_at(item, "status", "reason") or "",
        failed_attempts=count_at(item, "status", "failedAttempts"),
        created_at=_created_at(item),
    )


def quota_of(item: object) -> ResourceQuota:
    """What is used is empty until the quota controller has counted it."""
    hard = dig(item, "status", "hard") or dig(item, "spec", "hard")
    names = sorted(map(str, hard)) if isinstance(hard, dict) else ()
    rows = ((name, text_at(hard, name) or "", text_at(item, "status", "used", name) or "") for name in names)
    return ResourceQuota(key_of(item), tuple(rows))


def _created_at(item: object) -> float | None:
    return moment(text_at(item, "metadata", "creationTimestamp"))


def _node_values(item: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    values: dict[str, dict[str, None]] = {}
    for term in list_at(item, "spec", "nodeAffinity", "required", "nodeSelectorTerms"):
        for expression in list_at(term, "matchExpressions"):
            key = text_at(expression, "key")
            if key and text_at(expression, "operator") == "In":
                named = (value for value in list_at(expression, "values") if isinstance(value, str))
                values.setdefault(key, {}).update(dict.fromkeys(named))
    for label in _ZONE_LABELS:
        if zones := text_at(item, "metadata", "labels", label):
            values.setdefault(label, dict.fromkeys(zones.split(_ZONE_SEPARATOR)))
    return tuple((key, tuple(found)) for key, found in values.items())
