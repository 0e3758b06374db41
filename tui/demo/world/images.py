"""What the kubelet finds out about an image or a container: how long it takes, and what is wrong with it."""

import base64
import binascii
import re
from dataclasses import dataclass

from tui.demo.objects import Json
from tui.demo.world import api
from tui.demo.world.api import Api
from tui.demo.world.hardware import GPU_MEMORY_MIB
from tui.demo.world.inventory import PodRecord
from tui.demo.world.quantity import quantity

NIM = "nvcr.io/nim/"
DEFAULT_PULL_SECRET = "ngc-registry"
_UNKNOWN = (":0.0.0", "does-not-exist", "typo", "no-such-")
_PUBLISHERS = frozenset(
    {
        *("meta", "nvidia", "deepseek-ai", "mistralai", "nv-mistralai", "microsoft", "google", "qwen", "openai"),
        *("baai", "snowflake", "ibm", "ibm-granite", "databricks", "upstage", "moonshotai", "bigcode", "igenius"),
        *("tokyotech-llm", "yentinglin", "rakuten", "speakleash", "institute-of-science-tokyo", "utter-project"),
    }
)
_PARAMETERS = re.compile(r"-(?:(\d+)x)?(\d+(?:\.\d+)?)b(?:-|$)")
_LARGE = {"deepseek-ai/deepseek-r1": 671.0, "deepseek-ai/deepseek-v3": 671.0}
_SMALL_BILLIONS = 3.0  # of a model whose name does not say
_BYTES_A_PARAMETER = 2.0  # BF16
_ROOM_BESIDE_WEIGHTS = 1.1  # activations and a little KV cache
_LEAST_MEMORY = 0.15  # of the weights' size, that a host needs to pass them on to the GPU
_EXITS = re.compile(r"\bexit (\d+)")
_ECHOES = re.compile(r"echo '?([^;']+)")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A start that fails. ``crash`` is the exit code of a container that starts and ends; ``log`` its last lines.

    ``loads``: it fails while the model is loaded; else before anything is downloaded.
    """

    reason: str
    message: str
    crash: int | None = None
    log: tuple[str, ...] = ()
    loads: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds that the parts of a start take a real cluster."""

    pull: float
    download: float
    load: float

    @property
    def until_ready(self) -> float:
        """From the started container on."""
        return self.download + self.load


def start_of(image: str, *, present: bool = False, cached: bool = False) -> Start:
    """``present``: the node has the image; ``cached``: the model lies in the mounted volume."""
    pull = 1.0 if present else 60.0
    if not image.startswith(NIM):
        return Start(min(pull, 8.0), 0.0, 4.0)
    billions = billions_of(image)
    download = 8.0 if cached else min(400.0, max(40.0, 16.0 * billions))
    return Start(pull, download, min(240.0, 60.0 + 5.0 * billions))


def model_and_version(image: str) -> tuple[str, str | None]:
    """``meta/llama-3.1-8b-instruct`` and the tag of a NIM's image, ``None`` for an image without one."""
    model, _, version = image.removeprefix(NIM).partition("@")[0].partition(":")
    return model, version or None


def billions_of(image: str) -> float:
    """Parameters in billions, by the name."""
    model = model_and_version(image)[0]
    if model in _LARGE:
        return _LARGE[model]
    found = _PARAMETERS.search(model)
    return float(found[1] or 1) * float(found[2]) if found else _SMALL_BILLIONS


def before_start(access: Api, pod: Json) -> Trouble | None:
    """What keeps containers from being started: pull secret, image, missing Secret or ConfigMap."""
    namespace, spec = pod["metadata"]["namespace"], pod["spec"]
    for container in spec["containers"]:
        image = container["image"]
        if not _exists(image):
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


def _exists(image: str) -> bool:
    """This cluster's registry has what NIM's publishers publish, and everything that lies in other registries."""
    if any(word in image for word in _UNKNOWN):
        return False
    return not image.startswith(NIM) or image.removeprefix(NIM).partition("/")[0] in _PUBLISHERS


