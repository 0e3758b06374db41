"""A report as a page of Markdown: tables and sentences; the charts are in the HTML."""

from collections.abc import Sequence

from tui.plans.report_page import page_of
from tui.plans.report_section import Grid, Section
from tui.plans.report_values import Report


def markdown(report: Report) -> str:
    """The page."""
    page = page_of(report)
    parts = [f"# {_line(page.title)}"]
    parts += [f"**{_line(page.banner)}**"] if page.banner else []
    for section in page.sections:
        parts += _section(section)
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> list[str]:
    parts = [f"## {_line(section.title)}"]
    if section.lines:
        parts.append("\n".join(f"- {_line(line)}" for line in section.lines))
    if section.grid is not None:
        parts.append(_table(section.grid) if section.grid.rows else "Nothing was measured for this.")
    return parts


def _table(grid: Grid) -> str:
    last = len(grid.headers) - 1
    rule = ["---" if place < grid.words or place == last else "---:" for place in range(last + 1)]
    return "\n".join(f"| {' | '.join(line)} |" for line in ([*map(_cell, grid.headers)], rule, *map(_cells, grid.rows)))


def _cells(row: Sequence[str]) -> list[str]:
    return [_cell(value) for value in row]


def _cell(value: str) -> str:
    """One line, and no column more than meant."""
    return _line(value).replace("|", "\\|")


def _line(value: str) -> str:
    """What the world put into names and errors stays words: no markup, no further line."""
    return " ".join(value.split()).replace("<", "&lt;").replace("`", "'")
