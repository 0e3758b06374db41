"""The base of the small forms: a claim, a secret. Lines of fields, what is there already, and the way to the review."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Input

from tui.actions import Scope
from tui.launch.marks import project_namespace
from tui.launch.rules import label, subdomain
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.model.surroundings import Surroundings
from tui.screens.base import DeckScreen
from tui.screens.change_review import ChangeReview
from tui.screens.change_try import Review
from tui.screens.keys import bindings, key_label
from tui.screens.lines import Lines
from widgets.form_line import FormLine
from widgets.form_pick import Option, Pick
from widgets.form_tiles import Tiles
from widgets.rows import LIVE, Cell, Column, PanelState, Row, Tone
from widgets.table import LiveTable

NO_CONTROL_PLANE = "no control plane is configured: set runai.url and runai.client_id"


class AssetForm(DeckScreen):
    """Subclasses say which lines there are, what is wrong with the texts, and what is to be reviewed."""

    DEFAULT_CSS = """
    AssetForm #form { height: auto; max-height: 70%; padding: 1 1 0 0; scrollbar-size-vertical: 1; }
    AssetForm #help { padding: 1 0 0 0; }
    AssetForm #there { margin: 1 0 0 0; height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.ASSET_FORM)
    SCOPES = (Scope.EVERYWHERE, Scope.ASSET_FORM)
    AUTO_FOCUS = "#project"
    WORDS: ClassVar[Mapping[str, str]] = {}
    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    PROJECT_HELP = "The project in whose namespace it is made"

    def __init__(self) -> None:
        super().__init__()
        self.around: Surroundings | None = None
        self._asked = ""  # the namespace that was asked for last
        self._tried = False

    # -- what a subclass says --------------------------------------------------------------------------------------

    def lines(self) -> Sequence[FormLine]:
        """The lines under that of the project."""
        return ()

    def faults(self, texts: Mapping[str, str]) -> dict[str, str]:
        """What is wrong, by the field's id."""
        return {}

    def review(self, texts: Mapping[str, str], namespace: str) -> Review:
        """What is to be made. Takes secrets out of their fields."""
        raise NotImplementedError

    def there(self, around: Surroundings) -> Sequence[Row] | None:
        """What is there already; ``None`` where that may not be read."""
        return ()

    def reasons(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Why a field is not offered, by its id."""
        return {}

    # -- composing -------------------------------------------------------------------------------------------------

    def body(self) -> Iterable[Widget]:
        project = FormLine("Project", [Pick(self._first_project(), "type to filter", "project")])
        yield VerticalScroll(project, *self.lines(), id="form", can_focus=False)
        yield Lines(id="help")
        yield LiveTable(self.COLUMNS, id="there")

    def _first_project(self) -> str:
        known = list(self.deck.snapshot.projects)
        return self.deck.project or (known[0] if len(known) == 1 else "")

    def state(self, snapshot: Snapshot) -> PanelState:
        return LIVE

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        self._offer(snapshot)
        self._check()

    def on_screen_resume(self) -> None:
        self._asked = ""  # something may have been made meanwhile
        self._check()

    def texts(self) -> dict[str, str]:
        """What stands in the fields but the secret ones."""
        fields = [*self.query(Input).filter("FormLine Input"), *self.query(Tiles)]
        return {
            str(field.id): field.value.strip()
            for field in fields
            if not (isinstance(field, Input) and field.password) and not field.disabled
        }

    def namespace(self, texts: Mapping[str, str]) -> str:
        """Of the project; ``""`` while there is none."""
        name = texts.get("project", "")
        known = self.deck.snapshot.projects.get(name)
        if known is not None and known.namespace:
            return known.namespace
        return project_namespace(name) if name else ""

    def _offer(self, snapshot: Snapshot) -> None:
        options = [Option(one.name, one.namespace or "") for one in snapshot.projects.values()]
        self.query_one("#project", Pick).set_options(options)

    def _check(self) -> None:
        texts = self.texts()
        reasons = self.reasons(texts)
        for line in self.query(FormLine):
            line.offer(reasons)
        self.show_faults(self.all_faults(texts) if self._tried else {})
        namespace = self.namespace(texts)
        if namespace and namespace != self._asked and not label(namespace):
            self._asked = namespace
            self.run_worker(
                lambda: self._read(namespace), thread=True, exclusive=True, group="around", exit_on_error=False
            )

    def all_faults(self, texts: Mapping[str, str]) -> dict[str, str]:
        found = self.faults(texts)
        name, projects = texts.get("project", ""), self.deck.snapshot.projects
        if fault := "is missing" if not name else label(name):
            found["project"] = f"project {fault}"
        elif projects and name not in projects:
            found["project"] = f"there is no project {name}: make it first, with :projects"
        return found

    def show_faults(self, faults: Mapping[str, str]) -> None:
        for line in self.query(FormLine):
            line.show_errors(faults)

    # -- what is there already -------------------------------------------------------------------------------------

    def _read(self, namespace: str) -> None:
        feed = self.deck.feed
        around = feed.surroundings(namespace) if feed is not None else None
        self.app.call_from_thread(self._show_there, namespace, around)

    def _show_there(self, namespace: str, around: Surroundings | None) -> None:
        if namespace != self._asked or not self.is_attached:
            return
        self.around = around
        self.found(around)
        rows = None if around is None else self.there(around)
        width = len(self.COLUMNS) - 1
        unknown = Row("?", (Cell(f"what is in {namespace} is not known", Tone.DIM), *(Cell("") for _ in range(width))))
        self.query_one("#there", LiveTable).set_rows([unknown] if rows is None else rows)

    def found(self, around: Surroundings | None) -> None:
        """What is there has been read."""

    # -- keys ------------------------------------------------------------------------------------------------------

    @on(Input.Changed)
    @on(Tiles.Changed)
    def _changed(self) -> None:
        self._check()

    @on(Input.Submitted)
    async def _submitted(self, event: Input.Submitted) -> None:
        fields = [field for field in self.query(Input).filter("FormLine Input") if not field.disabled]
        if event.input is fields[-1]:
            await self.deck.act("form.review")
        else:
            self.focus_next()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        key = key_label(self.deck.keys_of("form.review")[0])
        words = self.WORDS.get(str(event.widget.id), "") if event.widget.id != "project" else self.PROJECT_HELP
        hint = Cell(f"{key} reviews it; nothing is made before", Tone.DIM)
        self.query_one("#help", Lines).set_lines([(Cell(words),), (hint,)] if words else [(hint,)])

    def do_app_back(self) -> None:
        self.app.pop_screen()

    def do_form_review(self) -> str:
        self._tried = True
        texts = self.texts()
        faults = self.all_faults(texts)
        self.show_faults(faults)
        if faults:
            self.query_one(f"#{next(iter(faults))}").focus()
            return ""
        self.app.push_screen(ChangeReview(self.review(texts, self.namespace(texts))))
        return ""


def field(
    name: str, width: int | str = "1fr", placeholder: str = "", value: str = "", *, secret: bool = False
) -> Input:
    """A field of a line."""
    made = Input(value, placeholder=placeholder, id=name, compact=True, select_on_focus=False, password=secret)
    made.styles.width = width
    return made


def no_yes(name: str) -> Tiles:
    """A choice that begins with no."""
    made = Tiles((("no", "no"), ("yes", "yes")), "no", name)
    made.styles.width = 14
    return made


def name_fault(texts: Mapping[str, str], name: str, what: str) -> dict[str, str]:
    """What is wrong with the name of an object."""
    text = texts.get(name, "")
    fault = subdomain(text) if text else "is missing"
    return {name: f"{what} {fault}"} if fault else {}
