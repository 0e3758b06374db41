"""The ``/`` filter: words, regular expressions, ``!`` for the inverse, ``field>value`` comparisons.

Pure: it knows rows only as text and named fields. ``parse_filter("llama !team-b util>50")`` keeps the rows that match
all three parts. A field that a row does not have, or whose value is unknown, never matches a comparison. A comparison
that has no value yet (``util>``) filters nothing: it is still being typed.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from tui.model.quantity import parse_quantity

FieldValue = float | str | bool | None

_COMPARISON = re.compile(r"^([A-Za-z_][\w.]*)(>=|<=|!=|==|=~|>|<|=)(.*)$", re.DOTALL)
_TOKEN = re.compile(r'!?(?:[^\s"]*"[^"]*"|\S+)')
_ORDER: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


class FilterError(ValueError):
    """The filter can't be read. ``column`` (from 0) is where in the text."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True)
class Subject:
    """What a filter sees of a row: its text and its fields by name, both made only when a term asks for them."""

    text: Callable[[], str]
    field: Callable[[str], FieldValue]


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter; empty matches all."""

    source: str
    terms: tuple[Callable[[Subject], bool], ...]

    def matches(self, subject: Subject) -> bool:
        return all(term(subject) for term in self.terms)

    def __bool__(self) -> bool:
        return bool(self.terms)


def parse_filter(source: str, fields: frozenset[str] | None = None) -> Filter:
    """Compile a filter once, to be asked of many rows.

    ``fields`` are the names a comparison may use (``None``: any). Raises ``FilterError``.
    """
    terms = (_term(m.group(), m.start(), fields) for m in _TOKEN.finditer(source))
    return Filter(source.strip(), tuple(term for term in terms if term is not None))


def _term(token: str, column: int, fields: frozenset[str] | None) -> Callable[[Subject], bool] | None:
    if token.startswith("!") and len(token) > 1:
        inner = _term(token[1:], column + 1, fields)
        return None if inner is None else lambda subject: not inner(subject)
    comparison = _COMPARISON.match(token)
    if comparison:
        name, sign, raw = comparison.groups()
        return _comparison(name, sign, raw, column, fields)
    return _pattern(token.replace('"', ""), column)


def _pattern(text: str, column: int) -> Callable[[Subject], bool]:
    search = _regex(text, column).search
    return lambda subject: search(subject.text()) is not None


def _regex(text: str, column: int) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        at = column + (error.pos or 0)
        raise FilterError(f"{text!r} is no regular expression: {error.msg}", at) from None


def _comparison(
    name: str, sign: str, raw: str, column: int, fields: frozenset[str] | None
) -> Callable[[Subject], bool] | None:
    key = name.lower()
    if fields is not None and key not in fields:
        raise FilterError(f"no field {name!r} here; there are {', '.join(sorted(fields))}", column)
    value = raw.strip('"')
    if not value:
        return None
    if sign in _ORDER:
        return _ordered(key, _ORDER[sign], value, column + len(name) + len(sign))
    if sign == "=~":
        search = _regex(value, column + len(name) + len(sign)).search
        return lambda s: (found := s.field(key)) is not None and search(str(found)) is not None
    wanted = sign != "!="
    return lambda s: (found := s.field(key)) is not None and _equal(found, value) is wanted


def _ordered(key: str, holds: Callable[[float, float], bool], value: str, column: int) -> Callable[[Subject], bool]:
    bound = _number(value)
    if bound is None:
        raise FilterError(f"{value!r} is not a number", column)
    limit: float = bound

    def term(subject: Subject) -> bool:
        found = subject.field(key)
        return isinstance(found, int | float) and holds(float(found), limit)

    return term


def _equal(found: FieldValue, value: str) -> bool:
    if isinstance(found, bool):
        return value.lower() == ("true" if found else "false")
    if isinstance(found, int | float):
        wanted = _number(value)
        return wanted is not None and float(found) == wanted
    return str(found).lower() == value.lower()


def _number(text: str) -> float | None:
    """``50``, ``50%`` (the same: fields in percent are fields of 0 to 100), ``80Gi``."""
    return parse_quantity(text.removesuffix("%"))
