"""Writing what a list shows to files: the same JSON document and CSV as the headless commands print."""

from datetime import datetime
from pathlib import Path

from tui.present.documents import Document
from tui.present.documents.formats import csv_text, json_text
from tui.screens.clipboard import state_folder


def export(document: Document, kind: str, now: float) -> str:
    """Write ``nimdeck-KIND-DATE.json`` and ``.csv`` where nimdeck was started; the result says where they lie.

    Where that folder can't be written, they go to nimdeck's own state folder.
    """
    name = f"nimdeck-{kind}-{datetime.fromtimestamp(now).astimezone():%Y%m%d-%H%M%S}"
    trouble = ""
    for folder in (Path.cwd(), state_folder()):
        try:
            (folder / f"{name}.json").write_text(json_text(document), encoding="utf-8")
            (folder / f"{name}.csv").write_text(csv_text(document), encoding="utf-8")
        except OSError as error:
            trouble = f"{folder}: {error.strerror}"
            continue
        return f"Wrote {len(document.items)} {kind} to {folder / name}.json and .csv"
    return f"Nothing written: {trouble}; start nimdeck in a folder you may write to"
