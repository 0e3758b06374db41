"""What every controller is given: the objects, the clock, the queue and the books, and how fast time goes."""

from dataclasses import dataclass, field
from typing import Protocol

from tui.demo.world.api import Api
from tui.demo.world.clockwork import Key, WorkQueue
from tui.demo.world.images import Start, Trouble
from tui.demo.world.inventory import Inventory
from tui.demo.world.ledger import Ledger
from tui.demo.world.naming import Names
from tui.demo.world.outside import Outside
from tui.demo.world.processes import Processes
from tui.demo.world.recorder import Recorder
from tui.model.clock import Clock


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a container's start goes: its times in seconds of a real cluster, and what ends it, if anything does."""

    times: Start
    trouble: Trouble | None


@dataclass(slots=True)
class Context:
    """``speed`` is how many seconds of a real cluster's work pass in one second here. ``starts`` is by pod UID, of
    pods that were started here.
    """

    api: Api
    names: Names
    clock: Clock
    queue: WorkQueue
    inventory: Inventory
    ledger: Ledger
    recorder: Recorder
    speed: float = 1.0
    starts: dict[str, Beginning] = field(default_factory=dict)
    outside: Outside = field(default_factory=Outside)
    preempts: bool = False  # the scheduler makes room for what is more important
    processes: Processes = field(init=False)  # pods that are processes of this machine
    address_pool: str = "10.185.118."
    """What the addresses of LoadBalancer Services begin with."""
    pod_network: str = ""
    """What the addresses of pods begin with that start from now on: two numbers. Empty: by their node."""

    def __post_init__(self) -> None:
        self.processes = Processes(self.clock)

    def after(self, seconds: float) -> float:
        """Unix time at which something is done that takes a real cluster ``seconds`` from now."""
        return self.clock.now() + seconds / self.speed

    def look_at(self, controller: str, namespace: str, name: str, seconds: float = 0.0) -> None:
        self.queue.add(Key(controller, namespace, name), self.after(seconds))


class Controller(Protocol):
    """Makes one object's surroundings as they should be. Level-triggered: it looks at what is, not at what happened."""

    def reconcile(self, namespace: str, name: str) -> None: ...
