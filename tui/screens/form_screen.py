"""What all screens with a form do alike: enter goes to the next field and starts nothing, escape goes out of the fields
and then to the last screen, and what is typed shows at once.
"""

from textual import events, on
from textual.widgets import Input, Select

from tui.screens.base import DeckScreen
from widgets.command_line import CommandLine

NO_FIELD = "Tab and shift+tab go through the fields; esc: the keys of all screens."
"""Stands where a field's help would."""


class FieldScreen(DeckScreen):
    """Its fields are inside ``#form``."""

    def check(self) -> object:
        """Show what is wrong, what the field is for and what the whole comes to."""
        raise NotImplementedError

    @on(Input.Submitted, "#form Input")
    def _entered(self) -> None:
        self.focus_next()

    @on(CommandLine.Cancelled)
    def _line_gone(self) -> None:
        self.focus_body()

    def do_app_back(self) -> None:
        """Out of the fields first, so that the keys of the other screens work; then to the last screen."""
        if self.focused is not None:
            self.set_focus(None)
            self.check()  # no field's help any more
        else:
            self.leave()

    def leave(self) -> None:
        """To the last screen."""
        self.run_worker(self.deck.perform("app.last"))


class FormScreen(FieldScreen):
    """With every edit the form is placed and checked anew, with every move checked."""

    def place(self) -> None:
        """Show only the fields that are needed, as they are filled in now."""

    @on(Input.Changed, "#form Input")
    @on(Select.Changed, "#form Select")
    @on(events.Resize)
    def _edited(self) -> None:
        self.place()
        self.check()

    @on(events.DescendantFocus)
    def _moved(self) -> None:
        self.check()
