"""What the kubelet finds out about an image or a container: how long it takes, and what is wrong with it."""

from dataclasses import dataclass

from tui.demo.objects import Json
from tui.demo.world import api
from tui.demo.world.api import Api
from tui.demo.world.inventory import PodRecord

_LARGE = ("70b", "49b", "mixtral", "deepseek-r1:")
NIM = "nvcr.io/nim/"
UNKNOWN_TAGS = (":0.0.0", ":does-not-exist", ":latest-typo")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A start that fails. ``crash`` is the exit code of a container that starts and ends; ``log`` its last lines."""

    reason: str
    message: str
    crash: int | None = None
    log: tuple[str, ...] = ()


def durations(record: PodRecord) -> tuple[float, float]:
    """Seconds that (pulling, loading until ready) take a real cluster."""
    if record.image.startswith(NIM):
        return 40.0, 90.0
    return 8.0, 4.0


def before_start(access: Api, pod: Json) -> Trouble | None:
    """What keeps containers from being started: pull secret, tag, missing Secret or ConfigMap."""
    namespace, spec = pod["metadata"]["namespace"], pod["spec"]
    for container in spec["containers"]:
        image = container["image"]
        if image.endswith(UNKNOWN_TAGS):
            text = f'rpc error: code = NotFound desc = failed to pull and unpack image "{image}": {image}: not found'
            return Trouble("ImagePullBackOff", f'Back-off pulling image "{image}": ErrImagePull: {text}')
        if image.startswith(NIM) and not _may_pull(access, namespace, spec):
            text = (
                f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": '
                "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to "
                "https://nvcr.io/proxy_auth: 401 Unauthorized"
            )
            return Trouble("ImagePullBackOff", f'Back-off pulling image "{image}": ErrImagePull: {text}')
        if missing := _missing_reference(access, namespace, container):
            return Trouble("CreateContainerConfigError", missing)
    return None


def _may_pull(access: Api, namespace: str, spec: Json) -> bool:
    named = [entry["name"] for entry in spec.get("imagePullSecrets", [])]
    return not named or any(access.get(api.SECRET, namespace, name) is not None for name in named)


def _missing_reference(access: Api, namespace: str, container: Json) -> str | None:
    for variable in container.get("env", []):
        source = variable.get("valueFrom", {})
        for field, kind, word in (
            ("secretKeyRef", api.SECRET, "secret"),
            ("configMapKeyRef", api.CONFIG_MAP, "configmap"),
        ):
            reference = source.get(field)
            if reference is None or reference.get("optional"):
                continue
            found = access.get(kind, namespace, reference["name"])
            if found is None:
                return f'{word} "{reference["name"]}" not found'
            if reference["key"] not in found.get("data", {}):
                return f"couldn't find key {reference['key']} in {word.title()} {namespace}/{reference['name']}"
    return None


def after_start(record: PodRecord, pod: Json) -> Trouble | None:
    """What ends a NIM while it loads its model."""
    if not record.image.startswith(NIM):
        return None
    variables = {entry["name"]: entry.get("value", "") for entry in pod["spec"]["containers"][0].get("env", [])}
    if variables.get("NGC_API_KEY") == "nvapi-":
        return Trouble("Error", "", 1, ("Authentication Error: NGC_API_KEY is not valid: 401 Unauthorized",))
    if "bogus" in variables.get("NIM_MODEL_PROFILE", ""):
        return Trouble("Error", "", 1, ("Could not find a profile that is currently runnable with the detected GPUs.",))
    share = record.ask.share or 1.0
    if any(name in record.image for name in _LARGE) and record.ask.devices * share < 2:
        lines = (
            "Loading model weights took 0.00 GB of 141.0 GB",
            "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.75 GiB. GPU 0 has a total capacity of "
            f"{93.6 * share:.2f} GiB of which 512.00 MiB is free.",
        )
        return Trouble("Error", "", 1, lines)
    return None
