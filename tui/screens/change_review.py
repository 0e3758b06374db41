"""The one confirmation of every change: what differs, what it means, what the server says of it; then it is done.

Planning, dry run and doing happen in a thread, one change after the other; a change that failed is told in words and
can be looked at and offered again. Nothing is sent but by the session's writer.
"""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.actions import Scope
from tui.model.snapshot import Snapshot
from tui.present.changes import (
    AGAIN,
    COLUMNS,
    TO_DO,
    Step,
    StepState,
    again,
    difference_marks,
    meanings,
    step_row,
    step_text,
    verdict,
)
from tui.screens.base import DeckScreen
from tui.screens.change_try import PLAN_ERRORS, Review, done, tried
from tui.screens.keys import bindings, key_label
from tui.screens.lines import Lines
from tui.session import Feed
from tui.sources.writing import Writer
from widgets.line_list import LineList
from widgets.rows import LIVE, Cell, PanelPhase, PanelState, Tone
from widgets.state_panel import StatePanel
from widgets.table import LiveTable
from widgets.text_view import TextView

__all__ = ["ChangeReview", "Review"]

_MOST_ROWS = 7
_RESULT_CELLS = 34  # of a narrow terminal: the result, and what stands between


class ChangeReview(DeckScreen):
    """Pushed by whatever wants to change something."""

    DEFAULT_CSS = """
    ChangeReview #means { padding: 1 0 0 1; }
    ChangeReview #typed { height: 1; display: none; background: $surface; }
    ChangeReview #typed Static { width: auto; padding: 0 1 0 1; color: $text-warning; }
    ChangeReview #typed Input { width: 1fr; background: $panel; }
    ChangeReview #steps { margin: 1 0 0 0; }
    ChangeReview TextView { padding: 0 1; border-top: solid $panel; }
    ChangeReview #verdict { background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CHANGE)
    SCOPES = (Scope.EVERYWHERE, Scope.CHANGE)
    AUTO_FOCUS = ""

    def __init__(self, review: Review) -> None:
        super().__init__()
        self._review = review
        self._steps: list[Step] = []
        self._whole = False
        self._busy = True
        self._said: tuple[str, ...] = ()  # what followed
        self._shown = ""
        self._trouble = ""
        self._planned = False
        self._halt = threading.Event()  # set: nothing more is begun
        self._feed: Feed | None = None  # the cluster that this was planned for: no other is changed

    # -- drawing ---------------------------------------------------------------------------------------------------

    def title_text(self) -> str:
        return self._review.title

    def body(self) -> Iterable[Widget]:
        yield StatePanel(
            Lines(id="means"),
            LiveTable(COLUMNS, id="steps"),
            TextView(id="text"),
        )
        asks = Static(f"Type {self._review.typed} to confirm:", markup=False)
        yield Horizontal(asks, Input(id="typed-name", compact=True), id="typed")
        yield Lines(id="verdict")

    def state(self, snapshot: Snapshot) -> PanelState:
        if self._trouble:
            remedy = f"{self._trouble}  {self._key('app.refresh')} looks again"
            return PanelState(PanelPhase.FAILED, "this can't be reviewed", remedy=remedy)
        return LIVE if self._planned else PanelState(PanelPhase.LOADING, "looking at what is there")

    def begin(self) -> None:
        self._feed = self.deck.feed
        self._look()

    def on_unmount(self) -> None:
        self._halt.set()

    def draw(self, snapshot: Snapshot, diff: object) -> None:
        self._show()

    def _show(self) -> None:
        self.query_one("#means", Lines).set_lines(meanings(self._steps))
        table = self.query_one("#steps", LiveTable)
        table.styles.height = min(len(self._steps), _MOST_ROWS) + 1
        table.set_rows([step_row(number, step) for number, step in enumerate(self._steps)])
        asks = bool(self._review.typed) and any(step.state in TO_DO for step in self._steps)
        self.query_one("#typed").display = asks and not self._busy
        self._show_text()
        self._show_verdict()

    def _show_text(self) -> None:
        key = self.query_one("#steps", LiveTable).cursor_key
        step = self._steps[int(key)] if key is not None and int(key) < len(self._steps) else None
        text = "" if step is None else step_text(step, whole=self._whole)
        if step is not None:
            text = "\n\n".join(part for part in (*self._in_full(step), text) if part)
        view = self.query_one("#text", TextView)
        view.set_text(text, "yaml" if self._whole else "plain", top=text != self._shown)
        if not self._whole:
            view.set_highlighter(difference_marks)
        self._shown = text

    def _in_full(self, step: Step) -> Iterator[str]:
        """What its line of the table may have cut off."""
        if len(step.title) > self.size.width - _RESULT_CELLS:
            yield step.title
        if step.state in AGAIN or step.state == "nothing":
            yield step.says

    def _show_verdict(self) -> None:
        if not self._planned or self._trouble:
            self.query_one("#verdict", Lines).set_lines(())
            return
        words, tone = verdict(self._steps, self._review.chained)
        lines = [(Cell(words, tone), *((Cell(hint, Tone.DIM),) if (hint := self._hint()) else ()))]
        lines += [(Cell(said, Tone.STRONG),) for said in self._said]
        if any(step.state in ("done", "failed", "unknown") for step in self._steps):
            writer = self._writer()
            if writer is not None:
                lines.append((Cell(f"noted in {writer.audit.path}", Tone.DIM),))
        self.query_one("#verdict", Lines).set_lines(lines)

    def _hint(self) -> str:
        apply, back = self._key("change.apply"), self._key("app.back")
        if self._busy:
            return f"{back} ends it after the change under way" if self._states("doing") else ""
        if self._states(*AGAIN) and not self._offers():
            return f"{apply} looks again and offers it anew"
        return f"{apply} does it, {back} leaves it" if self._offers() else f"{back} goes back"

    def _key(self, action: str) -> str:
        return key_label(self.deck.keys_of(action)[0])

    def _states(self, *states: StepState) -> bool:
        return any(step.state in states for step in self._steps)

    def _offers(self) -> bool:
        """Whether what is shown can be done as it stands."""
        if self._states("failed", "unknown") or (self._review.chained and self._states("refused")):
            return False
        return self._states(*TO_DO)

    def focus_body(self) -> None:
        field = self.query_one("#typed-name", Input)
        (field if self.query_one("#typed").display else self.query_one("#steps", LiveTable)).focus()

    @on(LineList.Selected, "#steps")
    def _selected(self) -> None:
        self._show_text()

    # -- actions ---------------------------------------------------------------------------------------------------

    def do_app_back(self) -> None:
        if self._busy and self._states("doing"):
            self._halt.set()
            self.notify("It ends after the change under way", timeout=4)
            return
        self.app.pop_screen()

    def do_change_view(self) -> None:
        self._whole = not self._whole
        self._show_text()

    def do_app_refresh(self) -> None:
        """Look again: what failed is read, tried and offered anew."""
        if not self._busy:
            self._look()

    def do_change_apply(self) -> str:
        if self._busy:
            return "still at work: wait for the result"
        if self._feed is not self.deck.feed:
            return "another cluster is watched now: leave this review"
        if not self._offers():
            if self._trouble or self._states(*AGAIN):
                self._look()
                return ""
            return "nothing is left to do"
        typed = self.query_one("#typed-name", Input)
        if self._review.typed and typed.value.strip() != self._review.typed:
            typed.focus()
            return f"type {self._review.typed} first: it can't be undone"
        typed.value = ""
        self._halt.clear()
        self._busy = True
        self.run_worker(self._do, thread=True, exclusive=True, group="change", exit_on_error=False)
        return ""

    @on(Input.Submitted, "#typed-name")
    async def _typed(self) -> None:
        await self.deck.act("change.apply")

    # -- in the thread ---------------------------------------------------------------------------------------------

    def _look(self) -> None:
        self._busy, self._trouble, self._said = True, "", ()
        self._planned = bool(self._steps)
        before = list(self._steps)
        self.run_worker(lambda: self._plan(before), thread=True, exclusive=True, group="change", exit_on_error=False)
        self.redraw()

    def _plan(self, before: list[Step]) -> None:
        writer = self._writer()
        if writer is None:
            left = self._feed is not self.deck.feed
            why = "another cluster is watched now" if left else "a recording can't be changed: watch the cluster itself"
            self._tell_trouble(why)
            return
        try:
            steps = again(before, self._review.plan())
        except PLAN_ERRORS as error:
            self._tell_trouble(str(error))
            return
        self._tell(steps)
        for number, step in enumerate(steps):
            if step.change is not None and step.state == "checking":
                self._tell_step(number, *tried(writer, step.change))
        self.app.call_from_thread(self._rest)

    def _do(self) -> None:
        writer = self._writer()
        failed = False
        for number, step in enumerate(self._steps):
            if step.change is None or step.state not in TO_DO or writer is None:
                continue
            if self._halt.is_set() or (failed and self._review.chained):
                break
            self._tell_step(number, "doing", "")
            state, says = done(writer, step.change)
            failed = failed or state != "done"
            self._tell_step(number, state, says)
        if self._review.follow is not None and not failed and not self._states(*TO_DO):
            self._said = (self._review.awaited,)
            self.app.call_from_thread(self._take, self._steps)
            try:
                self._said = self._review.follow(self._halt)
            except PLAN_ERRORS as error:
                self._said = (str(error),)
        self.app.call_from_thread(self._rest)

    def _tell(self, steps: list[Step]) -> None:
        self.app.call_from_thread(self._take, steps)

    def _tell_step(self, number: int, state: StepState, says: str) -> None:
        steps = list(self._steps)
        steps[number] = replace(steps[number], state=state, says=says)
        self._tell(steps)

    def _tell_trouble(self, words: str) -> None:
        self._trouble = words
        self.app.call_from_thread(self._rest)

    # -- back on the screen ----------------------------------------------------------------------------------------

    def _take(self, steps: list[Step]) -> None:
        self._steps, self._planned = steps, True
        if self.is_attached:
            self.redraw()

    def _rest(self) -> None:
        """The thread is through."""
        self._busy, self._planned = False, True
        if not self.is_attached:
            return
        if self.deck.feed is not None and self._states("done"):
            self.deck.feed.refresh()
        self.redraw()
        if self.app.screen is self:
            self.focus_body()

    def _writer(self) -> Writer | None:
        feed = self._feed
        return feed.writer if feed is not None and feed is self.deck.feed else None
