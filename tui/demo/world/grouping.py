"""The pod grouper: which pods are scheduled together, after KAI's rules.

Pods of a Knative Revision form one gang of ``min-scale`` members, pods of a Job share a group, any other pod is alone.
"""

from collections.abc import Callable

from tui.demo.objects import Json
from tui.demo.world import api
from tui.demo.world.inference import project_of
from tui.demo.world.naming import Names
from tui.demo.world.workloads import pod_group

Lookup = Callable[[api.Kind, str, str], Json | None]
_DEFAULT_PRIORITY = "train"


def owner_of_group(pod: Json, lookup: Lookup) -> tuple[Json, int]:
    """(the object whose pods form the group, how many must start together)."""
    metadata = pod["metadata"]
    revision = metadata.get("labels", {}).get("serving.knative.dev/revision")
    if revision and (found := lookup(api.REVISION, metadata["namespace"], revision)):
        minimum = found["metadata"].get("annotations", {}).get("autoscaling.knative.dev/min-scale", "1")
        return found, max(1, int(minimum))
    for owner in metadata.get("ownerReferences", []):
        if owner["kind"] == "Job" and (found := lookup(api.JOB, metadata["namespace"], owner["name"])):
            return found, 1
    return pod, 1


def group_for(names: Names, pod: Json, lookup: Lookup, now: float) -> Json:
    """The PodGroup that ``pod`` belongs into, as it would be created now."""
    owner, minimum = owner_of_group(pod, lookup)
    queue = pod["metadata"].get("labels", {}).get("runai/queue") or project_of(pod["metadata"]["namespace"])
    priority = pod["spec"].get("priorityClassName", _DEFAULT_PRIORITY)
    return pod_group(names, owner, queue, minimum, priority, now)


def join(pod: Json, group: Json) -> None:
    """Writes the group's name into the pod."""
    pod["metadata"].setdefault("annotations", {})["pod-group-name"] = group["metadata"]["name"]
