"""``scale``, ``suspend``, ``resume``, ``delete``, ``expose``: a workload that is there is changed, or goes."""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.cli.exits import BAD_INPUT, DONE, NO, ExitError, complain
from tui.cli.launching_ask import confirm, must_be_asked, preview, refuse_theirs
from tui.cli.launching_do import (
    Denied,
    author_of,
    dry_run,
    existing_of,
    exit_error,
    make,
    reading_control_plane,
    refuse_read_only,
    writer_of,
)
from tui.cli.launching_find import find_workload, read_target
from tui.cli.launching_shown import Told, print_document
from tui.launch import change
from tui.launch.apply import Applied
from tui.launch.expose import PASSES_BY, by_passes_knative, expose_changes, expose_manifest, wait_address
from tui.launch.kinds import INFERENCE, CannotChange, Target
from tui.launch.plan import Existing
from tui.launch.requests import delete_request, scale_requests
from tui.launch.scale import Scale
from tui.model.manifest import Change
from tui.present.documents.launching import ChangedItem, change_items
from tui.sources.writing import WriteError

if TYPE_CHECKING:
    from tui.session import Session
    from tui.sources.writing import Writer

GONE_SECONDS = 300.0
ADDRESS_SECONDS = 60.0


@dataclass(slots=True)
class Doing:
    """One command under way."""

    arguments: argparse.Namespace
    session: "Session"
    writer: "Writer"
    target: Target
    changes: tuple[Change, ...] = ()
    applied: tuple[Applied, ...] = ()
    address: str | None = None
    note: str | None = None

    @property
    def action(self) -> str:
        return str(self.arguments.command)


def run(arguments: argparse.Namespace) -> int:
    """Change the workload; the exit code."""
    if arguments.command == "scale" and arguments.minimum is None and arguments.maximum is None:
        raise ExitError(BAD_INPUT, "scale: give --min, --max or both")
    from tui.cli.watching import first_snapshot, settings_of, watched

    settings = settings_of(arguments)
    refuse_read_only(settings)
    must_be_asked(arguments)
    with watched(settings) as session:
        snapshot = first_snapshot(session, settings)
        key = find_workload(snapshot, arguments.name, arguments.kind, settings)
        doing = Doing(arguments, session, writer_of(session, settings), read_target(session, key))
        return _do(doing)


def _do(doing: Doing) -> int:
    arguments = doing.arguments
    existing = existing_of(doing.session)
    try:
        doing.changes = tuple(_planned(doing, existing))
    except CannotChange as error:
        raise ExitError(BAD_INPUT, str(error)) from None
    if doing.action == "expose":
        refuse_theirs(doing.changes, arguments.overwrite)
    if arguments.dry_run != "client":
        doing.applied = _tried(doing)
    if must_be_asked(arguments):
        preview(doing.changes)
    if arguments.dry_run:
        _print(doing)
        return DONE
    if doing.changes:
        confirm(_question(doing), arguments.yes, doing.target.key.name if doing.action == "delete" else None)
    told = Told(sys.stdout if arguments.output == "text" else sys.stderr)
    doing.applied = make(doing.changes, doing.writer, _quiet if doing.action == "delete" else told.applied)
    failed = next((one for one in doing.applied if not one.done), None)
    if failed is not None:
        _print(doing)
        raise exit_error(failed.error)
    code = _afterwards(doing, existing, told)
    _print(doing)
    return code


def _tried(doing: Doing) -> tuple[Applied, ...]:
    """The server's dry run. Where the Kubernetes API may not be written to, the control plane may do it."""
    try:
        return dry_run(doing.changes, doing.writer)
    except Denied as denied:
        plane = doing.session.control_plane
        if plane is None or doing.target.key.kind != INFERENCE or doing.action not in ("scale", "delete"):
            raise
        complain(f"{denied}; asking Run:ai's control plane instead")
        key, arguments = doing.target.key, doing.arguments
        with reading_control_plane():
            if doing.action == "delete":
                doing.changes = (delete_request(key, plane.read),)
            else:
                doing.changes = scale_requests(key, Scale(arguments.minimum, arguments.maximum), plane.read)
        return ()


def _planned(doing: Doing, existing: Existing) -> Sequence[Change]:
    target, arguments = doing.target, doing.arguments
    if doing.action == "scale":
        return change.scale(target, arguments.minimum, arguments.maximum)
    if doing.action == "suspend":
        return (change.suspend(target),)
    if doing.action == "resume":
        return (change.resume(target),)
    if doing.action == "delete":
        return (change.delete(target), *change.companions(target, existing))
    if by_passes_knative(target):
        doing.note = PASSES_BY
    return expose_changes(target, existing, arguments.port, author_of(doing.writer))


def _afterwards(doing: Doing, existing: Existing, told: Told) -> int:
    """What is waited for: that it is gone, or has an address."""
    if doing.action == "delete":
        for one in doing.applied:
            _wait_gone(doing, one)
            told.applied(one)
    elif doing.action == "expose":
        manifest = expose_manifest(doing.target, existing, doing.arguments.port)
        seconds = max(ADDRESS_SECONDS, doing.session.settings.timeout_seconds)
        doing.address = wait_address(
            lambda: existing(manifest.resource, manifest.key), seconds, doing.session.clock, time.sleep
        )
        if doing.address is None:
            complain(f"{manifest} has no address after {seconds:g} s: is there a load balancer, such as MetalLB?")
            return NO
    return DONE


def _wait_gone(doing: Doing, one: Applied) -> None:
    what = change.delete(doing.target) if one.change.verb == "request" else one.change
    try:
        is_gone = doing.writer.wait_gone(what, GONE_SECONDS)
    except WriteError as error:
        raise exit_error(error) from None
    if not is_gone:
        line = f"{one.change.resource} {one.change.key} is still there after {GONE_SECONDS:g} s: a finalizer holds it"
        raise ExitError(NO, line)


def _question(doing: Doing) -> str:
    if doing.action == "delete":
        more = f" and {len(doing.changes) - 1} more" if len(doing.changes) > 1 else ""
        return f"Delete {doing.target}{more}?"
    return f"{doing.changes[0].title}?"


def _print(doing: Doing) -> None:
    if doing.arguments.output == "json":
        item = ChangedItem(
            name=doing.target.key.name,
            namespace=doing.target.key.namespace,
            action=doing.action,
            dry_run=doing.arguments.dry_run,
            changes=change_items(doing.changes, doing.applied),
            address=doing.address,
            note=doing.note,
        )
        print_document("change", (item,), doing.session.store.snapshot.sources, doing.session.clock.now())
        return
    if not doing.changes and doing.action != "expose":
        print(f"nothing to change: {doing.target} is so already")
    if doing.address is not None:
        print(doing.address)
    if doing.note is not None:
        complain(doing.note)


def _quiet(_: Applied) -> None:
    """A deletion is told once the object is gone."""
