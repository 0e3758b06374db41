"""A document as text: JSON over several lines, JSON on one line, CSV."""

import csv
import io
from dataclasses import fields

import msgspec

from tui.present.documents.document import ITEMS, Document


def json_text(document: Document) -> str:
    """The document over several lines, two spaces a level."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def json_line(document: Document) -> str:
    """The document on one line."""
    return msgspec.json.encode(document).decode() + "\n"


def csv_text(document: Document) -> str:
    """A header and one line an item; lists as JSON, unknown as nothing between the commas."""
    kind = document.schema.removeprefix("nimdeck.").split("/")[0]
    names = [field.name for field in fields(ITEMS[kind])]
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
