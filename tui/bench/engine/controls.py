"""What the user may ask of a run under way. Set from any thread; looked at by the engine once a beat."""

from dataclasses import dataclass


@dataclass
class Controls:
    """``interrupts``: 1 finishes what is in flight and keeps all, 2 stops now and still keeps finished points."""

    interrupts: int = 0
    skips: int = 0
    paused: bool = False
    extra_seconds: float = 0.0

    def interrupt(self) -> None:
        self.interrupts += 1

    def skip(self) -> None:
        """End the point under way with what it has."""
        self.skips += 1

    def extend(self, seconds: float) -> None:
        """Let the point under way last longer before its limits end it."""
        self.extra_seconds += seconds
