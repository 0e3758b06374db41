"""A request's body: the only place where secrets become text, in bytes that show themselves to nobody."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import SupportsIndex

import msgspec

from config.secret import Secret
from tui.model.json_value import JsonObject, JsonValue

HIDDEN = "***"
_SHORTEST = 4  # a shorter secret would blot out words that have nothing to do with it


class Hidden(bytes):
    """Bytes that a traceback with its locals, a log or a debugger prints as ``***``; the wire gets them as they are."""

    def __repr__(self) -> str:
        return f"<{HIDDEN}>"

    def __str__(self) -> str:
        return f"<{HIDDEN}>"

    def __getitem__(self, index: SupportsIndex | slice) -> "int | Hidden":  # type: ignore[override]
        found = super().__getitem__(index)
        return Hidden(found) if isinstance(found, bytes) else found


def encoded(body: JsonObject | Sequence[JsonValue]) -> Hidden:
    """``body`` as JSON with its secrets in it."""
    return Hidden(msgspec.json.encode(body, enc_hook=_revealed))


def scrubbed(text: str, body: JsonValue) -> str:
    """``text`` without any secret of ``body``: some webhooks repeat what they refuse."""
    for secret in secrets_in(body):
        value = secret.reveal()
        if len(value) >= _SHORTEST:
            text = text.replace(value, HIDDEN).replace(b64encode(value.encode()).decode(), HIDDEN)
    return text


def secrets_in(value: JsonValue) -> Iterator[Secret]:
    """Every secret at any depth."""
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from secrets_in(part)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for part in value:
            yield from secrets_in(part)


def _revealed(value: object) -> object:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
