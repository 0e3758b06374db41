"""How long the steps of a start usually take: from starts of the same image that the cluster still shows, else stated
defaults."""

from collections.abc import Mapping
from statistics import median

from tui.model.launch_progress import StepName, Usual
from tui.model.pod import Container, ContainerPhase, Pod
from tui.model.snapshot import Snapshot

DEFAULT = "nimdeck's default"
# An 8B model on a first start: 10 GB of image and 16 GB of weights over some 1 Gbit/s, read from NFS.
DEFAULTS: Mapping[StepName, Usual] = {
    "accepted": Usual(10.0, DEFAULT),
    "scheduled": Usual(10.0, DEFAULT),
    "pulling": Usual(240.0, DEFAULT),
    "downloading": Usual(600.0, DEFAULT),
    "loading": Usual(180.0, DEFAULT),
}
_LONGEST_SECONDS = 4 * 3600.0  # a pod that became ready later than that had other troubles


def usual_steps(image: str | None, snapshot: Snapshot) -> Mapping[StepName, Usual]:
    """By step. From pods of that image which are ready and have never been restarted.

    The split between download and load is in no object: where starts are known, ``loading`` is not told and
    ``downloading`` is both.
    """
    found: dict[StepName, Usual] = dict(DEFAULTS)
    if image is None:
        return found
    pulls: list[float] = []
    starts: list[float] = []
    for pod in snapshot.pods.values():
        container = _unbroken(pod, image)
        if container is None or container.since is None:
            continue
        placed, ready = _moment(pod, "PodScheduled"), _moment(pod, "Ready")
        if placed is not None and 0 <= container.since - placed < _LONGEST_SECONDS:
            pulls.append(container.since - placed)
        if ready is not None and 0 < ready - container.since < _LONGEST_SECONDS:
            starts.append(ready - container.since)
    if pulls:
        found["pulling"] = Usual(median(pulls), _told(pulls))
    if starts:
        found["downloading"] = Usual(median(starts), f"{_told(starts)}, loading included")
        del found["loading"]
    return found


def main_container(pod: Pod) -> Container | None:
    """The one that runs the model: the first that is neither an init container nor a proxy beside it."""
    own = [one for one in pod.containers if not one.is_init]
    beside = ("queue-proxy", "istio-proxy", "linkerd-proxy")
    return next((one for one in own if one.name not in beside), own[0] if own else None)


def _unbroken(pod: Pod, image: str) -> Container | None:
    container = main_container(pod) if pod.ready else None
    if container is None or container.image != image or container.restarts:
        return None
    return container if container.phase is ContainerPhase.RUNNING else None


def _moment(pod: Pod, kind: str) -> float | None:
    return next((c.changed_at for c in pod.conditions if c.type == kind and c.status == "True"), None)


def _told(values: list[float]) -> str:
    return "one start here" if len(values) == 1 else f"median of {len(values)} starts here"
