"""A viewer of one text: YAML, the words of ``describe``, JSON. Searched like a log, copied with the mouse or whole."""

from typing import Unpack

from widgets.highlight import HIGHLIGHTERS
from widgets.line_view import LineView
from widgets.options import WidgetOptions


class TextView(LineView):
    """``set_text`` keeps the place where the reader is if the text is a newer version of what is shown."""

    def __init__(self, **options: Unpack[WidgetOptions]) -> None:
        super().__init__(**options)
        self._text = ""

    @property
    def text(self) -> str:
        return self._text

    def set_text(self, text: str, language: str = "plain", *, top: bool = False) -> None:
        """``language``: plain, yaml, describe or log. ``top``: another text, begin at its first line."""
        self._highlighter = HIGHLIGHTERS[language]
        if text != self._text:
            self._text = text
            self.replace_lines(text.splitlines())
        if top:
            self.scroll_home(animate=False, immediate=True)
        self.refresh()
