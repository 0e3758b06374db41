"""Who may do what: users by bearer token, and rules of the kind RBAC knows. Knows no HTTP."""

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from tui.demo.objects import ApiError, Json

ANYTHING = ("*",)
READ = ("get", "list", "watch")
_SELF_REVIEWS = frozenset({"selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"})
_REVIEW_GROUPS = ("authorization.k8s.io", "authentication.k8s.io")
_OPEN_TO_ALL = frozenset({"/healthz", "/livez", "/readyz", "/version", "/version/"})


class Ask(NamedTuple):
    """What a request wants, as RBAC sees it. ``resource`` carries its subresource: ``pods/log``."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """Allows verbs on resources of groups. ``namespaces`` ``None``: everywhere, and at the cluster scope."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...] = ANYTHING
    resources: tuple[str, ...] = ANYTHING
    namespaces: tuple[str, ...] | None = None

    def allows(self, ask: Ask) -> bool:
        return (
            _covers(self.verbs, ask.verb)
            and _covers(self.groups, ask.group)
            and (_covers(self.resources, ask.resource) or self._any_subresource(ask.resource))
            and (self.namespaces is None or ask.namespace in self.namespaces)
        )

    def _any_subresource(self, resource: str) -> bool:
        _, slash, subresource = resource.partition("/")
        return bool(slash) and f"*/{subresource}" in self.resources


@dataclass(frozen=True, slots=True)
class User:
    """A user of the API. The token is not shown when a user is printed."""

    name: str
    token: str = field(repr=False)
    rules: tuple[Rule, ...] = ()

    def may(self, ask: Ask) -> bool:
        if ask.group not in _REVIEW_GROUPS or ask.resource not in _SELF_REVIEWS:
            return any(rule.allows(ask) for rule in self.rules)
        return self is not ANONYMOUS


ANONYMOUS = User("system:anonymous", "")


def new_user(name: str, rules: Iterable[Rule] = ()) -> User:
    """A user with a fresh random token."""
    return User(name, secrets.token_urlsafe(24), tuple(rules))


def ready_made_users() -> dict[str, User]:
    """``admin`` may do all, ``viewer`` reads all but Secrets, ``nobody`` may nothing but log in."""
    core = ("", "events.k8s.io")
    not_secret = tuple(
        f"{plural}{part}"
        for plural in ("namespaces", "nodes", "pods", "events", "services", "configmaps", "endpoints",
                       "serviceaccounts", "persistentvolumes", "persistentvolumeclaims", "resourcequotas")
        for part in ("", "/status")
    )  # fmt: skip
    groups = ("apps", "batch", "storage.k8s.io", "scheduling.k8s.io", "apiextensions.k8s.io", "coordination.k8s.io",
              "networking.k8s.io", "run.ai", "scheduling.run.ai", "serving.knative.dev",
              "autoscaling.internal.knative.dev", "apps.nvidia.com", "nvidia.com", "mellanox.com",
              "monitoring.coreos.com")  # fmt: skip
    viewer = (
        Rule(READ, core, (*not_secret, "pods/log")),
        Rule(READ, groups),
        Rule(("get", "create"), core, ("services/proxy",)),
    )
    users = (new_user("admin", [Rule(ANYTHING)]), new_user("viewer", viewer), new_user("nobody"))
    return {user.name: user for user in users}


def authenticate(users: Iterable[User], authorization: str | None) -> User:
    """The user of an ``Authorization`` header; without one ``system:anonymous``. Raises ``ApiError`` 401."""
    if not authorization:
        return ANONYMOUS
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        given = token.strip().encode()
        for user in users:
            if user.token and hmac.compare_digest(user.token.encode(), given):
                return user
    raise ApiError(401, "Unauthorized", "Unauthorized")


def authorize(user: User, ask: Ask) -> None:
    """Raises ``ApiError`` 403 in the API server's words."""
    scoped = ask
    if ask.resource == "namespaces" and ask.name:
        scoped = ask._replace(namespace=ask.name)
    if user.may(scoped):
        return
    plural = ask.resource.partition("/")[0]
    key = f"{plural}.{ask.group}" if ask.group else plural
    subject = f'{key} "{ask.name}"' if ask.name else key
    where = f'in the namespace "{scoped.namespace}"' if scoped.namespace else "at the cluster scope"
    message = (
        f'{subject} is forbidden: User "{user.name}" cannot {ask.verb} resource "{ask.resource}" '
        f'in API group "{ask.group}" {where}'
    )
    parts: Json = {"name": ask.name, "group": ask.group, "kind": plural}
    raise ApiError(403, "Forbidden", message, {key: value for key, value in parts.items() if value})


def authorize_path(user: User, verb: str, path: str) -> None:
    """Paths that are no resource: discovery is for every known user, health and version for all."""
    if user is ANONYMOUS and path not in _OPEN_TO_ALL:
        message = f'forbidden: User "{user.name}" cannot {verb} path "{path}"'
        raise ApiError(403, "Forbidden", message, {})


def _covers(allowed: tuple[str, ...], wanted: str) -> bool:
    return wanted in allowed or "*" in allowed
