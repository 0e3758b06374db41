"""What waits as lines of a list: groups by cause, worst and oldest first, and in an opened group its pods. Pure."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from tui.diagnose.pending import grouped
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.pending import PendingGroup, PendingItem
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot
from tui.present import format as fmt
from tui.present.filter import FieldValue, Subject
from widgets.rows import Cell, Column, Row, Tone

COLUMNS = (
    Column("what", "WHAT WAITS, AND WHY", 56, sort_letter="w", flexible=True),
    Column("project", "PROJECT", 12, sort_letter="p", priority=3),
    Column("priority", "PRIORITY", 17, priority=5),
    Column("phase", "PHASE", 17, priority=2),
    Column("since", "SINCE", 9, "right", sort_letter="t"),
)
FIELDS = frozenset({"name", "namespace", "workload", "project", "cause", "phase", "age", "lacking"})

_COUNTED = re.compile(r"^(?:(?: and )?\d+ (?:pods?|workloads?))+: ")
_SEVERITY = (Tone.BAD, Tone.WARN, Tone.ACCENT)
_MARKS = ("▸", "▾")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line: a group, or (``alike`` not empty) the items of it that are alike, which stand on one line."""

    key: str
    group: PendingGroup
    alike: tuple[PendingItem, ...] = ()

    @property
    def first(self) -> PendingItem:
        """The item that stands for the line: its causes are the ones explained."""
        return (self.alike or self.group.items)[0]

    @property
    def items(self) -> tuple[PendingItem, ...]:
        return self.alike or self.group.items


def group_key(group: PendingGroup) -> str:
    """Names a group over time: how many belong to it changes, its cause does not."""
    return f"{group.code}/{group.items[0].causes[0].detail}"


def entries(
    groups: Iterable[PendingGroup], opened: Collection[str], kept: Callable[[PendingItem], bool] | None = None
) -> list[Entry]:
    """The lines, in the order of the groups. ``kept`` says of an item whether the filter lets it through."""
    lines: list[Entry] = []
    for group in groups:
        items = group.items if kept is None else tuple(item for item in group.items if kept(item))
        if not items:
            continue
        key, shown = group_key(group), group if len(items) == len(group.items) else grouped(items)[0]
        lines.append(Entry(key, shown))
        if key in opened:
            lines += [Entry(f"{key}//{alike[0].name}", shown, alike) for alike in alikes(items)]
    return lines


def entry_value(entry: Entry, column: str, now: float) -> FieldValue:
    """A value to sort groups by."""
    group = entry.group
    if column == "since":
        return None if group.since is None else max(0.0, now - group.since)
    return len(group.items) if column == "what" else group.items[0].project


def alikes(items: Iterable[PendingItem]) -> list[tuple[PendingItem, ...]]:
    """Items of one workload in the same state for the same reasons, together."""
    found: dict[tuple[object, ...], list[PendingItem]] = {}
    for item in items:
        owner: object = item.workload or item.name
        codes = tuple(cause.code for cause in item.causes)
        found.setdefault((owner, item.namespace, item.phase, codes), []).append(item)
    return [tuple(same) for same in found.values()]


def entry_row(entry: Entry, snapshot: Snapshot, now: float, opened: bool) -> Row:
    """The line with its cells in the order of ``COLUMNS``."""
    if not entry.alike:
        group = entry.group
        tone = _SEVERITY[min(group.severity, 2)]
        cells = (f"{_MARKS[opened]} {group.headline}", *_shared(group.items, snapshot), since_text(group.since, now))
        return Row(
            entry.key, tuple(Cell(text, tone if place == 0 else Tone.NORMAL) for place, text in enumerate(cells))
        )
    item = entry.first
    name = alike_text(entry.alike)
    rest = (item.project or fmt.UNKNOWN, priority_text(pod_of(item, snapshot)), item.phase)
    oldest = min((one.since for one in entry.alike if one.since is not None), default=None)
    return Row(entry.key, (Cell(f"    {name}", Tone.STRONG), *map(Cell, rest), Cell(since_text(oldest, now))))


