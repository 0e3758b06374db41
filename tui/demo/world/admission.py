"""What is refused when a pod is to be made: by Run:ai's webhook in KAI's own texts, and by a ResourceQuota."""

from tui.demo.kube.quota import check_quota
from tui.demo.objects import ApiError, Json
from tui.demo.world import api

_WEBHOOK = 'admission webhook "validate-pods.run.ai" denied the request: '


def refusal(pod: Json) -> str | None:
    """The webhook's answer to a pod that it refuses, ``None`` for one that it lets pass."""
    annotations = pod["metadata"].get("annotations", {})
    whole = any(
        "nvidia.com/gpu" in container.get("resources", {}).get(part, {})
        for container in pod["spec"]["containers"]
        for part in ("requests", "limits")
    )
    fraction, memory = annotations.get("gpu-fraction"), annotations.get("gpu-memory")
    if (fraction or memory) and whole:
        return _WEBHOOK + "cannot have both GPU fraction request and whole GPU resource request/limit"
    if fraction and memory:
        return _WEBHOOK + "cannot request both GPU and GPU memory"
    if memory is not None and not (memory.isdecimal() and int(memory) > 0):
        return _WEBHOOK + "gpu-memory annotation value must be a positive integer greater than 0"
    if fraction is not None and not _is_share(fraction):
        return _WEBHOOK + "gpu-fraction annotation value must be a positive number smaller than 1.0"
    return None


def quota_refusal(access: api.Api, pod: Json) -> str | None:
    """The API server's answer to a pod that its namespace's quota has no room for."""
    namespace = pod["metadata"]["namespace"]
    if not access.list(api.RESOURCE_QUOTA, namespace):
        return None
    try:
        check_quota(access.store, access.store.resource("pods"), namespace, pod)
    except ApiError as error:
        return error.message
    return None


def _is_share(text: str) -> bool:
    try:
        return 0 < float(text) < 1
    except ValueError:
        return False
