"""Projects made and taken away: each is a namespace, a Queue and a Project in the cluster."""

import re
from collections.abc import Callable

from aiohttp import web

from tui.demo.objects import ApiError, Json
from tui.demo.prom.holdings import Holdings
from tui.demo.prom.runai_metrics import CLUSTER_ID
from tui.demo.runai.answers import RefusalError
from tui.demo.runai.bodies import checked_body
from tui.demo.runai.state import State, org_unit_id, stable_id

_QUEUES, _PROJECTS, _SPACES = ("queues", "scheduling.run.ai"), ("projects", "run.ai"), ("namespaces", "")
_NAME = re.compile(r"[a-z]([a-z0-9-]{0,56}[a-z0-9])?")  # with its prefix a namespace's name
_PATH = "/api/v1/org-unit/projects"


class ProjectsApi:
    """``shown`` gives a queue as the API tells of a project; ``parts`` makes a Queue's resources of the API's."""

    def __init__(
        self, state: State, shown: Callable[[Holdings, Json], Json], parts: Callable[[list[Json]], Json]
    ) -> None:
        self._state = state
        self._shown = shown
        self._parts = parts

    def routes(self) -> list[web.RouteDef]:
        return [web.post(_PATH, self._create), web.delete(f"{_PATH}/{{id}}", self._delete)]

    async def _create(self, request: web.Request) -> web.Response:
        body: Json = await checked_body(request, "project")
        name, now = body["name"], self._state.read()
        if not _NAME.fullmatch(name):
            raise RefusalError(400, f"name must be a DNS label of at most 58 characters, not {name}.")
        if body["clusterId"] != CLUSTER_ID:
            raise RefusalError(400, f"Cluster {body['clusterId']} was not found.")
        if body.get("requestedNamespace") not in (None, "", f"runai-{name}"):
            raise RefusalError(400, f"requestedNamespace must be runai-{name}: this cluster names namespaces itself.")
        if any(queue["metadata"]["name"] == name for queue in now.queues):
            raise RefusalError(409, "Resource with this name already exists")
        parent = self._parent(now, body.get("parentId"))
        try:
            for plural, obj in _objects(name, parent, self._parts(body["resources"])):
                self._state.store.create(self._state.store.resource(*plural), obj)
        except ApiError as error:
            raise RefusalError(409 if error.code == 409 else 400, error.message) from None
        now = self._state.read()
        return web.json_response(self._shown(now, _leaf(now, name)), status=201)

    def _parent(self, now: Holdings, wanted: str | None) -> str:
        """The department's queue; without an id the only or first one."""
        leaves = {queue["metadata"]["name"] for queue in now.leaf_queues()}
        parents = [queue for queue in now.queues if queue["metadata"]["name"] not in leaves]
        for queue in parents:
            if wanted in (None, "", org_unit_id(queue)):
                return str(queue["metadata"]["name"])
        raise RefusalError(400, f"Department {wanted} was not found.")

    async def _delete(self, request: web.Request) -> web.Response:
        now, wanted = self._state.read(), request.match_info["id"]
        found = next((queue for queue in now.leaf_queues() if org_unit_id(queue) == wanted), None)
        if found is None:
            raise RefusalError(404, f"Project {wanted} was not found.")
        name = found["metadata"]["name"]
        for kind, named in ((_PROJECTS, name), (_QUEUES, name), (_SPACES, f"runai-{name}")):
            self._state.store.delete(self._state.store.resource(*kind), None, named)
        return web.json_response({"code": 202, "message": "The project is being deleted."}, status=202)


def _leaf(now: Holdings, name: str) -> Json:
    return next(queue for queue in now.queues if queue["metadata"]["name"] == name)


def _objects(name: str, parent: str, resources: Json) -> list[tuple[tuple[str, str], Json]]:
    """What a project is in the cluster, in the order in which it must exist."""
    gpu, project_id = resources["gpu"], stable_id("project", name)
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": f"runai-{name}",
            "labels": {"kubernetes.io/metadata.name": f"runai-{name}", "runai/queue": name},
        },
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }
    project = {
        "apiVersion": "run.ai/v2",
        "kind": "Project",
        "metadata": {"name": name, "uid": project_id},
        "spec": {
            "department": "default",
            "deservedGpus": gpu["quota"],
            "maxAllowedGpus": gpu["limit"],
            "gpuOverQuotaWeight": gpu["overQuotaWeight"],
        },
        "status": {"namespace": f"runai-{name}", "phase": "Ready"},
    }
    labels = {
        "project": name,
        "run.ai/project-id": project_id,
        "runai/department-name": "default",
        "runai/node-pool": "default",
    }
    queue = {
        "apiVersion": "scheduling.run.ai/v2",
        "kind": "Queue",
        "metadata": {"name": name, "labels": labels},
        "spec": {"displayName": name, "parentQueue": parent, "priority": 100, "resources": resources},
        "status": {},
    }
    return [(_SPACES, namespace), (_PROJECTS, project), (_QUEUES, queue)]
