"""Discovery: which groups, versions and kinds there are, plain and in the aggregated form that kubectl asks for."""

from collections.abc import Iterable

from aiohttp import web

from tui.demo.kube.answers import json_response
from tui.demo.kube.handlers.reviews import KINDS as REVIEW_KINDS
from tui.demo.kube.negotiation import parse_accept
from tui.demo.kube.routes import subresources, verbs_of
from tui.demo.objects import Json, Resource

_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


class Discovery:
    """What this cluster serves."""

    def __init__(self, resources: Iterable[Resource], address: str) -> None:
        self._groups: dict[str, dict[str, list[Resource]]] = {}
        self._address = address
        for res in resources:
            self._groups.setdefault(res.group, {}).setdefault(res.version, []).append(res)
        for group in REVIEW_KINDS:
            self._groups.setdefault(group, {}).setdefault("v1", [])

    def answer(self, path: str, accept: str) -> web.Response | None:
        """The answer for a discovery path; ``None`` if there is nothing at it."""
        parts = path.strip("/").split("/")
        if parts == ["api"] or parts == ["apis"]:
            return self._root(parts[0], accept)
        if parts[0] == "api" and len(parts) == 2:
            return self._kinds("", parts[1])
        if parts[0] != "apis" or parts[1] not in self._groups or not parts[1]:
            return None
        if len(parts) == 2:
            return json_response({"kind": "APIGroup", "apiVersion": "v1", **self._group(parts[1])})
        return self._kinds(parts[1], parts[2])

    def _root(self, which: str, accept: str) -> web.Response:
        if _wants_aggregated(accept):
            names = [name for name in self._groups if bool(name) is (which == "apis")]
            head: Json = {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}}
            body = {**head, "items": [self._aggregated(name) for name in names]}
            return json_response(body, content_type=_AGGREGATED)
        if which == "api":
            address = [{"clientCIDR": "0.0.0.0/0", "serverAddress": self._address}]
            return json_response({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": address})
        groups = [self._group(name) for name in self._groups if name]
        return json_response({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})

    def _group(self, name: str) -> Json:
        versions = [
            {"groupVersion": f"{name}/{version}", "version": version} for version in _ordered(self._groups[name])
        ]
        return {"name": name, "versions": versions, "preferredVersion": versions[0]}

    def _kinds(self, group: str, version: str) -> web.Response | None:
        kinds = self._groups.get(group, {}).get(version)
        if kinds is None:
            return None
        group_version = f"{group}/{version}" if group else version
        entries = [entry for res in kinds for entry in _plain(res)]
        if group in REVIEW_KINDS:
            entries = [
                {"name": plural, "singularName": kind.lower(), "namespaced": False, "kind": kind, "verbs": ["create"]}
                for plural, kind in REVIEW_KINDS[group].items()
            ]
        head = {"kind": "APIResourceList", **({"apiVersion": "v1"} if group else {}), "groupVersion": group_version}
        return json_response({**head, "resources": entries})

    def _aggregated(self, group: str) -> Json:
        versions = [
            {"version": version, "resources": [_described(res) for res in self._groups[group][version]],
             "freshness": "Current"}
            for version in _ordered(self._groups[group])
        ]  # fmt: skip
        if group in REVIEW_KINDS:
            versions[0]["resources"] = [
                {"resource": plural, "responseKind": {"group": group, "version": "v1", "kind": kind},
                 "scope": "Cluster", "singularResource": kind.lower(), "verbs": ["create"]}
                for plural, kind in REVIEW_KINDS[group].items()
            ]  # fmt: skip
        return {"metadata": {"name": group} if group else {}, "versions": versions}


def _ordered(versions: Iterable[str]) -> list[str]:
    """Kubernetes' order of preference: v2 before v1, releases before betas before alphas."""

    def rank(version: str) -> tuple[int, int, int]:
        for place, mark in enumerate(("alpha", "beta")):
            if mark in version:
                major, _, minor = version[1:].partition(mark)
                return (place, int(major), int(minor or 0))
        return (2, int(version[1:]), 0)

    return sorted(versions, key=rank, reverse=True)


def _wants_aggregated(accept: str) -> bool:
    wanted = ("APIGroupDiscoveryList", "v2")
    return any((media.parameters.get("as"), media.parameters.get("v")) == wanted for media in parse_accept(accept))


def _plain(res: Resource) -> list[Json]:
    entry: Json = {"name": res.plural, "singularName": res.singular, "namespaced": res.namespaced, "kind": res.kind}
    entry["verbs"] = _VERBS
    if res.short_names:
        entry["shortNames"] = list(res.short_names)
    if res.categories:
        entry["categories"] = list(res.categories)
    entries = [entry]
    for name, row in subresources(res):
        part: Json = {"name": f"{res.plural}/{name}", "singularName": "", "namespaced": res.namespaced}
        if row.group:
            part |= {"group": row.group, "version": "v1"}
        entries.append({**part, "kind": row.kind, "verbs": verbs_of(row)})
    return entries


def _described(res: Resource) -> Json:
    kind = {"group": res.group, "version": res.version, "kind": res.kind}
    entry: Json = {"resource": res.plural, "responseKind": kind, "scope": "Namespaced" if res.namespaced else "Cluster"}
    entry |= {"singularResource": res.singular, "verbs": _VERBS}
    if res.short_names:
        entry["shortNames"] = list(res.short_names)
    if res.categories:
        entry["categories"] = list(res.categories)
    parts = [
        {
            "subresource": name,
            "responseKind": {"group": row.group or res.group, "version": res.version, "kind": row.kind},
            "verbs": verbs_of(row),
        }
        for name, row in subresources(res)
    ]
    return entry | ({"subresources": parts} if parts else {})
