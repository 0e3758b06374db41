"""``runs list|show|compare|export``: what was measured, read back from run directories. Scale plans are only listed."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.cli.exits import BAD_INPUT, DONE, ExitError, complain

if TYPE_CHECKING:
    from tui.bench.results.reader import Run

FORMATS = ("genai-perf", "aiperf", "csv", "markdown", "json", "svg")


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add ``runs`` and its parts to the grammar."""
    runs = commands.add_parser("runs", help="Read benchmark runs: list, show, compare, export")
    parts = runs.add_subparsers(dest="part", metavar="COMMAND", required=True)
    listing = parts.add_parser("list", help="The runs and scale plans in a folder, newest first")
    listing.add_argument("folder", type=Path, nargs="?", default=Path(), metavar="DIR", help="Where runs lie (here)")
    listing.set_defaults(run=run_list)
    show = parts.add_parser("show", help="The points and the verdict of a run")
    show.add_argument("folder", type=Path, metavar="DIR", help="As given to bench with -O")
    show.set_defaults(run=run_show)
    compare = parts.add_parser("compare", help="Two runs, load by load")
    compare.add_argument("a", type=Path, metavar="A", help="The run to compare with")
    compare.add_argument("b", type=Path, metavar="B", help="The run that is compared")
    compare.set_defaults(run=run_compare)
    for part in (listing, show, compare):
        part.add_argument(
            "-o", "--output", choices=("table", "json"), default="table", help="table, or json: a contract"
        )
    export = parts.add_parser("export", help="A run in the shape of another tool, or as a table or chart")
    export.add_argument("folder", type=Path, metavar="DIR", help="As given to bench with -O")
    export.add_argument("--format", choices=FORMATS, required=True, help="What to write")
    export.add_argument("-O", dest="path", type=Path, required=True, metavar="PATH", help="A new file, or a folder")
    export.set_defaults(run=run_export)


def run_list(arguments: argparse.Namespace) -> int:
    """All runs and plans in a folder; a broken one is named on standard error."""
    folder: Path = arguments.folder
    if not folder.is_dir():
        raise ExitError(BAD_INPUT, f"{folder} is no folder; name the one that runs lie in")
    from tui.bench.results.reader import list_runs
    from tui.cli import runs_listed
    from tui.cli.output import write
    from tui.plans.folder import list_plans

    refused: list[str] = []
    runs, plans = list_runs(folder, refused), list_plans(folder, refused)
    for line in refused:
        complain(line)
    if not runs and not plans and arguments.output == "table":
        complain(f"no runs in {folder}")
        return DONE
    shown = runs_listed.listing_json if arguments.output == "json" else runs_listed.listing
    write(shown(runs, plans))
    return DONE


def run_show(arguments: argparse.Namespace) -> int:
    """One run: a ``nimdeck.points/1`` document, or tables and the verdict in a sentence."""
    run = _read(arguments.folder)
    from tui.bench.results.exports.json import text
    from tui.cli import runs_shown
    from tui.cli.output import write

    write(text(run) if arguments.output == "json" else runs_shown.points(run))
    return DONE


def run_compare(arguments: argparse.Namespace) -> int:
    """Differences load by load, with whether the intervals of mean TTFT overlap."""
    a, b = _read(arguments.a), _read(arguments.b)
    from tui.cli import runs_shown
    from tui.cli.output import write

    write(runs_shown.comparison_json(a, b) if arguments.output == "json" else runs_shown.comparison(a, b))
    return DONE


def run_export(arguments: argparse.Namespace) -> int:
    """Write the files and print their paths, one a line."""
    run = _read(arguments.folder)
    from tui.bench.results.exports.write import export
    from tui.bench.results.rundir import RunError
    from tui.cli.output import write

    try:
        files = export(run, arguments.format, arguments.path)
    except RunError as error:
        raise ExitError(BAD_INPUT, str(error)) from None
    invalid = sum(not point.valid for point in run.points)
    if invalid:
        complain(f"{invalid} of {len(run.points)} points are INVALID (client too slow); they are marked")
    write("".join(f"{file}\n" for file in files))
    return DONE


def _read(folder: Path) -> "Run":
    from tui.bench.results.reader import read_run
    from tui.bench.results.rundir import RunError

    try:
        run = read_run(folder)
    except RunError as error:
        mend = "; it is a scale plan: nimdeck report reads it" if (folder / "plan.json").is_file() else ""
        raise ExitError(BAD_INPUT, f"{error}{mend}") from None
    if run.damage:
        complain(f"{folder}: {run.damage}; the rest is whole")
    return run
