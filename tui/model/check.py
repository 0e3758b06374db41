"""One check of the preflight: what the guide asks for, whether it is there, and what mends it."""

from dataclasses import dataclass
from enum import StrEnum


class CheckState(StrEnum):
    """``UNKNOWN``: it could not be looked at, or what it rests on is not there."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SettingFix:
    """Keys of a ConfigMap's ``data`` that nimdeck can set after a preview."""

    namespace: str
    config_map: str
    data: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ScreenFix:
    """An action of ``tui/actions.py`` that opens the form which mends it, and what to fill in."""

    action: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """``id`` is stable and documented; ``rests_on`` names the checks without which this one is unknown.

    ``commands`` are the guide's, ready to be pasted; ``fix`` is set where nimdeck can mend it itself.
    """

    id: str
    section: str
    title: str
    state: CheckState
    evidence: str
    remedy: str = ""
    commands: tuple[str, ...] = ()
    fix: SettingFix | ScreenFix | None = None
    guide: str | None = None
    rests_on: tuple[str, ...] = ()
