"""Node pools: how GPUs are placed in them can be read and changed."""

from aiohttp import web

from tui.demo.objects import Json
from tui.demo.prom.holdings import Holdings
from tui.demo.prom.runai_metrics import CLUSTER_ID
from tui.demo.runai.answers import TENANT_ID, RefusalError, listing, rfc3339
from tui.demo.runai.bodies import checked_body
from tui.demo.runai.state import CLUSTER_NAME, State, stable_id
from tui.demo.world.naming import parse_time

_POOLS = ("nodepools", "run.ai")


def pool_of(queue: Json) -> str:
    """Name of the node pool that a queue's quota is for."""
    return str(queue["metadata"].get("labels", {}).get("runai/node-pool", "default"))


def pool_id(name: str) -> str:
    return stable_id("nodepool", name)


def created_time(obj: Json) -> str:
    return rfc3339(parse_time(obj["metadata"].get("creationTimestamp")) or 0.0)


class PoolsApi:
    """Reads NodePools; a change of placement is written back to them."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        one = "/api/v1/node-pools/{pool}"
        return [
            web.get("/api/v1/node-pools", self._pools),
            web.get("/api/v1/node-pools/count", self._count),
            web.get(one, self._pool),
            web.patch(one, self._edit_pool),
            web.put(one, self._edit_pool),
        ]

    async def _count(self, _: web.Request) -> web.Response:
        return web.json_response({"count": len(self._pool_objects())})

    async def _pools(self, request: web.Request) -> web.Response:
        now = self._state.read()
        return listing(
            request, "nodepools", [self._pool_object(now, pool) for pool in self._pool_objects()], paged=False
        )

    async def _pool(self, request: web.Request) -> web.Response:
        return web.json_response(self._pool_object(self._state.read(), self._find_pool(request)))

    async def _edit_pool(self, request: web.Request) -> web.Response:
        pool, body = self._find_pool(request), await checked_body(request, "node pool")
        given = (
            body.get("placementStrategy") or (body.get("schedulingConfiguration") or {}).get("placementStrategy") or {}
        )
        labels = {name: body[name] for name in ("labelKey", "labelValue") if body.get(name)}

        def edit(obj: Json) -> None:
            spec = obj["spec"]
            spec.update(labels)
            chosen = {kind: strategy for kind, strategy in given.items() if strategy}
            spec["placementStrategy"] = {**spec.get("placementStrategy", {}), **chosen}

        resource = self._state.store.resource(*_POOLS)
        changed = self._state.store.change(resource, None, pool["metadata"]["name"], edit)
        return web.json_response(self._pool_object(self._state.read(), changed))

    def _pool_objects(self) -> list[Json]:
        return self._state.objects(*_POOLS)

    def _find_pool(self, request: web.Request) -> Json:
        wanted = request.match_info["pool"]
        for pool in self._pool_objects():
            if pool_id(pool["metadata"]["name"]) == wanted:
                return pool
        raise RefusalError(404, f"Node pool {wanted} was not found.")

    def _pool_object(self, now: Holdings, pool: Json) -> Json:
        metadata, spec = pool["metadata"], pool["spec"]
        name = metadata["name"]
        placement = spec.get("placementStrategy", {"cpu": "spread", "gpu": "spread"})
        nodes = sorted(node.name for node in now.nodes.values() if node.pool == name)
        created = created_time(pool)
        modern = {"schedulingConfiguration": {"placementStrategy": placement}} if self._state.version != "2.22" else {}
        return {
            "id": pool_id(name),
            "tenantId": TENANT_ID,
            "name": name,
            "labelKey": spec.get("labelKey", "runai/node-pool"),
            "labelValue": spec.get("labelValue", name),
            "clusterId": CLUSTER_ID,
            "clusterName": CLUSTER_NAME,
            "isDefault": name == "default",
            "phase": "Ready" if nodes else "Empty",
            "placementStrategy": placement,
            "status": {"nodes": nodes, "placementStrategy": placement},
            "createdBy": "nimdeck",
            "createdAt": created,
            "updatedBy": "nimdeck",
            "updatedAt": created,
            **modern,
        }
