"""Facts in one line each, from events, conditions and containers."""

from collections.abc import Iterable, Iterator

from tui.model.cause import Cause, Evidence
from tui.model.condition import Condition
from tui.model.event import Event
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot

_TEXT_LIMIT = 600


def short(text: str) -> str:
    """One line of a length that a screen bears. Messages that nobody understood are not put through this."""
    line = one_line(text)
    return line if len(line) <= _TEXT_LIMIT else line[: _TEXT_LIMIT - 1] + "…"


def one_line(text: str) -> str:
    return " ".join(text.split())


def of_event(event: Event) -> Evidence:
    what = f"{event.object_kind.lower()}/{event.object.name}"
    return Evidence(what, short(event.message), event.reason, event.at, event.count)


def of_condition(condition: Condition, what: str) -> Evidence:
    """``what`` is the object, as ``kind/name``."""
    return Evidence(what, short(condition.message or condition.reason), condition.type, condition.changed_at)


def first_of_each(causes: Iterable[Cause]) -> list[Cause]:
    """Each code once, where it is named first."""
    found: dict[str, Cause] = {}
    for one in causes:
        found.setdefault(one.code, one)
    return list(found.values())


def events_of(snapshot: Snapshot, pod: Pod) -> Iterator[Event]:
    """The events about this pod, newest first."""
    return (event for event in snapshot.events if event.object == pod.key and event.object_kind == "Pod")
