"""What waits, kept for all screens: asked anew only when something of it may have changed, and not more often than it
is worth. The engine is imported when there is the first pod to ask about, not before the first picture.

Of a large cluster it is asked on the ``Thinker``'s thread, and the last answer stands until the new one is taken.
"""

import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial

from tui.model.circumstances import Circumstances
from tui.model.ids import WorkloadKey
from tui.model.pending import PendingGroup, PendingItem
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.screens.thinker import Thinker

LEAST_SECONDS = 1.0
REST = 20.0  # times what the last answer took: at most a twentieth of the time goes into it
LARGE = 2000  # pods and workloads; below that an answer takes less than a picture, and the loop gives it itself


def is_large(snapshot: Snapshot) -> bool:
    """Whether the engine would hold up the event loop."""
    return len(snapshot.pods) + len(snapshot.workloads) >= LARGE


@dataclass(frozen=True, slots=True)
class _Answer:
    picture: Snapshot
    items: tuple[PendingItem, ...]
    groups: tuple[PendingGroup, ...]
    notes: Mapping[WorkloadKey, str]
    took_seconds: float


class WaitingBook:
    """``note`` what changed, then ``renew``; the rest reads. All of it on the event loop."""

    def __init__(self, thinker: Thinker) -> None:
        self._thinker = thinker
        self._coming: Future[_Answer] | None = None
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
        empty = not snapshot.pods and not snapshot.workloads
        if empty:
            self._coming = None  # what is being answered is about a cluster that was left
        taken = self._take()
        if self._coming is not None or not self._stale or time.monotonic() < self._next_at:
            return taken
        self._stale = False
        if empty:
            self.items, self.groups, self.notes, self.picture = (), (), {}, None
            self.edition += 1
            return True
        question = partial(_ask, replace(snapshot, at=max(snapshot.at, now)), circumstances)
        if is_large(snapshot):
            self._coming = self._thinker.ask("waiting", question)
            return taken
        self._accept(question())
        return True

    @property
    def is_unknown(self) -> bool:
        """The first answer is still being found: that nothing is listed does not say that nothing waits."""
        return self._coming is not None and self.picture is None

    def _take(self) -> bool:
        """Take the answer that has come, if one has."""
        if self._coming is None or not self._coming.done():
            return False
        coming, self._coming = self._coming, None
        if coming.cancelled():
            return False
        self._accept(coming.result())
        return True

    def _accept(self, answer: _Answer) -> None:
        self.picture, self.items, self.groups, self.notes = answer.picture, answer.items, answer.groups, answer.notes
        self.edition += 1
        self._next_at = time.monotonic() + max(LEAST_SECONDS, REST * answer.took_seconds)

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


def _ask(picture: Snapshot, circumstances: Circumstances | None) -> _Answer:
    """On either thread: a snapshot is never changed."""
    from tui.diagnose.pending import grouped, pending_items
    from tui.present.waiting import notes

    begun = time.monotonic()
    items = pending_items(picture, circumstances)
    groups = grouped(items)
    return _Answer(picture, items, groups, notes(groups), time.monotonic() - begun)
