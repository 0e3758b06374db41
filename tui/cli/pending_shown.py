"""The answer of ``pending`` for eyes: grouped by cause, each with what shows it, what mends it and whom it keeps."""

from collections.abc import Iterator, Mapping, Sequence

from tui.cli.prose import COMMAND, wrapped
from tui.diagnose.pending import grouped
from tui.model.cause import Cause
from tui.model.pending import PendingGroup, PendingItem
from tui.model.status import SourceState, SourceStatus
from tui.present import format as fmt
from tui.present.documents.causes import evidence_line

_WIDTH = 100  # sentences are not read across wider lines
_FACTS_SHOWN = 4
_ITEMS_SHOWN = 8
_PODS = "kubernetes/pods"


def shown(waiting: Sequence[PendingItem], sources: Mapping[str, SourceStatus], now: float, width: int | None) -> str:
    """The text, no line wider than ``width``, nor than what is pleasant to read; commands are kept whole."""
    if not waiting:
        return _nothing(sources) + "\n"
    most = min(width or _WIDTH, _WIDTH)
    lines = [line for group in grouped(waiting) for line in (*_group(group, now), ("", ""))]
    return "".join(part + "\n" for label, line in lines[:-1] for part in wrapped(label, line, most))


def _facts(cause: Cause) -> list[str]:
    """Each fact once: a scheduler says the same of the pod, of its group and in an event."""
    told: dict[str, str] = {}
    for fact in cause.evidence:
        often = f" (×{fact.count})" if fact.count and fact.count > 1 else ""
        said = " ".join(fact.text.split())
        if said not in told or often:
            told[said] = evidence_line(fact) + often
    return list(told.values())[:_FACTS_SHOWN]


def _nothing(sources: Mapping[str, SourceStatus]) -> str:
    """What is not read is never told to be none."""
    status = sources.get(_PODS) or sources.get("kubernetes")
    if status is not None and status.state is SourceState.LIVE:
        return "nothing waits"
    return f"nothing is known to wait: {'pods are not read' if status is None else f'{status.name} is {status.state}'}"


def _group(group: PendingGroup, now: float) -> Iterator[tuple[str, str]]:
    first = group.items[0].causes[0]
    yield "", f"{group.headline}  [{group.code}]"
    for fact in _facts(first):
        yield "  why   ", fact
    if first.confidence != "certain":
        yield "        ", f"this is {first.confidence}, not certain"
    yield from _remedies(first)
    for title in _others(group):
        yield "  also  ", title
    for number, item in enumerate(group.items[:_ITEMS_SHOWN]):
        yield "  who   " if number == 0 else "        ", _who(item, now)
    more = len(group.items) - _ITEMS_SHOWN
    if more > 0:
        yield "        ", f"and {more} more (see -o json)"


def _remedies(cause: Cause) -> Iterator[tuple[str, str]]:
    for remedy in cause.remedies:
        yield "  do    ", remedy.text
        if remedy.command is not None:
            yield "        " + COMMAND, remedy.command


def _others(group: PendingGroup) -> list[str]:
    """The titles of what else is wrong with those of the group, each once."""
    return list(dict.fromkeys(cause.title for item in group.items for cause in item.causes[1:]))


def _who(item: PendingItem, now: float) -> str:
    age = "" if item.since is None else f", {fmt.age(now - item.since)}"
    lacking = f", lacks {item.lacking} {'pod' if item.lacking == 1 else 'pods'}" if item.lacking else ""
    return f"{item.name}: {item.phase}{lacking}{age}"
