"""Writing a run's points to files of their own, in the shapes that people open: CSV, JSON, Markdown, a picture."""

from datetime import datetime
from pathlib import Path

from tui.bench.results.exports.write import export
from tui.bench.results.head import RunError
from tui.bench.results.reader import Run, read_run
from tui.screens.clipboard import state_folder

_FORMS = ("csv", "json", "markdown", "svg")
_NOTHING = "No point is finished yet: there is nothing to export"


def export_folder(folder: Path, now: float) -> str:
    """Write the run that lies, or is being written, in ``folder``; what was done."""
    try:
        return export_run(read_run(folder), now)
    except RunError:
        return _NOTHING


def export_run(run: Run, now: float) -> str:
    """Write ``nimdeck-points-DATE/`` where nimdeck was started, or else in its state folder; what was done."""
    if not run.points:
        return _NOTHING
    name = f"nimdeck-points-{datetime.fromtimestamp(now).astimezone():%Y%m%d-%H%M%S}"
    trouble = ""
    for folder in (Path.cwd(), state_folder()):
        try:
            (folder / name).mkdir(parents=True, exist_ok=True)
            for form in _FORMS:
                export(run, form, folder / name)
        except (OSError, RunError) as error:
            trouble = f"{folder}: {error.strerror}" if isinstance(error, OSError) else str(error)
            continue
        return f"Wrote {len(run.points)} points to {folder / name}: {', '.join(_FORMS)}"
    return f"Nothing written: {trouble}"
