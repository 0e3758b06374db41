"""Nothing secret reaches a run directory: addresses without passwords, headers masked, echoed keys struck out."""

import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

import msgspec

from tui.bench.spec import LoadSpec

MASK = "***"
_TELLING = re.compile(r"auth|key|token|secret|cookie|password|credential", re.IGNORECASE)
_LEAST = 6  # shorter ones would strike out ordinary words


class Redactor:
    """Strikes out given secrets wherever a server echoes them (error texts do)."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._texts = tuple(sorted({text for text in secrets if len(text) >= _LEAST}, key=len, reverse=True))
        escaped = {msgspec.json.encode(text)[1:-1] for text in self._texts}
        self._needles = tuple(escaped | {text.encode() for text in self._texts})

    def json(self, raw: bytes) -> bytes:
        """One JSON value; untouched (and hardly looked at) unless a secret is in it."""
        if not any(needle in raw for needle in self._needles):
            return raw
        return msgspec.json.encode(self._struck(msgspec.json.decode(raw)))

    def _struck(self, value: object) -> object:
        if isinstance(value, str):
            for text in self._texts:
                value = value.replace(text, MASK)
            return value
        if isinstance(value, list):
            return [self._struck(item) for item in value]
        if isinstance(value, dict):
            return {key: self._struck(item) for key, item in value.items()}
        return value


def public(load: LoadSpec) -> LoadSpec:
    """What was asked for, as it may be written: no user and password in the URL, no header that looks like a secret."""
    target = load.target
    headers = tuple((name, MASK if _TELLING.search(name) else value) for name, value in target.headers)
    return replace(load, target=replace(target, url=_without_user(target.url), headers=headers))


def _without_user(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
