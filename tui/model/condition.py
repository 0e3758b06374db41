"""The condition that every Kubernetes object carries."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """``status`` is ``True``, ``False`` or ``Unknown`` as text: Unknown during start-up is no fault."""

    type: str
    status: str
    reason: str = ""
    message: str = ""
    changed_at: float | None = None
