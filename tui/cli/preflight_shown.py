"""The preflight for eyes: a table by sections, a summary, and the commands that would mend it as a shell script."""

import textwrap
from collections.abc import Iterator, Sequence

from tui.actions import ACTIONS
from tui.cli.table import Column, harmless, lay_out
from tui.model.check import Check, CheckState, SettingFix
from tui.present.documents import Document
from tui.present.documents.preflight import CheckItem
from tui.present.preflight import MARKS, tally_line

_COLUMNS = (Column(""), Column("state"), Column("check", flexible=True), Column("evidence", flexible=True))
_TITLES = {action.id: action.title for action in ACTIONS}
_WIDTH = 100  # a sentence is not read across wider lines


def shown(document: Document, width: int | None) -> str:
    """The checks under the titles of their sections, what mends those that are not right, and the counts."""
    items = [item for item in document.items if isinstance(item, CheckItem)]
    most = min(width or _WIDTH, _WIDTH)
    lines = [*_grouped(items, _rows(items, width), most), "", tally_line(CheckState(one.state) for one in items)]
    return "".join(f"{line}\n" for line in lines)


def fixes(checks: Sequence[Check]) -> str:
    """A shell script: for each check that fails or warns a comment that names it, and its commands."""
    bad = [check for check in checks if check.state in (CheckState.FAIL, CheckState.WARN)]
    if not bad:
        return "# nothing to mend\n"
    return "\n".join("".join(f"{line}\n" for line in _mend(check)) for check in bad)


def _rows(items: Sequence[CheckItem], width: int | None) -> list[tuple[str, bool]]:
    """A line a check, and whether its evidence is still to be told below: what is not right is never cut short."""
    below: set[int] = set()
    while True:
        cells = [
            (MARKS[CheckState(one.state)], one.state, one.title, "" if number in below else one.evidence)
            for number, one in enumerate(items)
        ]
        lines = lay_out(_COLUMNS, cells, width).splitlines()[1:]
        cut = {number for number, line in enumerate(lines) if line.endswith("…") and items[number].state != "pass"}
        if cut <= below:
            return [(line, number in below) for number, line in enumerate(lines)]
        below |= cut


def _grouped(items: Sequence[CheckItem], rows: Sequence[tuple[str, bool]], width: int) -> Iterator[str]:
    section = None
    for item, (line, is_untold) in zip(items, rows, strict=True):
        if item.section != section:
            if section is not None:
                yield ""
            section = item.section
            yield section
        yield line
        if is_untold:
            yield from _wrapped("   ", item.evidence, width)
        if item.remedy:
            yield from _wrapped("   -> ", item.remedy, width)


def _wrapped(indent: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        harmless(text), width, initial_indent=indent, subsequent_indent=" " * len(indent), break_on_hyphens=False
    )


def _mend(check: Check) -> Iterator[str]:
    """Comments hold what a cluster says: on one line each, so that none of it becomes a command."""
    yield harmless(f"# {check.state} {check.id}: {check.title}")
    yield harmless(f"#   {check.evidence}")
    yield harmless(f"#   {check.remedy}" + (f" (guide: {check.guide})" if check.guide else ""))
    if isinstance(check.fix, SettingFix):
        yield "#   or: nimdeck preflight --apply"
    elif check.fix is not None:
        yield harmless(f"#   or in nimdeck: {_TITLES[check.fix.action]} {check.fix.target}".rstrip())
    yield from map(harmless, check.commands)
