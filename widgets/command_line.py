"""The input line at the bottom: ``:`` for commands, ``/`` for filters. It edits text; the screen gives it a meaning."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Unpack

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from widgets.drawn import Drawn, Line, Piece
from widgets.glyphs import printable
from widgets.options import WidgetOptions
from widgets.rows import Tone

Completer = Callable[[str, str], Sequence[str]]  # prompt, text so far -> whole texts that would complete it
_HISTORY = 100


class _Hint(Suggester):
    def __init__(self, line: "CommandLine") -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._line = line

    async def get_suggestion(self, value: str) -> str | None:
        return next((text for text in self._line.completions(value) if text.startswith(value) and text != value), None)


class _Error(Drawn):
    """A caret under the column, and what is wrong there."""

    text = ""
    column = 0

    def draw(self, width: int, height: int) -> list[Line]:
        said = printable(self.text)
        indent = min(self.column, max(0, width - len(said) - 3))
        return [[Piece(f"{' ' * indent}^ {said}", self.paint.tones[Tone.BAD])]]


class CommandLine(Vertical):
    """``open(":")`` shows and focuses it; enter posts ``Submitted``, escape ``Cancelled``, each edit ``Edited``.

    Up and down walk through the history of the present prompt; right or tab takes the completion that is shown dimmed.
    It closes itself on escape, and stays open on enter until ``close``, so that ``show_error`` can point at a mistake.
    """

    DEFAULT_CSS = """
    CommandLine { height: auto; display: none; background: $panel; }
    CommandLine Horizontal { height: 1; }
    CommandLine Static { width: 2; color: $text-accent; text-style: bold; padding: 0 0 0 1; }
    CommandLine Input { width: 1fr; background: $panel; }
    CommandLine Input:focus { background: $panel; background-tint: transparent; }
    CommandLine _Error { display: none; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Close", show=False, id="line.cancel"),
        Binding("up", "recall(-1)", "Earlier", show=False, id="line.earlier"),
        Binding("down", "recall(1)", "Later", show=False, id="line.later"),
        Binding("tab", "complete", "Complete", show=False, priority=True, id="line.complete"),
    ]

    class Said(Message):
        def __init__(self, prompt: str, text: str) -> None:
            super().__init__()
            self.prompt = prompt
            self.text = text

    class Edited(Said):
        """The text changed: filters apply at once."""

    class Submitted(Said):
        """Enter."""

    class Cancelled(Said):
        """Escape; the line is closed."""

    def __init__(self, completer: Completer | None = None, **options: Unpack[WidgetOptions]) -> None:
        super().__init__(**options)
        self._completer = completer
        self._prompt = ":"
        self._history: dict[str, list[str]] = {}
        self._place = 0
        self._label = Static(":", markup=False)
        self._input = Input(suggester=_Hint(self), compact=True, select_on_focus=False)
        self._error = _Error()

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self._label
            yield self._input
        yield self._error

    @property
    def is_open(self) -> bool:
        return bool(self.display)

    @property
    def prompt(self) -> str:
        return self._prompt

    @property
    def text(self) -> str:
        return self._input.value

    def set_completer(self, completer: Completer) -> None:
        self._completer = completer

    def completions(self, text: str) -> Sequence[str]:
        return self._completer(self._prompt, text) if self._completer and text else ()

    def open(self, prompt: str, text: str = "") -> None:
        """Show the line with this prompt and text, cursor at the end, and focus it."""
        self._prompt = prompt
        self._place = len(self._history.get(prompt, []))
        self._label.update(prompt)
        self.clear_error()
        self.display = True
        with self.prevent(Input.Changed):
            self._write(text)
        self._input.focus()

    def close(self) -> None:
        self.display = False
        self.clear_error()

    def show_error(self, message: str, column: int = 0) -> None:
        """Point at ``column`` (from 0) of the text."""
        self._error.text, self._error.column = message, column + 2
        self._error.display = True
        self._error.redraw()

    def clear_error(self) -> None:
        self._error.display = False

    def action_cancel(self) -> None:
        self.close()
        self.post_message(self.Cancelled(self._prompt, self.text))

    def action_complete(self) -> None:
        whole = next((text for text in self.completions(self.text) if text.startswith(self.text)), None)
        if whole is not None:
            self._write(whole)

    def action_recall(self, step: int) -> None:
        said = self._history.get(self._prompt, [])
        place = max(0, min(len(said), self._place + step))
        if place != self._place:
            self._place = place
            self._write(said[place] if place < len(said) else "")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.clear_error()
        if self.is_open:
            self.post_message(self.Edited(self._prompt, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        said = self._history.setdefault(self._prompt, [])
        if event.value and said[-1:] != [event.value]:
            said.append(event.value)
            del said[:-_HISTORY]
        self._place = len(said)
        self.post_message(self.Submitted(self._prompt, event.value))

    def on_click(self, event: events.Click) -> None:
        self._input.focus()

    def _write(self, text: str) -> None:
        self._input.value = text
        self._input.cursor_position = len(text)
