"""What an exporter offers at one moment, and its text. A sheet is a table: a row a label set, a column a family."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tui.demo.prom.numbers import api_number

Kind = Literal["gauge", "counter", "histogram", "untyped"]


@dataclass(frozen=True, slots=True)
class Family:
    """Samples of one name. ``group`` names the histogram whose ``_bucket``, ``_count`` or ``_sum`` this is."""

    name: str
    help: str
    kind: Kind = "gauge"
    group: str = ""

    @property
    def declared(self) -> str:
        return self.group or self.name


class Row:
    """Labels of one thing, shared by all columns. Keep the object between scrapes: by it the scraper knows it again.

    ``node`` is whose per-node exporter reports it, empty for exporters of the whole cluster.
    """

    __slots__ = ("_text", "labels", "node")

    def __init__(self, labels: dict[str, str], node: str = "") -> None:
        self.labels = labels
        self.node = node
        self._text: str | None = None

    @property
    def text(self) -> str:
        """Labels as exposition prints them; made when first asked for."""
        if self._text is None:
            pairs = (f'{name}="{_escaped(value)}"' for name, value in self.labels.items())
            self._text = "{" + ",".join(pairs) + "}" if self.labels else ""
        return self._text


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


@dataclass(frozen=True, slots=True)
class Sheet:
    """``values[i][j]`` belongs to ``rows[i]`` and ``families[j]``; None: this row has no such sample."""

    families: Sequence[Family]
    rows: Sequence[Row]
    values: Sequence[Sequence[float | None]]


def render(sheets: Iterable[Sheet], node: str | None = None) -> str:
    """Exposition text (version 0.0.4) of these sheets, of one node's rows if ``node`` is given."""
    lines: list[str] = []
    declared: set[str] = set()
    for sheet in sheets:
        chosen = [
            (row.text, values)
            for row, values in zip(sheet.rows, sheet.values, strict=True)
            if node is None or row.node == node
        ]
        for column, family in enumerate(sheet.families):
            if family.declared not in declared:
                declared.add(family.declared)
                lines += [f"# HELP {family.declared} {family.help}", f"# TYPE {family.declared} {family.kind}"]
            for text, values in chosen:
                value = values[column]
                if value is not None:
                    lines.append(f"{family.name}{text} {api_number(value)}")
    lines.append("")
    return "\n".join(lines)
