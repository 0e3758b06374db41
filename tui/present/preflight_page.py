"""A check whole: what was seen, what it rests on, what mends it, the guide's commands. Nothing of it is cut. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from tui.model.check import Check, CheckState
from tui.present.explained import Page
from tui.present.preflight import MARKS, TONES, Entry, fix_words
from widgets.rows import Cell, FlowRow, Tone

Does = tuple[Literal["mend", "copy", "go"], str]  # and the check's id or the command


def page_of(entry: Entry, checks: Sequence[Check], titles: Mapping[str, str]) -> tuple[Page, dict[str, Does]]:
    """The page of a line of the list, and what opening a row of it does. ``titles``: of the actions, by their ids."""
    if entry.check is None:
        return section_page(entry.section, [one for one in checks if one.section == entry.section])
    return check_page(entry.check, checks, titles)


def check_page(check: Check, checks: Sequence[Check], titles: Mapping[str, str]) -> tuple[Page, dict[str, Does]]:
    """One check; ``checks`` are all of them."""
    does: dict[str, Does] = {}
    by_id = {one.id: one for one in checks}
    rows = [
        FlowRow("state", (_state(check), Cell(check.section), Cell(f"[{check.id}]", Tone.DIM))),
        FlowRow("evidence", (Cell(check.evidence),), Cell("EVIDENCE", Tone.DIM)),
        *_grounds([by_id[one] for one in check.rests_on if one in by_id], does),
    ]
    if check.remedy:
        words = fix_words(check, titles)
        hint = (Cell(words, Tone.DIM),) if words else ()
        rows.append(FlowRow("remedy", (Cell(("▸ " if words else "· ") + check.remedy), *hint), _lead("REMEDY")))
        does["remedy"] = ("mend", check.id)
    rows += _commands(check.commands, does)
    if check.guide:
        rows.append(FlowRow("guide", (Cell(check.guide, Tone.DIM),), Cell("GUIDE", Tone.DIM)))
    return Page(f"Check: {check.title}", tuple(rows)), does


def section_page(section: str, checks: Sequence[Check]) -> tuple[Page, dict[str, Does]]:
    """What of a section is not right, each a step to its check."""
    bad = [one for one in checks if one.state != CheckState.PASS]
    if not bad:
        said = Cell(f"all {len(checks)} checks pass", Tone.GOOD)
        return Page(section, (FlowRow("all", (said,)),)), {}
    rows = [FlowRow(one.id, (_state(one), Cell(one.title, Tone.STRONG), Cell(one.evidence))) for one in bad]
    return Page(f"{section}: {len(bad)} of {len(checks)} not right", tuple(rows)), {o.id: ("go", o.id) for o in bad}


def _grounds(grounds: Iterable[Check], does: dict[str, Does]) -> Iterator[FlowRow]:
    for number, one in enumerate(grounds):
        lead = Cell("RESTS ON" if number == 0 else "", Tone.DIM)
        does[f"ground{number}"] = ("go", one.id)
        yield FlowRow(f"ground{number}", (_state(one), Cell(one.title)), lead)


def _commands(commands: Iterable[str], does: dict[str, Does]) -> Iterator[FlowRow]:
    for number, command in enumerate(commands):
        does[f"command{number}"] = ("copy", command)
        yield FlowRow(f"command{number}", (Cell(f"$ {command}", Tone.ACCENT),), _lead("COMMANDS", number))


def _lead(word: str, number: int = 0) -> Cell:
    return Cell(word if number == 0 else "", Tone.GOOD)


def _state(check: Check) -> Cell:
    return Cell(f"{MARKS[check.state]} {check.state}", TONES[check.state])
