"""Where credentials stand in objects: for refusing one in a spec, and for hiding one in what is shown. What one looks
like in a text is ``scrub.py``."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from config.secret import Secret
from tui.launch.environment import parse_reference
from tui.launch.scrub import HIDDEN, names_credential, scrub
from tui.model.json_value import JsonValue

_NGC_KEY = re.compile(r"nvapi-[\w-]+")
_SECRET_NAME = re.compile(r"(^|[_.-])(api_?key|token|secret|passw(or)?d|credentials?|ngc_cli_api_key)$", re.IGNORECASE)
_HIDDEN_NAME = re.compile(
    r"(^|[_.-])(?i:secret|credential)s?$|(?i:token|passw(or)?d|(api|access|private)_?key|client_?secret)s?$|^[A-Z0-9_]+_KEYS?$"
)
"""Wider than what is refused in a spec: a name hidden in vain costs a look, one shown costs a key. Words like
``topologyKey`` and ``authSecret`` name things and hold nothing."""
_VALUES = ("value", "default")
_SECRET_PARTS = ("data", "stringData")


def holds_ngc_key(text: str) -> bool:
    """Whether an API key of NGC stands in it."""
    return _NGC_KEY.search(text) is not None


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name holds a credential: ``HF_TOKEN``, ``NGC_API_KEY``."""
    return _SECRET_NAME.search(name) is not None


def hide(value: JsonValue, name: str = "", in_secret: bool = False) -> JsonValue:
    """A copy without credentials: those of ``Secret``s and Secret objects, of variables named so, and what looks like
    one anywhere in a text. References stay: they say where to look and hold nothing."""
    if isinstance(value, Secret):
        return HIDDEN
    if isinstance(value, str):
        return _text(value, name, in_secret)
    if isinstance(value, Mapping):
        return _mapping(value, name, in_secret)
    if isinstance(value, Sequence):
        return [_entry(value, place, in_secret) for place in range(len(value))]
    return HIDDEN if in_secret and value is not None else value


def credentials_in(value: JsonValue, shown: JsonValue) -> Iterator[str]:
    """The texts of ``value`` that ``shown``, which ``hide`` made of it, hides whole."""
    if isinstance(value, str) and isinstance(shown, str):
        if shown == HIDDEN != value:
            yield value
        elif shown != value:
            yield from credentials_in(_parsed(value), _parsed(shown))
    elif isinstance(value, Mapping) and isinstance(shown, Mapping):
        for key in value:
            yield from credentials_in(value[key], shown.get(key))
    elif isinstance(value, Sequence) and isinstance(shown, Sequence):
        for one, other in zip(value, shown, strict=False):
            yield from credentials_in(one, other)


def _entry(values: Sequence[JsonValue], place: int, in_secret: bool) -> JsonValue:
    """An entry of a list; that after ``--password`` is one."""
    before, value = values[place - 1] if place else None, values[place]
    if isinstance(before, str) and isinstance(value, str) and names_credential(before):
        return value if parse_reference(value) is not None else HIDDEN
    return hide(value, "", in_secret)


def _mapping(value: Mapping[str, JsonValue], name: str, in_secret: bool) -> JsonValue:
    called = value.get("name")
    own = called if isinstance(called, str) and "value" in value else name
    is_secret = value.get("kind") == "Secret"
    return {
        key: hide(entry, own if key in _VALUES else key, in_secret or (is_secret and key in _SECRET_PARTS))
        for key, entry in value.items()
    }


def _text(value: str, name: str, in_secret: bool) -> str:
    named = name not in ("secret", "key") and (is_secret_name(name) or _HIDDEN_NAME.search(name) is not None)
    holds = bool(value) and named and parse_reference(value) is None
    return HIDDEN if in_secret or holds else _written(value)


def _written(value: str) -> str:
    """A text; one that is JSON, such as the annotation that ``kubectl apply`` leaves, is hidden as an object."""
    inner = _parsed(value)
    if inner is not None:
        shown = hide(inner)
        if shown != inner:
            return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    return scrub(value)


def _parsed(value: str) -> JsonValue:
    """The object or list that a text is; ``None`` for any other."""
    if not value.lstrip().startswith(("{", "[")):
        return None
    try:
        found: JsonValue = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return found
