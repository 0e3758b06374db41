"""Self-subject reviews: what the asking user may do."""

from typing import Any

from aiohttp import web

from tui.demo.kube.access import Ask, Rule, User
from tui.demo.kube.answers import json_response
from tui.demo.kube.body import read_json
from tui.demo.kube.call import Context
from tui.demo.objects import Json
from tui.demo.objects.errors import bad_request

GROUP = "authorization.k8s.io"
_PATHS = ("/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz",
          "/version", "/version/")  # fmt: skip
KINDS = {"selfsubjectaccessreviews": "SelfSubjectAccessReview", "selfsubjectrulesreviews": "SelfSubjectRulesReview"}


async def review(context: Context, request: web.Request, user: User, plural: str) -> web.Response:
    """Answers a review; nothing is kept. Raises ``ApiError`` 400."""
    del context
    body: Any = await read_json(request)
    if not isinstance(body, dict) or not isinstance(body.get("spec"), dict):
        raise bad_request(f'{KINDS[plural]} in version "v1" cannot be handled as a {KINDS[plural]}: spec is missing')
    answer = _access if plural == "selfsubjectaccessreviews" else _rules
    head: Json = {"kind": KINDS[plural], "apiVersion": f"{GROUP}/v1", "metadata": {}}
    return json_response({**head, "spec": body["spec"], "status": answer(user, body["spec"])}, 201)


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
    own = {"verbs": ["create"], "apiGroups": [GROUP], "resources": list(KINDS)}
    paths = {"verbs": ["get"], "nonResourceURLs": list(_PATHS)}
    return {"resourceRules": [*rules, own], "nonResourceRules": [paths], "incomplete": False}


def _rule(rule: Rule) -> Json:
    return {"verbs": list(rule.verbs), "apiGroups": list(rule.groups), "resources": list(rule.resources)}
