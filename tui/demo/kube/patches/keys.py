"""By which keys the lists of built-in kinds are merged: the marks that Kubernetes' OpenAPI carries."""

from typing import Any

from tui.demo.objects import Json

KeyValues = tuple[tuple[str, Any], ...]

SET: tuple[str, ...] = ("",)
"""A list of plain values that is merged as a set."""

_EVERYWHERE: dict[str, tuple[str, ...]] = {"metadata.ownerReferences": ("uid",), "metadata.finalizers": SET}
_CONTAINER = {
    "env": ("name",),
    "ports": ("containerPort", "protocol"),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
}
_BUILT_IN: dict[str, tuple[str, ...]] = {
    **{f"{part}.{field}": keys for part in ("containers", "initContainers") for field, keys in _CONTAINER.items()},
    "spec.containers": ("name",),
    "spec.initContainers": ("name",),
    "spec.volumes": ("name",),
    "spec.imagePullSecrets": ("name",),
    "spec.hostAliases": ("ip",),
    "spec.topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "spec.schedulingGates": ("name",),
    "spec.resourceClaims": ("name",),
    "spec.ports": ("port", "protocol"),
    "spec.finalizers": SET,
    "spec.podCIDRs": SET,
    "status.conditions": ("type",),
    "status.addresses": ("type",),
    "status.podIPs": ("ip",),
    "status.hostIPs": ("ip",),
    ".secrets": ("name",),
    ".imagePullSecrets": ("name",),
}
_ATOMIC_MAPS = frozenset({"spec.selector", "spec.nodeSelector", "spec.affinity"})


def list_keys(custom: bool, path: tuple[str, ...]) -> tuple[str, ...] | None:
    """The merge keys of the list at a path of field names; ``SET``: plain values; ``None``: it is replaced whole."""
    name = ".".join(path[-2:]) if len(path) > 1 else f".{path[0]}" if path else ""
    keys = _EVERYWHERE.get(name) if len(path) == 2 else None
    return keys or (None if custom else _BUILT_IN.get(name))


def atomic_map(custom: bool, path: tuple[str, ...]) -> bool:
    """Whether the object at a path is owned whole."""
    return not custom and ".".join(path[-2:]) in _ATOMIC_MAPS


def key_of(item: Any, keys: tuple[str, ...]) -> KeyValues:
    """What identifies an item of a list."""
    if keys == SET or not isinstance(item, dict):
        return (("", item),)
    return tuple((key, _default(item, key)) for key in keys)


def _default(item: Json, key: str) -> Any:
    return item.get(key, "TCP" if key == "protocol" else None)
