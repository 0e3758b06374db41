"""``preflight``: the guide's prerequisites as checks; what would mend them; what nimdeck can mend itself."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from tui.cli.exits import BAD_INPUT, DONE, NO, ExitError

if TYPE_CHECKING:
    from config.settings import Settings
    from tui.model.check import Check
    from tui.model.installation import Installation
    from tui.model.snapshot import Snapshot
    from tui.present.documents import Document
    from tui.session import Session

FORMATS = ("table", "json", "csv")
_HELP = "Is everything there that the guide wants: operators, Prometheus, Run:ai, Knative, storage, network, rights"


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add ``preflight`` to the grammar."""
    command = commands.add_parser("preflight", help=_HELP, description=_HELP)
    command.add_argument(
        "-o", "--output", choices=FORMATS, default="table", help="for eyes, or json or csv (contracts)"
    )
    what = command.add_mutually_exclusive_group()
    what.add_argument("--fix", action="store_true", help="Print the commands that would mend it; nothing is run")
    what.add_argument("--apply", action="store_true", help="Set what nimdeck can set itself, after a preview")
    command.add_argument("--yes", action="store_true", help="with --apply: don't ask")
    command.set_defaults(run=run, dry_run=None)


def run(arguments: argparse.Namespace) -> int:
    """Print the checks: 0 none fails, 1 one does, 3 nothing could be read."""
    if arguments.fix and arguments.output != "table":
        raise ExitError(BAD_INPUT, f"--fix prints commands: leave -o {arguments.output} away, it has them too")
    if arguments.yes and not arguments.apply:
        raise ExitError(BAD_INPUT, "--yes goes with --apply")
    from tui.cli.watching import first_snapshot, settings_of, watched

    settings = settings_of(arguments)
    if arguments.apply:
        from tui.cli.launching_ask import must_be_asked
        from tui.cli.launching_do import refuse_read_only

        refuse_read_only(settings)
        must_be_asked(arguments)
    with watched(settings) as session:
        snapshot = first_snapshot(session, settings)
        checks = _checks(session, snapshot, settings)
        if arguments.apply and _apply(session, settings, checks, arguments):
            checks = _checks(session, snapshot, settings)
        now = session.clock.now()
    if arguments.fix:
        from tui.cli.output import write
        from tui.cli.preflight_shown import fixes

        write(fixes(checks))
    else:
        from tui.present.documents import document_of
        from tui.present.documents.preflight import check_items

        _print(arguments.output, document_of("preflight", check_items(checks), snapshot.sources, now))
    return NO if any(check.state == "fail" for check in checks) else DONE


def _checks(session: "Session", snapshot: "Snapshot", settings: "Settings") -> "tuple[Check, ...]":
    from tui.diagnose.preflight import preflight

    project = settings.project or None
    return preflight(snapshot, _installation(session, project), project, settings.read_only)


def _installation(session: "Session", project: str | None) -> "Installation":
    from tui.model.installation import Installation

    found = session.installation(project)
    if found is not None:
        return found
    return Installation(at=session.clock.now(), unknown={"*": "not read: the Kubernetes API is not connected"})


def _apply(
    session: "Session", settings: "Settings", checks: "tuple[Check, ...]", arguments: argparse.Namespace
) -> bool:
    """Set what can be set; whether anything was. Each change is shown, tried by the server and confirmed first."""
    from tui.cli.launching_ask import confirm, preview
    from tui.cli.launching_do import dry_run, existing_of, exit_error, make, writer_of
    from tui.cli.launching_shown import Told
    from tui.launch.settings_fix import settings_changes
    from tui.model.check import SettingFix

    settable = [check.fix for check in checks if isinstance(check.fix, SettingFix)]
    changes = settings_changes(settable, existing_of(session))
    if not changes:
        print("nothing that nimdeck can set itself", file=sys.stderr)
        return False
    writer = writer_of(session, settings)
    preview(changes)
    dry_run(changes, writer)
    confirm("Set all of this?" if len(changes) > 1 else f"{changes[0].title}?", arguments.yes)
    applied = make(changes, writer, Told(sys.stderr).applied)
    failed = next((one for one in applied if not one.done), None)
    if failed is not None:
        raise exit_error(failed.error)
    return True


def _print(output: str, document: "Document") -> None:
    from tui.cli.output import write
    from tui.present.documents import formats

    if output == "json":
        write(formats.json_text(document))
    elif output == "csv":
        write(formats.csv_text(document))
    else:
        from tui.cli.preflight_shown import shown
        from tui.cli.table import width_of

        write(shown(document, width_of(sys.stdout)))
