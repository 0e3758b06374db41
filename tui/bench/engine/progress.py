"""What a run tells while it goes on: for a line on a terminal, for the live screen, for nobody."""

from dataclasses import dataclass
from typing import Literal, Protocol

from tui.bench.figures import PointResult, Verdict

Phase = Literal["probing", "starting", "warming", "measuring", "draining", "paused", "done"]


@dataclass(frozen=True, slots=True)
class Beat:
    """One second of the point under way: real-time figures, for the charts against time."""

    at: float  # seconds since the run began
    users: int | None
    in_flight: float | None
    ttft_mean_ms: float | None
    output_tokens_per_second: float | None
    failed: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the run stands. ``partial`` are the figures of the point so far; ``eta_seconds`` is a guess or ``None``."""

    phase: Phase
    point: int
    points: int | None  # how many there will be; None in a search
    users: int | None
    rate: float | None
    point_seconds: float
    text: str = ""
    partial: PointResult | None = None
    beat: Beat | None = None
    eta_seconds: float | None = None
    finished: tuple[PointResult, ...] = ()
    verdict: Verdict | None = None


class Listener(Protocol):
    """Gets every change, on the engine's event loop; must not block."""

    def __call__(self, progress: Progress) -> None: ...
