"""``report``: plan folders and runs beside the guide's tables and figures, as a page, a table or a document."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.cli.exits import BAD_INPUT, DONE, ExitError, complain

if TYPE_CHECKING:
    from tui.bench.results.reader import Run
    from tui.plans.report_values import Report
    from tui.plans.values import PlanRun

FORMATS = ("markdown", "html", "csv", "json")


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add ``report`` to the grammar."""
    report = commands.add_parser("report", help="Runs and scale plans beside the guide's tables and figures")
    report.add_argument(
        "folders", type=Path, nargs="+", metavar="DIR", help="As given to bench with -O; several: compared"
    )
    report.add_argument("--format", choices=FORMATS, default="markdown", help="What to write (markdown)")
    report.add_argument(
        "-O", dest="path", type=Path, metavar="FILE", help="Where to write it; standard output otherwise"
    )
    report.add_argument("--overwrite", action="store_true", help="Replace FILE where it exists")
    report.set_defaults(run=run_report)


def run_report(arguments: argparse.Namespace) -> int:
    """Read all folders, then write once; nothing is written where one of them can't be read."""
    path: Path | None = arguments.path
    if path is not None and path.is_dir():
        raise ExitError(BAD_INPUT, f"{path} is a folder; name a file with -O")
    if path is not None and path.exists() and not arguments.overwrite:
        raise ExitError(BAD_INPUT, f"{path} exists; name another file with -O, or replace it with --overwrite")
    subjects = _read_all(arguments.folders)
    from tui.plans.report import build_report

    report = build_report(subjects)
    _write(_render(report, arguments.format), path)
    invalid = sum(not row.point.valid for side in report.sides for row in side.rows if row.point is not None)
    if invalid:
        complain(
            f"{invalid} figure{'s are' if invalid > 1 else ' is'} INVALID (client too slow) and compared with nothing"
        )
    return DONE


def _read_all(folders: Sequence[Path]) -> "list[PlanRun | Run]":
    from tui.plans.report import MOST

    if len(folders) > MOST:
        raise ExitError(BAD_INPUT, f"{len(folders)} folders are too many for one report; name {MOST} at most")
    return [_read(folder) for folder in folders]


def _read(folder: Path) -> "PlanRun | Run":
    from tui.bench.results.reader import read_run
    from tui.plans.folder import HEAD_FILE, read_plan

    whole = folder.resolve()
    try:
        if (folder / HEAD_FILE).is_file():
            plan = read_plan(whole)
            problems = "; ".join(plan.damage)
            found: PlanRun | Run = plan
        elif (folder / "run.json").is_file():
            run = read_run(whole)
            problems, found = run.damage, run
        else:
            raise ExitError(
                BAD_INPUT, f"{folder} is no plan's folder and no run: it has neither {HEAD_FILE} nor run.json"
            )
    except ValueError as error:
        raise ExitError(BAD_INPUT, str(error)) from None
    if problems:
        complain(f"{folder}: {problems}; the rest is whole")
    return found


def _render(report: "Report", form: str) -> str:
    if form == "html":
        from tui.plans.report_html import html

        return html(report)
    if form == "markdown":
        from tui.plans.report_markdown import markdown

        return markdown(report)
    from tui.plans.report_data import csv_text, json_text

    return csv_text(report) if form == "csv" else json_text(report)


def _write(text: str, path: Path | None) -> None:
    if path is None:
        from tui.cli.output import write

        write(text)
        return
    from tui.bench.results.files import replace_file

    try:
        replace_file(path, text.encode())
    except OSError as error:
        raise ExitError(BAD_INPUT, f"{path}: {error.strerror}; name a file that can be written with -O") from None