def _may_pull(access: Api, namespace: str, spec: Json) -> bool:
    """A pull secret that is named must be there; without one Run:ai takes the project's registry credentials."""
    named = [entry["name"] for entry in spec.get("imagePullSecrets", [])]
    if set(named) - {DEFAULT_PULL_SECRET}:
        return any(_is_login(access.get(api.SECRET, namespace, name)) for name in named)
    return any(_is_login(secret) for secret in access.list(api.SECRET, namespace))


def _is_login(secret: Json | None) -> bool:
    return secret is not None and secret.get("type") == "kubernetes.io/dockerconfigjson"


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
    """What ends a container while it starts."""
    if killed := _killed(record, pod):
        return killed
    if not record.image.startswith(NIM):
        return _by_command(pod["spec"]["containers"][0])
    variables = {entry["name"]: entry.get("value", "") for entry in pod["spec"]["containers"][0].get("env", [])}
    if variables.get("NGC_API_KEY") == "nvapi-":
        return Trouble("Error", "", 1, ("Authentication Error: NGC_API_KEY is not valid: 401 Unauthorized",))
    if "bogus" in variables.get("NIM_MODEL_PROFILE", "") or not (record.ask.gpus or record.ask.mig):
        return Trouble("Error", "", 1, ("Could not find a profile that is currently runnable with the detected GPUs.",))
    return _out_of_memory(record)


def _by_command(container: Json) -> Trouble | None:
    """A command of which all is said by how it ends: ``sh -c 'echo ...; exit 3'``."""
    words = " ".join([*container.get("command", ()), *container.get("args", ())])
    found = _EXITS.search(words)
    if found is None or not int(found[1]):
        return None
    return Trouble("Error", "", int(found[1]), tuple(_ECHOES.findall(words)))


def _killed(record: PodRecord, pod: Json) -> Trouble | None:
    """The kernel ends a NIM that may have far less memory than its weights pass through."""
    told = pod["spec"]["containers"][0].get("resources", {}).get("limits", {}).get("memory")
    if told is None or not record.image.startswith(NIM):
        return None
    try:
        limit = quantity(str(told))
    except ValueError:
        return None
    if limit >= billions_of(record.image) * _BYTES_A_PARAMETER * 1e9 * _LEAST_MEMORY:
        return None
    return Trouble("OOMKilled", "", 137, loads=True)


def answers_probe(pod: Json) -> bool:
    """Whether a NIM's server has the path that the pod's readiness probe asks for."""
    container = pod["spec"]["containers"][0]
    path = container.get("readinessProbe", {}).get("httpGet", {}).get("path", "/v1/")
    return not container.get("image", "").startswith(NIM) or str(path).startswith("/v1/")


def _out_of_memory(record: PodRecord) -> Trouble | None:
    if record.ask.mig:
        return None
    needed = billions_of(record.image) * _BYTES_A_PARAMETER
    given = record.ask.gpus * GPU_MEMORY_MIB * 2**20 / 1e9
    if needed * _ROOM_BESIDE_WEIGHTS <= given:
        return None
    share = (record.ask.share or 1.0) * GPU_MEMORY_MIB / 1024
    lines = (
        f"Loading model weights took 0.00 GB of {needed:.1f} GB",
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.75 GiB. GPU 0 has a total capacity of "
        f"{share:.2f} GiB of which 512.00 MiB is free.",
    )
    return Trouble("Error", "", 1, lines, loads=True)


def refused_key(access: Api, pod: Json) -> Trouble | None:
    """A key out of a Secret that NGC does not take: an empty one, or one that is only its prefix."""
    for variable in pod["spec"]["containers"][0].get("env", []):
        reference = variable.get("valueFrom", {}).get("secretKeyRef")
        if variable["name"] != "NGC_API_KEY" or reference is None:
            continue
        found = access.get(api.SECRET, pod["metadata"]["namespace"], reference["name"]) or {}
        if _decoded(found.get("data", {}).get(reference["key"], "")) in ("", "nvapi-"):
            return Trouble("Error", "", 1, ("Authentication Error: NGC_API_KEY is not valid: 401 Unauthorized",))
    return None


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode("utf-8", "replace").strip()
    except binascii.Error:
        return ""
