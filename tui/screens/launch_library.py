"""The library of launch specs: choose one, by typing or with the arrows, or a file; and keep the form's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from config.profiles import Profile, profiles, save_profile
from tui.launch.profile_specs import specs_of
from tui.launch.spec_file import SpecError, dump_spec, load_spec, save_spec
from tui.model.launch_spec import LaunchSpec
from widgets.form_pick import Matches, Option, Pick

_BOX = """
    {name} {{ align: center middle; background: $background 60%; }}
    {name} > Vertical {{ width: 90%; max-width: 100; height: auto; max-height: 90%; padding: 0 1; background: $surface;
        border: round $primary; border-title-color: $text-primary; }}
    {name} Input {{ background: $panel; }}
    {name} .hint {{ height: auto; color: $text-muted; }}
    {name} .problem {{ height: auto; color: $text-error; display: none; }}
"""
_SHOWN = 10
_FILE_ENDS = (".yaml", ".yml", ".toml")


def _library() -> Iterator[tuple[str, str, LaunchSpec]]:
    """Name, note and spec of all that can be read; a pair has two entries."""
    for profile in profiles():
        yield from _entries(profile)


def _entries(profile: Profile) -> Iterator[tuple[str, str, LaunchSpec]]:
    try:
        specs = specs_of(profile)
    except SpecError:
        return
    for place, spec in enumerate(specs, 1):
        of = f" ({place} of {len(specs)}: {spec.name})" if len(specs) > 1 else ""
        own = "yours: " if profile.is_own else ""
        yield f"{profile.name}{f' {place}' if of else ''}", f"{own}{profile.title}{of}", spec


class LibraryScreen(ModalScreen[LaunchSpec | None]):
    """Ends with the spec that was chosen, or ``None``."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Close", show=False)]
    DEFAULT_CSS = _BOX.format(name="LibraryScreen")

    def __init__(self, words: str = "") -> None:
        super().__init__()
        self._words = words
        self._entries = tuple(_library())

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = " profiles "
            yield Pick("", "type to filter, or the path of a spec file", "profile")
            yield Matches()
            yield Static("", classes="problem", markup=False)
            yield Static("enter takes it, the first if none is chosen; esc leaves the form as it is", classes="hint")

    def on_mount(self) -> None:
        pick = self.query_one(Pick)
        self.query_one(Matches).most = _SHOWN
        pick.set_options([Option(name, note) for name, note, _ in self._entries])
        pick.focus()
        if self._words:
            pick.insert_text_at_cursor(self._words)

    @on(Pick.Offered)
    def _offered(self, event: Pick.Offered) -> None:
        self.query_one(Matches).show(event.options, event.at)

    @on(Input.Submitted)
    def _taken(self) -> None:
        pick = self.query_one(Pick)
        text = pick.value.strip()
        found = next((spec for name, _, spec in self._entries if name == text), None)
        if found is not None:
            self.dismiss(found)
        elif "/" in text or text.endswith(_FILE_ENDS):
            self._load(Path(text).expanduser())
        elif matches := pick.matches():
            self.dismiss(next(spec for name, _, spec in self._entries if name == matches[0].value))
        else:
            _problem(self, f"no profile {text!r}; a file is given with its path, such as ./llama.yaml")

    def _load(self, path: Path) -> None:
        try:
            self.dismiss(load_spec(path))
        except SpecError as error:
            _problem(self, "\n".join(error.lines[:6]))


class SaveScreen(ModalScreen[None]):
    """Writes the spec: a name makes a profile of the operator's own, a path a file."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Close", show=False)]
    DEFAULT_CSS = _BOX.format(name="SaveScreen")

    def __init__(self, spec: LaunchSpec) -> None:
        super().__init__()
        self._spec = spec

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = " save "
            yield Input(self._spec.name, id="target", compact=True)
            yield Static("", classes="problem", markup=False)
            yield Static(
                "a name keeps it as a profile; a path such as ./llama.yaml writes a file for nimdeck launch",
                classes="hint",
            )

    @on(Input.Submitted)
    def _save(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        try:
            if "/" in text or text.endswith(_FILE_ENDS):
                path = Path(text).expanduser()
                if path.exists():
                    _problem(self, f"{path} is there already; give another name")
                    return
                save_spec(self._spec, path)
            else:
                path = save_profile(text, f"{self._spec.model or self._spec.image}", dump_spec(self._spec))
        except (OSError, ValueError) as error:
            said = error.strerror or "can't be written" if isinstance(error, OSError) else str(error)
            _problem(self, f"{text}: {said}" if isinstance(error, OSError) else said)
            return
        self.app.notify(f"Saved as {path}", timeout=5)
        self.dismiss(None)


def _problem(screen: ModalScreen[LaunchSpec | None] | ModalScreen[None], text: str) -> None:
    place = screen.query_one(".problem", Static)
    place.update(text)
    place.display = True
