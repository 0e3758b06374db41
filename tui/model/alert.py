"""What wants an operator's eye: raised once, kept while it lasts, cleared with a delay so that nothing flaps."""

from dataclasses import dataclass
from enum import StrEnum


class AlertKind(StrEnum):
    PENDING = "pending"  # a workload waits longer than it may
    NOT_READY = "not-ready"  # a NIM that ran does not answer any more
    XID = "xid"  # a GPU reported an XID error
    THERMAL = "thermal"  # a GPU is too hot, or throttles
    SOURCE = "source"  # a source that answered has gone quiet
    NODE = "node"  # a node with GPUs has become not ready


@dataclass(frozen=True, slots=True)
class Alert:
    """``key`` names what it is about; raised and cleared in Unix seconds, ``cleared_at`` ``None`` while it lasts.

    ``target`` is what ``enter`` opens: ``node/NAME``, ``workload/NAMESPACE/NAME``, ``source/NAME``.
    """

    kind: AlertKind
    key: str
    text: str
    raised_at: float
    cleared_at: float | None = None
    severity: str = "warning"  # or critical
    target: str = ""
    names: tuple[str, ...] = ()  # of all that it is about: a burst of the same kind is one alert
    old: bool = False  # it was so already when nimdeck began to look: told, never announced
