"""What waits in a watched cluster, and why: the snapshot, what has to be read beside it, and the diagnosis of both."""

from dataclasses import replace
from typing import TYPE_CHECKING

from tui.model.circumstances import Circumstances, Inquiry
from tui.model.pending import PendingItem
from tui.model.snapshot import Snapshot

if TYPE_CHECKING:
    from tui.session import Session

READ_AGAIN_SECONDS = 10.0  # claims, revisions and logs are asked for, not watched


class Waiting:
    """Asks the cluster only for what waits, and not again for a while: a watch must not ask at every change."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._asked = Inquiry()
        self._known: Circumstances | None = None
        self._read_at = 0.0

    def concerning(self, kind: str, snapshot: Snapshot) -> tuple[PendingItem, ...]:
        """What waits, for a document of ``kind``; nothing for those that don't tell it. May block."""
        from tui.present.documents import KINDS

        return self.items(snapshot) if KINDS[kind].waiting else ()

    def items(self, snapshot: Snapshot) -> tuple[PendingItem, ...]:
        """What waits now, worst and oldest first. Blocks while it is read; what can't be is told in the causes."""
        from tui.diagnose.pending import inquiry, pending_items

        # A picture in which nothing has changed for an hour is still true, and what waits in it has waited for an hour.
        current = replace(snapshot, at=max(snapshot.at, self._session.clock.now()))
        return pending_items(current, self._circumstances(inquiry(current)))

    @property
    def circumstances(self) -> Circumstances | None:
        """What was read last; ``None``: nothing had to be."""
        return self._known

    def _circumstances(self, asked: Inquiry) -> Circumstances | None:
        now = self._session.clock.monotonic()
        if not asked:
            self._known = None
        elif self._known is None or asked != self._asked or now - self._read_at >= READ_AGAIN_SECONDS:
            self._known = self._session.circumstances(asked)
            self._read_at = now
        self._asked = asked
        return self._known
