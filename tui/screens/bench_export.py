"""Writing the points of a run to a file of its own: the same document as the headless command prints."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from tui.bench.figures import PointResult, Verdict
from tui.bench.results.document import document_json, points_document
from tui.screens.clipboard import state_folder


def export_points(points: Sequence[PointResult], verdict: Verdict | None, url: str, now: float) -> str:
    """Write ``nimdeck-points-DATE.json`` where nimdeck was started, or else to its state folder; what was done."""
    if not points:
        return "No point is finished yet: there is nothing to export"
    text = document_json(points_document(points, verdict, url, now))
    name = f"nimdeck-points-{datetime.fromtimestamp(now).astimezone():%Y%m%d-%H%M%S}.json"
    trouble = ""
    for folder in (Path.cwd(), state_folder()):
        try:
            (folder / name).write_text(text, encoding="utf-8")
        except OSError as error:
            trouble = f"{folder}: {error.strerror}"
            continue
        return f"Wrote {len(points)} points to {folder / name}"
    return f"Nothing written: {trouble}; start nimdeck in a folder you may write to"
