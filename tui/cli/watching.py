"""A cluster watched for the time of one command: first answers, gaps, the end."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from config.load import load
from config.settings import Settings
from tui.cli.exits import BAD_INPUT, NO_ANSWER, ExitError, complain
from tui.cli.flags import given_flags

if TYPE_CHECKING:
    from tui.model.snapshot import Snapshot
    from tui.model.status import SourceStatus
    from tui.session import Session

_GAPS_NAMED = 3


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The settings of this command line; its log is opened. Raises ``SettingsError``."""
    given = vars(arguments)
    settings = load(given_flags(arguments), config=given.get("config"), profile=given.get("profile")).settings
    from tui.cli.log import start_log

    start_log(settings.log_file)
    return settings


@contextmanager
def watched(settings: Settings) -> Iterator["Session"]:
    """The cluster that ``settings`` name, its sources running until the block ends."""
    if not main_sources(settings):
        raise ExitError(BAD_INPUT, "kubernetes and prometheus are both switched off; enable one of them")
    from tui.session import Session

    session = Session(settings)
    try:
        session.start()
        yield session
    finally:
        session.stop()


def main_sources(settings: Settings) -> tuple[str, ...]:
    """The names of the sources that these settings switch on."""
    runai = settings.runai
    switched = {
        "kubernetes": settings.kubernetes.enabled,
        "prometheus": settings.prometheus.enabled,
        "runai": bool(runai.url and runai.client_id),
    }
    return tuple(name for name, on in switched.items() if on)


def first_snapshot(session: "Session", settings: Settings) -> "Snapshot":
    """What is known once every source had its first outcome; says on standard error what could not be read.

    Raises ``ExitError`` (3) when nothing at all could be.
    """
    snapshot = with_silent(session.wait_first(settings.timeout_seconds), settings)
    gaps = _gaps(snapshot)
    if not _something_read(snapshot):
        reasons = _told([*gaps, *_absent(snapshot, settings)])
        raise ExitError(NO_ANSWER, f"nothing could be read: {reasons or 'no source answered'}")
    if gaps:
        complain(f"not everything could be read: {_told(gaps)}")
    return snapshot


def with_silent(snapshot: "Snapshot", settings: Settings) -> "Snapshot":
    """``snapshot`` with a failed status for each source that has not said anything yet."""
    from tui.model.status import SourceState, SourceStatus

    silent = {
        name: SourceStatus(name, SourceState.FAILED, detail=f"no answer within {settings.timeout_seconds:g} s")
        for name in main_sources(settings)
        if name not in snapshot.sources
    }
    return replace(snapshot, sources={**snapshot.sources, **silent}) if silent else snapshot


def _something_read(snapshot: "Snapshot") -> bool:
    """True if a source or a kind answered. A Kubernetes that denies every kind has told nothing."""
    kinds = [status for name, status in snapshot.sources.items() if name.startswith("kubernetes/")]
    others = [status for name, status in snapshot.sources.items() if name in ("prometheus", "runai")]
    api = snapshot.sources.get("kubernetes")
    if not kinds and api is not None:
        kinds = [api]
    return any(status.state in ("live", "stale") for status in (*kinds, *others))


def _gaps(snapshot: "Snapshot") -> list["SourceStatus"]:
    """What should have answered and did not: the main sources first, then the kinds."""
    bad = [status for status in snapshot.sources.values() if status.state in ("denied", "failed", "stale")]
    return sorted(bad, key=lambda status: ("/" in status.name, status.name))


def _absent(snapshot: "Snapshot", settings: Settings) -> list["SourceStatus"]:
    """The main sources that are not configured: a reason only where nothing else answers either."""
    known = (snapshot.sources.get(name) for name in main_sources(settings))
    return [status for status in known if status is not None and status.state == "absent"]


def _told(gaps: list["SourceStatus"]) -> str:
    told = "; ".join(
        f"{gap.name} {gap.state}" + (f": {gap.detail}" if gap.detail else "") for gap in gaps[:_GAPS_NAMED]
    )
    more = len(gaps) - _GAPS_NAMED
    return told + (f"; and {more} more (see sources in -o json)" if more > 0 else "")
