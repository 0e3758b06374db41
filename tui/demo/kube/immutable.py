"""What may not change any more once an object is there."""

import json
from collections.abc import Iterator

from tui.demo.kube.content import BESIDE_SOURCE
from tui.demo.objects import Json, Resource
from tui.demo.objects.errors import Cause

_FIXED = "field is immutable"
_CLAIM = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
_VOLUME = "spec.persistentvolumesource is immutable after creation"


def changes_refused(res: Resource, old: Json, new: Json) -> Iterator[Cause]:
    """The faults of an update, by what it was made from."""
    rule = _RULES.get(res.key)
    if rule is not None:
        yield from rule(old, new)


def _volume(old: Json, new: Json) -> Iterator[Cause]:
    before, after = (
        {name: value for name, value in obj.get("spec", {}).items() if name not in BESIDE_SOURCE} for obj in (old, new)
    )
    if before != after:
        yield Cause("FieldValueForbidden", f"Forbidden: {_VOLUME}", "spec.persistentvolumesource")


def _priority(old: Json, new: Json) -> Iterator[Cause]:
    if old.get("value") != new.get("value"):
        yield Cause("FieldValueForbidden", "Forbidden: may not be changed in an update.", "value")


def _storage_class(old: Json, new: Json) -> Iterator[Cause]:
    for field in ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"):
        if old.get(field) != new.get(field):
            yield Cause("FieldValueForbidden", f"Forbidden: updates to {field} are forbidden.", field)


def _selecting(old: Json, new: Json) -> Iterator[Cause]:
    before, after = (obj.get("spec", {}).get("selector") for obj in (old, new))
    if before != after:
        text = f"Invalid value: {json.dumps(after, separators=(',', ':'))}: {_FIXED}"
        yield Cause("FieldValueInvalid", text, "spec.selector")


def _claim(old: Json, new: Json) -> Iterator[Cause]:
    before, after = old.get("spec") or {}, new.get("spec") or {}
    bound = old.get("status", {}).get("phase") == "Bound"
    free = {"resources", "volumeAttributesClassName"} if bound else set()
    # What the binder fills in is not there in what a client that replaces the claim sends.
    filled = {name for name in ("volumeName", "storageClassName", "volumeMode") if not before.get(name)}
    kept = (free | filled) if not bound else free
    if {k: v for k, v in before.items() if k not in kept} != {k: v for k, v in after.items() if k not in kept}:
        yield Cause("FieldValueForbidden", f"Forbidden: {_CLAIM}", "spec")


def _service(old: Json, new: Json) -> Iterator[Cause]:
    before, after = old.get("spec") or {}, new.get("spec") or {}
    if after.get("type", "ClusterIP") == "ExternalName" or not before.get("clusterIP"):
        return
    for field in ("clusterIP", "clusterIPs"):
        if before.get(field) != after.get(field):
            shown = f'"{after.get(field, "")}"' if field == "clusterIP" else f"{after.get(field)}"
            name = "spec.clusterIPs[0]" if field == "clusterIPs" else "spec.clusterIP"
            yield Cause("FieldValueInvalid", f"Invalid value: {shown}: may not change once set", name)


def _secret(old: Json, new: Json) -> Iterator[Cause]:
    if old.get("type") != new.get("type"):
        yield Cause("FieldValueInvalid", f'Invalid value: "{new.get("type", "")}": {_FIXED}', "type")
    yield from _data(old, new)


def _data(old: Json, new: Json) -> Iterator[Cause]:
    if not old.get("immutable"):
        return
    for field in ("immutable", "data", "binaryData"):
        if old.get(field) != new.get(field):
            yield Cause("FieldValueForbidden", f"Forbidden: {_FIXED} when `immutable` is set", field)


_RULES = {
    "persistentvolumeclaims": _claim,
    "persistentvolumes": _volume,
    "services": _service,
    "secrets": _secret,
    "configmaps": _data,
    "priorityclasses.scheduling.k8s.io": _priority,
    "storageclasses.storage.k8s.io": _storage_class,
    "deployments.apps": _selecting,
    "replicasets.apps": _selecting,
    "daemonsets.apps": _selecting,
    "statefulsets.apps": _selecting,
    "jobs.batch": _selecting,
}
