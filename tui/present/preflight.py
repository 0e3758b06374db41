"""The preflight as lines of a list: sections with their tally, a check a line with mark and word. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from tui.model.check import Check, CheckState, ScreenFix, SettingFix
from tui.present import format as fmt
from tui.present.filter import FieldValue, Subject
from tui.present.sort import ordered
from widgets.rows import Cell, Column, Row, SortKey, Tone

MARKS: Mapping[CheckState, str] = {
    CheckState.PASS: "✓",
    CheckState.WARN: "!",
    CheckState.FAIL: "✗",
    CheckState.UNKNOWN: "?",
}
TONES: Mapping[CheckState, Tone] = {
    CheckState.PASS: Tone.GOOD,
    CheckState.WARN: Tone.WARN,
    CheckState.FAIL: Tone.BAD,
    CheckState.UNKNOWN: Tone.ACCENT,
}
WORST_FIRST = (CheckState.FAIL, CheckState.WARN, CheckState.UNKNOWN, CheckState.PASS)

_STATE = Column("state", "STATE", 9, sort_letter="s")
_CHECK = Column("check", "CHECK", 28, sort_letter="c", flexible=True, max_width=46)
_SECTION = Column("section", "SECTION", 19, sort_letter="o", priority=2)
_EVIDENCE = Column("evidence", "EVIDENCE", 34, sort_letter="e", flexible=True, priority=1)
COLUMNS = (_STATE, _CHECK, _EVIDENCE)
FLAT_COLUMNS = (_STATE, _CHECK, _SECTION, _EVIDENCE)  # where no section stands over the checks
FIELDS = frozenset({"check", "state", "section", "title", "evidence", "guide"})

_FOLDS = ("▾", "▸")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line: a section with its checks, or (``check``) one of them."""

    section: str
    checks: tuple[Check, ...]
    check: Check | None = None

    @property
    def key(self) -> str:
        """Of its row: the check's id, or the section's name, which no id is."""
        return self.section if self.check is None else self.check.id


def tally_line(states: Iterable[CheckState]) -> str:
    """``31 pass, 2 warn, 1 fail, 3 unknown``."""
    counts = Counter(states)
    return ", ".join(f"{counts[state]} {state}" for state in CheckState)


def is_grouped(sort: Sequence[SortKey]) -> bool:
    """Whether checks stand under their sections: they do in the guide's order and where sections are sorted."""
    return not sort or sort[0].column == "section"


def in_order(checks: Sequence[Check], sort: Sequence[SortKey]) -> list[Check]:
    """The checks as they are asked for; without a sort in the guide's order."""
    places = {section: place for place, section in enumerate(dict.fromkeys(one.section for one in checks))}
    return ordered(checks, tuple(sort), lambda one, column: _value(one, column, places))


def _value(check: Check, column: str, places: Mapping[str, int]) -> FieldValue:
    if column == "state":
        return float(WORST_FIRST.index(check.state))
    if column == "section":
        return float(places[check.section])
    return check.title if column == "check" else check.evidence


def entries(checks: Sequence[Check], folded: Collection[str], *, passes: bool, grouped: bool) -> list[Entry]:
    """The lines for checks that are in order. ``folded``: sections that are closed; ``passes``: what passes is shown
    too."""
    if not grouped:
        return [Entry(one.section, (one,), one) for one in checks if passes or one.state != CheckState.PASS]
    lines = []
    for section, group in groupby(checks, lambda one: one.section):
        within = tuple(group)
        lines.append(Entry(section, within))
        if section not in folded:
            shown = [one for one in within if passes or one.state != CheckState.PASS]
            lines += [Entry(section, (one,), one) for one in shown]
    return lines


def checks_of(lines: Iterable[Entry]) -> list[Check]:
    """Each check of these lines once, those of closed sections too."""
    return list({check.id: check for line in lines for check in line.checks}.values())


def entry_row(entry: Entry, *, grouped: bool, closed: bool, dim: bool) -> Row:
    """The line, with its cells in the order of ``COLUMNS``, or of ``FLAT_COLUMNS`` where it is not ``grouped``."""
    cells = _section_cells(entry, closed) if entry.check is None else _check_cells(entry.check, grouped)
    if dim:
        cells = tuple(Cell(cell.text, Tone.DIM) for cell in cells)
    return Row(entry.key, cells)


def _section_cells(entry: Entry, closed: bool) -> tuple[Cell, ...]:
    counts = Counter(one.state for one in entry.checks)
    worst = next(state for state in WORST_FIRST if counts[state])
    told = ", ".join(f"{counts[state]} {state}" for state in WORST_FIRST if counts[state])
    return Cell(_FOLDS[closed], Tone.DIM), Cell(entry.section, Tone.TITLE), Cell(told, TONES[worst])


def _check_cells(check: Check, grouped: bool) -> tuple[Cell, ...]:
    quiet = check.state == CheckState.PASS
    between = () if grouped else (Cell(check.section, Tone.DIM),)
    return (
        Cell(f"{MARKS[check.state]} {check.state}", TONES[check.state]),
        Cell(check.title, Tone.NORMAL if quiet else Tone.STRONG),
        *between,
        Cell(check.evidence, Tone.DIM if quiet else Tone.NORMAL),
    )


def totals(
    checks: Sequence[Check], age_seconds: float | None, *, looking: bool, set_key: str, hint: str
) -> tuple[Cell, ...]:
    """How many checks are in which state, how old that is, and what the keys do; ``set_key`` sets all that can be."""
    if not checks:
        return ()
    counts = Counter(one.state for one in checks)
    told = [Cell(f"{MARKS[s]} {counts[s]} {s}", TONES[s]) for s in WORST_FIRST if counts[s]]
    settable = sum(isinstance(one.fix, SettingFix) for one in checks)
    if settable:
        told.append(Cell(f"{set_key} sets {settable}"))
    since = "looking again" if looking else f"read {fmt.age(age_seconds)} ago"
    return Cell(f"{len(checks)} checks", Tone.TITLE), *told, Cell(since, Tone.DIM), Cell(hint, Tone.DIM)


def fix_words(check: Check, titles: Mapping[str, str]) -> str:
    """What enter does on a check; ``titles``: those of the actions, by their ids."""
    if isinstance(check.fix, SettingFix):
        return "enter: set it, after a preview"
    if isinstance(check.fix, ScreenFix):
        return f"enter: {titles[check.fix.action]}"
    return "enter: copy the commands" if check.commands else ""


# -- filter -----------------------------------------------------------------------------------------------------------


def subject(check: Check) -> Subject:
    """What a filter sees of a check."""
    return Subject(lambda: _text(check), lambda name: _field(check, name))


def _text(check: Check) -> str:
    return " ".join((check.id, check.section, check.title, str(check.state), check.evidence, check.remedy))


def _field(check: Check, name: str) -> FieldValue:
    values: dict[str, FieldValue] = {
        "check": check.id,
        "state": str(check.state),
        "section": check.section,
        "title": check.title,
        "evidence": check.evidence,
        "guide": check.guide,
    }
    return values.get(name)
