"""A set of labels, immutable by agreement: hashed once, printed as JSON once."""

from collections.abc import Iterable, Mapping

import msgspec

NAME = "__name__"

_encode = msgspec.json.Encoder(order="sorted").encode


class LabelSet:
    """Labels of one series. ``map`` must not be changed after construction; empty values stand for absent ones."""

    __slots__ = ("_hash", "_json", "_key", "map")

    def __init__(self, mapping: Mapping[str, str]) -> None:
        self.map = {name: value for name, value in mapping.items() if value}
        self._json: bytes | None = None
        self._key: tuple[tuple[str, str], ...] | None = None
        self._hash: int | None = None

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """Sorted pairs: the identity of the series."""
        if self._key is None:
            self._key = tuple(sorted(self.map.items()))
        return self._key

    @property
    def json(self) -> bytes:
        if self._json is None:
            self._json = _encode(self.map)
        return self._json

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LabelSet) and self.map == other.map

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self.map.items()))
        return self._hash

    def __repr__(self) -> str:
        return "{" + ",".join(f'{name}="{value}"' for name, value in self.key) + "}"

    def get(self, name: str) -> str:
        return self.map.get(name, "")

    def without(self, names: Iterable[str]) -> "LabelSet":
        dropped = set(names)
        return LabelSet({name: value for name, value in self.map.items() if name not in dropped})

    def only(self, names: Iterable[str]) -> "LabelSet":
        return LabelSet({name: self.map[name] for name in names if name in self.map})

    def nameless(self) -> "LabelSet":
        """What remains after an operation that changes the meaning of the value."""
        return self.without((NAME,)) if NAME in self.map else self

    def updated(self, changes: Mapping[str, str]) -> "LabelSet":
        return LabelSet({**self.map, **changes})


EMPTY = LabelSet({})
