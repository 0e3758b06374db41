"""Lists in pages that all show one version: continue tokens and the versions they point into."""

import base64
import binascii
import json
from bisect import bisect_left
from collections import OrderedDict
from typing import NamedTuple

from tui.demo.kube.selectors import Matcher, everything
from tui.demo.objects import ObjectStore, Resource, Stored
from tui.demo.objects.errors import bad_request, expired

_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)
_BAD_TOKEN = "invalid continue token: continue key is not valid"
_INCONSISTENT = -1


class Page(NamedTuple):
    """Some objects of a list, at one version."""

    items: list[Stored]
    version: int
    token: str
    remaining: int | None


class Pager:
    """Cuts lists into pages. A list that has changed since its first page is kept for the pages that follow.

    At most ``kept`` such lists are held; a token into one that is not gets 410.
    """

    def __init__(self, store: ObjectStore, kept: int = 16) -> None:
        self._store = store
        self._kept = kept
        self._lists: OrderedDict[tuple[str, str, int], list[Stored]] = OrderedDict()

    def page(self, res: Resource, namespace: str, matches: Matcher, limit: int, token: str) -> Page:
        """One page; ``limit`` 0 is all. Raises ``ApiError`` 400 for a token that is none and 410 for one too old."""
        start, version = ("", self._store.version) if not token else _decoded(token)
        whole = versions = self._at(res, namespace, version, start)
        version = self._store.version if version == _INCONSISTENT else version
        if start:
            versions = versions[bisect_left(versions, start, key=_key) :]
        items = versions if matches is everything else [stored for stored in versions if matches(stored.obj)]
        if not limit or len(items) <= limit:
            return Page(items, version, "", None)
        self._keep((res.key, namespace, version), whole)
        page = items[:limit]
        # A real server can't count what a selector leaves without reading it, so it says nothing.
        remaining = len(items) - limit if matches is everything else None
        return Page(page, version, _encoded(version, _key(page[-1]) + "\0"), remaining)

    def _at(self, res: Resource, namespace: str, version: int, start: str) -> list[Stored]:
        compacted = self._store.ring(res).compacted
        kept = self._lists.get((res.key, namespace, version))
        if kept is not None and compacted <= version:
            return kept
        unchanged = compacted <= version and self._store.changed(res) <= version <= self._store.version
        if version == _INCONSISTENT or unchanged:
            return self._store.stored_list(res, namespace)
        raise expired(_TOO_OLD, {"continue": _encoded(_INCONSISTENT, start)})

    def _keep(self, key: tuple[str, str, int], versions: list[Stored]) -> None:
        self._lists[key] = versions
        self._lists.move_to_end(key)
        while len(self._lists) > self._kept:
            self._lists.popitem(last=False)


def _key(stored: Stored) -> str:
    metadata = stored.obj["metadata"]
    # Namespaces sort as the store sorts them: a separator that is smaller than any character of a name.
    return f"{metadata.get('namespace', '')}\x01{metadata['name']}"


def _encoded(version: int, start: str) -> str:
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": version, "start": start}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(token: str) -> tuple[str, int]:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        raise bad_request(f"{_BAD_TOKEN}: illegal base64 data at input byte 0") from None
    try:
        token_parts = json.loads(raw)
        if token_parts["v"] != "meta.k8s.io/v1":
            raise bad_request(f"{_BAD_TOKEN}: server does not recognize this encoded version")
        return str(token_parts["start"]), int(token_parts["rv"])
    except (ValueError, KeyError, TypeError):
        first = repr(chr(raw[0])) if raw else "''"
        raise bad_request(f"{_BAD_TOKEN}: invalid character {first} looking for beginning of value") from None
