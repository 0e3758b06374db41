"""``probe URL|NAME``: does it answer, and how soon comes its first word."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from config.secret import Secret
from tui.cli.exits import BAD_INPUT, DONE, NO, NO_ANSWER, ExitError, complain
from tui.cli.launching_shown import duration, print_document
from tui.cli.table import harmless
from tui.launch.expose import NOT_FOR_MEASURING, Endpoint, endpoints, port_of
from tui.launch.kinds import Target
from tui.launch.probe import BadAddress, probe
from tui.model.ids import ObjectKey
from tui.model.pod import Pod
from tui.model.probe import ProbeReport
from tui.model.snapshot import Snapshot
from tui.present.documents.launching import probe_item
from tui.sources.kubernetes import KubeError

if TYPE_CHECKING:
    from config.settings import Settings
    from tui.session import Session

_LONGEST_SECONDS = 30.0


def run(arguments: argparse.Namespace) -> int:
    """Probe; 0 healthy, 1 it answers and is not, 3 nothing answers."""
    token = _token(arguments.token_file)
    try:
        if "://" in arguments.what:
            report = _ask(Endpoint("address", arguments.what, arguments.host), arguments, token)
            _print(report, None, arguments, None)
        else:
            report = _by_name(arguments, token)
    except BadAddress as error:
        raise ExitError(BAD_INPUT, str(error)) from None
    if not report.reached:
        return NO_ANSWER
    return DONE if report.healthy else NO


def _by_name(arguments: argparse.Namespace, token: Secret | None) -> ProbeReport:
    from tui.cli.launching_find import find_workload, read_target
    from tui.cli.watching import first_snapshot, settings_of, watched

    settings = settings_of(arguments)
    with watched(settings) as session:
        snapshot = first_snapshot(session, settings)
        key = find_workload(snapshot, arguments.what, arguments.kind, settings)
        target = read_target(session, key)
        report = _first_that_answers(session, snapshot, target, settings, arguments, token)
        if report is None:
            raise ExitError(NO_ANSWER, f"{target} has no address, and no pod that could be asked")
        _print(report, target.object_key, arguments, session)
    return report


def _first_that_answers(
    session: "Session",
    snapshot: Snapshot,
    target: Target,
    settings: "Settings",
    arguments: argparse.Namespace,
    token: Secret | None,
) -> ProbeReport | None:
    from tui.cli.launching_do import existing_of

    told = snapshot.workloads[target.key].endpoint
    report: ProbeReport | None = None
    for way in endpoints(target, told, existing_of(session)):
        if way.way == "cluster":
            continue
        report = _ask(way, arguments, token)
        if report.reached and report.steps[0].status != 404:
            return report
    with _forwarded(session, snapshot, target) as forward:
        return _ask(forward, arguments, token) if forward is not None else report


@contextmanager
def _forwarded(session: "Session", snapshot: Snapshot, target: Target) -> Iterator[Endpoint | None]:
    """Through the API server to one of its pods; ``None`` where it has none that runs, or it may not be."""
    pod = _pod(snapshot, target)
    if pod is None:
        yield None
        return
    try:
        forward = session.forward(pod.key, port_of(target))
    except KubeError as error:
        complain(f"{pod.key}: {error}")
        yield None
        return
    try:
        yield Endpoint("forward", forward.url, None, f"{NOT_FOR_MEASURING} (pod {pod.key.name})")
    finally:
        forward.close()


def _pod(snapshot: Snapshot, target: Target) -> Pod | None:
    keys = snapshot.workloads[target.key].pods
    pods = [snapshot.pods[key] for key in keys if key in snapshot.pods]
    running = [pod for pod in pods if pod.phase == "Running" and pod.deleting_at is None]
    return max(running, key=lambda pod: pod.ready, default=None)


def _ask(way: Endpoint, arguments: argparse.Namespace, token: Secret | None) -> ProbeReport:
    seconds = float(vars(arguments).get("timeout_seconds") or _LONGEST_SECONDS)
    return probe(
        way.url,
        arguments.host or way.host,
        api_key=token,
        model=arguments.model,
        ca_file=arguments.ca_file,
        timeout_seconds=seconds,
        note=way.note,
    )


def _token(path: Path | None) -> Secret | None:
    if path is None:
        return None
    from tui.cli.launching_secret import read_token_file

    return read_token_file(path)


def _print(
    report: ProbeReport, key: ObjectKey | None, arguments: argparse.Namespace, session: "Session | None"
) -> None:
    if arguments.output == "json":
        sources = session.store.snapshot.sources if session is not None else {}
        now = session.clock.now() if session is not None else None
        print_document("probe", (probe_item(report, key),), sources, now)
        return
    host = f" (Host: {report.host})" if report.host else ""
    lines = [f"{report.url}{host}"]
    for step in report.steps:
        took = f"  {step.seconds * 1000:.0f} ms" if step.seconds is not None else ""
        status = f"  {step.status}" if step.status is not None else ""
        lines.append(f"  {step.state:<8} {step.name:<9}{status}{took}  {step.detail}".rstrip())
    if report.ttft_seconds is not None:
        total = duration(report.total_seconds) if report.total_seconds and report.total_seconds >= 10 else None
        took = total or f"{(report.total_seconds or 0) * 1000:.0f} ms"
        lines.append(f"  {report.model} said {report.text!r}")
        lines.append(f"  time to first token {report.ttft_seconds * 1000:.0f} ms, {took} in all: one request alone")
    print("\n".join(harmless(line) for line in lines))
    if report.note:
        complain(report.note)
