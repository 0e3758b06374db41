"""The pods that hold a GPU so that others can share it: one that does not come up keeps all of them waiting. Pure."""

from tui.diagnose.causes import cause
from tui.diagnose.scene import Scene
from tui.model.cause import Cause, Evidence
from tui.model.pod import Pod


def reservation_cause(pod: Pod, scene: Scene) -> Cause | None:
    """The reservation of one of its GPUs does not run; ``None`` if they do, or can't be seen."""
    for group in pod.gpu_groups:
        for held in scene.reservations.get(group, ()):
            if held.phase == "Running" and held.reserved_gpu is not None:
                continue
            if scene.now - (held.created_at or scene.now) < 20:
                continue
            reason = next((one.reason for one in held.containers if one.reason), "")
            said = f"{held.phase}{', ' + reason if reason else ''}, and has reserved no GPU"
            fact = Evidence(f"pod/{held.key.name}", said, at=held.created_at)
            return cause("reservation_failed", evidence=[fact], detail=held.node or "")
    return None
