"""The preflight for eyes: a table by sections, a summary, and the commands that would mend it as a shell script."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from tui.cli.table import Column, harmless, lay_out
from tui.model.check import Check, CheckState, SettingFix
from tui.present.documents import Document
from tui.present.documents.preflight import CheckItem

_MARKS = {CheckState.PASS: "✓", CheckState.WARN: "!", CheckState.FAIL: "✗", CheckState.UNKNOWN: "?"}
_COLUMNS = (Column(""), Column("state"), Column("check"), Column("evidence", flexible=True))
_WIDTH = 100  # a remedy is not read across wider lines


def shown(document: Document, width: int | None) -> str:
    """The checks under the titles of their sections, what mends those that are not right, and the counts."""
    items = [item for item in document.items if isinstance(item, CheckItem)]
    rows = [(_MARKS[CheckState(one.state)], one.state, one.title, one.evidence) for one in items]
    lines = lay_out(_COLUMNS, rows, width).splitlines()[1:]
    return "".join(f"{line}\n" for line in (*_grouped(items, lines, width), "", summary(items)))


def summary(items: Sequence[CheckItem]) -> str:
    """``31 pass, 2 warn, 1 fail, 3 unknown``."""
    counts = Counter(item.state for item in items)
    return ", ".join(f"{counts[state]} {state}" for state in CheckState)


def fixes(checks: Sequence[Check]) -> str:
    """A shell script: for each check that fails or warns a comment that names it, and its commands."""
    bad = [check for check in checks if check.state in (CheckState.FAIL, CheckState.WARN)]
    if not bad:
        return "# nothing to mend\n"
    return "\n".join("".join(f"{line}\n" for line in _mend(check)) for check in bad)


def _grouped(items: Sequence[CheckItem], lines: Sequence[str], width: int | None) -> Iterator[str]:
    section = None
    for item, line in zip(items, lines, strict=True):
        if item.section != section:
            if section is not None:
                yield ""
            section = item.section
            yield section
        yield line
        if item.remedy:
            yield from _wrapped(item.remedy, min(width or _WIDTH, _WIDTH))


def _wrapped(remedy: str, width: int) -> list[str]:
    return textwrap.wrap(
        harmless(remedy), width, initial_indent="   -> ", subsequent_indent="      ", break_on_hyphens=False
    )


def _mend(check: Check) -> Iterator[str]:
    """Comments hold what a cluster says: on one line each, so that none of it becomes a command."""
    yield harmless(f"# {check.state} {check.id}: {check.title}")
    yield harmless(f"#   {check.evidence}")
    yield harmless(f"#   {check.remedy}" + (f" (guide: {check.guide})" if check.guide else ""))
    if isinstance(check.fix, SettingFix):
        yield "#   or: nimdeck preflight --apply"
    yield from map(harmless, check.commands)
