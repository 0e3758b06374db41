"""``--watch``: a document when something that it tells has changed, no more often than the refresh rate."""

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from config.rate import refresh_seconds
from config.settings import Settings
from tui.cli.output import write
from tui.cli.waiting import READ_AGAIN_SECONDS, Waiting
from tui.cli.watching import first_snapshot, with_silent
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.present.documents import Document, build
from tui.present.documents.formats import json_line
from tui.present.documents.pending import WaitingItem

if TYPE_CHECKING:
    from tui.session import Session


def concerns(kind: str, diff: SnapshotDiff) -> bool:
    """True if a document of ``kind`` may read otherwise after ``diff``."""
    changed = {
        "nodes": bool(diff.nodes),
        "workloads": bool(diff.workloads),
        "projects": diff.projects,
        "pending": bool(diff.workloads or diff.pods or diff.placed) or diff.projects or diff.events,
        "events": diff.events,
    }
    return changed[kind] or diff.sources


def follow(session: "Session", kind: str, settings: Settings) -> NoReturn:
    """Write documents until the reader goes (``BrokenPipeError``) or the operator does (``KeyboardInterrupt``)."""
    changed = threading.Event()

    def listen(_: Snapshot, diff: SnapshotDiff) -> None:
        if concerns(kind, diff):
            changed.set()

    session.on_change(listen)
    first_snapshot(session, settings)
    pace = threading.Event()  # never set: its wait is a pause that Ctrl-C ends
    waiting, told = Waiting(session), None
    # What waits changes also without a change: by being overdue, and by what is read on demand.
    patience = READ_AGAIN_SECONDS if kind == "pending" else None
    while True:
        changed.clear()
        snapshot = with_silent(session.store.snapshot, settings)
        found = waiting.concerning(kind, snapshot)
        now, namespaces = session.clock.now(), settings.kubernetes.namespaces
        document = build(kind, snapshot, now, settings.project, namespaces, found)
        if kind != "pending" or _essence(document) != told:
            write(json_line(document))
        told = _essence(document)
        pace.wait(refresh_seconds(settings.screen))
        changed.wait(patience)


def _essence(document: Document) -> object:
    """What of it is news: ages grow by themselves, and with them the words of some evidence."""
    items = [
        (replace(item, age_seconds=None, causes=()), [cause.code for cause in item.causes])
        for item in document.items
        if isinstance(item, WaitingItem)
    ]
    return items, {name: (source.state, source.detail) for name, source in document.sources.items()}
