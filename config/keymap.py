"""The key map: which keys start which action. The actions themselves are told in ``tui/actions.py``."""

import re
import tomllib
from difflib import get_close_matches
from functools import cache
from pathlib import Path

# What tmux and the terminal take for themselves, or cannot tell from enter, tab and backspace.
TAKEN_KEYS = frozenset(f"ctrl+{letter}" for letter in "absqhjmiz")

_KEY = re.compile(r"^(?:(?:ctrl|shift|alt|super)\+)*(?:[a-z0-9]+(?:_[a-z0-9]+)*|[A-Z])$")


@cache
def default_keys() -> dict[str, tuple[str, ...]]:
    """Action id -> its keys, as ``keys.toml`` ships them."""
    document = tomllib.loads(Path(__file__).with_name("keys.toml").read_text(encoding="utf-8"))
    return {action: split_keys(str(keys)) for action, keys in document.items()}


def split_keys(text: str) -> tuple[str, ...]:
    """``"f2, x"`` -> ``("f2", "x")``."""
    return tuple(key.strip() for key in text.split(",") if key.strip())


def bad_binding(action: str, keys: object) -> str:
    """Why ``action = keys`` can't stand in a ``[keys]`` table, with the mend; ``""`` if it can."""
    known = default_keys()
    if action not in known:
        close = get_close_matches(action, known, n=1, cutoff=0.5)
        return f"unknown action; did you mean {close[0]}?" if close else "unknown action; the help screen lists them"
    if not isinstance(keys, str) or not split_keys(keys):
        return f'{keys!r} names no key; write "f2" or "f2,x"'
    for key in split_keys(keys):
        if key in TAKEN_KEYS:
            return f"{key!r} is taken by tmux or the terminal; use another key"
        if not _KEY.match(key):
            return f"{key!r} is not the name of a key; write it like x, X, f2, ctrl+p or question_mark"
    return ""
