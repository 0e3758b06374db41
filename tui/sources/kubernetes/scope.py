"""Which namespaces to read where the cluster scope is denied."""

import threading

import msgspec

from tui.sources.kinds.base import Kind
from tui.sources.kinds.loose import dig, list_at, text_at
from tui.sources.kubernetes.client import KubeClient, decoded
from tui.sources.kubernetes.errors import Forbidden, KubeError, Refused

REVIEW_PATH = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"


class Scopes:
    """Finds the namespaces once and remembers them. Thread-safe."""

    def __init__(self, client: KubeClient, configured: tuple[str, ...]) -> None:
        self._client = client
        self._configured = configured
        self._lock = threading.Lock()
        self._candidates: tuple[str, ...] | None = None
        self._rules: dict[str, frozenset[tuple[str, str]] | None] = {}

    def namespaces(self, kind: Kind) -> tuple[str, ...]:
        """Where the kind may be listed, as far as the server tells; empty: nowhere."""
        with self._lock:
            if self._configured:
                return self._configured
            if self._candidates is None:
                self._candidates = self._find()
            return tuple(name for name in self._candidates if self._may_list(kind, name))

    def forget(self) -> None:
        """Ask anew next time: rights change."""
        with self._lock:
            self._candidates = None
            self._rules.clear()

    def _find(self) -> tuple[str, ...]:
        """All namespaces if they may be listed, else the context's own and ``default``."""
        try:
            items = list_at(self._client.get_json("/api/v1/namespaces"), "items")
        except Forbidden:
            own = (self._client.namespace, "default")
            return tuple(dict.fromkeys(name for name in own if name))
        return tuple(name for item in items if (name := text_at(item, "metadata", "name")))

    def _may_list(self, kind: Kind, namespace: str) -> bool:
        if namespace not in self._rules:
            self._rules[namespace] = self._review(namespace)
        allowed = self._rules[namespace]
        if allowed is None:
            return True  # not told: the list itself will say
        return any((group, plural) in allowed for group in (kind.group, "*") for plural in (kind.plural, "*"))

    def _review(self, namespace: str) -> frozenset[tuple[str, str]] | None:
        """(group, plural) that may be listed there; ``None`` when the server does not say, or not all."""
        body = msgspec.json.encode(
            {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectRulesReview",
                "spec": {"namespace": namespace},
            }
        )
        try:
            answer = decoded(
                self._client.request("POST", REVIEW_PATH, body=body).body, self._client.server, REVIEW_PATH
            )
        except (Refused, KubeError):
            return None
        if dig(answer, "status", "incomplete") is True or not isinstance(dig(answer, "status"), dict):
            return None
        return frozenset(
            (str(group), str(plural))
            for rule in list_at(answer, "status", "resourceRules")
            if {"list", "*"} & set(map(str, list_at(rule, "verbs"))) and not list_at(rule, "resourceNames")
            for group in list_at(rule, "apiGroups")
            for plural in list_at(rule, "resources")
        )
