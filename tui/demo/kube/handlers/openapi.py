"""``/openapi/v3``: enough for kubectl to see that the server validates fields itself, and the schemas of custom kinds.

kubectl looks in the PATCH operation of a kind for the parameter ``fieldValidation``; where it finds it, it leaves
validation to the server.
"""

import hashlib
from collections.abc import Iterable

from aiohttp import web

from tui.demo.kube.answers import json_response
from tui.demo.kube.call import not_acceptable
from tui.demo.kube.schema import schema_of
from tui.demo.objects import Json, Resource
from tui.demo.objects.versions import encode

_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force", "pretty")


class OpenApi:
    """The documents, one a group and version, made on the first need."""

    def __init__(self, resources: Iterable[Resource], version: str) -> None:
        self._groups: dict[str, list[Resource]] = {}
        self._version = version
        self._made: dict[str, bytes] = {}
        for res in resources:
            path = f"apis/{res.group}/{res.version}" if res.group else f"api/{res.version}"
            self._groups.setdefault(path, []).append(res)

    def answer(self, path: str, accept: str) -> web.Response | None:
        """The answer for a path under ``/openapi``. Raises ``ApiError`` 406 where only protobuf is accepted."""
        tail = path.strip("/").removeprefix("openapi/")
        if tail == "v2":
            if "json" not in accept and "*/*" not in accept and accept:
                raise not_acceptable()
            info = {"title": "Kubernetes", "version": self._version}
            return json_response({"swagger": "2.0", "info": info, "paths": {}, "definitions": {}})
        if tail == "v3":
            return json_response({"paths": {path: {"serverRelativeURL": self._url(path)} for path in self._groups}})
        found = tail.removeprefix("v3/")
        return json_response(self._document(found)) if found in self._groups else None

    def _url(self, path: str) -> str:
        digest = hashlib.sha256(self._document(path)).hexdigest().upper()
        return f"/openapi/v3/{path}?hash={digest}"

    def _document(self, path: str) -> bytes:
        if path not in self._made:
            kinds = self._groups[path]
            document: Json = {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": self._version}}
            document["paths"] = dict(_paths(path, res) for res in kinds)
            document["components"] = {"schemas": {_schema_name(res): _schema(res) for res in kinds if res.custom}}
            self._made[path] = encode(document)
        return self._made[path]


def _paths(path: str, res: Resource) -> tuple[str, Json]:
    where = "namespaces/{namespace}/" if res.namespaced else ""
    kind = _kind(res)
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}} for name in _PARAMETERS
    ]
    patch = {
        "operationId": f"patch{res.kind}",
        "parameters": parameters,
        "responses": {"200": {"description": "OK"}},
        "x-kubernetes-action": "patch",
        "x-kubernetes-group-version-kind": kind,
    }
    return f"/{path}/{where}{res.plural}/{{name}}", {"patch": patch}


def _schema_name(res: Resource) -> str:
    return ".".join([*reversed(res.group.split(".")), res.version, res.kind])


def _schema(res: Resource) -> Json:
    schema = schema_of(res)
    envelope = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}
    return {
        **schema,
        "properties": {**envelope, **schema.get("properties", {})},
        "x-kubernetes-group-version-kind": [_kind(res)],
    }


def _kind(res: Resource) -> Json:
    return {"group": res.group, "version": res.version, "kind": res.kind}
