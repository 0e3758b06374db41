"""One line a point, raw figures: for spreadsheets and data frames. Nothing for what is not known.

Columns are the fields of ``nimdeck.points/1``, nested ones joined by ``_``; ``mark`` says ``INVALID`` first.
"""

import csv
import io
from dataclasses import fields, is_dataclass

import msgspec

from tui.bench.figures import ClientMeter, Distribution, PointResult
from tui.bench.results.reader import Run
from tui.bench.results.words import INVALID


def text(run: Run) -> str:
    """The file."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["mark", *_names()])
    for point in run.points:
        writer.writerow(["" if point.valid else INVALID, *map(_cell, _flat(point))])
    return file.getvalue()


def _names() -> list[str]:
    empty = Distribution()
    nested: dict[str, Distribution | ClientMeter] = {"client": ClientMeter()}
    nested |= {"ttft_ms": empty, "itl_ms": empty, "e2e_ms": empty, "gap_ms": empty}
    names = []
    for field in fields(PointResult):
        inner = nested.get(field.name)
        names += [field.name] if inner is None else [f"{field.name}_{part.name}" for part in fields(inner)]
    return names


def _flat(point: PointResult) -> list[object]:
    values: list[object] = []
    for field in fields(point):
        value = getattr(point, field.name)
        values += [getattr(value, part.name) for part in fields(value)] if is_dataclass(value) else [value]
    return values


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
