"""Inference workloads: create, read, change, delete. What is written is the InferenceWorkload; the rest follows."""

import re
import secrets

from aiohttp import web

from tui.demo.objects import ApiError, Json
from tui.demo.prom.holdings import Holdings, WorkloadHoldings
from tui.demo.prom.runai_metrics import CLUSTER_ID
from tui.demo.runai.answers import RefusalError, rfc3339
from tui.demo.runai.bodies import checked_body
from tui.demo.runai.measurements import Series, measurements
from tui.demo.runai.state import State, org_unit_id
from tui.demo.runai.sums import created_at, phase_of
from tui.demo.runai.translate import TRANSLATED, from_cluster, to_cluster

_KIND = ("inferenceworkloads", "run.ai")
_NAME = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


class InferencesApi:
    """All writes answer 202 and take effect in the cluster afterwards."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        path = "/api/v1/workloads/inferences"
        return [
            web.post(path, self._create),
            web.get(f"{path}/{{id}}", self._get),
            web.patch(f"{path}/{{id}}", self._patch),
            web.delete(f"{path}/{{id}}", self._delete),
            web.get(f"{path}/{{id}}/metrics", self._metrics),
        ]

    async def _create(self, request: web.Request) -> web.Response:
        body: Json = await checked_body(request, "inference")
        name = body["name"]
        if body.get("useGivenNameAsPrefix"):
            name = f"{name}-{secrets.token_hex(3)}"
        if not _NAME.fullmatch(name):
            raise RefusalError(400, f"name must be a DNS label of at most 63 characters, not {name}.")
        if body["clusterId"] != CLUSTER_ID:
            raise RefusalError(400, f"Cluster {body['clusterId']} was not found.")
        now = self._state.read()
        project = self._project(now, body["projectId"])
        obj = {
            "apiVersion": "run.ai/v2alpha1",
            "kind": "InferenceWorkload",
            "metadata": {"name": name, "namespace": f"runai-{project}", "labels": {"project": project}},
            "spec": {"name": {"value": name}, **to_cluster(body.get("spec") or {})},
            "status": {},
        }
        try:
            made = self._state.store.create(self._state.store.resource(*_KIND), obj)
        except ApiError as error:
            raise RefusalError(409 if error.code == 409 else 400, _told(error)) from None
        return web.json_response(self._answer(self._find(made["metadata"]["uid"])), status=202)

    def _project(self, now: Holdings, project_id: str) -> str:
        for queue in now.leaf_queues():
            if org_unit_id(queue) == project_id:
                return str(queue["metadata"]["name"])
        raise RefusalError(400, f"Project {project_id} was not found.")

    def _find(self, workload_id: str) -> WorkloadHoldings:
        workload = self._state.workload(self._state.read(), workload_id)
        if workload.inference is None:
            raise RefusalError(404, f"Inference {workload_id} was not found.")
        return workload

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(self._answer(self._find(request.match_info["id"])))

    async def _patch(self, request: web.Request) -> web.Response:
        """Whole sections are replaced, as the real one does."""
        workload = self._find(request.match_info["id"])
        body: Json = await checked_body(request, "inference change")
        given = body.get("spec")
        if not isinstance(given, dict):
            raise RefusalError(400, "spec is required.")
        assert workload.inference is not None
        written = to_cluster({**from_cluster(workload.inference["spec"]), **given})

        def edit(obj: Json) -> None:
            kept = {name: value for name, value in obj["spec"].items() if name not in TRANSLATED}
            obj["spec"] = {**kept, **written}

        self._state.store.change(self._state.store.resource(*_KIND), workload.namespace, workload.name, edit)
        return web.json_response(self._answer(self._find(workload.id)), status=202)

    async def _delete(self, request: web.Request) -> web.Response:
        workload = self._find(request.match_info["id"])
        self._state.store.delete(self._state.store.resource(*_KIND), workload.namespace, workload.name)
        return web.json_response({"code": 202, "message": "The workload is being deleted."}, status=202)

    async def _metrics(self, request: web.Request) -> web.Response:
        """THROUGHPUT and LATENCY are known here but not measured: their series are empty, never made up."""
        self._find(request.match_info["id"])
        none: list[Series] = []
        return measurements(request, self._state.now(), ("THROUGHPUT", "LATENCY"), lambda _: none)

    def _answer(self, workload: WorkloadHoldings) -> Json:
        now = self._state.read()
        ids = {queue["metadata"]["name"]: org_unit_id(queue) for queue in now.leaf_queues()}
        assert workload.inference is not None
        return {
            "name": workload.name,
            "requestedName": workload.name,
            "workloadId": workload.id,
            "projectId": ids.get(workload.project, "0"),
            "clusterId": CLUSTER_ID,
            "createdBy": "lab-user",
            "createdAt": rfc3339(created_at(workload)),
            "deletedAt": None,
            "desiredPhase": "Running",
            "actualPhase": phase_of(workload),
            "spec": from_cluster(workload.inference["spec"]),
        }


def _told(error: ApiError) -> str:
    return "Resource with this name already exists" if error.code == 409 else error.message
