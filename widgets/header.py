"""The top line: what cluster this is, how well each source is known, what mode the app is in, the time.

Where it is narrow the texts of sources that are well go first, then names are shortened; a source in trouble keeps
its words, and flags are never dropped.
"""

from widgets.drawn import Drawn, Line, Piece, line_width
from widgets.glyphs import fit, printable
from widgets.rows import BadgeState, HeaderView, SourceBadge, Tone

_GLYPHS = {
    BadgeState.LIVE: ("●", Tone.GOOD),
    BadgeState.STALE: ("◐", Tone.WARN),
    BadgeState.ABSENT: ("○", Tone.DIM),
    BadgeState.DENIED: ("⊘", Tone.WARN),
    BadgeState.FAILED: ("✗", Tone.BAD),
}
_SHORT = 4  # letters of a source's name where there is no room for it


class Header(Drawn):
    """Shows a ``HeaderView``."""

    DEFAULT_CSS = """
    Header { dock: top; background: $panel; }
    """

    _view = HeaderView("")

    def set_view(self, view: HeaderView) -> None:
        if view != self._view:
            self._view = view
            self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        view = self._view
        flags = [piece for flag in view.flags for piece in self._flag(flag.text, flag.tone)]
        clock = [Piece(f" {view.clock} ", self.paint.tones[Tone.DIM])] if view.clock else []
        for detail in range(4):
            left = self._place(view, full=detail < 3)
            right = [*self._badges(view.badges, detail), *flags, *clock]
            spare = width - line_width(left) - line_width(right)
            if spare >= 1:
                return [[*left, Piece(" " * spare, self.paint.base), *right]]
        room = max(0, width - line_width(right))
        return [[Piece(fit("".join(piece.text for piece in left), room), self.paint.base), *right]]

    def _place(self, view: HeaderView, full: bool) -> list[Piece]:
        tones = self.paint.tones
        where = printable(" / ".join(part for part in (view.cluster, view.profile) if part))
        pieces = [Piece(" nimdeck ", tones[Tone.TITLE])] if full else [Piece(" ", self.paint.base)]
        pieces.append(Piece(" " * full + where, tones[Tone.STRONG]))
        if view.screen and full:
            pieces.append(Piece("  " + printable(view.screen), tones[Tone.ACCENT]))
        return pieces

    def _badges(self, badges: tuple[SourceBadge, ...], detail: int) -> list[Piece]:
        tones = self.paint.tones
        pieces = []
        for badge in badges:
            glyph, tone = _GLYPHS[badge.state]
            well = badge.state in (BadgeState.LIVE, BadgeState.ABSENT)
            name = badge.name if detail < 2 else badge.name[:_SHORT]
            text = badge.text if detail < 1 or (not well and detail < 3) else ""
            pieces.append(Piece(f" {printable(name)} ", tones[Tone.DIM if well else tone]))
            pieces.append(Piece(glyph, tones[tone]))
            pieces.append(Piece(f" {printable(text)} " if text else " ", tones[Tone.DIM if well else tone]))
        return pieces

    def _flag(self, text: str, tone: Tone) -> list[Piece]:
        return [Piece(" ", self.paint.base), Piece(f" {text} ", self.paint.tones[tone] + self.paint.found)]
