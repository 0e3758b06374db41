"""Hides credentials in an object before it is shown: a key written out in an environment must not reach a screen.

The guide's own listing puts the NGC key into the InferenceWorkload in clear; operators photograph screens all the same.
References to Secrets stay readable, since they say where to look and hold nothing.
"""

import re
from typing import Any

HIDDEN = "***"
_NAMED = re.compile(r"(key|token|secret|passw(or)?d|credential)s?$", re.IGNORECASE)
_VALUE = re.compile(r"nvapi-[\w-]{4,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,}|(?<=Bearer )[\w.~+/-]{8,}=*")
_REFERENCE = re.compile(r"^SECRET:[^,]+,.+$")  # Run:ai's way to name a Secret and a key of it
_HOLDERS = frozenset({"value", "default"})


def redact(found: Any) -> Any:
    """A copy of a JSON value without credentials.

    Hidden are: literal values under a name that ends in key, token, secret, password (``{name: NGC_API_KEY, value: x}``
    as in a pod, ``NGC_API_KEY: {value: x}`` as in an InferenceWorkload), and whatever looks like an NGC key, a JWT or
    a bearer token anywhere in a text, ``last-applied-configuration`` included.
    """
    return _walk(found, "")


def _walk(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        called = value.get("name")
        own = called if isinstance(called, str) and "value" in value else name
        return {key: _walk(inner, own if key in _HOLDERS else key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_walk(inner, "") for inner in value]
    return _text(value, name) if isinstance(value, str) else value


def _text(value: str, name: str) -> str:
    if _NAMED.search(name) and value and not _REFERENCE.match(value) and _is_literal(name):
        return HIDDEN
    return _VALUE.sub(HIDDEN, value)


def _is_literal(name: str) -> bool:
    """``key: NGC_API_KEY`` in a ``secretKeyRef`` names an entry; ``NGC_API_KEY`` itself is an environment's name."""
    return name not in ("key", "secret", "imagePullSecret")
