"""What was read of a pod's log: of the run that goes on, and of the run before it. Pure."""

from dataclasses import dataclass

from tui.diagnose.scene import Scene
from tui.diagnose.startup import SIDECARS
from tui.model.ids import ObjectKey
from tui.model.pod import Pod


@dataclass(frozen=True, slots=True)
class PodLog:
    """The newest lines of its main container. ``before`` are those of the run that its last restart ended."""

    lines: tuple[str, ...] = ()
    before: tuple[str, ...] = ()

    @property
    def newest(self) -> tuple[str, ...]:
        """Of one run: the one that goes on, or that has ended with nothing after it."""
        return self.lines or self.before

    @property
    def whole(self) -> tuple[str, ...]:
        """Of both runs: a restart begins like every start, and only the run before tells why there was one."""
        return (*self.before, *self.lines)


def log_of(pod: Pod, scene: Scene) -> PodLog:
    """What was read with the circumstances, of the main container before a sidecar."""
    tails = [tail for tail in scene.circumstances.logs.get(ObjectKey(*pod.key), ()) if tail.lines]
    if not tails:
        return PodLog()
    container = min((tail.container for tail in tails), key=lambda name: name in SIDECARS)
    of_it = {tail.previous: tail.lines for tail in tails if tail.container == container}
    return PodLog(of_it.get(False, ()), of_it.get(True, ()))
