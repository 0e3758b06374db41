"""Times, numbers and repeated strings as they stand in Kubernetes objects."""

from collections.abc import Hashable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar, cast

_SHARED_LIMIT = 100_000
_shared: dict[str, str] = {}
_tuples: dict[tuple[Hashable, ...], tuple[Hashable, ...]] = {}

H = TypeVar("H", bound=Hashable)


def share(text: str) -> str:
    """The one copy of ``text``: ten thousand pods name the same nodes, images and label values."""
    if len(_shared) > _SHARED_LIMIT:
        _shared.clear()
    return _shared.setdefault(text, text)


def share_map(labels: dict[str, str] | None) -> dict[str, str]:
    """Labels with shared keys and values."""
    if not labels:
        return {}
    one = _shared.setdefault  # share() itself for every key and value would be a tenth of the cold list
    return {one(key, key): one(value, value) for key, value in labels.items()}


def share_all(values: Iterable[H]) -> tuple[H, ...]:
    """The one tuple of these values: ten thousand pods lean on the same few claims, Secrets and tolerations."""
    found = tuple(values)
    if len(_tuples) > _SHARED_LIMIT:
        _tuples.clear()
    return cast("tuple[H, ...]", _tuples.setdefault(found, found)) if found else ()


@lru_cache(maxsize=16384)
def moment(text: str | None) -> float | None:
    """Unix seconds of an RFC 3339 time; ``None`` for anything else."""
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def whole(value: float | None) -> int | None:
    """A count as an integer; ``None`` stays ``None``."""
    return None if value is None else int(value)
