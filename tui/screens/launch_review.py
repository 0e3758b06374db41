"""The review of a launch: what it changes, as the server takes it; enter or one safe key does it, nothing else does."""

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from tui.actions import Scope
from tui.model.snapshot import Snapshot
from tui.present.changes import difference_marks
from tui.present.launch_fit import Consequence
from tui.present.launch_review import Prepared, button_words, review_lines
from tui.screens.ask import AskScreen
from tui.screens.base import DeckScreen
from tui.screens.keys import bindings, key_label
from tui.screens.launch_prepare import Draft, prepare
from tui.screens.launch_run import LaunchRun
from tui.screens.lines import Lines
from widgets.rows import LIVE, PanelState
from widgets.text_view import TextView


class Confirm(Static, can_focus=True):
    """The button: enter does what it says. The keys that scroll go to the text above it."""

    DEFAULT_CSS = """
    Confirm { width: auto; min-width: 24; max-width: 100%; height: 1; padding: 0 2; background: $panel;
        color: $text-muted; }
    Confirm.-ready { background: $primary-muted; color: $text-primary; }
    Confirm.-ready:focus { background: $primary; color: $text; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "press", "Do it", show=False),
        *(Binding(key, f"scroll('{key}')", "Scroll", show=False) for key in ("up", "down", "pageup", "pagedown")),
    ]

    class Pressed(Message):
        """It was confirmed."""

    class Scrolled(Message):
        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def action_press(self) -> None:
        if self.has_class("-ready"):
            self.post_message(self.Pressed())

    def action_scroll(self, key: str) -> None:
        self.post_message(self.Scrolled(key))

    def on_click(self) -> None:
        self.action_press()


class LaunchReviewScreen(DeckScreen):
    """Pushed by the form. ``refuse`` takes the server's word on the fields back there, ``launched`` says it is done."""

    DEFAULT_CSS = """
    LaunchReviewScreen #verdict { padding: 0 0; background: $surface; max-height: 12; }
    LaunchReviewScreen TextView { height: 1fr; padding: 0 1; border-top: solid $panel; border-bottom: solid $panel; }
    LaunchReviewScreen Confirm { margin: 0 0 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LAUNCH_REVIEW)
    SCOPES = (Scope.EVERYWHERE, Scope.LAUNCH_REVIEW)
    AUTO_FOCUS = "Confirm"
    NAME = "Launch"

    def __init__(
        self,
        draft: Draft,
        seen: Consequence,
        refuse: Callable[[Mapping[str, str]], None],
        launched: Callable[[], None],
    ) -> None:
        super().__init__()
        self._draft = draft
        self._seen = seen
        self._refuse = refuse
        self._launched = launched
        self._prepared: Prepared | None = None
        self._whole: bool | None = None  # the objects; else what differs. None: whichever says more

    def title_text(self) -> str:
        return f"Review {self._draft.spec.name}"

    def state(self, snapshot: Snapshot) -> PanelState:
        return LIVE

    def body(self) -> Iterable[Widget]:
        yield Lines(id="verdict")
        yield TextView()
        yield Confirm("", markup=False)

    def begin(self) -> None:
        self._show()
        self.do_app_refresh()

    def do_app_refresh(self) -> None:
        """Look again: another dry run."""
        self._prepared = None
        self._show()
        feed, draft = self.deck.feed, self._draft
        if feed is None:
            return

        def look() -> None:
            found = prepare(draft, feed)
            self.app.call_from_thread(self._took, found)

        self.run_worker(look, thread=True, exclusive=True, group="prepare", exit_on_error=False)

    def _took(self, prepared: Prepared) -> None:
        if self.is_mounted:
            self._prepared = prepared
            if self._whole is None:
                self._whole = all(change.verb == "create" for change in prepared.changes)
            self._show()

    def _show(self) -> None:
        prepared = self._prepared
        self.query_one("#verdict", Lines).set_lines(review_lines(prepared, self._seen))
        view = self.query_one(TextView)
        if prepared is None:
            view.set_text("")
        elif self._whole:
            view.set_text(prepared.text, "yaml", top=True)
        else:
            view.set_text(prepared.difference, top=True)
            view.set_highlighter(difference_marks)
        confirm = self.query_one(Confirm)
        ready = prepared is not None and prepared.can_be_done
        key = key_label(self.deck.keys_of("launch.apply")[0])
        words = button_words(prepared, self._draft.spec.name)
        confirm.update(f"{words}   enter or {key}" if ready else words)
        confirm.set_class(ready, "-ready")

    def focus_body(self) -> None:
        self.query_one(Confirm).focus()

    @on(Confirm.Scrolled)
    def _scrolled(self, event: Confirm.Scrolled) -> None:
        view = self.query_one(TextView)
        {
            "up": view.action_scroll_up,
            "down": view.action_scroll_down,
            "pageup": view.action_page_up,
            "pagedown": view.action_page_down,
        }[event.key]()

    # -- actions ---------------------------------------------------------------------------------------------------

    def do_app_back(self) -> None:
        """To the form, with what the server said of its fields."""
        faults = self._prepared.faults if self._prepared is not None else {}
        self.app.pop_screen()
        self._refuse(faults)

    def do_launch_view(self) -> None:
        """The objects, or what differs from what is there."""
        if self._prepared is not None and self._prepared.difference.strip():
            self._whole = not self._whole
            self._show()

    @on(Confirm.Pressed)
    def do_launch_apply(self) -> str:
        """Do it; what nimdeck did not make is asked for once more."""
        prepared = self._prepared
        if prepared is None or not prepared.can_be_done:
            return button_words(prepared, self._draft.spec.name)
        if prepared.foreign:
            what = ", ".join(change.title for change in prepared.foreign)
            self.app.push_screen(
                AskScreen("Not made by nimdeck", f"{what}: somebody else made this. Change it all the same?"),
                lambda yes: self._launch(prepared) if yes else None,
            )
        else:
            self._launch(prepared)
        return ""

    def _launch(self, prepared: Prepared) -> None:
        from tui.screens.launch_progress import LaunchProgressScreen

        feed = self.deck.feed
        if feed is None or feed.writer is None:
            return
        run = LaunchRun(prepared.changes, self._draft.key, self._draft.spec.port, feed)
        self.deck.launch = run
        run.start()
        self._launched()
        self.app.switch_screen(LaunchProgressScreen(run))
