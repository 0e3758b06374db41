"""Assets (credentials, PVC data sources, compute) and the short catalogues of types and priorities.

Secret values are taken and forgotten: an answer never carries them.
"""

import secrets
from uuid import uuid4

from aiohttp import web

from tui.demo.objects import Json
from tui.demo.runai.answers import TENANT_ID, RefusalError, body_of, rfc3339
from tui.demo.runai.asset_objects import drop_objects, make_objects
from tui.demo.runai.bodies import checked_body
from tui.demo.runai.state import State, stable_id

_CREDENTIALS = {
    "ngc-api-key": "ngcApiKey",
    "generic-secret": "genericSecret",
    "docker-registry": "dockerRegistry",
    "password": "password",
    "access-key": "accessKey",
}
_KINDS = {f"credentials/{path}": kind for path, kind in _CREDENTIALS.items()} | {
    "datasource/pvc": "pvc",
    "compute": "compute",
}
_SECRET_FIELDS = frozenset({"ngc_api_key", "password", "secretAccessKey", "keyValuePairs"})
_NO_CONTENT = frozenset({"ngcApiKey", "genericSecret"})  # their DELETE answers 204, the others' 202
_PRIORITIES = {
    "very-low": 25,
    "low": 40,
    "medium-low": 65,
    "medium": 80,
    "medium-high": 90,
    "high": 125,
    "very-high": 150,
}
_TYPES = {
    "InferenceWorkload": ("run.ai", "very-high", "Deploy"),
    "InteractiveWorkload": ("run.ai", "high", "Build"),
    "TrainingWorkload": ("run.ai", "low", "Train"),
}


class AssetsApi:
    """Kept in memory for the life of the process."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._assets: dict[str, Json] = {}

    def routes(self) -> list[web.RouteDef]:
        found = [
            web.get("/api/v1/asset/credentials", self._credentials),
            web.get("/api/v1/workload-types", self._types),
            web.get("/api/v1/workload-priorities", self._priorities),
        ]
        for path, kind in _KINDS.items():
            found += _Asset(self._state, self._assets, kind).routes(f"/api/v1/asset/{path}")
        return found

    async def _credentials(self, _: web.Request) -> web.Response:
        kinds = set(_CREDENTIALS.values())
        entries = [
            {**asset, "spec": {asset["meta"]["kind"]: asset["spec"]}}
            for asset in self._assets.values()
            if asset["meta"]["kind"] in kinds
        ]
        return web.json_response({"entries": entries})

    async def _types(self, _: web.Request) -> web.Response:
        at = rfc3339(self._state.started)
        types = [
            {
                "id": stable_id("type", name),
                "name": name,
                "group": group,
                "categoryId": stable_id("category", category),
                "categoryName": category,
                "priorityId": stable_id("priority", priority),
                "priorityName": priority,
                "createdAt": at,
                "createdBy": "system",
                "updatedAt": at,
                "updatedBy": "system",
                "clusterStatuses": [],
                "resourceInterfaces": [],
            }
            for name, (group, priority, category) in _TYPES.items()
        ]
        return web.json_response({"types": types})

    async def _priorities(self, _: web.Request) -> web.Response:
        priorities = [
            {"id": stable_id("priority", name), "name": name, "value": value, "source": "system"}
            for name, value in _PRIORITIES.items()
        ]
        return web.json_response({"priorities": priorities})


class _Asset:
    """One kind of asset: list, create, read, change and delete."""

    def __init__(self, state: State, assets: dict[str, Json], kind: str) -> None:
        self._state = state
        self._assets = assets
        self._kind = kind

    def routes(self, path: str) -> list[web.RouteDef]:
        one = f"{path}/{{asset}}"
        return [
            web.get(path, self._list),
            web.post(path, self._create),
            web.get(one, self._get),
            web.put(one, self._put),
            web.delete(one, self._delete),
        ]

    def _own(self) -> list[Json]:
        return [asset for asset in self._assets.values() if asset["meta"]["kind"] == self._kind]

    async def _list(self, _: web.Request) -> web.Response:
        return web.json_response({"entries": self._own()})

    async def _create(self, request: web.Request) -> web.Response:
        body: Json = await checked_body(request, self._kind)
        meta, spec = body["meta"], body["spec"]
        if meta["scope"] == "project" and meta.get("projectId") is None:
            raise RefusalError(400, "meta.projectId is required for an asset of a project.")
        if any(asset["meta"]["name"] == meta["name"] for asset in self._own()):
            raise RefusalError(409, "Resource with this name already exists")
        at = rfc3339(self._state.now())
        stamps = {"createdBy": "nimdeck", "createdAt": at, "updatedBy": "nimdeck", "updatedAt": at}
        found = str(uuid4())
        asset: Json = {
            "meta": {**meta, "id": found, "kind": self._kind, "tenantId": TENANT_ID, **stamps},
            "spec": self._visible(spec),
        }
        make_objects(self._state, self._kind, meta, spec, found)
        self._assets[found] = asset
        return web.json_response(asset, status=202)

    def _visible(self, spec: Json) -> Json:
        if self._kind not in _CREDENTIALS.values():
            return spec
        shown = {name: value for name, value in spec.items() if name not in _SECRET_FIELDS}
        if self._kind == "ngcApiKey":
            shown["ngc_api_key"] = "redacted"  # the schema wants the field
        return {**shown, "keyId": secrets.randbelow(2**31)}

    def _find(self, request: web.Request) -> Json:
        asset = self._assets.get(request.match_info["asset"])
        if asset is None or asset["meta"]["kind"] != self._kind:
            raise RefusalError(404, f"Asset {request.match_info['asset']} was not found.")
        return asset

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(self._find(request))

    async def _put(self, request: web.Request) -> web.Response:
        asset = self._find(request)
        body: Json = await body_of(request, dict)
        description = (body.get("meta") or {}).get("description")
        asset["meta"] |= {"updatedAt": rfc3339(self._state.now())} | (
            {"description": description} if description else {}
        )
        if isinstance(body.get("spec"), dict):
            asset["spec"] = self._visible(body["spec"])
        return web.json_response(asset, status=202)

    async def _delete(self, request: web.Request) -> web.Response:
        asset = str(self._find(request)["meta"]["id"])
        drop_objects(self._state, asset)
        del self._assets[asset]
        if self._kind in _NO_CONTENT:
            return web.Response(status=204)
        return web.json_response({"code": 202, "message": "The asset is being deleted."}, status=202)
