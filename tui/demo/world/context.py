"""What every controller is given: the objects, the clock, the queue and the books, and how fast time goes."""

from dataclasses import dataclass
from typing import Protocol

from tui.demo.world.api import Api
from tui.demo.world.clockwork import Key, WorkQueue
from tui.demo.world.inventory import Inventory
from tui.demo.world.ledger import Ledger
from tui.demo.world.naming import Names
from tui.demo.world.recorder import Recorder
from tui.model.clock import Clock


@dataclass(slots=True)
class Context:
    """``speed`` is how many seconds of a real cluster's work pass in one second here."""

    api: Api
    names: Names
    clock: Clock
    queue: WorkQueue
    inventory: Inventory
    ledger: Ledger
    recorder: Recorder
    speed: float = 1.0

    def after(self, seconds: float) -> float:
        """Unix time at which something is done that takes a real cluster ``seconds`` from now."""
        return self.clock.now() + seconds / self.speed

    def look_at(self, controller: str, namespace: str, name: str, seconds: float = 0.0) -> None:
        self.queue.add(Key(controller, namespace, name), self.after(seconds))


class Controller(Protocol):
    """Makes one object's surroundings as they should be. Level-triggered: it looks at what is, not at what happened."""

    def reconcile(self, namespace: str, name: str) -> None: ...
