"""What every screen has: header, line of trouble, body, command line, key bar, and one clock that paints.

A screen never fetches. Data arrives in the app's mailbox; the clock of the screen on top takes it and draws.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from tui.actions import BY_ID, Action, Scope, in_scopes
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.present.alerts import alert_line
from tui.present.header import header_view, trouble
from tui.screens.clipboard import copy_text
from tui.screens.deck import DeckApp, deck_of
from tui.screens.keys import bindings, key_label, key_labels
from widgets.command_line import CommandLine
from widgets.footer import Footer
from widgets.header import Header
from widgets.rows import FooterKey, HelpEntry, HelpSection, PanelPhase, PanelState
from widgets.state_panel import StatePanel

_REDRAW_ALL_SECONDS = 10.0  # ages move on even when nothing else does


class DeckScreen(Screen[Any]):
    """Base of all full screens. Subclasses give a body and draw it."""

    DEFAULT_CSS = """
    DeckScreen.-presenter Footer { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.EVERYWHERE, Scope.REPLAY)
    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.EVERYWHERE,)
    AUTO_FOCUS = "LineList"
    NAME = ""

    def __init__(self) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (150, "-wide")]
        self.count: tuple[int, int] | None = None  # rows shown and rows there are
        self._clock: Timer | None = None
        self._drawn_all_at = 0.0
        self._drawn_at = 0.0
        self._drawn_sequence = 0
        self._drawn_edition = 0  # of what waits: the lookout may take an answer between two pictures

    # -- what a subclass says --------------------------------------------------------------------------------------

    def body(self) -> Iterable[Widget]:
        """The widgets between header and key bar."""
        return ()

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        """Bring the body up to date; ``diff`` says what may have changed (``None``: anything)."""

    def state(self, snapshot: Snapshot) -> PanelState:
        """Which of its five states the body is in."""
        raise NotImplementedError

    def state_of(self, panel: StatePanel, snapshot: Snapshot) -> PanelState:
        """The same of one panel, where a screen has several that live on different sources."""
        return self.state(snapshot)

    def title_text(self) -> str:
        """The screen's name in the header."""
        return self.NAME

    # -- composing and the clock -----------------------------------------------------------------------------------

    @property
    def deck(self) -> DeckApp:
        return deck_of(self)

    def compose(self) -> ComposeResult:
        yield Header()
        yield Static("", id="trouble", markup=False)
        yield Static("", id="alert", markup=False)
        yield from self.body()
        yield CommandLine(self.deck.complete)
        yield Footer()

    def begin(self) -> None:
        """What a subclass sets up before the first drawing. Not ``on_mount``: Textual calls that of every class in
        turn, so a subclass that calls its parent's would start a second clock."""

    def on_mount(self) -> None:
        self.begin()
        self._clock = self.set_interval(self.deck.refresh_seconds, self.tick)
        self.redraw()

    def on_screen_suspend(self) -> None:
        if self._clock is not None:
            self._clock.pause()

    def on_screen_resume(self) -> None:
        if self._clock is not None:
            self._clock.resume()
            self.redraw()

    def set_rate(self, seconds: float) -> None:
        """Draw every ``seconds`` from now on."""
        if self._clock is not None:
            self._clock.stop()
        self._clock = self.set_interval(seconds, self.tick)

    def tick(self) -> None:
        """Paint what has arrived since the last time."""
        taken = self.deck.mailbox.take()
        clock = self.deck.wall_seconds()
        if clock - self._drawn_all_at >= _REDRAW_ALL_SECONDS:
            self.redraw()
        elif taken is not None:
            self._draw(*taken)
        elif self.deck.renew_waiting() or self._drawn_edition != self.deck.waiting.edition:
            self._draw(self.deck.snapshot, SnapshotDiff())
        else:
            self._draw_frame(self.deck.snapshot)

    def arrived(self) -> None:
        """Something came. The first picture is not kept waiting for the clock."""
        if self.deck.wall_seconds() - self._drawn_at >= self.deck.refresh_seconds or not self._drawn_sequence:
            self.tick()

    def redraw(self) -> None:
        """Paint everything anew; only cells that differ reach the terminal."""
        self._drawn_all_at = self.deck.wall_seconds()
        self._draw(self.deck.snapshot, None)

    def _draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        if (diff is None or diff.workloads) and self.deck.letters.update(snapshot.workloads):
            diff = None  # a new letter may stand in any row
        self.set_class(self.deck.presenting, "-presenter")
        self.deck.waiting.note(diff)
        self.deck.renew_waiting()
        self.draw(snapshot, diff)
        self._draw_frame(snapshot)
        self._drawn_at, self._drawn_sequence = self.deck.wall_seconds(), snapshot.sequence
        self._drawn_edition = self.deck.waiting.edition

    def _draw_frame(self, snapshot: Snapshot) -> None:
        deck = self.deck
        now = deck.now() or deck.wall_seconds()
        profile = deck.feed.settings.profile if deck.feed else ""
        self.query_one(Header).set_view(
            header_view(
                snapshot,
                now,
                screen=self._counted_title(),
                profile=profile,
                flags=deck.flags,
                public=deck.presenting,
            )
        )
        self.query_one(Footer).set_keys(self.footer_keys())
        line = trouble(snapshot, now, public=deck.presenting)
        notice = self.query_one("#trouble", Static)
        notice.display = line is not None
        if line is not None:
            notice.update(f" ▸ {line.text}")
        self.alerts_changed()
        for panel in self.query(StatePanel):
            panel.set_state(self._panel_state(snapshot, panel))

    def alerts_changed(self) -> None:
        """Show the newest alert, or none. It takes no focus, and no line of the picture while there is none."""
        line = alert_line(self.deck.alerts.shown, public=self.deck.presenting)
        notice = self.query_one("#alert", Static)
        notice.display = bool(line)
        if line:
            notice.update(f" {line}")

    def _panel_state(self, snapshot: Snapshot, panel: StatePanel) -> PanelState:
        if self.deck.failure:
            remedy = "" if self.deck.presenting else self.deck.failure
            return PanelState(PanelPhase.FAILED, "no cluster", remedy=remedy)
        if self.deck.feed is None:
            return PanelState(PanelPhase.LOADING, self.deck.opening)
        state = self.state_of(panel, snapshot)
        return replace(state, text="", remedy="") if self.deck.presenting and state.phase is PanelPhase.STALE else state

    def _counted_title(self) -> str:
        if self.count is None or self.count[0] == self.count[1]:
            return self.title_text()
        return f"{self.title_text()} {self.count[0]} of {self.count[1]}"

    # -- actions ---------------------------------------------------------------------------------------------------

    @property
    def command_line(self) -> CommandLine:
        return self.query_one(CommandLine)

    def close_line(self) -> None:
        """Close the command line and give the keys back to the body."""
        self.command_line.close()
        self.focus_body()

    def focus_body(self) -> None:
        """Focus what the keys should go to."""
        for widget in self.query("LineList, LineView"):
            if widget.display and widget.focusable:
                widget.focus()
                return

    def line_edited(self, prompt: str, text: str) -> None:
        """The text of the command line changed."""

    def line_left(self, prompt: str) -> None:
        """The command line was left by escape."""

    async def line_submitted(self, prompt: str, text: str) -> None:
        """Enter in the command line. What can't be done is said under it, and it stays open."""
        problem = await self.deck.run_command(text)
        if problem:
            self.command_line.show_error(problem)
        else:
            self.close_line()

    @on(CommandLine.Edited)
    def _line_edited(self, event: CommandLine.Edited) -> None:
        self.line_edited(event.prompt, event.text)

    @on(CommandLine.Cancelled)
    def _line_cancelled(self, event: CommandLine.Cancelled) -> None:
        self.focus_body()
        self.line_left(event.prompt)

    @on(CommandLine.Submitted)
    async def _line_submitted(self, event: CommandLine.Submitted) -> None:
        await self.line_submitted(event.prompt, event.text)

    def do_app_command(self) -> None:
        self.command_line.open(":")

    async def action_act(self, action_id: str) -> None:
        await self.deck.act(action_id)

    @on(Footer.Pressed)
    async def _footer_pressed(self, event: Footer.Pressed) -> None:
        await self.deck.act(event.action)

    def do_app_back(self) -> None:
        if self.deck.alerts.dismiss():
            self.alerts_changed()
        elif self.deck.feed is not None and self.deck.feed.store.paused and self.deck.feed.player is None:
            self.deck.toggle_pause()

    def offered(self, *scopes: Scope) -> tuple[Action, ...]:
        """The actions of ``scopes`` that do something here."""
        return tuple(action for action in in_scopes(*scopes) if self.deck.offers(action.id))

    def footer_keys(self) -> tuple[FooterKey, ...]:
        """Screens at the left, what can be done here at the right."""
        actions = [action for action in self.offered(*self.deck.scopes_of(self.SCOPES)) if action.footer]
        screens = [self._footer_key(action) for action in actions if action.id.startswith("screen.")]
        others = [self._footer_key(action, "right") for action in actions if not action.id.startswith("screen.")]
        return (*screens, *others)

    def _footer_key(self, action: Action, side: Any = "left") -> FooterKey:
        label = key_label(self.deck.keys_of(action.id)[0])
        badge = self.deck.waiting_badge if action.id == "screen.pending" else ""
        return FooterKey(label, action.footer, action.id, action.footer == self.NAME.lower(), badge, side)

    def help_sections(self) -> tuple[HelpSection, ...]:
        """What can be done here, from the table of actions."""
        scopes = self.deck.scopes_of(self.SCOPES)
        return tuple(
            HelpSection(scope.value.capitalize(), tuple(self._help_entry(a.id) for a in self.offered(scope)))
            for scope in reversed(scopes)
        )

    def _help_entry(self, action_id: str) -> HelpEntry:
        action = BY_ID[action_id]
        words = f"{action.help}  (:{action.command[0]})" if action.command else action.help
        return HelpEntry(key_labels(self.deck.keys_of(action_id)), action.title, words)

    def copy(self, text: str, what: str) -> None:
        """Put ``text`` on the user's clipboard and say so."""
        self.notify(copy_text(self.app, text, what), timeout=3)
