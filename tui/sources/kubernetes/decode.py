"""Bytes to model values: a page of a list, an event of a watch. One malformed object never costs the others."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from tui.model.ids import ObjectKey
from tui.sources.kinds.base import Kind
from tui.sources.kubernetes.errors import TOO_LARGE, BadAnswer, Gone, KubeError, Unreachable, one_line

Entry = tuple[ObjectKey, object]
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError)  # of a to_model


class ListMeta(msgspec.Struct, rename="camel", gc=False):
    resource_version: str = ""
    continue_: str | None = msgspec.field(default=None, name="continue")


class RawPage(msgspec.Struct, gc=False):
    metadata: ListMeta
    items: list[msgspec.Raw] | None = None


class Event(msgspec.Struct, gc=False):
    type: str
    object: msgspec.Raw


class BookmarkMeta(msgspec.Struct, rename="camel", gc=False):
    resource_version: str = ""


class Bookmark(msgspec.Struct, gc=False):
    metadata: BookmarkMeta


class ErrorStatus(msgspec.Struct, gc=False):
    code: int | None = None
    reason: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """``continue_token`` empty: the last page. ``skipped`` counts malformed objects."""

    entries: list[Entry]
    resource_version: str
    continue_token: str
    skipped: int


@dataclass(frozen=True, slots=True)
class Change:
    """One event of a watch. ``key`` None: a bookmark, or an object that could not be read (``skipped``)."""

    key: ObjectKey | None
    value: object | None
    resource_version: str
    skipped: bool = False


class Decoder:
    """Decodes one kind. Not shared between threads."""

    def __init__(self, kind: Kind) -> None:
        self._to_model = kind.to_model
        self._item = msgspec.json.Decoder(kind.item)
        page = msgspec.defstruct("TypedPage", [("metadata", ListMeta), ("items", list[kind.item] | None, None)])  # type: ignore[name-defined]
        self._page = msgspec.json.Decoder(page)

    def page(self, body: bytes) -> Page:
        """A page of a list. Raises ``BadAnswer`` where it is none."""
        with collector_paused():
            try:
                page: Any = self._page.decode(body)
            except msgspec.ValidationError:
                return self._page_by_item(body)
            except msgspec.DecodeError:
                raise BadAnswer("the list is no JSON or was cut off: is this a Kubernetes API server?") from None
            entries: list[Entry] = []
            skipped = 0
            for item in page.items or ():
                skipped += not self._take(item, entries)
        return Page(entries, page.metadata.resource_version, page.metadata.continue_ or "", skipped)

    def change(self, line: bytes) -> Change:
        """One line of a watch. Raises ``Gone`` for an expired version, ``BadAnswer`` for what is no event."""
        try:
            event = _EVENT.decode(line)
            if event.type == "BOOKMARK":
                return Change(None, None, _BOOKMARK.decode(event.object).metadata.resource_version)
            if event.type == "ERROR":
                raise _error(_ERROR.decode(event.object))
        except msgspec.MsgspecError:
            raise BadAnswer("the watch sent something that is no event") from None
        return self._changed(event)

    def _changed(self, event: Event) -> Change:
        try:
            item = self._item.decode(event.object)
            key = item.metadata.key
            version = item.metadata.resource_version
            value = None if event.type == "DELETED" else self._to_model(item)
        except (msgspec.MsgspecError, *_MALFORMED):
            return Change(None, None, _version_of(event.object), skipped=True)
        return Change(key, value, version)

    def _page_by_item(self, body: bytes) -> Page:
        """The slow way round a malformed object: each by itself."""
        try:
            page = _RAW_PAGE.decode(body)
        except msgspec.MsgspecError:
            raise BadAnswer("the answer is no list: is this a Kubernetes API server?") from None
        entries: list[Entry] = []
        skipped = 0
        for raw in page.items or ():
            try:
                item = self._item.decode(raw)
            except msgspec.MsgspecError:
                skipped += 1
                continue
            skipped += not self._take(item, entries)
        return Page(entries, page.metadata.resource_version, page.metadata.continue_ or "", skipped)

    def _take(self, item: Any, entries: list[Entry]) -> bool:
        try:
            entries.append((item.metadata.key, self._to_model(item)))
        except _MALFORMED:
            return False
        return True


_RAW_PAGE = msgspec.json.Decoder(RawPage)
_EVENT = msgspec.json.Decoder(Event)
_BOOKMARK = msgspec.json.Decoder(Bookmark)
_ERROR = msgspec.json.Decoder(ErrorStatus)
_pauses = 0
_pause_lock = threading.Lock()


@contextmanager
def collector_paused() -> Iterator[None]:
    """Hold the garbage collector while many objects are made: it would walk them again and again and free none.

    Several threads may be in here; the last one out starts it again, if it ran before.
    """
    global _pauses, _was_enabled
    with _pause_lock:
        if _pauses == 0:
            _was_enabled = gc.isenabled()
            gc.disable()
        _pauses += 1
    try:
        yield
    finally:
        with _pause_lock:
            _pauses -= 1
            if _pauses == 0 and _was_enabled:
                gc.enable()


_was_enabled = True


def _version_of(raw: msgspec.Raw) -> str:
    """The version of an object that could not be read: the watch has moved past it all the same."""
    try:
        return _BOOKMARK.decode(raw).metadata.resource_version
    except msgspec.MsgspecError:
        return ""


def _error(status: ErrorStatus) -> KubeError:
    said = one_line(status.message or status.reason or "no reason given")
    if status.code == 410 or status.reason in ("Expired", "Gone") or TOO_LARGE in said:
        return Gone(said)
    return Unreachable(f"the watch ended with {status.code or 'an error'}: {said}")
