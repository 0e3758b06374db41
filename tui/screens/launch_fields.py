"""The fields of the Launch form: which stand in which line, and how they are read and filled."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from textual.widgets import Input

from tui.present.launch_values import (
    EXISTING,
    FREE,
    NEW,
    NO,
    NO_CLAIM,
    NO_NGC,
    SECRET,
    TOKEN,
    YES,
    LaunchForm,
)
from widgets.form_line import Field, FormLine
from widgets.form_pick import Pick
from widgets.form_tiles import Tiles

Fields = Mapping[str, Field]

TOKEN_FIELD = "token"  # the id of the field; what is typed there leaves it only as a Secret
_DEFAULTS = asdict(LaunchForm())
_GPUS = (("cpu", "cpu"), ("tenth", "10 %"), ("half", "half"), ("one", "one"), ("two", "two"), (FREE, "free"))
_METRICS = (("", "none"), ("concurrency", "concurrency"), ("throughput", "throughput"), ("latency", "latency"))
_CLAIMS = ((EXISTING, "a claim"), (NEW, "a new claim"), (NO_CLAIM, "none"))
_NGC = ((SECRET, "a Secret"), (TOKEN, "a key typed now"), (NO_NGC, "not needed"))
_MODES = (("ReadWriteMany", "many nodes"), ("ReadWriteOnce", "one node"), ("ReadOnlyMany", "read-only"))
_SCHEDULERS = (("runai", "Run:ai"), ("kubernetes", "plain Kubernetes"))
_PROTOCOLS = (("http", "http"), ("grpc", "grpc"))
_PREEMPTIBLE = (("", "as the priority says"), (YES, "yes"), (NO, "no"))
_READ_ONLY = ((NO, "no"), (YES, "yes"))


def simple_lines() -> Iterable[FormLine]:
    """What every launch says. Lines that only some need have an id and are shown by ``shown_lines``."""
    yield FormLine("Name", [_input("name", "1fr", "from the model")])
    yield FormLine("Project", [_pick("project", "1fr", "the project whose quota it uses")])
    yield FormLine("Model", [_pick("model", "1fr", "publisher/model")])
    yield FormLine("GPU", [_tiles("tile", _GPUS)])
    yield FormLine(
        "", [_input("devices", 4), "GPUs, of each", _input("portion", 7, "all"), "or", _input("gpu_memory", 8, "–")],
        id="line-free",
    )  # fmt: skip
    yield FormLine("Replicas", [_input("min", 5), "to", _input("max", 5)])
    yield FormLine("Scale on", [_tiles("metric", _METRICS)], id="line-metric")
    yield FormLine("", [_input("target", 8, "1000"), "of it at one replica"], id="line-target")
    yield FormLine("Storage", [_tiles("claim", _CLAIMS)])
    yield FormLine("", [_pick("pvc", "1fr", "name of the claim"), "at", _input("mount", 18)], id="line-pvc")
    yield FormLine("", [_input("size", 8), "of class", _pick("storage_class", "1fr", "the default")], id="line-size")
    yield FormLine("", ["for", _tiles("access_mode", _MODES)], id="line-mode")
    yield FormLine("", ["NFS volume", _input("volume", "1fr", "none: made by the class")], id="line-volume")
    yield FormLine(
        "", [_input("nfs_server", 20, "server"), "exports", _input("nfs_path", "1fr", "/mnt/nim")], id="line-nfs"
    )
    yield FormLine("NGC", [_tiles("ngc", _NGC)])
    yield FormLine("", [_token()], id="line-token")
    yield FormLine("", [_pick("secret", "1fr", "name"), "key", _input("secret_key", 16)], id="line-secret")
    yield FormLine("Port", [_input("port", 7)])


def advanced_lines() -> Iterable[FormLine]:
    """What stands behind the fold."""
    yield FormLine("Version", [_input("version", 16, "no tag"), "image", _input("image", "1fr", "the model's")])
    yield FormLine("Profile", [_input("profile", "1fr", "chosen by the NIM")])
    yield FormLine("Scheduler", [_tiles("scheduler", _SCHEDULERS)])
    yield FormLine("Namespace", [_input("namespace", "1fr", "the project's")])
    yield FormLine("GPU burst", ["to", _input("gpu_limit", 7, "–"), "or", _input("gpu_memory_limit", 8, "–")])
    yield FormLine("CPU", [_input("cores", 7, "–"), "cores, at most", _input("cores_limit", 7, "–")])
    yield FormLine("Memory", [_input("memory", 8, "–"), "at most", _input("memory_limit", 8, "–")])
    yield FormLine("Begin with", [_input("initial", 5, "–"), "replicas; to zero after", _input("idle", 7, "–")])
    yield FormLine("Protocol", [_tiles("protocol", _PROTOCOLS)])
    yield FormLine("Read-only", [_tiles("read_only", _READ_ONLY)])
    yield FormLine("Pulled by", [_pick("registry_secret", "1fr", "the project's pull Secret")])
    yield FormLine("Variables", [_input("environment", "1fr", "NAME=value NAME=SECRET:name,key")])
    yield FormLine("Node pools", [_pick("node_pools", "1fr", "the project's")])
    yield FormLine("Priority", [_pick("priority", "1fr", "inference")])
    yield FormLine("Preempted", [_tiles("preemptible", _PREEMPTIBLE)])
    yield FormLine("Deleted", ["after", _input("delete_after", 8, "never"), "once it has ended"])
    yield FormLine("Labels", [_input("labels", "1fr", "NAME=value")])
    yield FormLine("Annotated", [_input("annotations", "1fr", "NAME=value")])


def shown_lines(form: LaunchForm) -> Mapping[str, bool]:
    """Which of the lines with an id this form needs."""
    scales = form.min.strip() != form.max.strip() or bool(form.metric)
    claim, new = form.claim != NO_CLAIM, form.claim == NEW
    return {
        "line-free": form.tile == FREE,
        "line-metric": scales,
        "line-target": scales and bool(form.metric),
        "line-pvc": claim,
        "line-size": new,
        "line-mode": new,
        "line-volume": new,
        "line-nfs": new and bool(form.volume.strip()),
        "line-token": form.ngc == TOKEN,
        "line-secret": form.ngc != NO_NGC,
    }


def fields_of(lines: Iterable[FormLine]) -> Fields:
    """The fields by their names in the form."""
    return {str(field.id): field for line in lines for field in line.fields}


def values_of(fields: Fields) -> LaunchForm:
    """What stands in the fields."""
    return LaunchForm(**{name: str(fields[name].value) for name in _DEFAULTS})


def set_values(fields: Fields, values: LaunchForm) -> None:
    """Write ``values`` into the fields."""
    for name, text in asdict(values).items():
        fields[name].value = text


def _input(name: str, width: int | str, placeholder: str = "") -> Input:
    field = Input(_DEFAULTS[name], placeholder=placeholder, id=name, compact=True)
    field.styles.width = width
    return field


def _pick(name: str, width: int | str, placeholder: str) -> Pick:
    field = Pick(_DEFAULTS[name], placeholder, name)
    field.styles.width = width
    return field


def _token() -> Input:
    field = Input("", placeholder="nvapi-… typed here only", password=True, id=TOKEN_FIELD, compact=True)
    field.styles.width = "1fr"
    return field


def _tiles(name: str, options: tuple[tuple[str, str], ...]) -> Tiles:
    return Tiles(options, _DEFAULTS[name], name)