def _shared(items: Sequence[PendingItem], snapshot: Snapshot) -> tuple[str, str, str]:
    """Project, priority and phase where all of a group have the same; how many there are where they differ."""
    projects = {item.project or fmt.UNKNOWN for item in items}
    priorities = {priority_text(pod_of(item, snapshot)) for item in items}
    phases = {item.phase for item in items}
    return _one(projects, "projects"), _one(priorities, "priorities"), _one(phases, "phases")


def _one(values: set[str], many: str) -> str:
    return next(iter(values)) if len(values) == 1 else f"{len(values)} {many}"


def alike_text(alike: Sequence[PendingItem]) -> str:
    """``llama-00001-deployment-7f-abc  ×6``; a workload that lacks pods says how many."""
    item = alike[0]
    name = item.pod.name if item.pod is not None else str(item.workload or item.namespace)
    if item.pod is None and item.lacking:
        return f"{name}  lacks {item.lacking} pod{'s' if item.lacking > 1 else ''}"
    return f"{name}  ×{len(alike)}" if len(alike) > 1 else name


def since_text(since: float | None, now: float) -> str:
    """How long ago it began."""
    return fmt.UNKNOWN if since is None else fmt.age(max(0.0, now - since))


def pod_of(item: PendingItem, snapshot: Snapshot) -> Pod | None:
    return None if item.pod is None else snapshot.pods.get(item.pod)


def priority_text(pod: Pod | None) -> str:
    """The class by its name, else the number."""
    if pod is None:
        return fmt.UNKNOWN
    return pod.priority_class or (fmt.UNKNOWN if pod.priority is None else str(pod.priority))


def queue_text(pod: Pod | None, snapshot: Snapshot) -> str:
    """The queue of its pod group; empty where none is known."""
    if pod is None or pod.pod_group is None:
        return ""
    group = snapshot.pod_groups.get(ObjectKey(pod.key.namespace, pod.pod_group))
    return group.queue or "" if group is not None else ""


# -- filter and notes -------------------------------------------------------------------------------------------------


def subject(item: PendingItem, now: float) -> Subject:
    """What a filter sees of an item."""
    return Subject(lambda: _text(item), lambda name: field(item, name, now))


def _text(item: PendingItem) -> str:
    words = [item.name, item.phase, item.project or "", item.workload.name if item.workload else ""]
    for cause in item.causes:
        words += [cause.code, cause.title, *(f"{fact.object} {fact.text}" for fact in cause.evidence)]
    return " ".join(words)


def field(item: PendingItem, name: str, now: float) -> FieldValue:
    """A value to compare; ``None`` where it is not known."""
    values: dict[str, FieldValue] = {
        "name": item.pod.name if item.pod is not None else None,
        "namespace": item.namespace,
        "workload": item.workload.name if item.workload is not None else None,
        "project": item.project,
        "cause": item.causes[0].code if item.causes else None,
        "phase": item.phase,
        "age": None if item.since is None else max(0.0, now - item.since),
        "lacking": item.lacking,
    }
    return values.get(name)


def notes(groups: Iterable[PendingGroup]) -> dict[WorkloadKey, str]:
    """What stands under a workload's row: the worst cause of its pods, and how many it keeps waiting."""
    found: dict[WorkloadKey, str] = {}
    for group in groups:
        counts: dict[WorkloadKey, list[PendingItem]] = {}
        for item in group.items:
            if item.workload is not None:
                counts.setdefault(item.workload, []).append(item)
        for key, items in counts.items():
            found.setdefault(key, f"{_COUNTED.sub('', group.headline)}{_waiters(items)}")
    return found


def _waiters(items: Sequence[PendingItem]) -> str:
    pods = [item for item in items if item.pod is not None]
    if not pods:
        lacking = sum(item.lacking for item in items)
        return f": {lacking} pod{'s' if lacking > 1 else ''} lacking" if lacking else ""
    return f": {len(pods)} pods wait" if len(pods) > 1 else ": 1 pod waits"
