"""Launch: the form of a NIM, with what it would come to in this cluster."""

from typing import ClassVar

from textual.binding import BindingType

from tui.actions import Scope
from tui.model.snapshot import Snapshot
from tui.screens.base import DeckScreen
from tui.screens.keys import bindings
from widgets.rows import LIVE, PanelState


class LaunchScreen(DeckScreen):
    """Screen 4."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LAUNCH_FORM)
    SCOPES = (Scope.EVERYWHERE, Scope.LAUNCH_FORM)
    NAME = "Launch"

    def state(self, snapshot: Snapshot) -> PanelState:
        return LIVE
