"""Clusters, departments and projects with their quotas."""

from aiohttp import web

from tui.demo.objects import Json
from tui.demo.prom.facts import PodFacts
from tui.demo.prom.holdings import Holdings
from tui.demo.prom.runai_metrics import CLUSTER_ID, department, quota
from tui.demo.runai.answers import TENANT_ID, RefusalError, listing, rfc3339
from tui.demo.runai.bodies import checked_body
from tui.demo.runai.pools import created_time, pool_id, pool_of
from tui.demo.runai.projects import ProjectsApi
from tui.demo.runai.state import CLUSTER_NAME, State, org_unit_id

_PARTS = {"deserved": "quota", "limit": "limit", "overQuotaWeight": "overQuotaWeight"}
_QUEUES, _PROJECTS = ("queues", "scheduling.run.ai"), ("projects", "run.ai")


class TenancyApi:
    """Reads Queues; quota edits are written back to them."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        found = [
            web.get("/api/v1/clusters", self._clusters),
            web.get("/api/v1/clusters/{cluster}", self._cluster),
        ]
        for unit in ("projects", "departments"):
            path = f"/api/v1/org-unit/{unit}"
            listed = self._projects if unit == "projects" else self._departments
            found += [
                web.get(path, listed),
                web.get(f"{path}/count", self._count),
                web.get(f"{path}/{{id}}", self._unit),
                web.patch(f"{path}/{{id}}/resources", self._edit_resources),
                web.put(f"{path}/{{id}}/resources", self._edit_resources),
            ]
        return found + ProjectsApi(self._state, self._project, _queue_resources).routes()

    def _cluster_object(self) -> Json:
        now = self._state.now()
        return {
            "uuid": CLUSTER_ID,
            "tenantId": TENANT_ID,
            "name": CLUSTER_NAME,
            "createdAt": rfc3339(self._state.started - 30 * 86400),
            "domain": self._url(),
            "version": f"{self._state.version}.0",
            "updatedAt": rfc3339(now),
            "deletedAt": None,
            "lastLiveness": rfc3339(now),
            "status": {"state": "Connected", "platform": {"type": "vanilla", "kubeVersion": "v1.30.4"}},
        }

    def _url(self) -> str:
        """As the cluster was given it when it was installed."""
        for config in self._state.objects("runaiconfigs", "run.ai"):
            return str(config["spec"]["global"]["clusterURL"])
        return "runai.cluster.local"

    async def _clusters(self, _: web.Request) -> web.Response:
        return web.json_response([self._cluster_object()])

    async def _cluster(self, request: web.Request) -> web.Response:
        if request.match_info["cluster"] != CLUSTER_ID:
            raise RefusalError(404, f"Cluster {request.match_info['cluster']} was not found.")
        return web.json_response(self._cluster_object())

    async def _projects(self, request: web.Request) -> web.Response:
        now = self._state.read()
        return listing(request, "projects", [self._project(now, queue) for queue in now.leaf_queues()])

    async def _departments(self, request: web.Request) -> web.Response:
        now = self._state.read()
        return listing(request, "departments", [self._department(now, queue) for queue in parent_queues(now)])

    async def _count(self, request: web.Request) -> web.Response:
        now = self._state.read()
        return web.json_response({"count": len(self._queues(now, request))})

    async def _unit(self, request: web.Request) -> web.Response:
        now = self._state.read()
        queue = self._queue(now, request)
        return web.json_response(self._project(now, queue) if _is_project(request) else self._department(now, queue))

    def _queues(self, now: Holdings, request: web.Request) -> list[Json]:
        return now.leaf_queues() if _is_project(request) else parent_queues(now)

    def _queue(self, now: Holdings, request: web.Request) -> Json:
        wanted = request.match_info["id"]
        for queue in self._queues(now, request):
            if org_unit_id(queue) == wanted:
                return queue
        raise RefusalError(404, f"{'Project' if _is_project(request) else 'Department'} {wanted} was not found.")

    def _project(self, now: Holdings, queue: Json) -> Json:
        name = queue["metadata"]["name"]
        own = [pod for pod in now.pods if pod.project == name]
        parent = next(
            (item for item in parent_queues(now) if item["metadata"]["name"] == queue["spec"].get("parentQueue")), None
        )
        status = self._quota_status(now, own)
        return {
            "id": org_unit_id(queue),
            "name": name,
            "description": "",
            "clusterId": CLUSTER_ID,
            "parentId": org_unit_id(parent) if parent is not None else "0",
            "requestedNamespace": None,
            "enforceRunaiScheduler": True,
            "status": {
                "namespace": f"runai-{name}",
                "phase": "Ready",
                "quotaStatus": status,
                "nodePoolQuotaStatuses": [
                    {"nodePoolName": pool_of(queue), "nodePoolId": pool_id(pool_of(queue)), **status}
                ],
            },
            "effective": {"defaultNodePools": [pool_of(queue)]},
            **_common(queue),
        }

    def _department(self, now: Holdings, queue: Json) -> Json:
        children = {
            item["metadata"]["name"]
            for item in now.leaf_queues()
            if item["spec"].get("parentQueue") == queue["metadata"]["name"]
        }
        own = [pod for pod in now.pods if pod.project in children]
        return {
            "id": org_unit_id(queue),
            "name": department(queue),
            "description": "",
            "clusterId": CLUSTER_ID,
            "status": {"quotaStatus": self._quota_status(now, own)},
            **_common(queue),
        }

    @staticmethod
    def _quota_status(now: Holdings, pods: list[PodFacts]) -> Json:
        held = [pod for pod in pods if pod.holds_gpus]
        waiting = [pod for pod in pods if pod.phase not in ("Succeeded", "Failed")]
        fixed = [pod for pod in held if pod.priority_class in ("inference", "build")]

        def amounts(chosen: list[PodFacts]) -> Json:
            requested = [pod.requested for pod in chosen]
            return {
                "gpu": now.requested(chosen),
                "cpu": round(sum(item.get("cpu", 0.0) for item in requested) * 1000, 3),
                "memory": round(sum(item.get("memory", 0.0) for item in requested) / 1e6, 3),
            }

        return {"allocated": amounts(held), "allocatedNonPreemptible": amounts(fixed), "requested": amounts(waiting)}

    async def _edit_resources(self, request: web.Request) -> web.Response:
        """PATCH changes the items that are given, PUT is all there is to be."""
        queue = self._queue(self._state.read(), request)
        items: list[Json] = await checked_body(request, "resources")
        changes = [_checked_resource(item, pool_of(queue)) for item in items]
        if request.method == "PUT" and not changes:
            raise RefusalError(400, "resources must name each node pool.")

        def edit(obj: Json) -> None:
            resources = obj["spec"].setdefault("resources", {})
            for change in changes:
                for kind, parts in change.items():
                    resources[kind] = {**resources.get(kind, {}), **parts}

        resource = self._state.store.resource(*_QUEUES)
        changed = self._state.store.change(resource, None, queue["metadata"]["name"], edit)
        self._tell_project(changed)
        return web.json_response([_resources(changed)])

    def _tell_project(self, queue: Json) -> None:
        """The Project says the same as its Queue."""
        name, gpu = queue["metadata"]["name"], queue["spec"]["resources"].get("gpu", {})
        if not any(project["metadata"]["name"] == name for project in self._state.objects(*_PROJECTS)):
            return
        fields = {"deservedGpus": gpu.get("quota"), "maxAllowedGpus": gpu.get("limit", -1)}
        resource = self._state.store.resource(*_PROJECTS)
        self._state.store.change(resource, None, name, lambda obj: obj["spec"].update(fields))


def _is_project(request: web.Request) -> bool:
    return request.path.startswith("/api/v1/org-unit/projects")


def parent_queues(now: Holdings) -> list[Json]:
    """Departments: the queues that are some other's parent."""
    leaves = {queue["metadata"]["name"] for queue in now.leaf_queues()}
    return [queue for queue in now.queues if queue["metadata"]["name"] not in leaves]


