"""What Run:ai's control plane is asked to do where the Kubernetes API can't or may not: launch, scale, delete.

It answers 202 and works on: only what is seen later tells whether it was done.
"""

from collections.abc import Mapping, Sequence

from tui.launch.kinds import INFERENCE, CannotChange, at, whole
from tui.launch.offered import needs_rest
from tui.launch.plan import Existing, plan
from tui.launch.projects import NotThere, Read, find_cluster, find_project
from tui.launch.rest import INFERENCES, inference_request, scale_request
from tui.launch.scale import Scale
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.json_value import JsonObject
from tui.model.launch_spec import LaunchSpec
from tui.model.manifest import Change, Manifest
from tui.model.surroundings import Surroundings

_WORKLOADS = "/api/v1/workloads"


def launch_request(spec: LaunchSpec, namespace: str, read: Read, cluster: str | None = None) -> Change:
    """The request that makes this inference. ``cluster`` is its name or id, where there are several.

    Raises ``NotThere`` where project or cluster is unknown, and what ``read`` raises.
    """
    project = find_project(read, spec.project)
    cluster_id = project.get("clusterId") or find_cluster(read, cluster).get("uuid")
    body = inference_request(spec, str(project.get("id")), str(cluster_id))
    key = ObjectKey(namespace, spec.name)
    return Change("request", f"POST {INFERENCES}", key, f"ask Run:ai for inference {key}", body=body)


def plan_launch(
    spec: LaunchSpec,
    made: Sequence[Manifest],
    existing: Existing,
    surroundings: Surroundings | None,
    read: Read | None,
    cluster: str | None = None,
    *,
    replace_secrets: bool = False,
) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """The changes of a new launch, and the fields for which Run:ai is asked instead of Kubernetes (mostly none).

    What only the control plane can take goes there, its volumes and Secrets are made here. ``read`` None: there is no
    control plane. Raises as ``plan`` and ``launch_request``.
    """
    only_there = needs_rest(spec, surroundings)
    if not only_there or read is None:
        return plan(made, existing, replace_secrets=replace_secrets), ()
    workload = next(manifest for manifest in made if manifest.kind == INFERENCE)
    before = plan([one for one in made if one is not workload], existing, replace_secrets=replace_secrets)
    return (*before, launch_request(spec, workload.key.namespace, read, cluster)), only_there


def scale_requests(key: WorkloadKey, scale: Scale, read: Read) -> tuple[Change, ...]:
    """Other numbers of replicas; ``None`` leaves one as it is. Raises as ``launch_request`` and ``CannotChange``."""
    path = f"{INFERENCES}/{_inference_id(key, read)}"
    autoscaling = at(read(path, {}), "spec", "autoscaling")
    current: JsonObject = autoscaling if isinstance(autoscaling, Mapping) else {}
    least, most = whole(at(current, "minReplicas")), whole(at(current, "maxReplicas"))
    low = scale.min if scale.min is not None else 1 if least is None else least
    high = scale.max if scale.max is not None else max(low, 1) if most is None else most
    if not 0 <= low <= high:
        raise CannotChange(f"{key}: from {low} to {high} replicas is no range: give --min and --max")
    if (low, high) == (least, most):
        return ()
    title = f"ask Run:ai to scale {key} to {Scale(low, high)}"
    replaces: JsonObject = {"spec": {"autoscaling": current}}
    body = scale_request(current, low, high)
    return (Change("request", f"PATCH {path}", ObjectKey(*key[:2]), title, body=body, replaces=replaces),)


def delete_request(key: WorkloadKey, read: Read) -> Change:
    """Raises as ``launch_request``."""
    path = f"{INFERENCES}/{_inference_id(key, read)}"
    return Change("request", f"DELETE {path}", ObjectKey(*key[:2]), f"ask Run:ai to delete {key}")


def _inference_id(key: WorkloadKey, read: Read) -> str:
    answer = read(_WORKLOADS, {"filterBy": f"name=={key.name}", "limit": 500})
    listed = answer.get("workloads")
    for one in listed if isinstance(listed, list | tuple) else ():
        kind = at(one, "type")
        is_inference = isinstance(kind, str) and kind.lower().startswith("inference")
        if at(one, "name") == key.name and at(one, "namespace") == key.namespace and is_inference:
            return str(at(one, "id"))
    raise NotThere(f"the control plane has no inference {key}")
