"""Documents as JSON and CSV, written as UTF-8 whatever the locale."""

import csv
import io
import sys
from dataclasses import fields

import msgspec

from tui.present.documents import KINDS, Document


def write(text: str) -> None:
    """Write to standard output at once, so that a reader at the other end of a pipe has it."""
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def to_json(document: Document) -> str:
    """The document over several lines, two spaces a level."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def to_json_line(document: Document) -> str:
    """The document on one line."""
    return msgspec.json.encode(document).decode() + "\n"


def to_csv(kind: str, document: Document) -> str:
    """A header and one line an item; lists as JSON, unknown as nothing between the commas."""
    names = [field.name for field in fields(KINDS[kind].item)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for item in document.items:
        writer.writerow([_cell(getattr(item, name)) for name in names])
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
