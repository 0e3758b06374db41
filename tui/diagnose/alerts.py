"""Alerts: raised once something has lasted, kept while it does, cleared once it has been gone for a while. Pure.

Time is that of the snapshots, so a recording raises what was to be raised then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from config.settings import AlertSettings
from tui.diagnose.alert_findings import Finding, Findings, Silent
from tui.model.alert import Alert, AlertKind
from tui.model.pending import PendingItem
from tui.model.snapshot import Snapshot

HISTORY = 200
BURST_SECONDS = 10.0  # what comes so soon after an alert of its kind belongs to it
_BACK_SECONDS = 5.0  # further back than that, a clock has not been set: somebody went back in a recording
_NAMES_TOLD = 2

_MANY = {
    AlertKind.PENDING: "{} workloads wait",
    AlertKind.NOT_READY: "{} NIMs served and have no ready pod any more",
    AlertKind.XID: "{} GPUs reported XID errors",
    AlertKind.THERMAL: "{} GPUs are too hot",
    AlertKind.SOURCE: "{} sources have gone quiet",
    AlertKind.NODE: "{} nodes with GPUs are not ready",
}


@dataclass(slots=True)
class _Member:
    """One key: since when it is seen, since when it is gone, and the alert that it belongs to."""

    finding: Finding
    seen_since: float
    gone_since: float | None = None
    alert: int | None = None


class Watchman:
    """``see`` each picture in its turn; ``active`` and ``history`` (newest first, the active ones too) are what he has
    to tell. An alert may be about several things: a burst of one kind is one alert, cleared when all of it is well."""

    def __init__(self, rules: AlertSettings) -> None:
        self._rules = rules
        self._now = 0.0
        self._begin()

    @property
    def active(self) -> tuple[Alert, ...]:
        """What lasts, newest first."""
        return tuple(alert for alert in self.history if alert.cleared_at is None)

    @property
    def history(self) -> tuple[Alert, ...]:
        """All that was raised, newest first."""
        return tuple(reversed(self._alerts.values()))

    def see(self, snapshot: Snapshot, items: Sequence[PendingItem]) -> tuple[Alert, ...]:
        """What is raised or cleared by this picture (``snapshot.at`` is the time). What was so before the first
        picture is kept as old and not in the answer."""
        if snapshot.at < self._now - _BACK_SECONDS:
            self._begin()
        self._now = max(self._now, snapshot.at)
        silent = self._take(self._findings.of(snapshot, items))
        cleared = self._clear(silent)
        raised = self._raise()
        self._forget()
        return (*cleared, *raised)

    def _begin(self) -> None:
        self._findings = Findings(self._rules)
        self._now = 0.0
        self._members: dict[str, _Member] = {}
        self._present: set[str] = set()
        self._alerts: dict[int, Alert] = {}  # by number, in the order they were raised
        self._newest: dict[tuple[AlertKind, bool], int] = {}
        self._joined: dict[int, list[Finding]] = {}  # what is to be told with an alert that is there already
        self._number = 0

    def _take(self, found: Iterable[Finding | Silent]) -> set[str]:
        """Note what is there now; the keys of which nothing is known."""
        silent: set[str] = set()
        self._present = set()
        for one in found:
            if isinstance(one, Silent):
                silent.add(one.key)
                continue
            self._present.add(one.key)
            known = self._members.get(one.key)
            if known is None or (known.finding.old and not one.old):  # it got well, and ill again
                self._members[one.key] = _Member(one, self._now)
            else:
                known.finding, known.gone_since = one, None
        return silent

    def _clear(self, silent: set[str]) -> list[Alert]:
        """Forget what is gone: at once what was never raised, what was raised only after a while."""
        for key, member in list(self._members.items()):
            if key in self._present or key in silent:
                continue
            if member.gone_since is None:
                member.gone_since = self._now
            if member.alert is None or self._now - member.gone_since >= self._rules.clear_seconds:
                del self._members[key]
        lasting = {member.alert for member in self._members.values()}
        over = [number for number, one in self._alerts.items() if one.cleared_at is None and number not in lasting]
        for number in over:
            self._alerts[number] = replace(self._alerts[number], cleared_at=self._now)
        return [self._alerts[number] for number in over if not self._alerts[number].old]

    def _raise(self) -> list[Alert]:
        fresh: dict[int, None] = {}
        for key in sorted(self._present):
            member = self._members[key]
            if member.alert is None and self._is_due(member):
                number, is_new = self._alert_for(member.finding)
                member.alert = number
                if is_new and not member.finding.old:
                    fresh[number] = None
        for number, findings in self._joined.items():
            self._alerts[number] = _widened(self._alerts[number], findings)
        self._joined.clear()
        return [self._alerts[number] for number in fresh]

    def _is_due(self, member: _Member) -> bool:
        finding = member.finding
        lasted = self._now - member.seen_since >= finding.hold_seconds
        return finding.old or (lasted and finding.ripe_at <= self._now)

    def _alert_for(self, finding: Finding) -> tuple[int, bool]:
        """The alert that this becomes part of, and whether it is a new one."""
        for lasting, alert_of in self._alerts.items():
            if alert_of.key == finding.key and alert_of.cleared_at is None:
                return lasting, False  # others of its burst have kept it open
        kind = (finding.kind, finding.old)
        number = self._newest.get(kind)
        alert = self._alerts.get(number) if number is not None else None
        if number is not None and alert is not None and self._is_burst(alert):
            self._joined.setdefault(number, []).append(finding)
            return number, False
        self._number += 1
        self._newest[kind] = self._number
        self._alerts[self._number] = Alert(
            finding.kind,
            finding.key,
            finding.text,
            self._now,
            severity=finding.severity,
            target=finding.target,
            names=(finding.name,),
            old=finding.old,
        )
        return self._number, True

    def _is_burst(self, alert: Alert) -> bool:
        return alert.cleared_at is None and self._now - alert.raised_at < BURST_SECONDS

    def _forget(self) -> None:
        """Keep the history within bounds: the oldest that are cleared go first."""
        for number in [number for number, alert in self._alerts.items() if alert.cleared_at is not None]:
            if len(self._alerts) <= HISTORY:
                return
            del self._alerts[number]


def _widened(alert: Alert, more: Sequence[Finding]) -> Alert:
    """The alert with these told too; two errors of one GPU are one GPU."""
    names = tuple(dict.fromkeys((*alert.names, *(finding.name for finding in more))))
    grave = any(finding.severity == "critical" for finding in more)
    text = _text(alert.kind, names) if len(names) > 1 else alert.text
    return replace(alert, text=text, names=names, severity="critical" if grave else alert.severity)


def _text(kind: AlertKind, names: Sequence[str]) -> str:
    """``5 workloads wait: runai-a/x, runai-a/y and 3 more``."""
    more = len(names) - _NAMES_TOLD
    told = ", ".join(names[:_NAMES_TOLD]) + (f" and {more} more" if more > 0 else "")
    return f"{_MANY[kind].format(len(names))}: {told}"
