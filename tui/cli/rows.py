"""Plain rows for eyes and for programs, where an item is no more than a few named values."""

import csv
import json
import sys
from collections.abc import Sequence

from tui.cli.table import Column, lay_out, width_of

_NOT_SET = "–"


def write(names: Sequence[str], entries: Sequence[Sequence[object]], output: str, kind: str) -> None:
    """Print ``entries``, values in the order of ``names``, as table, CSV, or JSON of schema ``nimdeck.KIND/1``."""
    if output == "json":
        items = [dict(zip(names, entry, strict=True)) for entry in entries]
        print(json.dumps({"schema": f"nimdeck.{kind}/1", "items": items}, indent=2, ensure_ascii=False))
    elif output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([_csv(value) for value in entry] for entry in entries)
    else:
        columns = [Column(name.upper()) for name in names]
        print(lay_out(columns, [[_shown(value) for value in entry] for entry in entries], width_of(sys.stdout)), end="")


def _csv(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _shown(value: object) -> str:
    if value is None or value == ():
        return _NOT_SET
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value)
