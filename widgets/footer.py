"""The bottom line: the keys that work here. Each can be clicked; the screen shown stands out; counts need attention."""

from textual import events
from textual.message import Message

from widgets.drawn import Drawn, Line, Piece, line_width
from widgets.rows import FooterKey, Tone


class Footer(Drawn):
    """Shows ``FooterKey`` values; a click posts ``Pressed`` with the key's action.

    Where it is narrow the labels of screens not shown go first, then those of the keys at the right.
    """

    DEFAULT_CSS = """
    Footer { dock: bottom; background: $panel; }
    """

    class Pressed(Message):
        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    _keys: tuple[FooterKey, ...] = ()

    def set_keys(self, keys: tuple[FooterKey, ...]) -> None:
        if keys != self._keys:
            self._keys = keys
            self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        left = [key for key in self._keys if key.side == "left"]
        right = [key for key in self._keys if key.side == "right"]
        for labels_left, labels_right in ((True, True), (False, True), (False, False)):
            line = self._row(left, labels_left), self._row(right, labels_right)
            spare = width - line_width(line[0]) - line_width(line[1])
            if spare >= 0:
                break
        return [[*line[0], Piece(" " * max(0, spare), self.paint.base), *line[1]]]

    def on_click(self, event: events.Click) -> None:
        action = self.action_at(event.x, event.y)
        if action:
            self.post_message(self.Pressed(action))

    def _row(self, keys: list[FooterKey], labels: bool) -> list[Piece]:
        tones = self.paint.tones
        pieces = []
        for key in keys:
            shown = labels or key.active
            look = tones[Tone.STRONG] + self.paint.found if key.active else tones[key.tone]
            pieces.append(Piece(" ", self.paint.base))
            pieces.append(Piece(key.key, look if key.active else tones[Tone.ACCENT], key.action))
            if shown and key.label:
                pieces.append(Piece(f" {key.label}", look, key.action))
            if key.badge:
                pieces.append(Piece(f" {key.badge}", tones[Tone.WARN], key.action))
        return [*pieces, Piece(" ", self.paint.base)]
