"""Protobuf bodies of the few kinds that kubectl's own commands send so (``create secret``, ``auth can-i``).

Reads the Kubernetes envelope and the fields named here; other kinds are refused, as a real server refuses custom ones.
"""

import base64
from collections.abc import Iterator
from typing import Any, NamedTuple

from tui.demo.objects import Json

_MAGIC = b"k8s\x00"
Shape = dict[int, "Field"]


class Field(NamedTuple):
    """One field of a message: its JSON name, and how its bytes are read."""

    name: str
    kind: str = "text"
    shape: Shape | None = None
    many: bool = False


_OWNER: Shape = {
    1: Field("kind"),
    3: Field("name"),
    4: Field("uid"),
    5: Field("apiVersion"),
    6: Field("controller", "flag"),
    7: Field("blockOwnerDeletion", "flag"),
}
_META: Shape = {
    1: Field("name"),
    2: Field("generateName"),
    3: Field("namespace"),
    5: Field("uid"),
    6: Field("resourceVersion"),
    11: Field("labels", "map"),
    12: Field("annotations", "map"),
    13: Field("ownerReferences", "message", _OWNER, many=True),
    14: Field("finalizers", many=True),
}
_ATTRIBUTES: Shape = {
    number: Field(name)
    for number, name in enumerate(("namespace", "verb", "group", "version", "resource", "subresource", "name"), 1)
}
_ACCESS: Shape = {
    1: Field("resourceAttributes", "message", _ATTRIBUTES),
    2: Field("nonResourceAttributes", "message", {1: Field("path"), 2: Field("verb")}),
}
_METADATA = Field("metadata", "message", _META)
_KINDS: dict[tuple[str, str], Shape] = {
    ("v1", "Namespace"): {1: _METADATA},
    ("v1", "ServiceAccount"): {1: _METADATA},
    ("v1", "ConfigMap"): {
        1: _METADATA,
        2: Field("data", "map"),
        3: Field("binaryData", "bytes map"),
        4: Field("immutable", "flag"),
    },
    ("v1", "Secret"): {
        1: _METADATA,
        2: Field("data", "bytes map"),
        3: Field("type"),
        4: Field("stringData", "map"),
        5: Field("immutable", "flag"),
    },
    ("authorization.k8s.io/v1", "SelfSubjectAccessReview"): {1: _METADATA, 2: Field("spec", "message", _ACCESS)},
    ("authorization.k8s.io/v1", "SelfSubjectRulesReview"): {
        1: _METADATA,
        2: Field("spec", "message", {1: Field("namespace")}),
    },
}
_UNKNOWN: Shape = {1: Field("type", "message", {1: Field("apiVersion"), 2: Field("kind")}), 2: Field("raw", "bytes")}


def decode_protobuf(data: bytes) -> Json | None:
    """The object; ``None`` if it is of a kind not read here, or no protobuf of Kubernetes at all."""
    if not data.startswith(_MAGIC):
        return None
    try:
        envelope = _message(data[len(_MAGIC) :], _UNKNOWN)
        names = envelope.get("type", {})
        shape = _KINDS.get((names.get("apiVersion", ""), names.get("kind", "")))
        return None if shape is None else {**names, **_message(envelope.get("raw", b""), shape)}
    except (IndexError, ValueError):
        return None


def _message(data: bytes, shape: Shape) -> Json:
    found: Json = {}
    for number, value in _fields(data):
        field = shape.get(number)
        if field is None:
            continue
        read = _value(field, value)
        if field.kind.endswith("map"):
            found.setdefault(field.name, {}).update(read)
        elif field.many:
            found.setdefault(field.name, []).append(read)
        elif read != "":
            found[field.name] = read
    return found


def _value(field: Field, value: Any) -> Any:
    if field.kind == "flag":
        return bool(value)
    if field.kind == "bytes":
        return value
    if field.kind == "message":
        return _message(value, field.shape or {})
    if field.kind.endswith("map"):
        pair = dict(_fields(value))
        item = pair.get(2, b"")
        return {pair.get(1, b"").decode(): base64.b64encode(item).decode() if "bytes" in field.kind else item.decode()}
    return value.decode()


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Number and value of each field: whole numbers, or bytes. Raises ``IndexError`` and ``ValueError``."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 0:
            value: Any
            value, at = _varint(data, at)
        elif wire == 2:
            size, at = _varint(data, at)
            if at + size > len(data):
                raise ValueError("cut short")
            value, at = data[at : at + size], at + size
        else:
            raise ValueError("no such wire type here")
        yield key >> 3, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
