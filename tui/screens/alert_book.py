"""The alerts of this run: which there are, and which of them the operator has seen enough of."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from config.settings import AlertSettings
from tui.model.alert import Alert
from tui.model.pending import PendingItem
from tui.model.snapshot import Snapshot

if TYPE_CHECKING:
    from tui.diagnose.alerts import Watchman


class AlertBook:
    """``look`` at each picture; the rest reads. The watchman is imported at the first look, not before a picture."""

    def __init__(self, rules: AlertSettings) -> None:
        self._rules = rules
        self._man: Watchman | None = None
        self._dismissed: set[tuple[str, float]] = set()
        self.history: tuple[Alert, ...] = ()  # newest first

    def look(self, snapshot: Snapshot, items: Sequence[PendingItem], now: float) -> tuple[Alert, ...]:
        """What is raised or cleared by this picture at ``now``; nothing before there is one."""
        if not snapshot.sources:
            return ()
        if self._man is None:
            from tui.diagnose.alerts import Watchman

            self._man = Watchman(self._rules)
        told = self._man.see(replace(snapshot, at=now), items)
        self.history = self._man.history
        return told

    @property
    def shown(self) -> tuple[Alert, ...]:
        """What lasts and is to be seen at the top, newest first: not what was so before, nor what was dismissed."""
        return tuple(
            alert
            for alert in self.history
            if alert.cleared_at is None and not alert.old and _identity(alert) not in self._dismissed
        )

    def dismiss(self) -> bool:
        """Take from the top what is there now; False where nothing was. The history keeps it."""
        shown = self.shown
        self._dismissed.update(map(_identity, shown))
        return bool(shown)


def _identity(alert: Alert) -> tuple[str, float]:
    return alert.key, alert.raised_at
