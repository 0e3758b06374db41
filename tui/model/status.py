"""How well each source and each kind is known."""

from dataclasses import dataclass
from enum import StrEnum


class SourceState(StrEnum):
    """The five states of a source. What is *denied* or *failed* is never read as *none there*."""

    LIVE = "live"
    STALE = "stale"  # it answered once; the last good value is shown with its age
    ABSENT = "absent"  # not configured, or the API does not serve it
    DENIED = "denied"  # 401 or 403: the detail names the right that is missing
    FAILED = "failed"  # never answered


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One line of the header: ``prometheus``, ``kubernetes``, ``runai`` or ``kubernetes/<plural>.<group>``.

    ``last_good_at`` is the Unix time of the last good answer (``None``: never); ``detail`` says in one line what
    is wrong and what to do, or for a live source what answers (address, version).
    """

    name: str
    state: SourceState
    last_good_at: float | None = None
    detail: str = ""

    def age_seconds(self, now: float) -> float | None:
        """Seconds since the last good answer; ``None`` if there was none."""
        return None if self.last_good_at is None else max(0.0, now - self.last_good_at)
