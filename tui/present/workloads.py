"""A workload as a row of the table: status with its age, GPUs asked and given, replicas, endpoint."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from operator import attrgetter

from tui.model.reading import value_of
from tui.model.workload import Workload
from tui.present import format as fmt
from tui.present.filter import FieldValue, Subject
from tui.present.letters import LetterBook
from widgets.rows import Cell, Column, Row, Tone

COLUMNS = (
    Column("letter", " ", 1),
    Column("name", "WORKLOAD", 22, sort_letter="n", flexible=True, max_width=40),
    Column("type", "TYPE", 10, sort_letter="y", priority=6),
    Column("status", "STATUS", 19, sort_letter="s"),
    Column("project", "PROJECT", 9, sort_letter="p", priority=2),
    Column("pods", "PODS", 7, "right", sort_letter="o"),
    Column("ask", "GPU ASK", 7, "right", sort_letter="a"),
    Column("given", "GIVEN", 6, "right", sort_letter="g"),
    Column("memask", "MEM ASK", 8, "right", sort_letter="k", priority=8),
    Column("mem", "MEM USED", 8, "right", sort_letter="m", priority=3),
    Column("idle", "IDLE", 5, "right", sort_letter="i", priority=4),
    Column("fraction", "FRACTION", 8, "right", sort_letter="f", priority=5),
    Column("scale", "SCALE", 6, "right", sort_letter="c", priority=5),
    Column("model", "MODEL", 26, sort_letter="d", priority=7),
    Column("endpoint", "ENDPOINT", 26, sort_letter="e", priority=6, flexible=True, max_width=60),
    Column("image", "IMAGE", 30, priority=9),
    Column("age", "AGE", 5, "right", sort_letter="t", priority=8),
)

# For a big screen: no addresses, images or namespaces.
_PUBLIC = {"letter": 1, "name": 32, "status": 24, "pods": 12, "ask": 12, "given": 12, "mem": 12, "idle": 10}
PUBLIC_COLUMNS = tuple(
    replace(column, width=_PUBLIC[column.key], max_width=None) for column in COLUMNS if column.key in _PUBLIC
)
_PUBLIC_PLACES = tuple(place for place, column in enumerate(COLUMNS) if column.key in _PUBLIC)

FIELDS = frozenset(
    {"name", "namespace", "type", "status", "project", "pods", "wanted", "ask", "given", "memask", "mem", "idle",
     "fraction", "min", "max", "scale", "metric", "target", "model", "endpoint", "image", "age"}
)  # fmt: skip

_TONES = {
    "Running": Tone.GOOD,
    "Completed": Tone.DIM,
    "Stopped": Tone.DIM,
    "Failed": Tone.BAD,
    "Degraded": Tone.BAD,
    "Pending": Tone.WARN,
    "Creating": Tone.ACCENT,
    "Initializing": Tone.ACCENT,
    "Updating": Tone.ACCENT,
    "Resuming": Tone.ACCENT,
    "Deleting": Tone.WARN,
    "Terminating": Tone.WARN,
    "Stopping": Tone.WARN,
}
_PREAMBLE = re.compile(r"^(?:Resources were not found|Scheduling conditions were not met) for pod \S+?:? (?:due to: )?")
_TROUBLED = frozenset({"Failed", "Degraded", "Pending"})


def phase_tone(phase: str) -> Tone:
    """The tone of a phase; the word itself carries the meaning."""
    return _TONES.get(phase, Tone.NORMAL)


def workload_row(workload: Workload, letters: LetterBook, now: float, cause: str = "", *, marked: bool = False) -> Row:
    """The workload's line, with its trouble in words as a second line where it has one (see ``note_of``)."""
    sign = letters.sign(workload.key)
    idle = (workload.idle_gpus or 0.0) > 1e-6
    cells = (
        Cell(sign.letter, colour=sign.colour),
        Cell(workload.key.name, Tone.STRONG),
        Cell(workload.type),
        Cell(status_text(workload, now), phase_tone(workload.phase)),
        Cell(workload.project or fmt.UNKNOWN),
        Cell(_pods(workload), Tone.WARN if _short(workload) else Tone.NORMAL),
        Cell(fmt.gpus(workload.gpu_requested)),
        Cell(fmt.gpus(workload.gpu_allocated)),
        Cell(fmt.size(workload.gpu_memory_requested_bytes)),
        Cell(fmt.size(value_of(workload.gpu_memory_used_bytes))),
        Cell(fmt.gpus(workload.idle_gpus), Tone.WARN if idle else Tone.NORMAL),
        Cell(fmt.gpus(workload.fraction)),
        Cell(scale_text(workload)),
        Cell(workload.model or fmt.UNKNOWN),
        Cell(workload.endpoint or fmt.UNKNOWN),
        Cell(workload.image or fmt.UNKNOWN, Tone.DIM),
        Cell(fmt.short_age(age_seconds(workload, now))),
    )
    note = note_of(workload, cause)
    return Row(row_key(workload), cells, marked, (Cell(note),) if note else ())


