"""List, then watch, for ever: one kind, at the cluster scope or in one namespace.

Resumes at the last resource version; lists anew when the server no longer has it (410). Trouble is told to the target
and waited out with back-off; only a missing right or a kind that is not served ends it. Written because the official
client's watch and informer lose versions and stop at errors.
"""

import random
import time
from typing import Protocol

from tui.model.ids import ObjectKey
from tui.sources.kinds.base import Kind
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.decode import Decoder, Page
from tui.sources.kubernetes.errors import Forbidden, Gone, KubeError, NotFound, Unreachable
from tui.sources.kubernetes.pause import Pause
from tui.sources.kubernetes.timing import Timing

PAGE_SIZE = 500
RESTARTS = 3  # of a list whose pages expired
SHORT_SECONDS = 1.0  # a watch that ends sooner and said nothing is waited out like a failure
METADATA_ONLY = {"Accept": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"}


class Target(Protocol):
    """Who is told. Called on the list-watch's own thread."""

    def listed(self, items: dict[ObjectKey, object], skipped: int) -> None:
        """The whole list, in place of all that was known; ``skipped`` objects could not be read."""

    def changed(self, key: ObjectKey, value: object | None) -> None:
        """One object is new or other than before, or gone (``None``)."""

    def skipped(self) -> None:
        """An object came that could not be read."""

    def alive(self) -> None:
        """The server answered just now: what is known is current."""

    def watching(self, is_open: bool) -> None:
        """A watch was opened, or has ended."""

    def watch_denied(self, error: Forbidden) -> None:
        """Listing is allowed and watching is not: it will be listed now and then."""

    def failed(self, error: KubeError) -> None:
        """An attempt failed; another follows."""


class ListWatch:
    """One list and watch. Run it in a thread of its own."""

    def __init__(self, client: KubeClient, kind: Kind, path: str, target: Target, pause: Pause, timing: Timing) -> None:
        self._client = client
        self._kind = kind
        self._path = path
        self._target = target
        self._pause = pause
        self._timing = timing
        self._decoder = Decoder(kind)
        self._backoff = timing.backoff()
        self._version = ""

    def run(self) -> None:
        """Until the pause is stopped. Raises ``Forbidden`` and ``NotFound`` when the list itself is refused."""
        poll_seconds = self._kind.poll_seconds
        while not self._pause.is_stopped():
            began = time.monotonic()
            try:
                self._list()
                if poll_seconds is None:
                    self._watch()
            except (Forbidden, NotFound):
                raise
            except KubeError as error:
                self._wait_out(error)
                continue
            if poll_seconds is not None:
                self._backoff.reset()
                self._pause.wait(poll_seconds * self._timing.poll_factor)
            elif time.monotonic() - began < SHORT_SECONDS:
                # A server that forgets faster than we read must not be asked in a tight loop.
                self._pause.wait(self._backoff.next_seconds())

    def list_once(self) -> None:
        """One list and no watch. Raises any ``KubeError``."""
        self._list()

    def _wait_out(self, error: KubeError) -> None:
        if self._pause.is_stopped():
            return  # we closed the connection ourselves
        self._target.failed(error)
        self._pause.wait(self._backoff.next_seconds())

    def _list(self) -> None:
        for _ in range(RESTARTS):
            try:
                items, skipped = self._pages()
            except Gone:
                continue
            if not self._pause.is_stopped():
                self._target.listed(items, skipped)
            return
        raise Unreachable(f"the list of {self._kind.name} expires faster than it can be read; trying again")

    def _pages(self) -> tuple[dict[ObjectKey, object], int]:
        """All pages of one version. Model values are kept and each page is dropped: JSON is the larger by far."""
        items: dict[ObjectKey, object] = {}
        skipped, token = 0, ""
        while True:
            page = self._page(token)
            items.update(page.entries)
            items = newest(items, self._kind, slack=2)
            skipped += page.skipped
            token = page.continue_token
            if not token or self._pause.is_stopped():
                self._version = page.resource_version
                return newest(items, self._kind), skipped

    def _page(self, token: str) -> Page:
        query: dict[str, str | int | bool] = {"limit": PAGE_SIZE}
        if token:
            query["continue"] = token
        headers = METADATA_ONLY if self._kind.partial else None
        return self._decoder.page(self._client.request("GET", self._path, query, headers=headers).body)

    def _watch(self) -> None:
        """Watch until the version is too old. A watch that ends is no trouble: that is how they end."""
        while not self._pause.is_stopped():
            began = time.monotonic()
            try:
                events = self._follow()
            except Gone:
                return
            except Forbidden as error:
                self._target.watch_denied(error)
                self._pause.wait(self._timing.watch_denied)
                return
            except KubeError as error:
                self._wait_out(error)
                continue
            if events or time.monotonic() - began > SHORT_SECONDS:
                self._backoff.reset()
            else:
                self._pause.wait(self._backoff.next_seconds())

    def _follow(self) -> int:
        """One watch to its end; how many lines it brought."""
        query: dict[str, str | int | bool] = {
            "watch": True,
            "allowWatchBookmarks": True,
            "resourceVersion": self._version,
            # Spread, so that all kinds do not come back to the server in the same second.
            "timeoutSeconds": max(1, round(self._timing.watch * (0.8 + 0.2 * random.random()))),
        }
        stream = self._client.stream(self._path, query, read_seconds=self._timing.silence)
        self._target.watching(True)
        lines = 0
        try:
            for line in stream:
                if line:
                    lines += 1
                    self._take(line)
        finally:
            stream.close()
            self._target.watching(False)
        return lines

    def _take(self, line: bytes) -> None:
        change = self._decoder.change(line)
        self._version = change.resource_version or self._version
        if change.skipped:
            self._target.skipped()
        elif change.key is not None:
            self._target.changed(change.key, change.value)
        self._target.alive()


def newest(items: dict[ObjectKey, object], kind: Kind, slack: int = 1) -> dict[ObjectKey, object]:
    """At most ``kind.newest`` of the items, oldest first; with ``slack`` only once there are that many times more."""
    if kind.newest is None or kind.age_of is None or (slack > 1 and len(items) <= slack * kind.newest):
        return items
    age_of = kind.age_of
    return dict(sorted(items.items(), key=lambda entry: age_of(entry[1]))[-kind.newest :])
