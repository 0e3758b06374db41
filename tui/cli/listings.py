"""``nodes``, ``workloads``, ``projects``, ``pending``, ``events``: one picture, or a line a change."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from tui.cli.exits import BAD_INPUT, DONE, ExitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.settings import Settings
    from tui.model.pending import PendingItem
    from tui.model.snapshot import Snapshot

KINDS = {
    "nodes": "Nodes, their GPUs and the slices on them",
    "workloads": "Inference and other GPU workloads",
    "projects": "Run:ai projects with quota and use",
    "pending": "What waits, why, and what mends it: worst and oldest first",
    "events": "Events of the cluster, newest first",
}
FORMATS = ("table", "json", "csv")


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the five commands to the grammar."""
    for kind, help_line in KINDS.items():
        command = commands.add_parser(kind, help=help_line, description=help_line)
        command.add_argument("-o", "--output", choices=FORMATS, help="table (for eyes), json (a contract) or csv")
        command.add_argument(
            "--watch", action="store_true", help="one JSON document a line, a new one when something changed"
        )
        command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print ``arguments.command``'s items; the exit code."""
    if arguments.watch and arguments.output in ("table", "csv"):
        raise ExitError(BAD_INPUT, f"--watch writes JSON, not {arguments.output}; leave -o out, or use -o json")
    from tui.cli.watching import first_snapshot, settings_of, watched

    settings = settings_of(arguments)
    with watched(settings) as session:
        if arguments.watch:
            from tui.cli.watch import follow

            return follow(session, arguments.command, settings)
        from tui.cli.waiting import Waiting

        snapshot = first_snapshot(session, settings)
        waiting = Waiting(session).concerning(arguments.command, snapshot)
        now = session.clock.now()
    _print(arguments.command, arguments.output or "table", snapshot, waiting, now, settings)
    return DONE


def _print(
    kind: str, output: str, snapshot: "Snapshot", waiting: "Sequence[PendingItem]", now: float, settings: "Settings"
) -> None:
    from tui.cli.output import write
    from tui.present.documents import build, formats

    project, namespaces = settings.project, settings.kubernetes.namespaces
    document = build(kind, snapshot, now, project, namespaces, waiting)
    if output == "json":
        write(formats.json_text(document))
    elif output == "csv":
        write(formats.csv_text(document))
    elif kind == "pending":
        from tui.cli.pending_shown import shown
        from tui.cli.table import width_of
        from tui.present.documents.pending import waiting_within

        kept = waiting_within(waiting, project, namespaces)
        write(shown(kept, snapshot.sources, now, width_of(sys.stdout)))
    else:
        from tui.cli.pictures import render
        from tui.cli.table import width_of

        write(render(kind, document, now, width_of(sys.stdout)))
