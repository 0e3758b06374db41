"""How long things may take. One value, so that a test can shorten them all."""

from dataclasses import dataclass

from tui.sources.backoff import Backoff


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds. ``watch`` is asked of the server; ``silence`` is how long a watch may say nothing."""

    watch: float = 290.0
    silence: float = 330.0
    probe: float = 10.0
    retry_denied: float = 180.0
    watch_denied: float = 30.0
    coalesce: float = 0.075
    backoff_first: float = 0.5
    backoff_limit: float = 30.0
    poll_factor: float = 1.0  # of each kind's own interval
    stop: float = 1.0

    def backoff(self) -> Backoff:
        return Backoff(self.backoff_first, self.backoff_limit)
