"""A report as one HTML file: tables and inline SVG charts, for a screen (light or dark) and for paper.

No script, and nothing is loaded from anywhere.
"""

from collections.abc import Iterator
from html import escape

from tui.plans.report_chart import chart
from tui.plans.report_page import page_of
from tui.plans.report_ramp import RampReport
from tui.plans.report_ramp_chart import ramp_chart
from tui.plans.report_section import Grid, Page, Section
from tui.plans.report_values import Figure, Report

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2329; --soft: #5a646e; --line: #d5dae0; --page: #ffffff; --head: #f2f4f7;
  --warn: #a33a0c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --soft: #a4adb7; --line: #3a424b; --page: #14181c;
  --head: #1f252b; --warn: #ff9c6b; } }
@media print { :root { --ink: #000; --soft: #444; --line: #bbb; --page: #fff; --head: #eee; --warn: #8a2c00; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 84rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; padding-top: .8rem; border-top: 1px solid var(--line); }
.banner { color: var(--warn); border: 2px solid var(--warn); border-radius: .4rem; padding: .5rem .8rem;
  font-weight: 600; }
ul { margin: .4rem 0 .8rem; padding-left: 1.2rem; }
figure { margin: .8rem 0; } figure svg { display: block; width: 100%; max-width: 54rem; height: auto; }
svg text { fill: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .82rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .55rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { background: var(--head); font-weight: 600; white-space: nowrap; }
.n { text-align: right; } td.n { white-space: nowrap; } td.long { white-space: normal; min-width: 5rem; }
td.warn { color: var(--warn); }
@media print { body { padding: 0; max-width: none; font-size: 9pt; } .wide { overflow: visible; }
  table { font-size: 6.5pt; } th { white-space: normal; } th, td { padding: .15rem .3rem; }
  h2 { break-after: avoid; } figure, tr { break-inside: avoid; } @page { size: A4 landscape; margin: 12mm; } }
"""
_WARNINGS = ("INVALID", "failed", "interrupted", "placement")
_LONG = 24  # characters; a longer figure may take several lines


def html(report: Report) -> str:
    """The file."""
    return "\n".join(_parts(page_of(report))) + "\n"


def _parts(page: Page) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(page.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
    yield f"<h1>{escape(page.title)}</h1>"
    if page.banner:
        yield f'<p class="banner">{escape(page.banner)}</p>'
    for section in page.sections:
        yield from _section(section)
    yield "</body>\n</html>"


def _section(section: Section) -> Iterator[str]:
    yield f"<section>\n<h2>{escape(section.title)}</h2>"
    if section.lines:
        yield f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in section.lines)}</ul>"
    if section.chart is not None and (drawn := _chart(section.chart)):
        yield f"<figure>{drawn}</figure>"
    if section.grid is not None:
        yield _table(section.grid) if section.grid.rows else "<p>Nothing was measured for this.</p>"
    yield "</section>"


def _chart(drawn: Figure | RampReport) -> str:
    return ramp_chart(drawn) if isinstance(drawn, RampReport) else chart(drawn)


def _table(grid: Grid) -> str:
    last = len(grid.headers) - 1
    figures = [grid.words <= place < last for place in range(last + 1)]
    head = "".join(
        f'<th scope="col"{" class=n" if right else ""}>{escape(name)}</th>'
        for name, right in zip(grid.headers, figures, strict=True)
    )
    rows = "\n".join(
        f"<tr>{''.join(_cell(value, right) for value, right in zip(row, figures, strict=True))}</tr>"
        for row in grid.rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>'


def _cell(value: str, right: bool) -> str:
    classes = ["n"] if right else []
    classes += ["long"] if right and len(value) > _LONG else []
    classes += ["warn"] if any(word in value for word in _WARNINGS) else []
    name = f' class="{" ".join(classes)}"' if classes else ""
    return f"<td{name}>{escape(value)}</td>"
