"""Launch: the form of a NIM, and beside it what that would come to in this cluster. Nothing is changed from here."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input

from config.launch_help import field_help
from config.secret import Secret
from tui.actions import Scope
from tui.diagnose.fit import fit
from tui.launch.checks import check_against
from tui.launch.manifests import namespace_of
from tui.launch.offered import offered
from tui.model.launch_spec import LaunchSpec
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.model.status import SourceState
from tui.present import launch_choices as choices
from tui.present.launch_fit import Consequence, Line, panel, short, standing_words
from tui.present.launch_form import form_of, read_form
from tui.present.launch_values import ADVANCED, PATHS, TOKEN, LaunchForm, changed_advanced, field_at
from tui.screens.change_form import NO_CONTROL_PLANE
from tui.screens.change_review import ChangeReview
from tui.screens.fold import Fold
from tui.screens.form_screen import NO_FIELD
from tui.screens.keys import bindings, key_label
from tui.screens.launch_compute import COMPUTE_FIELDS, compute_review
from tui.screens.launch_fields import TOKEN_FIELD, advanced_lines, fields_of, shown_lines, simple_lines, values_of
from tui.screens.launch_filling import LaunchFilling
from tui.screens.launch_library import LibraryScreen, SaveScreen
from tui.screens.launch_prepare import Draft
from tui.screens.launch_request import LaunchRequest
from tui.screens.launch_review import LaunchReviewScreen
from tui.screens.lines import Lines
from widgets.form_pick import Option, Pick
from widgets.form_tiles import Tiles
from widgets.rows import Cell, Tone

_FOLDED = "version, CPU, variables, pools, priority"
_FIXED = ("name", "project", "namespace", "scheduler")  # no server changes these in place
_RUNAI_ONLY = ("initial", "idle", "node_pools", "preemptible", "delete_after")


class LaunchScreen(LaunchFilling):
    """Screen 4."""

    DEFAULT_CSS = """
    LaunchScreen #sheet { height: 1fr; layout: horizontal; }
    LaunchScreen #form { height: 100%; width: 62; padding: 1 1 0 0; scrollbar-size-vertical: 1;
        scrollbar-background: $background; scrollbar-color: $panel; }
    LaunchScreen #said { height: 100%; width: 1fr; padding: 1 1 0 1; background: $surface; scrollbar-size-vertical: 1;
        scrollbar-background: $surface; scrollbar-color: $panel; }
    LaunchScreen.-wide #form { width: 80; }
    LaunchScreen.-narrow #sheet { layout: vertical; }
    LaunchScreen.-narrow #form { height: 1fr; width: 1fr; padding: 0; }
    LaunchScreen.-narrow #said { height: auto; max-height: 5; padding: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LAUNCH_FORM)
    SCOPES = (Scope.EVERYWHERE, Scope.LAUNCH_FORM)
    AUTO_FOCUS = "#name"
    NAME = "Launch"

    def __init__(self) -> None:
        super().__init__()
        self._request = LaunchRequest()
        self._tried = False  # to review: from then on what is missing is said as well
        self._refused: dict[str, str] = {}  # what the server said of the fields, until one is edited
        self._spec: LaunchSpec | None = None
        self._errors: dict[str, str] = {}

    def body(self) -> Iterable[Widget]:
        simple, advanced = tuple(simple_lines()), tuple(advanced_lines())
        self.lines = (*simple, *advanced)
        self.fields = fields_of(self.lines)
        fold = Fold(advanced, key_label(self.deck.keys_of("launch.advanced")[0]), _FOLDED)
        form = VerticalScroll(*simple, fold, id="form", can_focus=False)
        said = VerticalScroll(Lines(id="consequence"), id="said", can_focus=False)
        yield Container(form, said, id="sheet")

    def begin(self) -> None:
        self.query_one("#model", Pick).set_options([Option(*one) for one in choices.model_choices()])
        self.choose()
        self.check()

    def title_text(self) -> str:
        edits = self._request.edits
        return self.NAME if edits is None else f"{self.NAME}: change {edits.key}"

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        if diff is None or diff.projects or diff.workloads or diff.nodes or diff.pods:
            self.choose()
            self.check()

    def on_screen_resume(self) -> None:
        """Show the launch that is going on, or the form, filled in if another screen asked for it."""
        if not self._show_running():
            self._take_request()

    def _show_running(self) -> bool:
        run = self.deck.launch
        if run is None or not run.is_going or self.deck.launch_request is not None:
            return False
        if self.app.screen is self:
            from tui.screens.launch_progress import LaunchProgressScreen

            self.app.push_screen(LaunchProgressScreen(run))
        return True

    # -- what fills the form in ------------------------------------------------------------------------------------

    def _take_request(self) -> None:
        request, self.deck.launch_request = self.deck.launch_request, None
        if request is None:
            return
        self._request = request
        if request.spec is None:
            self.fill_in(LaunchForm())
            self._load(request.words)
        elif request.edits is not None:
            self.fill_in(form_of(request.spec), own=True)
        else:
            name = choices.free_name(request.spec, self.deck.snapshot)
            self.fill_in(form_of(replace(request.spec, name=name)))
        if request.note:
            self.notify(request.note, severity="warning", timeout=8)

    def fill_in(self, form: LaunchForm, *, own: bool = False) -> None:
        """Write the form. ``own``: every field is as it must be, and nothing is chosen for the user."""
        self.own = set(PATHS) if own else set()
        self._tried, self._refused = False, {}
        with self.prevent(Input.Changed, Tiles.Changed):
            self.write(form)
            self.query_one(f"#{TOKEN_FIELD}", Input).value = ""
        self.choose()
        self.check()
        first = self.query_one("#min" if own else "#name", Input)
        first.focus()
        first.select_all()

    # -- edits and checks ------------------------------------------------------------------------------------------

    @on(Input.Changed, "#form Input")
    @on(Tiles.Changed)
    def _edited(self, event: Input.Changed | Tiles.Changed) -> None:
        """A field tells of its first value too, which nobody has set."""
        name = str(event.control.id)
        if self.seen.get(name, "") != event.value:
            self.seen[name] = event.value
            self.own.add(name)
            self._refused = {}
            self.check()

    @on(events.Resize)
    @on(events.DescendantFocus)
    def _moved(self) -> None:
        self._say()

    def check(self) -> None:
        form = values_of(self.fields)
        spec, faults = read_form(form)
        snapshot = self.deck.snapshot
        if spec.project:
            self.ask(namespace_of(spec, snapshot))
            faults = (*faults, *check_against(spec, snapshot, self.around))
        errors: dict[str, str] = {}
        for fault in faults:
            errors.setdefault(field_at(fault.field), str(fault))
        if form.ngc == TOKEN and not self.query_one(f"#{TOKEN_FIELD}", Input).value.strip():
            errors[TOKEN_FIELD] = "ngc: type the API key, or name a Secret that holds one"
        self._spec, self._errors = spec, errors
        self._place(form, spec)
        told = {name: text for name, text in errors.items() if self._tried or getattr(form, name, "").strip()}
        for line in self.lines:
            line.show_errors(self._refused | told)
        self.query_one(Fold).count(len(changed_advanced(form)))
        self._say()

    def _place(self, form: LaunchForm, spec: LaunchSpec) -> None:
        """Only the lines that are needed; what this cluster or this way does not offer is there, disabled."""
        needed = shown_lines(form)
        for line in self.lines:
            if line.id is not None:
                line.display = needed[line.id]
        reasons = self._reasons(form, spec)
        name_field = self.fields["name"]
        if isinstance(name_field, Input):
            name_field.placeholder = "from the model" if form.name else spec.name or "from the model"
        for line in self.lines:
            line.offer(reasons)

    def _reasons(self, form: LaunchForm, spec: LaunchSpec) -> Mapping[str, str]:
        status = self.deck.snapshot.sources.get("runai")
        has_rest = status is not None and status.state in (SourceState.LIVE, SourceState.STALE)
        told = offered(self.around, has_rest)
        standing = LaunchForm()
        reasons = {name: told.get(path, "") for name, path in PATHS.items()}
        if spec.scheduler == "kubernetes":
            reasons |= dict.fromkeys(_RUNAI_ONLY, "needs the scheduler Run:ai")
        # A field that holds something stays open, so that it can be emptied.
        reasons = {name: why for name, why in reasons.items() if why and getattr(form, name) == getattr(standing, name)}
        if self._request.edits is not None:
            reasons |= dict.fromkeys(_FIXED, " ") | {"name": "name, project and scheduler stay: clone it for others"}
        return reasons

    def _say(self) -> None:
        """Beside the form what it comes to and what the field is for; in few lines under it where it is narrow."""
        if self._spec is None:
            return
        focused = str(self.focused.id) if self.focused is not None else ""
        told = field_help(focused)
        narrow = self.has_class("-narrow")
        lines: list[Line] = [(Cell(told.help or NO_FIELD, Tone.DIM),)]
        seen = self._consequence(self._spec)
        if narrow:
            lines += short(seen)
        else:
            if told.why:
                lines.append((Cell(told.why, Tone.DIM),))
            lines = [*panel(seen), (Cell(" "),), (Cell("THIS FIELD", Tone.TITLE),), *lines, (Cell(" "),), self._next()]
        self.query_one("#consequence", Lines).set_lines(lines)

    def _consequence(self, spec: LaunchSpec) -> Consequence:
        snapshot = self.deck.snapshot
        around = choices.with_typed_secret(self.around, values_of(self.fields))
        found = None if set(self._errors) - {"name", TOKEN_FIELD} else fit(spec, snapshot, around)
        standing = ""
        if self._request.edits is None and spec.name:
            standing = standing_words(spec, namespace_of(spec, snapshot), snapshot)
        return Consequence(spec, found, snapshot, standing)

    def _next(self) -> Line:
        if not self._errors:
            key = key_label(self.deck.keys_of("launch.review")[0])
            return (Cell(f"{key} reviews it; nothing is launched before that", Tone.ACCENT),)
        missing = ", ".join(dict.fromkeys(self._errors))
        key = key_label(self.deck.keys_of("launch.load")[0])
        return (Cell(f"To be filled in or mended: {missing}", Tone.DIM), Cell(f"{key} profiles", Tone.ACCENT))

    def focus_body(self) -> None:
        self.query_one("#name").focus()

    # -- actions ---------------------------------------------------------------------------------------------------

    def do_launch_review(self) -> None:
        """Review what the form asks for, or go to the first field that is wrong."""
        self._tried = True
        self.check()
        if self._errors or self._spec is None:
            self._go_to(next(iter(self._errors), "name"))
            return
        token = self.query_one(f"#{TOKEN_FIELD}", Input).value.strip()
        is_typed = values_of(self.fields).ngc == TOKEN
        draft = Draft(
            self._spec,
            namespace_of(self._spec, self.deck.snapshot),
            Secret(token) if is_typed else None,
            self._request.edits,
        )
        verdict = self._consequence(self._spec)
        self.app.push_screen(LaunchReviewScreen(draft, verdict, self._refuse, self._launched))

    def _refuse(self, errors: Mapping[str, str]) -> None:
        """The server's word on the fields, shown when the review is left."""
        self._refused = dict(errors)
        self.check()
        if errors:
            self._go_to(next(iter(errors)))

    def _launched(self) -> None:
        """It is on its way: the key that was typed is not kept, and the next launch begins anew."""
        self.query_one(f"#{TOKEN_FIELD}", Input).value = ""
        self._request = LaunchRequest()
        self.forget_around()

    def _go_to(self, name: str) -> None:
        if name in ADVANCED:
            self.query_one(Fold).turn(opened=True)
        self.query_one(f"#{name}").focus()

    def do_launch_load(self) -> None:
        """Choose from the library."""
        self._load("")

    def _load(self, words: str) -> None:
        def took(spec: LaunchSpec | None) -> None:
            if spec is not None:
                self._request = LaunchRequest()
                self.fill_in(form_of(spec))

        self.app.push_screen(LibraryScreen(words), took)

    def do_launch_save(self) -> None:
        """Keep the spec as a profile or a file. There is no secret in it."""
        self.check()
        if self._spec is None or set(self._errors) - {TOKEN_FIELD}:
            self._tried = True
            self.check()
            self._go_to(next(iter(self._errors), "name"))
            return
        self.app.push_screen(SaveScreen(self._spec))

    def do_launch_compute(self) -> None:
        """Keep the form's GPUs and CPU at Run:ai, where portals and other forms find them."""
        feed = self.deck.feed
        self.check()
        if feed is None or feed.control_plane is None:
            self.notify(NO_CONTROL_PLANE, severity="warning", timeout=5)
        elif wrong := next((name for name in self._errors if name in COMPUTE_FIELDS), None):
            self._go_to(wrong)
        elif self._spec is not None:
            self.app.push_screen(ChangeReview(compute_review(feed, self._spec)))

    def do_launch_advanced(self) -> None:
        """Open or close what most launches never need."""
        self.query_one(Fold).toggle()