def _common(queue: Json) -> Json:
    created = created_time(queue)
    return {
        "createdAt": created,
        "updatedAt": created,
        "createdBy": "nimdeck",
        "updatedBy": "nimdeck",
        "totalResources": {
            "gpuQuota": quota(queue, "gpu"),
            "cpuQuota": quota(queue, "cpu"),
            "memoryQuota": quota(queue, "memory"),
        },
        "resources": [_resources(queue)],
    }


def _resources(queue: Json) -> Json:
    pool = pool_of(queue)

    def parts(kind: str) -> Json:
        given = queue["spec"].get("resources", {}).get(kind, {})
        weight = {"overQuotaWeight": given.get("overQuotaWeight")}
        return {"deserved": quota(queue, kind), "limit": quota(queue, kind, "limit"), **weight}

    return {
        "nodePool": {"id": pool_id(pool), "name": pool},
        "gpu": parts("gpu"),
        "cpu": parts("cpu"),
        "memory": {**parts("memory"), "units": "MB"},
    }


def _queue_resources(items: list[Json]) -> Json:
    """A new Queue's resources: what the default node pool is given; what is not said is none, without a limit."""
    resources: Json = {kind: {"quota": 0, "limit": -1, "overQuotaWeight": 2} for kind in ("gpu", "cpu", "memory")}
    for item in items:
        for kind, parts in _checked_resource(item, "default").items():
            resources[kind] |= parts
    return resources


def _checked_resource(item: Json, pool: str) -> dict[str, dict[str, float]]:
    """Queue parts to change; refuses another node pool and numbers below -1."""
    if not isinstance(item, dict) or ("gpu" not in item and "cpu" not in item and "memory" not in item):
        raise RefusalError(400, "Each item must name gpu, cpu or memory.")
    given_pool = (item.get("nodePool") or {}).get("id", pool_id(pool))
    if given_pool != pool_id(pool):
        raise RefusalError(400, f"Node pool {given_pool} was not found.")
    changes: dict[str, dict[str, float]] = {}
    for kind in ("gpu", "cpu", "memory"):
        for name, number in (item.get(kind) or {}).items():
            if name in _PARTS and number is not None:
                changes.setdefault(kind, {})[_PARTS[name]] = _at_least_minus_one(f"{kind}.{name}", number)
    return changes


def _at_least_minus_one(field: str, number: object) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float) or number < -1:
        raise RefusalError(400, f"{field} must be a number, -1 for unlimited, not {number}.")
    return number
