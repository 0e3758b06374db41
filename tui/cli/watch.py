"""``--watch``: a document when something that it tells has changed, no more often than the refresh rate."""

import threading
from typing import TYPE_CHECKING, NoReturn

from config.rate import refresh_seconds
from config.settings import Settings
from tui.cli.output import write
from tui.cli.watching import first_snapshot, with_silent
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.present.documents import build
from tui.present.documents.formats import json_line

if TYPE_CHECKING:
    from tui.session import Session


def concerns(kind: str, diff: SnapshotDiff) -> bool:
    """True if a document of ``kind`` may read otherwise after ``diff``."""
    changed = {
        "nodes": bool(diff.nodes),
        "workloads": bool(diff.workloads),
        "projects": diff.projects,
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
    while True:
        changed.clear()
        snapshot = with_silent(session.store.snapshot, settings)
        now, namespaces = session.clock.now(), settings.kubernetes.namespaces
        write(json_line(build(kind, snapshot, now, settings.project, namespaces)))
        pace.wait(refresh_seconds(settings.screen))
        changed.wait()
