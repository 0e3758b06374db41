"""What waits, kept for all screens: asked anew only when something of it may have changed, and not more often than it
is worth. The engine is imported when there is the first pod to ask about, not before the first picture.
"""

import time
from collections.abc import Mapping
from dataclasses import replace

from tui.model.circumstances import Circumstances
from tui.model.ids import WorkloadKey
from tui.model.pending import PendingGroup, PendingItem
from tui.model.snapshot import Snapshot, SnapshotDiff

LEAST_SECONDS = 1.0
REST = 20.0  # times what the last answer took: at most a twentieth of the time goes into it


class WaitingBook:
    """``note`` what changed, then ``renew``; the rest reads."""

    def __init__(self) -> None:
        self.items: tuple[PendingItem, ...] = ()
        self.groups: tuple[PendingGroup, ...] = ()
        self.notes: Mapping[WorkloadKey, str] = {}
        self.edition = 0  # goes up with each new answer
        self.picture: Snapshot | None = None  # what the answer is about, at the time of the answer
        self._stale = True
        self._next_at = 0.0
        self._circumstances: Circumstances | None = None
        self._part: tuple[object, tuple[PendingGroup, ...]] = (None, ())

    def note(self, diff: SnapshotDiff | None) -> None:
        """Something changed (``None``: anything may have). Measured figures alone keep nothing waiting."""
        if diff is None or diff.pods or diff.workloads or diff.events or diff.placed or diff.projects or diff.sources:
            self._stale = True

    def renew(self, snapshot: Snapshot, circumstances: Circumstances | None, now: float) -> bool:
        """Ask the engine where that is due; True with a new answer. ``now`` is the time of the picture."""
        if circumstances is not self._circumstances:
            self._circumstances, self._stale = circumstances, True
        begun = time.monotonic()
        if not self._stale or begun < self._next_at:
            return False
        self._stale = False
        self.edition += 1
        if not snapshot.pods and not snapshot.workloads:
            self.items, self.groups, self.notes = (), (), {}
            return True
        self.picture = replace(snapshot, at=max(snapshot.at, now))
        self._ask(self.picture, circumstances)
        took = time.monotonic() - begun
        self._next_at = begun + took + max(LEAST_SECONDS, REST * took)
        return True

    def _ask(self, snapshot: Snapshot, circumstances: Circumstances | None) -> None:
        from tui.diagnose.pending import grouped, pending_items
        from tui.present.waiting import notes

        self.items = pending_items(snapshot, circumstances)
        self.groups = grouped(self.items)
        self.notes = notes(self.groups)

    def within(self, project: str | None, namespaces: tuple[str, ...]) -> tuple[PendingGroup, ...]:
        """The groups of one project and of these namespaces (``None`` and nothing: of all)."""
        if project is None and not namespaces:
            return self.groups
        asked = (self.edition, project, namespaces)
        if self._part[0] != asked:
            from tui.diagnose.pending import grouped
            from tui.present.documents.pending import waiting_within

            self._part = (asked, grouped(waiting_within(self.items, project, namespaces)) if self.items else ())
        return self._part[1]

    def count(self, project: str | None, namespaces: tuple[str, ...]) -> int:
        """How many of them wait."""
        return sum([len(group.items) for group in self.within(project, namespaces)])
