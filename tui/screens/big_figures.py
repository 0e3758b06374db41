"""A row of large figures over the lists, seen only in presenter mode. It draws ``BigFigure`` values."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Digits, Static

from tui.present.big_figures import BigFigure
from widgets.rows import Tone

_CLASSES = {Tone.ACCENT: "-accent", Tone.GOOD: "-good", Tone.WARN: "-warn"}


class _Figure(Vertical):
    def compose(self) -> ComposeResult:
        yield Digits("")
        yield Static("", markup=False)

    def show(self, figure: BigFigure) -> None:
        """Digits draw no percent sign: it stands with the label."""
        number, percent = figure.text.removesuffix("%"), figure.text.endswith("%")
        self.query_one(Digits).update(number)
        self.query_one(Static).update(figure.label + (" %" if percent else ""))
        for tone, name in _CLASSES.items():
            self.set_class(figure.tone is tone, name)


class BigFigures(Horizontal):
    """As many as fit side by side; the last ones give way first."""

    DEFAULT_CSS = """
    BigFigures { height: 6; padding: 1 1 0 1; display: none; }
    BigFigures _Figure { width: 1fr; height: 5; }
    BigFigures Digits { width: 1fr; text-align: center; text-style: bold; }
    BigFigures Static { width: 1fr; text-align: center; color: $text-muted; }
    BigFigures .-accent Digits { color: $text-accent; }
    BigFigures .-good Digits { color: $text-success; }
    BigFigures .-warn Digits { color: $text-warning; }
    """
    LINES = 6
    LEAST_CELLS = 22  # of one figure

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[BigFigure, ...] = ()

    def set_figures(self, figures: tuple[BigFigure, ...]) -> None:
        """Show these, the first ones if there is no room for all."""
        wanted = figures[: max(1, self.app.size.width // self.LEAST_CELLS)]
        if wanted == self._shown:
            return
        if len(wanted) != len(self._shown):
            self.remove_children()
            self.mount_all([_Figure() for _ in wanted])
            self.call_after_refresh(self._fill)
        self._shown = wanted
        self._fill()

    def _fill(self) -> None:
        for widget, figure in zip(self.query(_Figure), self._shown, strict=False):
            if widget.children:
                widget.show(figure)
