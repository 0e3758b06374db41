"""The preflight in a few letters: the mark of each state, and how many checks are in which."""

from collections import Counter
from collections.abc import Iterable, Mapping

from tui.model.check import CheckState

MARKS: Mapping[CheckState, str] = {
    CheckState.PASS: "✓",
    CheckState.WARN: "!",
    CheckState.FAIL: "✗",
    CheckState.UNKNOWN: "?",
}


def tally_line(states: Iterable[CheckState]) -> str:
    """``31 pass, 2 warn, 1 fail, 3 unknown``."""
    counts = Counter(states)
    return ", ".join(f"{counts[state]} {state}" for state in CheckState)
