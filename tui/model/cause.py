"""Why something does not run or would not: shared by the pending list, the fit before a launch and its progress."""

from dataclasses import dataclass
from typing import Literal

Confidence = Literal["certain", "likely", "possible"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact. ``object`` is ``kind/name`` or ``snapshot``; ``at`` Unix seconds; ``count`` how often it was said."""

    object: str
    text: str
    field: str = ""
    at: float | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Remedy:
    """What mends it: a sentence, and either an action of nimdeck on ``target`` or a command to copy."""

    text: str
    action: str | None = None  # the id of an action of tui/actions.py, such as "workload.scale"
    target: str = ""  # namespace/name of what the action is for
    command: str | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """``code`` is one of ``config/causes.toml``; ``source`` names what said it (``snapshot``, ``kubernetes``, ...)."""

    code: str
    title: str
    evidence: tuple[Evidence, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    source: str = "snapshot"
    confidence: Confidence = "certain"
    guide: str | None = None
    fault: bool = True
    detail: str = ""  # what this case is about, for a headline: "0.5 of 1 GPU in pool default"
