"""``launch SPEC``: read, check, fit, plan, dry run, confirm, apply, and wait until it serves."""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli.exits import BAD_INPUT, DONE, INTERRUPTED, NO, ExitError, complain
from tui.cli.launching_ask import confirm, must_be_asked, preview, refuse_theirs
from tui.cli.launching_do import (
    author_of,
    dry_run,
    existing_of,
    exit_error,
    make,
    reading_control_plane,
    refuse_read_only,
    writer_of,
)
from tui.cli.launching_shown import Told, print_launches
from tui.launch.apply import Applied, kept, plan, roll_back
from tui.launch.faults import field_errors
from tui.launch.kinds import DEPLOYMENT, INFERENCE
from tui.launch.manifests import manifests, namespace_of
from tui.launch.requests import plan_launch
from tui.launch.watching import Watched, watch
from tui.model.ids import WorkloadKey
from tui.model.launch_spec import LaunchSpec
from tui.model.manifest import Change, Manifest
from tui.sources.writing import Invalid

if TYPE_CHECKING:
    from config.settings import Settings
    from tui.model.snapshot import Snapshot
    from tui.model.surroundings import Surroundings
    from tui.session import Session
    from tui.sources.writing import Writer

_WAITED = {"ready": DONE, "scheduled": DONE, "blocked": NO, "timeout": NO, "gone": NO, "": INTERRUPTED}


@dataclass(slots=True)
class Launch:
    """What is known of one launch by now: for the answer, however it ends."""

    spec: LaunchSpec
    namespace: str
    made: tuple[Manifest, ...]
    dry_run: str | None
    fits: bool | None = None
    changes: tuple[Change, ...] = ()
    applied: tuple[Applied, ...] = ()
    seen: Watched | None = None
    outcome: str = "planned"

    @property
    def key(self) -> WorkloadKey:
        kind = DEPLOYMENT if self.spec.scheduler == "kubernetes" else INFERENCE
        return WorkloadKey(self.namespace, self.spec.name, kind)


def run(arguments: argparse.Namespace) -> int:
    """Launch; the exit code."""
    if arguments.wait and arguments.dry_run:
        raise ExitError(BAD_INPUT, "--wait is for a launch that is meant: leave --dry-run out")
    if not arguments.wait_seconds > 0:
        raise ExitError(BAD_INPUT, f"--wait-seconds {arguments.wait_seconds:g}: give more than 0")
    specs = _specs(arguments.spec, arguments)
    if arguments.dry_run == "client":
        print_launches([_only_made(spec) for spec in specs], arguments.output, {}, None)
        return DONE
    from tui.cli.watching import first_snapshot, settings_of, watched

    settings = settings_of(arguments)
    refuse_read_only(settings)
    must_be_asked(arguments)
    with watched(settings) as session:
        first_snapshot(session, settings)
        launches: list[Launch] = []
        try:
            return max([_launch(spec, arguments, settings, session, launches) for spec in specs])
        finally:
            told = [launch for launch in launches if launch.applied or not launch.changes]
            if told:
                print_launches(told, arguments.output, session.store.snapshot.sources, session.clock.now())


def _only_made(spec: LaunchSpec) -> Launch:
    namespace = namespace_of(spec)
    made = manifests(spec, namespace)
    return Launch(spec, namespace, made, "client", changes=plan(made, lambda *_: None))


def _specs(path: Path, arguments: argparse.Namespace) -> list[LaunchSpec]:
    """The specs of the file; ``--project`` and ``--namespace`` go before what it says."""
    from tui.launch.spec_file import SpecError, load_specs

    try:
        specs = load_specs(path)
    except SpecError as error:
        for line in error.lines[:-1]:
            complain(line)
        raise ExitError(BAD_INPUT, error.lines[-1]) from None
    return [_moved(spec, vars(arguments)) for spec in specs]


def _moved(spec: LaunchSpec, given: dict[str, str]) -> LaunchSpec:
    project, namespace = given.get("project"), given.get("kubernetes.namespaces")
    if project is not None and project != spec.project:
        spec = replace(spec, project=project, namespace=None)
    return replace(spec, namespace=namespace) if namespace is not None else spec


def _launch(
    spec: LaunchSpec,
    arguments: argparse.Namespace,
    settings: "Settings",
    session: "Session",
    launches: list[Launch],
) -> int:
    """One of them; it is put into ``launches``, where what is known of it is found however this ends."""
    writer = writer_of(session, settings)
    snapshot = session.store.snapshot
    namespace = namespace_of(spec, snapshot)
    surroundings = session.surroundings(namespace)
    _check(spec, snapshot, surroundings, session)
    launch = Launch(spec, namespace, manifests(spec, namespace, author_of(writer)), arguments.dry_run)
    launch.fits = _fit(spec, snapshot, surroundings)
    launch.changes = _planned(launch, surroundings, session, settings)
    launches.append(launch)
    refuse_theirs(launch.changes, arguments.overwrite)
    told = Told(sys.stdout if arguments.output == "text" else sys.stderr)
    if must_be_asked(arguments) and (arguments.output == "text" or not arguments.dry_run):
        preview(launch.changes, kept(launch.made, launch.changes))
    tried = _tried(launch, writer)
    if arguments.dry_run:
        launch.applied = tried
        return DONE
    if launch.changes:
        confirm(f"Make {_count(len(launch.changes))} in {namespace}?", arguments.yes)
    _apply(launch, writer, arguments, told)
    _wait(launch, session, arguments, told)
    return _WAITED[launch.seen.end] if launch.seen is not None else DONE


