"""Light highlighting of one line of text: which parts get which tone. Pure; it never needs the lines around."""

import re
from collections.abc import Callable

from widgets.rows import Tone

Mark = tuple[int, int, Tone]  # start, end, tone
Highlighter = Callable[[str], list[Mark]]

_YAML_KEY = re.compile(r"^(\s*(?:- )*)([\w./\-\"'$]+)(:)(?=\s|$)")
_YAML_COMMENT = re.compile(r"(?:^|\s)#.*$")
_YAML_VALUE = re.compile(r"(?<=[:\-] )(true|false|null|~|-?\d+(?:\.\d+)?(?:[eE]\d+)?)\s*$")
_YAML_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'")
_DESCRIBE_KEY = re.compile(r"^(\s*)([A-Z][\w /\-]*:)(?=\s|$)")
_LEVELS = (
    (re.compile(r"\b(?:ERROR|FATAL|CRITICAL|PANIC|Traceback|Exception)\b"), Tone.BAD),
    (re.compile(r"\b(?:WARN|WARNING)\b"), Tone.WARN),
    (re.compile(r"\b(?:DEBUG|TRACE)\b"), Tone.DIM),
)
_STAMP = re.compile(r"^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?")


def plain(line: str) -> list[Mark]:
    return []


def yaml(line: str) -> list[Mark]:
    """Keys, comments, quoted strings, numbers and constants."""
    marks: list[Mark] = []
    if key := _YAML_KEY.match(line):
        marks.append((key.start(2), key.end(3), Tone.ACCENT))
    marks += [(m.start(), m.end(), Tone.GOOD) for m in _YAML_QUOTED.finditer(line)]
    if value := _YAML_VALUE.search(line):
        marks.append((value.start(1), value.end(1), Tone.WARN))
    if (comment := _YAML_COMMENT.search(line)) and not any(a < comment.start() < b for a, b, _ in marks):
        marks = [mark for mark in marks if mark[1] <= comment.start()]
        marks.append((comment.start(), comment.end(), Tone.DIM))
    return sorted(marks, key=lambda mark: mark[0])


def describe(line: str) -> list[Mark]:
    """``Name:  value`` lines: the names."""
    found = _DESCRIBE_KEY.match(line)
    return [(found.start(2), found.end(2), Tone.ACCENT)] if found else []


def log(line: str) -> list[Mark]:
    """The time stamp, and the level where it is named."""
    marks: list[Mark] = []
    if stamp := _STAMP.match(line):
        marks.append((stamp.start(), stamp.end(), Tone.DIM))
    for pattern, tone in _LEVELS:
        if found := pattern.search(line):
            marks.append((found.start(), found.end(), tone))
            break
    return marks


HIGHLIGHTERS: dict[str, Highlighter] = {"plain": plain, "yaml": yaml, "describe": describe, "log": log}
