"""A page of text: YAML, a description, an event. It may have to be fetched first; that never blocks the screen."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from tui.actions import Scope
from tui.model.snapshot import Snapshot
from tui.screens.base import DeckScreen
from tui.screens.keys import bindings
from tui.sources.kubernetes.errors import KubeError
from widgets.rows import LIVE, PanelPhase, PanelState
from widgets.state_panel import StatePanel
from widgets.text_view import TextView


class TextScreen(DeckScreen):
    """``load`` runs in a thread and gives the text; what it raises is shown in one line."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.DETAIL)
    SCOPES = (Scope.EVERYWHERE, Scope.DETAIL)
    AUTO_FOCUS = "TextView"

    def __init__(self, title: str, load: Callable[[], str], language: str = "plain") -> None:
        super().__init__()
        self._title = title
        self._load = load
        self._language = language
        self._state = PanelState(PanelPhase.LOADING, f"reading {title}")

    def title_text(self) -> str:
        return self._title

    def body(self) -> Iterable[Widget]:
        yield StatePanel(TextView())

    def state(self, snapshot: Snapshot) -> PanelState:
        return self._state

    def begin(self) -> None:
        self.run_worker(self._read, thread=True, exclusive=True, exit_on_error=False)

    def _read(self) -> None:
        try:
            text, state = self._load(), LIVE
        except (KubeError, OSError, ValueError) as error:
            text, state = "", PanelState(PanelPhase.FAILED, f"{self._title} can't be read", remedy=str(error))
        self.app.call_from_thread(self._show, text, state)

    def _show(self, text: str, state: PanelState) -> None:
        self._state = state
        self.query_one(TextView).set_text(text, self._language)
        self.redraw()
        self.focus_body()

    # -- actions ---------------------------------------------------------------------------------------------------

    def do_app_back(self) -> None:
        self.app.pop_screen()

    def do_detail_copy(self) -> None:
        self.copy(self.query_one(TextView).text, "the page")

    def do_detail_search(self) -> None:
        self.command_line.open("/")

    def line_edited(self, prompt: str, text: str) -> None:
        if prompt == "/":
            self.query_one(TextView).search(text)

    async def line_submitted(self, prompt: str, text: str) -> None:
        if prompt == "/":
            self.close_line()
        else:
            await super().line_submitted(prompt, text)

    def do_log_wrap(self) -> None:
        self.query_one(TextView).action_wrap()

    def do_app_refresh(self) -> Any:
        self.run_worker(self._read, thread=True, exclusive=True, exit_on_error=False)