def _planned(
    launch: Launch, surroundings: "Surroundings | None", session: "Session", settings: "Settings"
) -> tuple[Change, ...]:
    """What is to be done. What only the control plane can take goes there, its volume is made here."""
    plane = session.control_plane
    read = plane.read if plane is not None else None
    cluster = settings.runai.cluster or None
    with reading_control_plane():
        changes, only_there = plan_launch(launch.spec, launch.made, existing_of(session), surroundings, read, cluster)
    if only_there:
        complain(f"{', '.join(only_there)}: only Run:ai's control plane takes that, so it is asked to launch it")
    return changes


def _check(spec: LaunchSpec, snapshot: "Snapshot", surroundings: "Surroundings | None", session: "Session") -> None:
    from tui.launch.checks import check_against

    errors = check_against(spec, snapshot, surroundings, session.control_plane is not None)
    for error in errors[:-1]:
        complain(str(error))
    if errors:
        raise ExitError(BAD_INPUT, str(errors[-1]))


def _fit(spec: LaunchSpec, snapshot: "Snapshot", surroundings: "Surroundings | None") -> bool | None:
    """Only warns: the scheduler has the last word."""
    from tui.diagnose.fit import fit

    answer = fit(spec, snapshot, surroundings)
    if answer.blockers:
        told = (": ".join((one.title, *(fact.text for fact in one.evidence[:1]))) for one in answer.blockers)
        complain(f"it does not fit now: {'; '.join(told)}")
    return answer.fits


def _tried(launch: Launch, writer: "Writer") -> tuple[Applied, ...]:
    """The server's dry run; what it refuses is told by the spec's own fields where it names them."""

    def by_field(one: Applied) -> None:
        if isinstance(one.error, Invalid):
            for error in field_errors(one.error, launch.spec, one.change.resource):
                complain(str(error))

    return dry_run(launch.changes, writer, by_field)


def _apply(launch: Launch, writer: "Writer", arguments: argparse.Namespace, told: Told) -> None:
    launch.applied = make(launch.changes, writer, told.applied)
    failed = next((one for one in launch.applied if not one.done), None)
    if failed is None:
        launch.outcome = "applied"
        return
    launch.outcome = "failed"
    done = [one for one in launch.applied if one.done and one.change.verb == "create"]
    if done and _wants_back(arguments, len(done)):
        for one in roll_back(launch.applied, writer.write):
            told.applied(one)
    elif done:
        complain(f"{_count(len(done))} made before it stay; --rollback takes them back")
    raise exit_error(failed.error)


def _wants_back(arguments: argparse.Namespace, count: int) -> bool:
    if arguments.rollback or arguments.yes or not sys.stdin.isatty():
        return bool(arguments.rollback)
    try:
        confirm(f"Delete the {_count(count, 'object')} made before it?", False)
    except ExitError:
        return False
    return True


def _wait(launch: Launch, session: "Session", arguments: argparse.Namespace, told: Told) -> None:
    if not arguments.wait:
        return
    from tui.launch.live import LiveCluster

    cluster = LiveCluster(session, session.clock)
    try:
        for seen in watch(cluster, launch.key, arguments.wait, arguments.wait_seconds, port=launch.spec.port):
            launch.seen = seen
            told.progress(seen.progress)
    except KeyboardInterrupt:
        launch.outcome = "interrupted"
        complain(f"no longer waiting: the launch of {launch.key} goes on")
        if launch.seen is not None:
            launch.seen = replace(launch.seen, end="")
        else:
            raise
        return
    if launch.seen is not None:
        launch.outcome = launch.seen.end
        if launch.seen.end not in ("ready", "scheduled"):
            complain(_why(launch, arguments))


def _why(launch: Launch, arguments: argparse.Namespace) -> str:
    assert launch.seen is not None
    causes = "; ".join(one.title for one in launch.seen.progress.causes if one.fault)
    words = {
        "blocked": f"{launch.key} is blocked: {causes}; it stays as it is",
        "timeout": f"{launch.key} is not {arguments.wait} after {arguments.wait_seconds:g} s; the launch goes on",
        "gone": f"{launch.key} was deleted meanwhile",
    }
    return words[launch.seen.end]


def _count(number: int, what: str = "change") -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
