"""What waiting pods lean on, read on demand: claims, Secrets' names, Revisions, the newest lines of logs.

Blocks, but not for longer than a few seconds; for a worker thread. Nothing here writes; no value of a Secret or a
ConfigMap is asked for. A kind that the server does not know counts as read, with nothing there.
"""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar
from urllib.parse import quote

from tui.model.circumstances import Circumstances, Inquiry, LogQuestion, LogTail
from tui.model.ids import ObjectKey
from tui.model.surroundings import SecretInfo
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.discovery import Served, find_base
from tui.sources.kubernetes.errors import Forbidden, Gone, KubeError, NotFound, Refused
from tui.sources.kubernetes.found import LOGS, SECRETS, SOUGHT, Found, Place, Sought, table_of
from tui.sources.kubernetes.gather import Gather
from tui.sources.kubernetes.listing import items_at, secrets_at
from tui.sources.kubernetes.ondemand import logs

SECONDS = 5.0
WORKERS = 6
TAIL_LINES = 60
TAIL_BYTES = 256 * 1024  # counted from the oldest of those lines: so many that no newest one is cut off
LOG_SECONDS = 3.0  # a dead kubelet must not use up the time of the rest
MOST_LOGS = 48
EVERYWHERE = "*"  # in place of a namespace: one list for all of them

Table = Mapping[ObjectKey, object]
T = TypeVar("T")


def read_circumstances(
    client: KubeClient, served: Served, inquiry: Inquiry, at: float, seconds: float = SECONDS
) -> Circumstances:
    """All that is asked, as far as it is there within ``seconds``. Never raises a ``KubeError``: ``states`` and
    ``why`` tell what could not be read."""
    return _Reading(client, served, inquiry, seconds).found().circumstances(at)


class _Reading:
    """One inquiry being answered. The methods that ask run in the threads of ``Gather``."""

    def __init__(self, client: KubeClient, served: Served, inquiry: Inquiry, seconds: float) -> None:
        self._client = client
        self._bases = _Bases(client, served)
        self._spaces = tuple(dict.fromkeys(inquiry.namespaces))
        self._gather: Gather[Place | LogQuestion] = Gather(seconds, WORKERS)
        self._questions = tuple(dict.fromkeys(inquiry.logs))[:MOST_LOGS]

    def found(self) -> Found:
        for kind in SOUGHT if self._spaces else ():
            if kind.each_up_to == 0:
                self._gather.add((kind.name, ""), partial(self._list, kind, ""))
            elif len(self._spaces) > kind.each_up_to:
                self._gather.add((kind.name, EVERYWHERE), partial(self._whole, kind))
            else:
                self._ask_each(kind)
        for space in self._spaces:
            self._gather.add((SECRETS, space), partial(self._secrets, space))
        for question in self._questions:
            self._gather.add(question, partial(self._tail, question))
        found = Found()
        for asked, answer in self._gather.answers().items():
            self._sort(found, asked, answer)
        return found

    def _ask_each(self, kind: Sought, soon: bool = False) -> None:
        for space in self._spaces:
            self._gather.add((kind.name, space), partial(self._list, kind, space), soon)

    def _list(self, kind: Sought, space: str) -> Table:
        """The objects of a kind; none where the server does not know it."""
        likely = self._bases.likely(kind)
        try:
            return self._table(kind, likely, space)
        except NotFound:
            served = self._bases.look_up(kind)
            if served == likely:
                raise  # it is known there, and still not found: no reason to call anything missing
        return {} if served is None else self._table(kind, served, space)

    def _table(self, kind: Sought, base: str, space: str) -> Table:
        where = f"/namespaces/{quote(space, safe='')}" if space else ""
        path = f"{base}{where}/{kind.plural}"
        return table_of(kind, _once_more(partial(items_at, self._client, path, kind.accept, self._gather.left)))

    def _whole(self, kind: Sought) -> Table | None:
        """One list for all namespaces; where that is denied, one for each."""
        try:
            return self._list(kind, "")
        except Forbidden:
            self._ask_each(kind, soon=True)
            return None

    def _secrets(self, space: str) -> Mapping[ObjectKey, SecretInfo]:
        """Always by namespace: a table of several would have to carry the annotations, and in these may be a copy of
        the values."""
        path = f"/api/v1/namespaces/{quote(space, safe='')}/secrets"
        found = _once_more(partial(secrets_at, self._client, path, self._gather.left))
        return {ObjectKey(space, secret.name): secret for secret in found}

    def _tail(self, question: LogQuestion) -> LogTail | None:
        """No lines of a container that has not run (400), nothing of a pod that is gone."""
        lines: tuple[str, ...] = ()
        try:
            log = logs(
                self._client,
                question.pod,
                question.container,
                TAIL_LINES,
                previous=question.previous,
                limit_bytes=TAIL_BYTES,
                read_seconds=self._gather.left(LOG_SECONDS),
            )
            try:
                lines = tuple(log)
            finally:
                log.close()
        except NotFound:
            return None
        except Refused as error:
            if error.code != 400:
                raise
        return LogTail(question.container, lines[-TAIL_LINES:], question.previous)

    def _sort(self, found: Found, asked: Place | LogQuestion, answer: object) -> None:
        """Put one answer where it belongs; that of a list for all namespaces counts for each of them."""
        if isinstance(asked, LogQuestion):
            if isinstance(answer, KubeError):
                found.errors[LOGS, asked.pod.namespace] = answer
            else:
                found.tails[asked] = answer if isinstance(answer, LogTail) else None
            return
        kind, where = asked
        for space in self._spaces if where == EVERYWHERE else (where,):
            if isinstance(answer, KubeError):
                found.errors[kind, space] = answer
            elif isinstance(answer, Mapping):
                found.tables[kind, space] = (
                    {key: value for key, value in answer.items() if key.namespace == space} if space else answer
                )


class _Bases:
    """The path before a kind's plural: where today's releases have it, or where discovery finds it."""

    def __init__(self, client: KubeClient, served: Served) -> None:
        self._client = client
        self._served = served
        self._lock = threading.Lock()
        self._looked_up: dict[str, str | None] = {}

    def likely(self, kind: Sought) -> str:
        return self._served.paths.get(kind.name, kind.base)

    def look_up(self, kind: Sought) -> str | None:
        """Where it is served, ``None`` where it is not; asked once for each kind. May raise a ``KubeError``."""
        with self._lock:
            if kind.name not in self._looked_up:
                self._looked_up[kind.name] = self._find(kind)
            return self._looked_up[kind.name]

    def _find(self, kind: Sought) -> str | None:
        try:
            return find_base(self._client, kind.group, kind.plural)
        except NotFound:
            return None


def _once_more(ask: Callable[[], T]) -> T:
    """A list whose next page has expired (410) is begun anew, once."""
    try:
        return ask()
    except Gone:
        return ask()
