"""Alerts for eyes: the line at the top, and the rows of their history. Pure."""

from collections.abc import Sequence
from datetime import datetime

from tui.model.alert import Alert, AlertKind
from tui.present import format as fmt
from widgets.rows import Cell, Column, Row, Tone

COLUMNS = (
    Column("raised", "RAISED", 14),
    Column("cleared", "CLEARED", 14),
    Column("lasted", "LASTED", 7, "right"),
    Column("kind", "KIND", 9),
    Column("text", "WHAT", 40, flexible=True),
)


def alert_line(alerts: Sequence[Alert], *, public: bool = False) -> str:
    """The newest of ``alerts`` and how many more there are; ``""`` for none.

    ``public``: for every eye, without what a source said of addresses and users.
    """
    if not alerts:
        return ""
    newest = alerts[0]
    text = newest.text.partition(":")[0] if public and newest.kind is AlertKind.SOURCE else newest.text
    more = f" (and {len(alerts) - 1} more, see 9)" if len(alerts) > 1 else ""
    return f"▲ {_time(newest.raised_at, '%H:%M:%S')} {' '.join(text.split())}{more}"


def alert_row(number: int, alert: Alert, now: float) -> Row:
    """A line of the history; what is over is dim, what was so before nimdeck looked says so."""
    lasts = alert.cleared_at is None
    tone = (Tone.BAD if alert.severity == "critical" else Tone.WARN) if lasts else Tone.DIM
    until = now if alert.cleared_at is None else alert.cleared_at
    cells = (
        Cell("before" if alert.old else _time(alert.raised_at, "%m-%d %H:%M:%S"), Tone.DIM),
        Cell("lasts" if alert.cleared_at is None else _time(alert.cleared_at, "%m-%d %H:%M:%S"), tone),
        Cell(fmt.short_age(max(0.0, until - alert.raised_at)), Tone.DIM),
        Cell(alert.kind.value),
        Cell(" ".join(alert.text.split()), tone),
    )
    return Row(str(number), cells, tone=Tone.NORMAL if lasts else Tone.DIM)


def _time(at: float, layout: str) -> str:
    """On this machine's clock."""
    return datetime.fromtimestamp(at).astimezone().strftime(layout)
