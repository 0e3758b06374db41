"""Label and field selectors: parsed once, with the API server's own words about bad ones, then asked often."""

import re
from collections.abc import Callable
from typing import Any

from tui.demo.objects import Json, Resource
from tui.demo.objects.errors import bad_request

Matcher = Callable[[Json], bool]
Labels = dict[str, str]

_TOKEN = re.compile(r"\s*(?:([A-Za-z0-9._/-]+)|(==|!=|[=!(),<>]))")
_METADATA = {"metadata.name": ("metadata", "name"), "metadata.namespace": ("metadata", "namespace")}
_FIELDS: dict[str, tuple[str, ...]] = {
    "pods": ("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
             "status.phase", "status.podIP", "status.nominatedNodeName"),
    "events": ("involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
               "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
               "reportingComponent", "source", "type"),
    "nodes": ("spec.unschedulable",),
    "namespaces": ("status.phase",),
    "secrets": ("type",),
    "services": ("spec.clusterIP", "spec.type"),
    "jobs.batch": ("status.successful",),
    "replicasets.apps": ("status.replicas",),
}  # fmt: skip


def everything(_obj: Json) -> bool:
    """No selector."""
    return True


def selector(res: Resource, labels: str, fields: str) -> Matcher:
    """One matcher for both selectors. Raises ``ApiError`` 400."""
    parts = []
    if labels.strip():
        requirements = _Parser(labels).parse()
        parts.append(lambda obj: all(test(obj["metadata"].get("labels") or {}) for test in requirements))
    if fields.strip():
        terms = _field_terms(res, fields)
        parts.append(lambda obj: all(test(obj) for test in terms))
    if not parts:
        return everything
    return parts[0] if len(parts) == 1 else lambda obj: parts[0](obj) and parts[1](obj)


def _field_terms(res: Resource, text: str) -> list[Matcher]:
    terms = []
    for term in filter(None, text.split(",")):
        found = re.match(r"^(.*?)(!=|==|=)(.*)$", term)
        if found is None:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{term}'")
        field, operator, value = found.groups()
        terms.append(_field_term(res, field, operator != "!=", value))
    return terms


def _field_term(res: Resource, field: str, wanted: bool, value: str) -> Matcher:
    path: tuple[str, ...] | None = _METADATA.get(field) if field != "metadata.namespace" or res.namespaced else None
    if path is None and field in _FIELDS.get(res.key, ()):
        path = tuple(field.split("."))
    if path is None:
        raise bad_request(f"field label not supported: {field}")
    keys = path
    return lambda obj: (_text(obj, keys) == value) is wanted


def _text(obj: Json, path: tuple[str, ...]) -> str:
    value: Any = obj
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, dict):
        value = value.get("component")
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "false" if path[-1] in ("unschedulable", "hostNetwork") else ""
    return str(value)


class _Parser:
    """``a=b,c!=d,e in (f,g),h notin (i),j,!k``."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, bool]] = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise bad_request(f"unable to parse requirement: found '{text[at]}', expected: identifier")
            self._tokens.append((found.group(1) or found.group(2), found.group(1) is not None))
            at = found.end()
        self._at = 0

    def parse(self) -> list[Callable[[Labels], bool]]:
        requirements = [self._requirement()]
        while self._peek() is not None:
            if self._next()[0] != ",":
                raise self._error("',' or 'end of string'", back=1)
            requirements.append(self._requirement())
        return requirements

    def _requirement(self) -> Callable[[Labels], bool]:
        negated = self._peek() == "!"
        if negated:
            self._next()
        key = self._word("identifier" if negated else "!, identifier, or 'end of string'")
        if negated:
            return lambda labels: key not in labels
        operator = self._peek()
        if operator in (None, ","):
            return lambda labels: key in labels
        self._next()
        if operator in ("=", "=="):
            value = self._value()
            return lambda labels: labels.get(key) == value
        if operator == "!=":
            value = self._value()
            return lambda labels: labels.get(key) != value
        if operator in ("in", "notin"):
            values = self._values()
            wanted = operator == "in"
            return lambda labels: (key in labels and labels[key] in values) if wanted else labels.get(key) not in values
        if operator in ("<", ">"):
            return self._compared(key, operator)
        raise self._error("in, notin, =, ==, !=, gt, lt", back=1)

    def _compared(self, key: str, operator: str) -> Callable[[Labels], bool]:
        bound = self._word("identifier")
        if not bound.lstrip("-").isdigit():
            raise bad_request(
                f"values[0][{key}]: Invalid value: \"{bound}\": for 'Gt', 'Lt' operators, the value must be an integer"
            )

        def test(labels: Labels) -> bool:
            text = labels.get(key, "")
            if not text.lstrip("-").isdigit():
                return False
            return int(text) < int(bound) if operator == "<" else int(text) > int(bound)

        return test

    def _value(self) -> str:
        return "" if self._peek() in (None, ",") else self._word("identifier")

    def _values(self) -> frozenset[str]:
        if self._peek() != "(":
            raise self._error("'('")
        self._next()
        values = {self._value() if self._peek() != ")" else ""}
        while self._peek() == ",":
            self._next()
            values.add(self._value() if self._peek() != ")" else "")
        if self._peek() != ")":
            raise self._error("',' or ')'")
        self._next()
        return frozenset(values)

    def _peek(self) -> str | None:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else None

    def _next(self) -> tuple[str, bool]:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _word(self, expected: str) -> str:
        if self._at >= len(self._tokens) or not self._tokens[self._at][1]:
            raise self._error(expected)
        return self._next()[0]

    def _error(self, expected: str, back: int = 0) -> Exception:
        at = self._at - back
        found = self._tokens[at][0] if at < len(self._tokens) else ""
        return bad_request(f"unable to parse requirement: found '{found}', expected: {expected}")
