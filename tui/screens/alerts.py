"""The lookout: looks for alerts for as long as the app runs, whatever is on the screen, and opens what one is about."""

from tui.model.alert import Alert, AlertKind
from tui.model.ids import ObjectKey
from tui.screens.base import DeckScreen
from tui.screens.deck import DeckApp


class Lookout(DeckApp):
    """Mixed into the app. It takes no focus: a line at the top, a bell if wished."""

    look_seconds = 1.0

    def on_mount(self) -> None:
        self.set_interval(self.look_seconds, self.look_out)

    def look_out(self) -> None:
        """Look once."""
        top = self.screen_on_top
        if self.feed is None or top is None:
            return
        if not isinstance(top, DeckScreen):
            self.waiting.note(None)  # below a dialog no screen takes what arrives
        self.renew_waiting()
        if self.waiting.is_unknown:
            return  # what waits already when the app starts is no news, but would be at the second look
        told = self.alerts.look(self.snapshot, self.waiting.items, self.now())
        if not told:
            return
        if self.settings.alerts.bell and any(alert.cleared_at is None for alert in told):
            self.bell()
        self.deck_screen.alerts_changed()


def open_target(screen: DeckScreen, alert: Alert) -> str:
    """Open what the alert is about; the result is what is wrong, or ``""``."""
    deck = screen.deck
    what, _, name = alert.target.partition("/")
    if alert.kind is AlertKind.PENDING and len(alert.names) > 1:
        deck.go("pending")
        return ""
    if what == "pod":
        from tui.screens.inspect import open_yaml

        open_yaml(screen, "pods", *ObjectKey(*name.split("/", 1)))
        return ""
    from tui.screens.commands import open_by_name

    return "" if open_by_name(deck, name) else f"{name} is not there any more"
