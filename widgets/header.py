"""The top line: what cluster this is, how well each source is known, what mode the app is in, the time.

Where it is narrow the texts of sources that are well go first, then names are shortened; a source in trouble keeps
its words longest, and its glyph and the flags are never dropped.
"""

from dataclasses import dataclass

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
_SHORT = 5  # letters of a source's name where there is no room for it


@dataclass(frozen=True, slots=True)
class _Detail:
    """What is shown beside the cluster, the glyphs and the flags."""

    well_text: bool = False
    well_names: bool = False
    screen: bool = False
    trouble_names: bool = False
    brand: bool = False
    clock: bool = False
    trouble_text: bool = False


def _fewer() -> list[_Detail]:
    """From everything to nothing, in the order in which things go."""
    return [_Detail(*([False] * gone + [True] * (7 - gone))) for gone in range(8)]


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
        for detail in _fewer():
            left = self._place(view, detail)
            right = [*self._badges(view.badges, detail), *flags, *(clock if detail.clock else [])]
            spare = width - line_width(left) - line_width(right)
            if spare >= 1:
                return [[*left, Piece(" " * spare, self.paint.base), *right]]
        room = max(0, width - line_width(right))
        return [[Piece(fit("".join(piece.text for piece in left), room), self.paint.base), *right]]

    def _place(self, view: HeaderView, detail: _Detail) -> list[Piece]:
        tones = self.paint.tones
        where = printable(" / ".join(part for part in (view.cluster, view.profile) if part))
        pieces = [Piece(" nimdeck ", tones[Tone.TITLE])] if detail.brand else []
        pieces.append(Piece(f" {where}", tones[Tone.STRONG]))
        if view.screen and detail.screen:
            pieces.append(Piece("  " + printable(view.screen), tones[Tone.ACCENT]))
        return pieces

    def _badges(self, badges: tuple[SourceBadge, ...], detail: _Detail) -> list[Piece]:
        tones = self.paint.tones
        pieces = []
        for badge in badges:
            glyph, tone = _GLYPHS[badge.state]
            well = badge.state in (BadgeState.LIVE, BadgeState.ABSENT)
            whole, told = (detail.well_names, detail.well_text) if well else (detail.trouble_names, detail.trouble_text)
            name = badge.name if whole or len(badge.name) <= _SHORT else badge.name[: _SHORT - 1]
            look = tones[Tone.DIM if well else tone]
            pieces.append(Piece(f" {printable(name)} ", look))
            pieces.append(Piece(glyph, tones[tone]))
            pieces.append(Piece(f" {printable(badge.text)} " if told and badge.text else " ", look))
        return pieces

    def _flag(self, text: str, tone: Tone) -> list[Piece]:
        return [Piece(" ", self.paint.base), Piece(f" {text} ", self.paint.tones[tone] + self.paint.found)]
