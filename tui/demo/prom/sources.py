"""What the exporters read: the object store, the telemetry and the clock of the simulated world."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tui.demo.nim.load import LoadBook
from tui.demo.prom.inventory import Objects
from tui.demo.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class Sources:
    """``now`` gives unix seconds; queries without a time and scrapes use it. ``nims`` are the NIMs' own counters."""

    store: Objects
    telemetry: Telemetry
    now: Callable[[], float]
    nims: LoadBook = field(default_factory=LoadBook)
