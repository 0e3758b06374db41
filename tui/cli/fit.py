"""``fit SPEC``: would it fit now, on which GPUs, and what stands in the way."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.cli.exits import BAD_INPUT, DONE, NO, NO_ANSWER, ExitError, complain

if TYPE_CHECKING:
    from tui.model.fit import Fit
    from tui.model.launch_spec import LaunchSpec
    from tui.present.documents import Document

FORMATS = ("table", "json", "csv")
_HELP = "Would a launch spec fit now: on which GPUs, how often, and what stands in the way"


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add ``fit`` to the grammar."""
    command = commands.add_parser("fit", help=_HELP, description=_HELP)
    command.add_argument("spec", type=Path, metavar="SPEC", help="A launch spec: YAML or TOML")
    command.add_argument(
        "-o", "--output", choices=FORMATS, default="table", help="for eyes, or json or csv (contracts)"
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the answer: 0 it fits, 1 it does not, 3 it can't be told."""
    spec = _spec(arguments.spec)
    from tui.cli.watching import first_snapshot, settings_of, watched
    from tui.diagnose.fit import fit
    from tui.launch.manifests import namespace_of

    settings = settings_of(arguments)
    with watched(settings) as session:
        snapshot = first_snapshot(session, settings)
        namespace = namespace_of(spec, snapshot)
        answer = fit(spec, snapshot, session.surroundings(namespace))
        now = session.clock.now()
    from tui.present.documents import document_of
    from tui.present.documents.fit import fit_item

    _print(arguments.output, document_of("fit", (fit_item(spec, namespace, answer),), snapshot.sources, now))
    return _exit_code(answer)


def _spec(path: Path) -> "LaunchSpec":
    from tui.launch.spec_file import SpecError, load_spec

    try:
        return load_spec(path)
    except SpecError as error:
        for line in error.lines[:-1]:
            complain(line)
        raise ExitError(BAD_INPUT, error.lines[-1]) from None


def _print(output: str, document: "Document") -> None:
    from tui.cli.output import write
    from tui.present.documents import formats

    if output == "json":
        write(formats.json_text(document))
    elif output == "csv":
        write(formats.csv_text(document))
    else:
        from tui.cli.fit_shown import shown
        from tui.cli.table import width_of

        write(shown(document, width_of(sys.stdout)))


def _exit_code(answer: "Fit") -> int:
    if answer.fits is None:
        notes = [fact.text for note in answer.notes if note.code == "not_checked" for fact in note.evidence]
        complain(f"whether it fits can't be told{': ' + notes[0] if notes else ''}")
        return NO_ANSWER
    return DONE if answer.fits else NO
