"""ResourceQuotas: what a namespace may hold, counted when an object is to be made."""

from collections.abc import Iterator

from tui.demo.objects import ApiError, Json, ObjectStore, Resource
from tui.demo.objects.errors import details
from tui.demo.world.quantity import quantity

_PLAIN = ("pods", "services", "secrets", "configmaps", "persistentvolumeclaims", "resourcequotas")


def check_quota(store: ObjectStore, res: Resource, namespace: str, obj: Json) -> None:
    """Raises ``ApiError`` 403 for an object that a quota of its namespace has no room for."""
    if not res.namespaced:
        return
    wanted = dict(_amounts(res, obj))
    for found in store.list(store.resource("resourcequotas"), namespace):
        hard: Json = found.get("spec", {}).get("hard") or {}
        used = _used(store, res, namespace)
        over = [
            name
            for name, amount in wanted.items()
            if name in hard and used.get(name, 0.0) + amount > quantity(hard[name])
        ]
        if over:
            name = obj["metadata"].get("name", "")
            parts = {
                "requested": {key: wanted[key] for key in over},
                "used": {key: used.get(key, 0.0) for key in over},
                "limited": {key: quantity(hard[key]) for key in over},
            }
            told = ", ".join(f"{part}: {_shown(amounts)}" for part, amounts in parts.items())
            text = f'{res.key} "{name}" is forbidden: exceeded quota: {found["metadata"]["name"]}, {told}'
            raise ApiError(403, "Forbidden", text, details(res, name))


def _shown(amounts: dict[str, float]) -> str:
    return ",".join(f"{name}={amount:g}" for name, amount in sorted(amounts.items()))


def _used(store: ObjectStore, res: Resource, namespace: str) -> dict[str, float]:
    total: dict[str, float] = {}
    for obj in store.list(res, namespace):
        if obj.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            continue
        for name, amount in _amounts(res, obj):
            total[name] = total.get(name, 0.0) + amount
    return total


def _amounts(res: Resource, obj: Json) -> Iterator[tuple[str, float]]:
    """What an object counts for, by the names that quotas use."""
    yield f"count/{res.key}", 1.0
    if res.key in _PLAIN:
        yield res.key, 1.0
    if res.key == "services" and obj.get("spec", {}).get("type") == "LoadBalancer":
        yield "services.loadbalancers", 1.0
    if res.key == "persistentvolumeclaims":
        yield "requests.storage", quantity(obj["spec"]["resources"]["requests"]["storage"])
    if res.key == "pods":
        yield from _of_containers(obj["spec"]["containers"])


def _of_containers(containers: list[Json]) -> Iterator[tuple[str, float]]:
    total: dict[str, float] = {}
    for container in containers:
        for part, amounts in (container.get("resources") or {}).items():
            for name, amount in (amounts or {}).items():
                key = f"{part}.{name}"
                total[key] = total.get(key, 0.0) + quantity(amount)
                if part == "requests" and name in ("cpu", "memory"):
                    total[name] = total.get(name, 0.0) + quantity(amount)
    yield from total.items()
