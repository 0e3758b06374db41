"""Projects and placement at Run:ai's control plane: what is read of it, and the requests that change it.

Every answer is read first and sent back in its own shape, for the shapes differ between versions.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject, JsonValue
from tui.model.manifest import Change

Read = Callable[[str, Mapping[str, str | int]], JsonObject]  # ControlPlane.read
Strategy = Literal["spread", "binpack"]
STRATEGIES: tuple[Strategy, ...] = ("spread", "binpack")

_PROJECTS = "/api/v1/org-unit/projects"
_POOLS = "/api/v1/node-pools"
_CLUSTERS = "/api/v1/clusters"
_UNLIMITED = -1


class NotThere(Exception):  # noqa: N818
    """The control plane has no such thing; ``str`` is the line for a person."""


def find_project(read: Read, name: str) -> JsonObject:
    """The project as the control plane tells it. Raises ``NotThere`` and what ``read`` raises."""
    return _named(read(_PROJECTS, {"filterBy": f"name=={name}"}), "projects", name, "project")


def find_pool(read: Read, name: str) -> JsonObject:
    """The node pool. Raises as ``find_project``."""
    return _named(read(_POOLS, {}), "nodepools", name, "node pool")


def find_cluster(read: Read, name: str | None) -> JsonObject:
    """The cluster of that name or id; without one, the only one there is."""
    clusters = _items(read(_CLUSTERS, {}), "items")
    found = [one for one in clusters if name in (None, one.get("name"), one.get("uuid"))]
    if len(found) == 1:
        return found[0]
    names = ", ".join(str(one.get("name")) for one in clusters) or "none"
    raise NotThere(f"the control plane has these clusters: {names}; set runai.cluster to the one that is meant")


def create_project(
    name: str, cluster_id: str, pools: Sequence[JsonObject], gpus: float, department: str = ""
) -> Change:
    """A project with a GPU quota in the first pool and none in the others. ``gpus`` -1 is unlimited."""
    resources = [_resources(pool, gpus if number == 0 else 0.0) for number, pool in enumerate(pools)]
    body: dict[str, JsonValue] = {"name": name, "clusterId": cluster_id, "resources": resources}
    if department:
        body["parentId"] = department
    title = f"create project {name} with a quota of {_gpus(gpus)}"
    return Change("request", f"POST {_PROJECTS}", ObjectKey("", name), title, body=body)


def set_quota(project: JsonObject, pool: str | None, gpus: float) -> Change:
    """Another GPU quota in one node pool (``None``: the only or first one); all else of it is sent as it was read.

    ``gpus`` -1 is unlimited. Raises ``NotThere`` where the project has nothing in that pool.
    """
    name = str(project.get("name"))
    resources = _items(project, "resources")
    found = [one for one in resources if pool is None or _name(one.get("nodePool")) == pool]
    if not found:
        known = ", ".join(_name(one.get("nodePool")) for one in resources) or "none"
        raise NotThere(f"project {name} has no quota in node pool {pool}: it has {known}")
    old = found[0]
    gpu = old.get("gpu")
    kept = dict(gpu) if isinstance(gpu, Mapping) else {}
    new: dict[str, JsonValue] = {**old, "gpu": {**kept, "deserved": gpus}}
    before = kept.get("deserved")
    title = f"set the quota of project {name} in {_name(old.get('nodePool')) or 'its node pool'} to {_gpus(gpus)}"
    if isinstance(before, int | float):
        title += f" (it was {before:g})"
    # The call takes a bare array: so the writer sends what lies under ``items`` alone.
    path = f"PATCH {_PROJECTS}/{project.get('id')}/resources"
    return Change("request", path, ObjectKey("", name), title, body={"items": [new]}, replaces={"items": [old]})


def set_placement(pool: JsonObject, strategy: Strategy) -> Change | None:
    """The other placement of GPUs, in the shape in which the pool tells its own; ``None`` where it is so already."""
    name = str(pool.get("name"))
    inner = pool.get("schedulingConfiguration")
    told = inner.get("placementStrategy") if isinstance(inner, Mapping) else pool.get("placementStrategy")
    now = dict(told) if isinstance(told, Mapping) else {}
    if now.get("gpu") == strategy:
        return None
    placement: dict[str, JsonValue] = {**now, "gpu": strategy}
    body: dict[str, JsonValue] = {"placementStrategy": placement}
    if isinstance(inner, Mapping):
        body = {"schedulingConfiguration": {**inner, "placementStrategy": placement}}
    old: dict[str, JsonValue] = {key: pool[key] for key in body if key in pool}
    title = f"place GPUs of node pool {name} by {strategy} (it was {now.get('gpu') or 'unknown'})"
    return Change("request", f"PATCH {_POOLS}/{pool.get('id')}", ObjectKey("", name), title, body=body, replaces=old)


def placement_of(pool: JsonObject) -> str | None:
    """How GPUs are placed there: ``spread`` or ``binpack``; ``None`` where it does not say."""
    inner = pool.get("schedulingConfiguration")
    told = inner.get("placementStrategy") if isinstance(inner, Mapping) else pool.get("placementStrategy")
    gpu = told.get("gpu") if isinstance(told, Mapping) else None
    return gpu if isinstance(gpu, str) else None


def _resources(pool: JsonObject, gpus: float) -> JsonObject:
    return {
        "nodePool": {"id": pool.get("id"), "name": pool.get("name")},
        "gpu": {"deserved": gpus, "limit": _UNLIMITED, "overQuotaWeight": 2},
        "cpu": {"deserved": _UNLIMITED, "limit": _UNLIMITED, "overQuotaWeight": 2},
        "memory": {"deserved": _UNLIMITED, "limit": _UNLIMITED, "overQuotaWeight": 2, "units": "Mib"},
    }


def _named(answer: JsonObject, part: str, name: str, what: str) -> JsonObject:
    found = _items(answer, part)
    for one in found:
        if one.get("name") == name:
            return one
    known = ", ".join(str(one.get("name")) for one in found[:8])
    raise NotThere(f"the control plane has no {what} {name}" + (f": it has {known}" if known else ""))


def _items(answer: JsonObject, part: str) -> list[JsonObject]:
    items = answer.get(part)
    if not isinstance(items, Sequence) or isinstance(items, str):
        return []
    return [item for item in items if isinstance(item, Mapping)]


def _name(value: JsonValue) -> str:
    return str(value.get("name") or value.get("id") or "") if isinstance(value, Mapping) else ""


def _gpus(gpus: float) -> str:
    return "unlimited GPUs" if gpus == _UNLIMITED else f"{gpus:g} GPU{'' if gpus == 1 else 's'}"
