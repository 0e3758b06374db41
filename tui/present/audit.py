"""The audit log as rows, newest first: when, who, what, and how it ended. Pure."""

from datetime import datetime

from tui.present import format as fmt
from tui.present.workload_facts import describe
from tui.sources.writing import AuditEntry
from widgets.rows import Cell, Column, Row, Tone

COLUMNS = (
    Column("when", "WHEN", 14),
    Column("who", "WHO", 8, flexible=True, max_width=28),
    Column("verb", "WHAT", 7),
    Column("object", "OBJECT", 24, flexible=True, max_width=80),
    Column("result", "RESULT", 16),
    Column("detail", "DETAIL", 20, priority=1, flexible=True),
)

_TONES = {"ok": Tone.GOOD, "refused": Tone.WARN, "failed": Tone.BAD, "unknown": Tone.WARN}


def audit_row(number: int, entry: AuditEntry) -> Row:
    """A line of the log; dry runs are dim, for they changed nothing."""
    cells = (
        Cell(local_time(entry.at), Tone.DIM),
        Cell(entry.who),
        Cell(entry.verb),
        Cell(_name_first(entry.object)),
        Cell(
            f"{entry.result} (dry run)" if entry.dry_run else entry.result,
            Tone.NORMAL if entry.dry_run else _TONES.get(entry.result, Tone.NORMAL),
        ),
        Cell(entry.detail, Tone.DIM),
    )
    return Row(str(number), cells, tone=Tone.DIM if entry.dry_run else Tone.NORMAL)


def audit_page(entry: AuditEntry) -> str:
    """The whole line, a fact each."""
    facts = [
        ("At", entry.at),
        ("Who", entry.who),
        ("Host", entry.host),
        ("Context", entry.context or fmt.UNKNOWN),
        ("Verb", entry.verb),
        ("Object", entry.object),
        ("Dry run", "yes" if entry.dry_run else "no"),
        ("Result", entry.result),
    ]
    return describe(f"Change at {entry.at}", facts, [("Detail", entry.detail.splitlines() or ["none"])])


def _name_first(what: str) -> str:
    """``runai-test/llama inferenceworkloads.run.ai``: what is cut off where it is narrow is the kind."""
    resource, _, name = what.partition(" ")
    return what if resource.isupper() or not name else f"{name} {resource}"


def local_time(at: str) -> str:
    """``11-24 10:43:41`` on this machine's clock; what is no time stays as it is."""
    try:
        return f"{datetime.fromisoformat(at).astimezone():%m-%d %H:%M:%S}"
    except ValueError:
        return at
