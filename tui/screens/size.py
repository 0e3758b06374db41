"""Sizing: a form at one side, the answer at the other, new with every key. Folders are read on a thread; no cluster."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input

from tui.actions import Scope
from tui.plans.sizing import SizeError, size
from tui.plans.sizing_guide import GUIDE, guide_reference
from tui.plans.sizing_reference import read_reference
from tui.plans.sizing_values import Reference, SizeQuestion, Sizing
from tui.present import size as present
from tui.present import size_form as form
from tui.screens.form_screen import NO_FIELD, FormScreen
from tui.screens.keys import bindings
from tui.screens.lines import Lines
from tui.screens.size_map import SizeMap
from widgets.form_line import FormLine
from widgets.form_pick import Option, Pick
from widgets.rows import Cell, Tone

MARKED = "marked"


class SizeScreen(FormScreen):
    """Opened from Runs. ``marked`` are folders chosen there; ``offered`` what else can be sized from."""

    DEFAULT_CSS = """
    SizeScreen #sheet { height: 1fr; layout: vertical; }
    SizeScreen #form { height: auto; max-height: 55%; padding: 0 1 0 0; scrollbar-size-vertical: 1; }
    SizeScreen #models { height: auto; }
    SizeScreen #help { padding: 0; }
    SizeScreen #answer { height: 1fr; background: $surface; scrollbar-size-vertical: 1; }
    SizeScreen.-wide #sheet { layout: horizontal; }
    SizeScreen.-wide #form { width: 76; height: 100%; max-height: 100%; padding: 1 1 0 0; }
    SizeScreen.-wide #answer { width: 1fr; height: 100%; padding: 1 1 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.EVERYWHERE)
    SCOPES = (Scope.EVERYWHERE,)
    AUTO_FOCUS = "#reference"
    NAME = "Sizing"

    def __init__(self, marked: Sequence[Path] = (), offered: Sequence[Path] = ()) -> None:
        super().__init__()
        self._marked, self._offered = tuple(marked), tuple(offered)
        self._reference: Reference | None = None
        self._models: tuple[str, ...] = ()  # that have a line each
        self._turn = asyncio.Lock()
        self._problem = ""
        self._asked = ""  # the reference that stands in the field
        self.sizing: Sizing | None = None

    # -- composing -------------------------------------------------------------------------------------------------

    def body(self) -> Iterable[Widget]:
        fields = VerticalScroll(
            FormLine("Reference", [Pick(MARKED if self._marked else GUIDE, "guide, or a folder", form.REFERENCE)]),
            Vertical(id="models"),
            FormLine("TTFT", ["within", _input(form.TARGET, 8), "ms"]),
            FormLine("Head-room", [_input(form.HEADROOM, 8), "of the users more"]),
            FormLine("Servers", ["of", _input(form.SERVER, 6), "GPUs"]),
            FormLine("Tokens", ["in", _input(form.ISL, 8), "out", _input(form.OSL, 8)]),
            Lines(id="help"),
            id="form",
            can_focus=False,
        )
        answer = VerticalScroll(Lines(id="above"), SizeMap(id="map"), Lines(id="below"), id="answer")
        yield Container(fields, answer, id="sheet")

    def begin(self) -> None:
        here = [Option(MARKED, ", ".join(path.name for path in self._marked))] if self._marked else []
        options = [Option(GUIDE, "its table 8"), *here, *(Option(str(path), "") for path in self._offered)]
        self.query_one(Pick).set_options(options)
        self._read()

    def focus_body(self) -> None:
        self.query_one(Pick).focus()

    # -- the reference ---------------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Read what the field names, on a thread: a disk may be slow."""
        asked = self.query_one(Pick).value.strip()
        if asked == self._asked:
            return
        self._asked = asked
        paths = self._marked if asked == MARKED and self._marked else (Path(asked).expanduser(),)
        work = guide_reference if asked == GUIDE else lambda: read_reference(paths)
        self.run_worker(lambda: self._load(asked, work), thread=True, exclusive=True, group="reference")

    def _load(self, asked: str, work: Callable[[], Reference]) -> None:
        reference, problem = None, ""
        try:
            reference = work()
        except (ValueError, OSError) as error:
            problem = str(error) if asked else "guide, or the folder of a plan or run"
        self.app.call_from_thread(self._loaded, asked, reference, problem)

    def _loaded(self, asked: str, reference: Reference | None, problem: str) -> None:
        self.run_worker(self._in_turn(asked, reference, problem), group="models")

    async def _in_turn(self, asked: str, reference: Reference | None, problem: str) -> None:
        """One after another: lines that are taken away and lines that come have the same names."""
        async with self._turn:
            await self._take(asked, reference, problem)

    async def _take(self, asked: str, reference: Reference | None, problem: str) -> None:
        if asked != self._asked or not self.is_attached:
            return
        self._reference, self._problem = reference, problem
        if reference is not None and reference.models != self._models:
            is_first = not self._models
            await self._ask_models(reference)
            if is_first and self.focused is self.query_one(Pick):
                self.query_one(f"#{form.USERS}0", Input).focus()  # what it was opened for
        self.check()

    async def _ask_models(self, reference: Reference) -> None:
        """A line for each model that the reference knows, with the users typed before; tokens where they are one."""
        typed = {model: self.query_one(f"#{form.USERS}{at}", Input).value for at, model in enumerate(self._models)}
        self._models = reference.models
        place = self.query_one("#models", Vertical)
        await place.remove_children()
        letters = present.signs(reference.models)
        lines = [
            FormLine(f"Users {letters[model].letter}", [_input(f"{form.USERS}{at}", 10, typed.get(model, "")), model])
            for at, model in enumerate(reference.models)
        ]
        await place.mount(*lines)
        sizes = set(reference.sizes)
        if len(sizes) == 1:
            isl, osl = sizes.pop()
            self.query_one(f"#{form.ISL}", Input).value = str(isl)
            self.query_one(f"#{form.OSL}", Input).value = str(osl)

    # -- the answer ------------------------------------------------------------------------------------------------

    def place(self) -> None:
        self._read()

    def check(self) -> None:
        texts = {str(field.id): field.value for field in self.query("#form Input").results(Input)}
        reference = self._reference
        question, faults = form.question_of(texts, reference.models if reference is not None else ())
        if self._problem:
            faults[form.REFERENCE] = self._problem
        for line in self.query(FormLine):
            line.show_errors(faults)
        self.sizing = self._sized(question, reference)
        self._help()
        self._show(question, bool(faults))

    def _sized(self, question: SizeQuestion | None, reference: Reference | None) -> Sizing | None:
        if question is None or reference is None or self._problem:
            return None
        try:
            return size(question, reference)
        except SizeError as error:
            self._problem = str(error)
            return None

    def _help(self) -> None:
        focused = str(self.focused.id) if self.focused is not None else ""
        words = form.USERS_HELP if focused.startswith(form.USERS) else form.HELP.get(focused, NO_FIELD)
        self.query_one("#help", Lines).set_lines([(Cell(words, Tone.DIM),)])

    def _show(self, question: SizeQuestion | None, faulty: bool) -> None:
        above, below = self.query_one("#above", Lines), self.query_one("#below", Lines)
        sizing = self.sizing
        if sizing is None or question is None:
            words = "To be mended first: the fields in red" if faulty else "Fill in the peak users of a model"
            above.set_lines([(Cell(words, Tone.DIM),)])
            below.set_lines([])
            self.query_one(SizeMap).set_servers(())
            return
        above.set_lines(present.answer_lines(sizing))
        self.query_one(SizeMap).set_servers(present.packed_servers(sizing))
        wide = self.has_class("-wide")
        lines = present.beside_lines(sizing, notes=wide)
        if wide and not self.deck.presenting:
            command = form.command_words(question, self._asked if self._asked != MARKED else "DIR")
            lines += [(Cell(" "),), (Cell("THE SAME WITHOUT A SCREEN", Tone.TITLE),), (Cell(command, Tone.DIM),)]
        below.set_lines(lines)

    def leave(self) -> None:
        """Back to what it was opened from."""
        self.app.pop_screen()


def _input(name: str, width: int, value: str = "") -> Input:
    field = Input(value or form.DEFAULTS.get(name, ""), id=name, compact=True, select_on_focus=False)
    field.styles.width = width
    return field
