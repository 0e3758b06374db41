"""A panel's five states, drawn: loading, live, stale (age), empty (why), failed (what to do).

Stale keeps the last values and puts one line over them; loading, empty and failed stand in place of the content.
"""

from typing import Unpack

from textual.containers import Vertical
from textual.widget import Widget

from widgets.drawn import Drawn, Line, Piece
from widgets.glyphs import fit, printable
from widgets.options import WidgetOptions
from widgets.rows import LIVE, PanelPhase, PanelState, Tone

_FACES = {
    PanelPhase.LOADING: ("◌", "loading", Tone.DIM),
    PanelPhase.STALE: ("◐", "stale", Tone.WARN),
    PanelPhase.EMPTY: ("○", "nothing here", Tone.DIM),
    PanelPhase.FAILED: ("✗", "failed", Tone.BAD),
    PanelPhase.LIVE: ("●", "live", Tone.GOOD),
}


class StateLine(Drawn):
    """One line for stale; a message in the middle for the states without content."""

    state = LIVE

    def show(self, state: PanelState) -> None:
        if state != self.state:
            self.state = state
            self.redraw(layout=True)

    def draw(self, width: int, height: int) -> list[Line]:
        glyph, word, tone = _FACES[self.state.phase]
        style = self.paint.tones[tone]
        text, remedy = printable(self.state.text), printable(self.state.remedy)
        if self.state.phase is PanelPhase.STALE:
            said = ": ".join(part for part in (f"{glyph} {word} {self.state.age}".rstrip(), text) if part)
            return [[Piece(fit(f" {said}{'  ▸ ' + remedy if remedy else ''}", width - 1), style)]]
        head = f"{glyph} {text or word}"
        lines = [(head, style), *((line, self.paint.tones[Tone.NORMAL]) for line in _wrapped(remedy, width - 4))]
        above = max(0, (height - len(lines)) // 2)
        return [
            *([Piece("", style)] for _ in range(above)),
            *([Piece(fit(line, width, "center"), look)] for line, look in lines),
        ]


class StatePanel(Vertical):
    """Wraps the content of a panel: ``StatePanel(GpuMap())``, then ``set_state`` as the sources come and go."""

    DEFAULT_CSS = """
    StatePanel { height: 1fr; }
    StatePanel > StateLine { display: none; height: 1; }
    StatePanel.-stale > StateLine { display: block; height: 1; }
    StatePanel.-instead > StateLine { display: block; height: 1fr; }
    """

    def __init__(self, *content: Widget, **options: Unpack[WidgetOptions]) -> None:
        self._line = StateLine()
        self._content = content
        self._state = LIVE
        super().__init__(self._line, *content, **options)

    @property
    def state(self) -> PanelState:
        return self._state

    def set_state(self, state: PanelState) -> None:
        if state == self._state:
            return
        self._state = state
        instead = state.phase in (PanelPhase.LOADING, PanelPhase.EMPTY, PanelPhase.FAILED)
        self._line.show(state)
        self.set_class(instead, "-instead")
        self.set_class(state.phase is PanelPhase.STALE, "-stale")
        for widget in self._content:
            widget.display = not instead


def _wrapped(text: str, width: int) -> list[str]:
    """Words on lines of at most ``width`` cells, with an arrow before the first: what to do."""
    if not text:
        return []
    lines = [""]
    for word in f"▸ {text}".split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
