"""A line of a form: a label, its fields, and under them what there is to choose from and what is wrong."""

from collections.abc import Mapping, Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Select, Static

from widgets.form_pick import Matches, Pick
from widgets.form_tiles import Tiles

LABEL_CELLS = 13
Field = Input | Select[Any] | Tiles


class FormLine(Vertical):
    """``parts`` are fields and words between them. A field that is not offered is disabled and says why."""

    DEFAULT_CSS = f"""
    FormLine {{ height: auto; }}
    FormLine > Horizontal {{ height: 1; }}
    FormLine .label {{ width: {LABEL_CELLS}; color: $text-muted; padding: 0 0 0 1; }}
    FormLine .word {{ width: auto; color: $text-muted; padding: 0 1; }}
    FormLine .word.-first {{ padding: 0 1 0 0; }}
    FormLine .problem {{ height: auto; color: $text-error; padding: 0 0 0 {LABEL_CELLS}; }}
    FormLine .reason {{ height: auto; color: $text-muted; padding: 0 0 0 {LABEL_CELLS}; }}
    FormLine Matches {{ margin: 0 0 0 {LABEL_CELLS}; }}
    FormLine Input {{ background: $panel; }}
    FormLine Input.-wrong {{ color: $text-error; }}
    FormLine Input:disabled {{ color: $text-disabled; background: $surface; }}
    """

    def __init__(self, label: str, parts: Sequence[Widget | str], id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._label = label
        self._parts = tuple(parts)
        self._notes: dict[str, Static] = {}  # made when there is something to say: a form has many lines
        self.fields: tuple[Field, ...] = tuple(part for part in parts if isinstance(part, Input | Select | Tiles))

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(self._label, classes="label", markup=False)
            for place, part in enumerate(self._parts):
                if isinstance(part, str):
                    yield Static(part, classes="word" if place else "word -first", markup=False)
                else:
                    yield part
        if any(isinstance(field, Pick) for field in self.fields):
            yield Matches()

    @on(Pick.Offered)
    def _offered(self, event: Pick.Offered) -> None:
        event.stop()
        self.query_one(Matches).show(event.options, event.at)

    def show_errors(self, errors: Mapping[str, str]) -> None:
        """Mark the fields of this line that are among ``errors`` (field -> whole sentence) and say what is wrong."""
        wrong = [str(field.id) for field in self.fields if field.id in errors]
        for field in self.fields:
            field.set_class(field.id in wrong, "-wrong")
        self._say("problem", "; ".join(errors[name] for name in wrong))

    def offer(self, reasons: Mapping[str, str]) -> None:
        """Disable the fields that have a reason (field -> why it is not offered) and say it once."""
        said: dict[str, None] = {}
        for field in self.fields:
            reason = reasons.get(str(field.id), "")
            field.disabled = bool(reason)
            if reason.strip():  # a blank one disables without a word
                said[reason] = None
        self._say("reason", "; ".join(said))

    def _say(self, kind: str, text: str) -> None:
        place = self._notes.get(kind)
        if place is None and text and self.is_attached:
            self._notes[kind] = place = Static(text, classes=kind, markup=False)
            self.mount(place)
        elif place is not None and (place.display is not bool(text) or str(place.content) != text):
            place.update(text)
            place.display = bool(text)
