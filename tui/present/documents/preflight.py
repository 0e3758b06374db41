"""The items of ``nimdeck.preflight/1``: one a check."""

from collections.abc import Iterable
from dataclasses import dataclass

from tui.model.check import Check


@dataclass(frozen=True, slots=True)
class CheckItem:
    check: str
    state: str
    evidence: str
    remedy: str
    section: str
    title: str
    commands: tuple[str, ...]
    guide: str | None
    rests_on: tuple[str, ...]


def check_items(checks: Iterable[Check]) -> tuple[CheckItem, ...]:
    """The items, in the order of the checks."""
    return tuple(
        CheckItem(
            check=one.id,
            state=str(one.state),
            evidence=one.evidence,
            remedy=one.remedy,
            section=one.section,
            title=one.title,
            commands=one.commands,
            guide=one.guide,
            rests_on=one.rests_on,
        )
        for one in checks
    )
