"""What a scenario does to the running world: actions at their times."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tui.demo.world.world import World


class Act(NamedTuple):
    """``seconds`` after the start (of a real cluster's time), or every so often if ``repeats``."""

    seconds: float
    action: "Callable[[World], None]"
    repeats: bool = False


class Script:
    """Plays the acts of a scenario."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._acts: Sequence[Act] = ()
        self.prometheus_available: Callable[[bool], None] = lambda available: None

    def begin(self, acts: Sequence[Act]) -> None:
        self._acts = acts
        for position, act in enumerate(acts):
            self._world.context.look_at("script", "", str(position), act.seconds)

    def reconcile(self, namespace: str, name: str) -> None:
        act = self._acts[int(name)]
        act.action(self._world)
        if act.repeats:
            self._world.context.look_at("script", namespace, name, act.seconds)
