"""What a launch would do, to be read before it is done. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tui.launch.plan import not_ours
from tui.model.manifest import Change, Manifest
from tui.present.launch_fit import Consequence, Line, short
from widgets.rows import Cell, Tone


class Checked(StrEnum):
    """Who has looked at the objects."""

    SERVER = "server"
    CLIENT = "client"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Prepared:
    """``trouble`` is why it can't be done as it stands, ``""`` where it can; ``faults`` the same by the form's fields.
    ``text`` are all objects as YAML, ``difference`` what changes."""

    manifests: tuple[Manifest, ...]
    changes: tuple[Change, ...]
    kept: tuple[Manifest, ...]
    text: str
    difference: str
    checked: Checked
    trouble: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)

    @property
    def can_be_done(self) -> bool:
        return not self.trouble and self.checked is Checked.SERVER and bool(self.changes)

    @property
    def foreign(self) -> tuple[Change, ...]:
        """What would alter objects that nimdeck did not make, and must be asked."""
        return not_ours(self.changes)


def review_lines(prepared: Prepared | None, seen: Consequence) -> list[Line]:
    """The verdict in a few lines: what is done, the dry run, the fit."""
    if prepared is None:
        return [(Cell("DRY RUN", Tone.TITLE), Cell("comparing with what exists and asking the server …", Tone.DIM))]
    return [_doing(prepared), _dry_run(prepared), *short(seen)]


def button_words(prepared: Prepared | None, name: str) -> str:
    """What enter does."""
    if prepared is None:
        return "one moment"
    if prepared.trouble:
        return "esc goes back to the form: mend it there"
    if prepared.checked is Checked.CLIENT:
        return "read-only: nothing can be launched from here"
    if not prepared.changes:
        return "nothing to do"
    if prepared.foreign:
        return f"change what nimdeck did not make: {prepared.foreign[0].key} (asks once more)"
    made = sum(change.verb == "create" for change in prepared.changes)
    verb = "launch" if made == len(prepared.changes) else "change"
    return f"{verb} {name}"


def _doing(prepared: Prepared) -> Line:
    words = [Cell(change.title, Tone.WARN if change.owned is False else Tone.STRONG) for change in prepared.changes]
    if not words and not prepared.trouble:
        words = [Cell("everything is there already as the form says; nothing would be changed", Tone.DIM)]
    there = [Cell(f"{manifest} is there and is used", Tone.DIM) for manifest in prepared.kept if prepared.changes]
    return (Cell("CHANGES", Tone.TITLE), *words, *there)


def _dry_run(prepared: Prepared) -> Line:
    head = Cell("DRY RUN", Tone.TITLE)
    if prepared.trouble:
        return (head, Cell(prepared.trouble, Tone.BAD))
    if prepared.checked is Checked.CLIENT:
        return (head, Cell("read-only: checked by nimdeck alone, the server was not asked", Tone.WARN))
    if not prepared.changes:
        return (head, Cell("not needed", Tone.DIM))
    return (head, Cell("the server takes it, every field known", Tone.GOOD))
