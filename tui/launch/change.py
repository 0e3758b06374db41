"""Changes of a workload that is there: scale, suspend, resume, delete, edit. Each is a ``Change`` to be reviewed first.

``Target`` is the object as it was read, so that each patch carries its version: what was changed meanwhile is not run
over.
"""

from collections.abc import Mapping

from tui.launch.kinds import DEPLOYMENT, INFERENCE, KNATIVE, NIM_SERVICE, CannotChange, Target, at
from tui.launch.marks import CREATED_BY, MANAGED_BY, SUSPENDED_SCALE, is_ours
from tui.launch.patch import covers, merge_patch
from tui.launch.plan import Existing, metadata_text, patch_of
from tui.launch.scale import Scale, has_one_number, scale_of, scale_patch
from tui.launch.service import SERVICES, service_name
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject, JsonValue
from tui.model.manifest import Change, Manifest

_FROM_ZERO = ("concurrency", "throughput", None)  # what the autoscaler can count while no replica runs


def scale(target: Target, minimum: int | None, maximum: int | None) -> tuple[Change, ...]:
    """Other numbers of replicas; ``None`` leaves one as it is. Empty where they are so already.

    Raises ``CannotChange`` for numbers that contradict one another and for kinds without replicas.
    """
    now = scale_of(target)
    if has_one_number(target):
        minimum = maximum if minimum is None else minimum
        maximum = minimum if maximum is None else maximum
    low = now.min if minimum is None else minimum
    high = now.max if maximum is None else maximum
    if low is not None and low < 0:
        raise CannotChange(f"--min {low}: a number of replicas is 0 or more")
    if low is not None and high is not None and low > high:
        told = "--min" if minimum is not None else "its minimum"
        raise CannotChange(f"{target}: {told} {low} is more than the maximum {high}: give both")
    if high == 0 and (why := why_not_to_zero(target)) is not None:
        raise CannotChange(f"{target} can't have a maximum of 0: {why}")
    body = scale_patch(target, Scale(minimum, maximum))
    if covers(target.body, body):
        return ()
    if at(target.body, "metadata", "annotations", SUSPENDED_SCALE) is not None:
        body = {**body, "metadata": {"annotations": {SUSPENDED_SCALE: None}}}
    return (_patch(target, body, f"scale {target} from {now} to {Scale(low, high)}"),)


def suspend(target: Target) -> Change:
    """No replicas, the numbers remembered in an annotation. Raises ``CannotChange`` where that does not work."""
    if is_suspended(target):
        raise CannotChange(f"{target} is suspended already")
    if (why := why_not_to_zero(target)) is not None:
        raise CannotChange(f"{target} can't be suspended: {why}")
    now = scale_of(target)
    if now.min is None and now.max is None:
        raise CannotChange(f"{target} does not say how many replicas it has, so they can't be remembered")
    low = 1 if now.min is None else now.min  # what Run:ai takes where nothing is said
    high = max(low, 1) if now.max is None else now.max
    kept = f"{low},{high}"
    body = {**scale_patch(target, Scale(0, 0)), "metadata": {"annotations": {SUSPENDED_SCALE: kept}}}
    return _patch(target, body, f"suspend {target} (it has {now} replicas)")


def resume(target: Target) -> Change:
    """The replicas that it had when it was suspended. Raises ``CannotChange`` where it was not."""
    told = at(target.body, "metadata", "annotations", SUSPENDED_SCALE)
    if not isinstance(told, str):
        raise CannotChange(f"{target} is not suspended; to give it replicas, scale it")
    low, _, high = told.partition(",")
    if not (low.isdecimal() and high.isdecimal()):
        raise CannotChange(f"{target}: {SUSPENDED_SCALE} says {told!r}, not MIN,MAX: scale it instead")
    before = Scale(int(low), int(high))
    body = {**scale_patch(target, before), "metadata": {"annotations": {SUSPENDED_SCALE: None}}}
    return _patch(target, body, f"resume {target} with {before} replicas")


def is_suspended(target: Target) -> bool:
    """Whether nimdeck suspended it and nobody has scaled it since."""
    noted = at(target.body, "metadata", "annotations", SUSPENDED_SCALE)
    return isinstance(noted, str) and scale_of(target).max == 0


def why_not_to_zero(target: Target) -> str | None:
    """Why it can't be held at zero replicas; ``None`` where it can."""
    kind = target.key.kind
    if kind == KNATIVE:
        return "to Knative a maximum of 0 is no maximum at all: delete it, or set its minimum to 0"
    if kind == NIM_SERVICE and at(target.body, "spec", "scale", "enabled") is True:
        return "its autoscaler keeps at least one replica: delete it"
    metric = at(target.body, "spec", "metric", "value") if kind == INFERENCE else None
    if metric not in _FROM_ZERO:
        return f"its autoscaler follows {metric}, which can't scale to zero: delete it, or follow concurrency"
    return None


def delete(target: Target) -> Change:
    """Delete it and, in the background, what it made. Fails where another object has taken its name meanwhile."""
    return Change(
        "delete",
        target.resource,
        target.object_key,
        f"delete {target}",
        replaces=target.body,
        owned=is_ours(target.body),
        uid=metadata_text(target.body, "uid"),
    )


def companions(target: Target, existing: Existing) -> tuple[Change, ...]:
    """What nimdeck made beside it and nothing else would clear away: its Services. Raises what ``existing`` raises."""
    names = [service_name(target.key.name)]
    if target.key.kind == DEPLOYMENT:
        names.append(target.key.name)
    keys = [ObjectKey(target.key.namespace, name) for name in names]
    services = [(key, existing(SERVICES, key)) for key in keys]
    return tuple(
        Change(
            "delete",
            SERVICES,
            key,
            f"delete Service {key}",
            replaces=body,
            owned=True,
            uid=metadata_text(body, "uid"),
        )
        for key, body in services
        if body is not None and is_ours(body)
    )


def edit(target: Target, before: Manifest, after: Manifest) -> tuple[Change, ...]:
    """From the manifest of its spec as it was to that of the edited spec; what neither names stays as it is.

    Raises ``CannotChange`` for what no server changes in place.
    """
    if before.key != after.key or before.resource != after.resource:
        raise CannotChange(f"{target}: name, namespace and scheduler can't be changed: clone it, then delete this one")
    body: dict[str, JsonValue] = {}
    for part in ("spec", "metadata"):
        change = merge_patch(_part(target.body, part), _part(after.body, part), _part(before.body, part))
        _keep_own_marks(change if part == "metadata" else {})
        if change:
            body[part] = change
    return (_patch(target, body, f"change {target}"),) if body else ()


def _keep_own_marks(metadata: dict[str, JsonValue]) -> None:
    """Who made it, and whose it is, is not the edit's business."""
    for part, mark in (("labels", MANAGED_BY), ("annotations", CREATED_BY)):
        told = metadata.get(part)
        if isinstance(told, dict):
            told.pop(mark, None)
            if not told:
                del metadata[part]


def _part(body: JsonObject, name: str) -> JsonObject:
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}


def _patch(target: Target, body: JsonObject, title: str) -> Change:
    return patch_of(target.resource, target.object_key, target.body, body, title)