def note_of(workload: Workload, cause: str = "") -> str:
    """What stands under the row: the ``cause`` of its trouble where one was found, else its own words of it."""
    if cause:
        return cause
    note = brief(workload.message) if workload.phase in _TROUBLED else ""
    return note if note != workload.phase else ""


def brief(message: str) -> str:
    """The message on one line, without the scheduler's preamble: the row says already what can't be placed."""
    return _PREAMBLE.sub("", " ".join(message.split()))


def public_row(workload: Workload, letters: LetterBook, now: float) -> Row:
    """The line for a big screen: a cell for each of ``PUBLIC_COLUMNS``, no messages."""
    row = workload_row(workload, letters, now)
    return Row(row.key, tuple(row.cells[place] for place in _PUBLIC_PLACES), row.marked)


def row_key(workload: Workload) -> str:
    """The key of its row: namespace, name and kind, so that no two rows share it."""
    return "/".join(workload.key)


def status_text(workload: Workload, now: float) -> str:
    """``Running 4 h 6 m``: the phase and how long it has lasted."""
    if workload.phase_since is None:
        return workload.phase
    return f"{workload.phase} {fmt.age(max(0.0, now - workload.phase_since))}"


def age_seconds(workload: Workload, now: float) -> float | None:
    """Seconds since it was created; a clock that runs ahead never makes it negative."""
    return None if workload.created_at is None else max(0.0, now - workload.created_at)


def scale_text(workload: Workload) -> str:
    """``1-8`` replicas; one figure where both ends are the same."""
    low, high = workload.min_replicas, workload.max_replicas
    if low is None and high is None:
        return fmt.UNKNOWN
    if low == high:
        return str(low)
    return f"{fmt.UNKNOWN if low is None else low}-{'∞' if high in (None, 0) else high}"


def subject(workload: Workload, now: float) -> Subject:
    """What a filter sees of it."""
    return Subject(lambda: _text(workload), lambda name: field(workload, name, now))


def _text(workload: Workload) -> str:
    parts = (
        workload.key.name,
        workload.key.namespace,
        workload.type,
        workload.phase,
        workload.project,
        workload.model,
        workload.image,
        workload.endpoint,
        workload.message,
    )
    return " ".join(part for part in parts if part)


def field(workload: Workload, name: str, now: float) -> FieldValue:
    """A value for sorting and comparing; ``None`` where it is not known."""
    if name == "age":
        return age_seconds(workload, now)
    value = _VALUES.get(name)
    return None if value is None else value(workload)


_VALUES: Mapping[str, Callable[[Workload], FieldValue]] = {
    "name": attrgetter("key.name"),
    "namespace": attrgetter("key.namespace"),
    "type": attrgetter("type"),
    "status": attrgetter("phase"),
    "project": attrgetter("project"),
    "pods": attrgetter("running_pods"),
    "wanted": attrgetter("requested_pods"),
    "ask": attrgetter("gpu_requested"),
    "given": attrgetter("gpu_allocated"),
    "memask": attrgetter("gpu_memory_requested_bytes"),
    "mem": lambda workload: value_of(workload.gpu_memory_used_bytes),
    "idle": attrgetter("idle_gpus"),
    "fraction": attrgetter("fraction"),
    "min": attrgetter("min_replicas"),
    "max": attrgetter("max_replicas"),
    "scale": lambda workload: workload.min_replicas if workload.max_replicas is None else workload.max_replicas,
    "metric": attrgetter("metric"),
    "target": attrgetter("target"),
    "model": attrgetter("model"),
    "endpoint": attrgetter("endpoint"),
    "image": attrgetter("image"),
}


def _pods(workload: Workload) -> str:
    return f"{fmt.number(workload.running_pods)}/{fmt.number(workload.requested_pods)}"


def _short(workload: Workload) -> bool:
    running, wanted = workload.running_pods, workload.requested_pods
    return running is not None and wanted is not None and running < wanted
