"""Writes a run to files in one of the export formats. Nothing that is there already is written over."""

from collections.abc import Callable
from pathlib import Path

from tui.bench.results.exports import aiperf, csv, genai_perf, json, markdown, svg
from tui.bench.results.files import replace_file
from tui.bench.results.head import RunError
from tui.bench.results.reader import Run

_ONE_FILE: dict[str, tuple[str, Callable[[Run], str]]] = {
    "csv": ("points.csv", csv.text),
    "markdown": ("points.md", markdown.text),
    "json": ("points.json", json.text),
    "svg": ("points.svg", svg.text),
}
_FOLDER: dict[str, Callable[[Run], dict[str, str]]] = {"genai-perf": genai_perf.files, "aiperf": aiperf.files}
_NEED_POINTS = ("genai-perf", "aiperf", "svg")


def export(run: Run, form: str, path: Path) -> list[Path]:
    """Write ``run`` and tell the files. ``RunError`` in one line if that can't be done; then nothing new is there.

    ``csv``, ``markdown``, ``json`` and ``svg`` make the file ``path``, or one inside it where it is a folder;
    ``genai-perf`` and ``aiperf`` fill the folder ``path``.
    """
    if not run.points and form in _NEED_POINTS:
        raise RunError(f"{run.path} has no finished point, so there is nothing to write as {form}")
    wanted = _contents(run, form, path)
    for target in wanted:
        if target.exists():
            raise RunError(f"{target} exists; name a new place with -O, or remove it first")
    written: list[Path] = []
    try:
        for target, content in wanted.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            replace_file(target, content.encode())
            written.append(target)
    except OSError as error:
        for target in written:
            target.unlink(missing_ok=True)
        raise RunError(
            f"{error.filename or path}: {error.strerror}; name a place that can be written with -O"
        ) from None
    return written


def _contents(run: Run, form: str, path: Path) -> dict[Path, str]:
    if form in _FOLDER:
        if path.exists() and not path.is_dir():
            raise RunError(f"{path} is a file; {form} fills a folder: name one with -O")
        return {path / name: text for name, text in _FOLDER[form](run).items()}
    name, text = _ONE_FILE[form]
    return {path / name if path.is_dir() else path: text(run)}
