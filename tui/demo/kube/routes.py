"""The table of routes: which handler answers which method on a kind, an object or a subresource.

A new subresource is one file in ``handlers`` and one row here.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from aiohttp import web

from tui.demo.kube.answers import method_not_allowed, resource_not_found
from tui.demo.kube.call import Call
from tui.demo.kube.handlers.attach import attach
from tui.demo.kube.handlers.delete import delete, delete_collection
from tui.demo.kube.handlers.eviction import evict
from tui.demo.kube.handlers.logs import log
from tui.demo.kube.handlers.patch import patch
from tui.demo.kube.handlers.pod_proxy import pod_proxy
from tui.demo.kube.handlers.portforward import port_forward
from tui.demo.kube.handlers.proxy import proxy
from tui.demo.kube.handlers.read import get, list_
from tui.demo.kube.handlers.watch import watch
from tui.demo.kube.handlers.write import create, replace
from tui.demo.kube.paths import Location
from tui.demo.objects import Resource

Handler = Callable[[Call], Awaitable[web.StreamResponse]]
Methods = dict[str, Handler]


class Subresource(NamedTuple):
    """A subresource: its methods and the kind that discovery names."""

    methods: Methods
    kind: str
    group: str = ""


_PROXIED = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
COLLECTION: Methods = {"GET": list_, "POST": create, "DELETE": delete_collection}
OBJECT: Methods = {"GET": get, "HEAD": get, "PUT": replace, "PATCH": patch, "DELETE": delete}
STATUS: Methods = {"GET": get, "PUT": replace, "PATCH": patch}
SUBRESOURCES: dict[tuple[str, str], Subresource] = {
    ("pods", "attach"): Subresource({"GET": attach, "POST": attach}, "PodAttachOptions"),
    ("pods", "log"): Subresource({"GET": log}, "Pod"),
    ("pods", "eviction"): Subresource({"POST": evict}, "Eviction", "policy"),
    ("pods", "portforward"): Subresource({"GET": port_forward}, "PodPortForwardOptions"),
    ("pods", "proxy"): Subresource(dict.fromkeys(_PROXIED, pod_proxy), "PodProxyOptions"),
    ("services", "proxy"): Subresource(dict.fromkeys(_PROXIED, proxy), "ServiceProxyOptions"),
}
VERBS = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_TRUE = frozenset({"true", "1", "t"})


def verb(method: str, place: Location, watching: str) -> str:
    """The verb as RBAC names it."""
    if place.name:
        return VERBS.get(method, method.lower())
    if method in ("GET", "HEAD"):
        return "watch" if watching.lower() in _TRUE else "list"
    return "deletecollection" if method == "DELETE" else VERBS.get(method, method.lower())


def handler(method: str, place: Location, res: Resource, watching: str) -> Handler:
    """The handler for a request. Raises ``ApiError`` 404 for a subresource that is not there and 405."""
    if place.subresource:
        methods = _of_subresource(place, res)
    elif place.name:
        methods = OBJECT
    elif res.namespaced and not place.namespace:
        methods = {"GET": list_}
    else:
        methods = COLLECTION
    found = methods.get(method)
    if found is None:
        raise method_not_allowed()
    return watch if found is list_ and watching.lower() in _TRUE else found


def _of_subresource(place: Location, res: Resource) -> Methods:
    if place.subresource == "status" and res.has_status:
        return STATUS
    found = SUBRESOURCES.get((res.key, place.subresource))
    if found is None:
        raise resource_not_found()
    return found.methods


def subresources(res: Resource) -> list[tuple[str, Subresource]]:
    """The subresources of a kind, by name."""
    own = [(name, row) for (key, name), row in SUBRESOURCES.items() if key == res.key]
    status = [("status", Subresource(STATUS, res.kind))] if res.has_status else []
    return sorted([*own, *status])


def verbs_of(row: Subresource) -> list[str]:
    return sorted({VERBS[method] for method in row.methods})
