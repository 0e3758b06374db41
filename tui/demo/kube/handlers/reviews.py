"""Self-subject reviews: what the asking user may do."""

from typing import Any
from uuid import NAMESPACE_OID, uuid5

from aiohttp import web

from tui.demo.kube.access import Ask, Rule, User
from tui.demo.kube.answers import json_response
from tui.demo.kube.body import read_json
from tui.demo.objects import Json
from tui.demo.objects.errors import bad_request

GROUP = "authorization.k8s.io"
_PATHS = ("/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz",
          "/version", "/version/")  # fmt: skip
_WHO = "selfsubjectreviews"
KINDS: dict[str, dict[str, str]] = {
    GROUP: {"selfsubjectaccessreviews": "SelfSubjectAccessReview", "selfsubjectrulesreviews": "SelfSubjectRulesReview"},
    "authentication.k8s.io": {_WHO: "SelfSubjectReview"},
}


async def review(request: web.Request, user: User, group: str, plural: str) -> web.Response:
    """Answers a review; nothing is kept. Raises ``ApiError`` 400."""
    body: Any = await read_json(request)
    kind = KINDS[group][plural]
    head: Json = {"kind": kind, "apiVersion": f"{group}/v1", "metadata": {}}
    if plural == _WHO:
        return json_response({**head, "status": {"userInfo": _who(user)}}, 201)
    if not isinstance(body, dict) or not isinstance(body.get("spec"), dict):
        raise bad_request(f'{kind} in version "v1" cannot be handled as a {kind}: spec is missing')
    answer = _access if plural == "selfsubjectaccessreviews" else _rules
    return json_response({**head, "spec": body["spec"], "status": answer(user, body["spec"])}, 201)


def _who(user: User) -> Json:
    return {"username": user.name, "uid": str(uuid5(NAMESPACE_OID, user.name)), "groups": ["system:authenticated"]}


def _access(user: User, spec: Json) -> Json:
    wanted = spec.get("resourceAttributes")
    if not wanted:
        return {"allowed": bool(spec.get("nonResourceAttributes"))}
    resource = wanted.get("resource", "")
    if wanted.get("subresource"):
        resource = f"{resource}/{wanted['subresource']}"
    ask = Ask(wanted.get("verb", ""), wanted.get("group", ""), resource, wanted.get("namespace", ""))
    return {"allowed": user.may(ask)}


def _rules(user: User, spec: Json) -> Json:
    namespace = spec.get("namespace", "default")
    rules = [_rule(rule) for rule in user.rules if rule.namespaces is None or namespace in rule.namespaces]
    own = {"verbs": ["create"], "apiGroups": [GROUP], "resources": list(KINDS[GROUP])}
    paths = {"verbs": ["get"], "nonResourceURLs": list(_PATHS)}
    return {"resourceRules": [*rules, own], "nonResourceRules": [paths], "incomplete": False}


def _rule(rule: Rule) -> Json:
    return {"verbs": list(rule.verbs), "apiGroups": list(rule.groups), "resources": list(rule.resources)}
