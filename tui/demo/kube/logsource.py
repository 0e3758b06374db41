"""Where container logs come from: the one thing that the simulated world must provide for ``pods/log``."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from tui.demo.objects import Json


class LogLine(NamedTuple):
    """One line of a container's log; ``at`` is Unix time in seconds."""

    at: float
    text: str


class LogSource(Protocol):
    """Answers which lines a container wrote in a span of time; following is asking again for what came since."""

    def __call__(self, pod: Json, container: str, *, previous: bool, after: float, until: float) -> Iterable[LogLine]:
        """The lines with ``after < at <= until`` (Unix seconds), oldest first; ``previous``: of the run before."""


def no_logs(pod: Json, container: str, *, previous: bool, after: float, until: float) -> Iterable[LogLine]:
    """Containers that write nothing."""
    del pod, container, previous, after, until
    return ()
