"""``fit SPEC``: would it fit now, on which GPUs, and what stands in the way."""

import argparse
import sys
from collections.abc import Sequence
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
    command.add_argument(
        "spec", type=Path, metavar="SPEC", help="A launch spec: YAML or TOML; several are to fit together"
    )
    command.add_argument(
        "-o", "--output", choices=FORMATS, default="table", help="for eyes, or json or csv (contracts)"
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the answer: 0 it fits, 1 it does not, 3 it can't be told. Several specs of a file are to fit together."""
    specs = _specs(arguments.spec)
    from tui.cli.watching import first_snapshot, settings_of, watched
    from tui.diagnose.fit_several import fit_several
    from tui.launch.manifests import namespace_of

    settings = settings_of(arguments)
    with watched(settings) as session:
        snapshot = first_snapshot(session, settings)
        namespaces = [namespace_of(spec, snapshot) for spec in specs]
        around = {namespace: session.surroundings(namespace) for namespace in dict.fromkeys(namespaces)}
        answers = fit_several(specs, snapshot, lambda spec: around[namespace_of(spec, snapshot)])
        now = session.clock.now()
    from tui.present.documents import document_of
    from tui.present.documents.fit import fit_item

    items = tuple(map(fit_item, specs, namespaces, answers))
    _print(arguments.output, document_of("fit", items, snapshot.sources, now))
    return _exit_code(answers)


def _specs(path: Path) -> "tuple[LaunchSpec, ...]":
    from tui.launch.spec_file import SpecError, load_specs

    try:
        return load_specs(path)
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


def _exit_code(answers: "Sequence[Fit]") -> int:
    if any(answer.fits is False for answer in answers):
        return NO
    open_notes = [note for answer in answers if answer.fits is None for note in answer.notes]
    why = [fact.text for note in open_notes if note.code == "not_checked" for fact in note.evidence]
    if any(answer.fits is None for answer in answers):
        complain(f"whether it fits can't be told{': ' + why[0] if why else ''}")
        return NO_ANSWER
    return DONE
