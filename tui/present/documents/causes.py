"""A cause as documents carry it: one line each of what shows it and what mends it."""

from collections.abc import Iterable
from dataclasses import dataclass

from tui.model.cause import Cause, Evidence


@dataclass(frozen=True, slots=True)
class CauseItem:
    """Why something does not run, or would not."""

    code: str
    title: str
    evidence: str
    remedy: str
    source: str
    confidence: str
    command: str | None
    guide: str | None


def cause_items(causes: Iterable[Cause]) -> tuple[CauseItem, ...]:
    """The causes in their order."""
    return tuple(_item(cause) for cause in causes)


def _item(cause: Cause) -> CauseItem:
    return CauseItem(
        code=cause.code,
        title=cause.title,
        evidence="; ".join(map(evidence_line, cause.evidence)),
        remedy=" ".join(remedy.text for remedy in cause.remedies),
        source=cause.source,
        confidence=cause.confidence,
        command=next((remedy.command for remedy in cause.remedies if remedy.command), None),
        guide=cause.guide,
    )


def evidence_line(fact: Evidence) -> str:
    """One fact with the object that it is about; what the snapshot as a whole shows needs no name."""
    return fact.text if fact.object == "snapshot" else f"{fact.object}: {fact.text}"
