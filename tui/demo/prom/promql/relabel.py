"""``label_replace`` and ``label_join``, with Go's ``$1`` and ``${name}`` templates."""

import re
from collections.abc import Sequence

from tui.demo.prom.promql.select import pattern
from tui.demo.prom.promql.values import QueryError, Vector

_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_REFERENCE = re.compile(r"\$(?:(\$)|\{(\w+)\}|(\w+))")


def _expanded(template: str, match: re.Match[str]) -> str:
    def value(reference: re.Match[str]) -> str:
        if reference[1]:
            return "$"
        name = reference[2] or reference[3]
        try:
            return match[int(name) if name.isdigit() else name] or ""
        except IndexError:
            return ""

    return _REFERENCE.sub(value, template)


def _checked(label: str, function: str) -> str:
    if not _LABEL.fullmatch(label):
        raise QueryError(f"invalid destination label name in {function}(): {label}")
    return label


def label_replace(vector: Vector, target: str, template: str, source: str, expression: str) -> Vector:
    _checked(target, "label_replace")
    compiled = pattern(expression)
    result: Vector = []
    for labels, value in vector:
        match = compiled.fullmatch(labels.get(source))
        result.append((labels.updated({target: _expanded(template, match)}) if match else labels, value))
    return _distinct(result)


def label_join(vector: Vector, target: str, separator: str, sources: Sequence[str]) -> Vector:
    _checked(target, "label_join")
    joined = [
        (labels.updated({target: separator.join(labels.get(source) for source in sources)}), value)
        for labels, value in vector
    ]
    return _distinct(joined)


def _distinct(vector: Vector) -> Vector:
    if len({labels for labels, _ in vector}) != len(vector):
        raise QueryError("vector cannot contain metrics with the same labelset")
    return vector
