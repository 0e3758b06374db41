"""How many replicas a workload has by its own object, and the patch that makes it another number. Pure."""

from dataclasses import dataclass

from tui.launch.kinds import DEPLOYMENT, INFERENCE, KNATIVE, NIM_SERVICE, CannotChange, Target, at, whole
from tui.model.json_value import JsonObject, JsonValue

MIN_SCALE = "autoscaling.knative.dev/min-scale"
MAX_SCALE = "autoscaling.knative.dev/max-scale"


@dataclass(frozen=True, slots=True)
class Scale:
    """``None``: the object does not say. Without an autoscaler both are the number of replicas."""

    min: int | None
    max: int | None

    def __str__(self) -> str:
        low, high = (("?" if value is None else str(value)) for value in (self.min, self.max))
        return low if low == high else f"{low}-{high}"


def scale_of(target: Target) -> Scale:
    """What the object says now."""
    spec = target.body.get("spec")
    kind = target.key.kind
    if kind == INFERENCE:
        return Scale(whole(at(spec, "minScale", "value")), whole(at(spec, "maxScale", "value")))
    if kind == KNATIVE:
        notes = at(spec, "template", "metadata", "annotations")
        return Scale(whole(at(notes, MIN_SCALE)), whole(at(notes, MAX_SCALE)))
    if kind == NIM_SERVICE and at(spec, "scale", "enabled") is True:
        hpa = at(spec, "scale", "hpa")
        return Scale(whole(at(hpa, "minReplicas")), whole(at(hpa, "maxReplicas")))
    replicas = whole(at(spec, "replicas"))
    return Scale(replicas, replicas)


def has_one_number(target: Target) -> bool:
    """Whether it has a number of replicas instead of a range: nothing scales it by itself."""
    if target.key.kind == NIM_SERVICE:
        return at(target.body, "spec", "scale", "enabled") is not True
    return target.key.kind in (DEPLOYMENT, "StatefulSet")


def scale_patch(target: Target, scale: Scale) -> JsonObject:
    """A merge patch of ``spec``. Raises ``CannotChange`` where the kind has no such numbers."""
    kind = target.key.kind
    if kind == INFERENCE:
        return {"spec": _given({"minScale": _value(scale.min), "maxScale": _value(scale.max)})}
    if kind == KNATIVE:
        notes = _given({MIN_SCALE: _text(scale.min), MAX_SCALE: _text(scale.max)})
        return {"spec": {"template": {"metadata": {"annotations": notes}}}}
    if kind == NIM_SERVICE and at(target.body, "spec", "scale", "enabled") is True:
        return {"spec": {"scale": {"hpa": _given({"minReplicas": scale.min, "maxReplicas": scale.max})}}}
    if has_one_number(target):
        return {"spec": {"replicas": _one_number(target, scale)}}
    raise CannotChange(f"{target}: a {kind} has no number of replicas to change")


def _one_number(target: Target, scale: Scale) -> int:
    given = {value for value in (scale.min, scale.max) if value is not None}
    if len(given) != 1:
        raise CannotChange(f"{target} has no autoscaler: give --min and --max the same number of replicas")
    return given.pop()


def _value(number: int | None) -> JsonValue:
    return None if number is None else {"value": number}


def _text(number: int | None) -> JsonValue:
    return None if number is None else str(number)


def _given(values: dict[str, JsonValue]) -> JsonObject:
    """Without what is not said: in a merge patch ``null`` would take it away."""
    return {name: value for name, value in values.items() if value is not None}
