"""Events as rows, newest first; and what nimdeck found out about the cluster."""

from tui.model.event import Event
from tui.model.snapshot import Snapshot
from tui.model.status import SourceState, SourceStatus
from tui.present import format as fmt
from tui.present.filter import FieldValue, Subject
from tui.present.workload_facts import date, describe
from widgets.rows import Cell, Column, Row, Tone

COLUMNS = (
    Column("age", "AGE", 5, "right", sort_letter="t"),
    Column("severity", "", 1),
    Column("reason", "REASON", 16, sort_letter="r"),
    Column("object", "OBJECT", 22, sort_letter="o", flexible=True, max_width=44),
    Column("namespace", "NAMESPACE", 16, sort_letter="n", priority=4),
    Column("count", "×", 5, "right", sort_letter="c", priority=2),
    Column("source", "FROM", 18, sort_letter="f", priority=5),
    Column("message", "MESSAGE", 36, sort_letter="m", flexible=True),
)

FIELDS = frozenset({"age", "severity", "reason", "kind", "object", "namespace", "count", "source", "message"})

FACT_COLUMNS = (
    Column("what", "WHAT", 30, flexible=True, max_width=52),
    Column("state", "STATE", 8),
    Column("age", "AGE", 6, "right"),
    Column("detail", "FOUND", 30, flexible=True),
)

_STATE_TONES = {
    SourceState.LIVE: Tone.GOOD,
    SourceState.STALE: Tone.WARN,
    SourceState.ABSENT: Tone.DIM,
    SourceState.DENIED: Tone.WARN,
    SourceState.FAILED: Tone.BAD,
}


def event_row(event: Event, now: float, *, marked: bool = False) -> Row:
    """The event's line; ``!`` marks a warning, in words for those who see no colour."""
    warning = event.severity == "Warning"
    tone = Tone.WARN if warning else Tone.NORMAL
    age = None if event.at is None else now - event.at
    cells = (
        Cell(fmt.short_age(age), Tone.DIM),
        Cell("!" if warning else " ", tone),
        Cell(event.reason, tone),
        Cell(f"{event.object_kind.lower()}/{event.object.name}"),
        Cell(event.object.namespace or fmt.UNKNOWN, Tone.DIM),
        Cell(str(event.count) if event.count > 1 else ""),
        Cell(event.source, Tone.DIM),
        Cell(" ".join(event.message.split())),
    )
    return Row(str(event.key), cells, marked)


def subject(event: Event, now: float) -> Subject:
    """What a filter sees of it."""
    return Subject(lambda: _text(event), lambda name: field(event, name, now))


def _text(event: Event) -> str:
    return " ".join((event.severity, event.reason, event.object_kind, str(event.object), event.source, event.message))


def field(event: Event, name: str, now: float) -> FieldValue:
    """A value for sorting and comparing."""
    values: dict[str, FieldValue] = {
        "age": None if event.at is None else max(0.0, now - event.at),
        "severity": event.severity,
        "reason": event.reason,
        "kind": event.object_kind,
        "object": event.object.name,
        "namespace": event.object.namespace,
        "count": event.count,
        "source": event.source,
        "message": event.message,
    }
    return values.get(name)


def fact_rows(snapshot: Snapshot, now: float) -> list[Row]:
    """The diagnostics: every source and kind with its state, then what was discovered of this cluster."""
    rows = [_source_row(status, now) for _, status in sorted(snapshot.sources.items())]
    cluster = snapshot.cluster
    facts = [
        ("Kubernetes version", cluster.kubernetes_version),
        ("Run:ai version", cluster.runai_version),
        *cluster.facts,
    ]
    rows += [
        Row(f"fact/{index}", (Cell(what), Cell(""), Cell(""), Cell(found)))
        for index, (what, found) in enumerate(facts)
        if found
    ]
    return rows


def _source_row(status: SourceStatus, now: float) -> Row:
    age = status.age_seconds(now)
    return Row(
        f"source/{status.name}",
        (
            Cell(status.name),
            Cell(status.state.value, _STATE_TONES[status.state]),
            Cell(fmt.short_age(age), Tone.DIM),
            Cell(status.detail),
        ),
    )


def event_page(event: Event) -> str:
    """The whole event on a page, its message unwrapped and unshortened."""
    facts = [
        ("Severity", event.severity),
        ("Reason", event.reason),
        ("Object", f"{event.object_kind} {event.object}"),
        ("First seen", date(event.first_at)),
        ("Last seen", date(event.at)),
        ("Count", str(event.count)),
        ("From", event.source or fmt.UNKNOWN),
    ]
    return describe(f"Event {event.key}", facts, [("Message", event.message.splitlines())])
