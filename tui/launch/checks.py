"""Whether a spec is right in itself: each field, and the fields together. What a cluster says of it: ``against``.

Field paths are those of the file (``replicas.max``); values that may be secret are never repeated.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tui.launch import rules
from tui.launch.asked import asked
from tui.launch.checks_compute import check_cpu, check_gpu, check_replicas
from tui.launch.checks_environment import check_environment, check_marks
from tui.launch.hidden import holds_ngc_key
from tui.launch.image import split_tag
from tui.launch.offered import RUNAI_SCHEDULER, offered
from tui.launch.sizes import MIB, duration_text, size_text
from tui.model.launch_spec import FieldError, LaunchSpec, Ngc, Storage
from tui.model.snapshot import Snapshot
from tui.model.status import SourceState
from tui.model.surroundings import Surroundings

# Knative's queue proxy stands beside the model in each pod and listens on these itself.
KNATIVE_PORTS = frozenset({8008, 8012, 8013, 8022, 9090, 9091})
LONGEST_PROJECT = rules.LONGEST_LABEL - len("runai-")
LONGEST_KNATIVE = rules.LONGEST_LABEL - len(rules.REVISION_SUFFIX)
EMPTY = "a new claim is empty and the model could not be written into it"
LONGEST_DELETE_SECONDS = 10 * 365 * 86400

Faults = Iterator[FieldError]


def check(spec: LaunchSpec) -> tuple[FieldError, ...]:
    """Everything wrong with the spec, in the order of the form; empty: it can be made into manifests."""
    return tuple(_without_keys(error) for error in _all(spec))


def check_against(
    spec: LaunchSpec, snapshot: Snapshot, surroundings: Surroundings | None, has_rest: bool | None = None
) -> tuple[FieldError, ...]:
    """What a cluster can't take of a spec. ``has_rest`` None: as the snapshot's sources say.

    A claim, Secret or quota that is missing is no fault of a field; the fit tells it.
    """
    return tuple(_without_keys(error) for error in _against(spec, snapshot, surroundings, has_rest))


def _against(spec: LaunchSpec, snapshot: Snapshot, surroundings: Surroundings | None, has_rest: bool | None) -> Faults:
    if has_rest is None:
        status = snapshot.sources.get("runai")
        has_rest = status is not None and status.state in (SourceState.LIVE, SourceState.STALE)
    exists = surroundings.namespace_exists if surroundings is not None else None
    known = snapshot.projects
    if known and spec.project not in known and exists is not True:
        yield FieldError("project", spec.project, f"is not known here; use one of {_some(known)}")
    elif exists is False and surroundings is not None:
        message = f"has no namespace {surroundings.namespace}; create the project in Run:ai, or give namespace"
        yield FieldError("project", spec.project, message)
    if spec.scheduler == "kubernetes":
        return
    reasons = offered(surroundings, has_rest)
    if reasons[RUNAI_SCHEDULER]:
        yield FieldError("scheduler", spec.scheduler, reasons[RUNAI_SCHEDULER])
    else:
        yield from (FieldError(path, "", reasons[path]) for path in asked(spec) if reasons[path])


def _some(names: Iterable[str]) -> str:
    found = sorted(names)
    return ", ".join(found[:8]) + (f" and {len(found) - 8} more" if len(found) > 8 else "")


def fault(field: str, value: str, message: str) -> Faults:
    """One fault, where there is a message."""
    if message:
        yield FieldError(field, value, message)


def _without_keys(error: FieldError) -> FieldError:
    """A key pasted into the wrong field is not shown again."""
    field = error.field.partition(".")[0] if holds_ngc_key(error.field) else error.field
    return replace(error, field=field, value="" if holds_ngc_key(error.value) else error.value)


def _all(spec: LaunchSpec) -> Faults:
    yield from _names(spec)
    yield from _image(spec)
    yield from check_gpu(spec.gpu)
    yield from check_cpu(spec.cpu)
    yield from check_replicas(spec.replicas)
    if spec.storage is not None:
        yield from _storage(spec.storage)
    if spec.ngc is not None:
        yield from _ngc(spec.ngc)
    yield from _port(spec)
    yield from check_environment(spec)
    yield from _placement(spec)
    yield from check_marks(spec)
    if spec.scheduler == "kubernetes":
        yield from _plain_kubernetes(spec)


def _names(spec: LaunchSpec) -> Faults:
    longest = LONGEST_KNATIVE if spec.scheduler == "runai" else rules.LONGEST_LABEL
    missing = "is missing; give one, such as"
    yield from fault("name", spec.name, rules.service(spec.name, longest) if spec.name else f"{missing} llama-8b")
    label = rules.label(spec.project, LONGEST_PROJECT) if spec.project else f"{missing} test"
    yield from fault("project", spec.project, label)
    if spec.namespace is not None:
        yield from fault("namespace", spec.namespace, rules.label(spec.namespace))


def _image(spec: LaunchSpec) -> Faults:
    if spec.model is None and spec.image is None:
        yield FieldError("model", "", "is missing; name a model such as meta/llama-3.1-8b-instruct, or an image")
    if spec.model is not None:
        yield from fault("model", spec.model, rules.model(spec.model))
    if spec.image is not None:
        yield from fault("image", spec.image, rules.image(spec.image))
        if spec.version is not None and (split_tag(spec.image)[1] is not None or "@" in spec.image):
            yield FieldError("version", spec.version, "the image has a tag or digest already; leave one of them out")
    if spec.version is not None:
        yield from fault("version", spec.version, rules.tag(spec.version))
    if spec.profile is not None and (not spec.profile.isprintable() or " " in spec.profile):
        yield FieldError("profile", spec.profile, "is no profile; give its name or hash, without spaces")


def _storage(storage: Storage) -> Faults:
    yield from fault("storage.pvc", storage.pvc, rules.subdomain(storage.pvc))
    yield from fault("storage.path", storage.path, rules.path(storage.path))
    new = storage.new
    if new is None:
        return
    if new.size_bytes < MIB:
        yield FieldError("storage.new.size", size_text(new.size_bytes), "is too small; a model needs e.g. 100Gi")
    if new.volume is None:  # a share may hold the model already; what a class provisions is empty
        if storage.read_only:
            yield FieldError("storage.read_only", "true", f"{EMPTY}; leave it out")
        if new.access_mode == "ReadOnlyMany":
            yield FieldError("storage.new.access_mode", new.access_mode, f"{EMPTY}; use ReadWriteMany")
    if new.storage_class is not None:
        yield from fault("storage.new.storage_class", new.storage_class, rules.subdomain(new.storage_class))
    if new.volume is not None:
        yield from fault("storage.new.volume.name", new.volume.name, rules.subdomain(new.volume.name))
        yield from fault("storage.new.volume.server", new.volume.server, rules.nfs_server(new.volume.server))
        if not new.volume.path.startswith("/") or ".." in new.volume.path.split("/"):
            message = "is no exported folder; write it in full, such as /mnt/nim"
            yield FieldError("storage.new.volume.path", new.volume.path, message)


def _ngc(ngc: Ngc) -> Faults:
    if ngc.secret is None and ngc.registry_secret is None:
        yield FieldError("ngc.secret", "", "is missing; name the Secret with the API key, or leave ngc out")
    if ngc.secret is not None:
        yield from fault("ngc.secret", ngc.secret, rules.subdomain(ngc.secret))
    yield from fault("ngc.key", ngc.key, rules.secret_key(ngc.key))
    if ngc.registry_secret is not None:
        yield from fault("ngc.registry_secret", ngc.registry_secret, rules.subdomain(ngc.registry_secret))


def _port(spec: LaunchSpec) -> Faults:
    if not 1 <= spec.port <= 65535:
        yield FieldError("port", str(spec.port), "is no port; use 1 to 65535, 8000 for a NIM")
    elif spec.scheduler == "runai" and spec.port in KNATIVE_PORTS:
        yield FieldError(
            "port", str(spec.port), "is taken in each pod by Knative's queue proxy; use another, such as 8000"
        )


def _placement(spec: LaunchSpec) -> Faults:
    for pool in spec.node_pools:
        yield from fault("node_pools", pool, rules.label(pool))
    if len(set(spec.node_pools)) < len(spec.node_pools):
        yield FieldError("node_pools", ", ".join(spec.node_pools), "names a pool twice; keep each once, best first")
    if spec.priority is not None:
        yield from fault("priority", spec.priority, rules.subdomain(spec.priority))
    after = spec.delete_after_seconds
    if after is not None and not 1 <= after <= LONGEST_DELETE_SECONDS:
        yield FieldError("delete_after", duration_text(after), "is out of range; give 1s to 3650d, 30d in the guide")


def _plain_kubernetes(spec: LaunchSpec) -> Faults:
    """What only Run:ai can do."""
    runai = "needs scheduler: runai; leave it out for plain Kubernetes"
    if spec.gpu.is_shared:
        yield FieldError(
            "gpu", "", "plain Kubernetes gives whole devices only; write a whole number, or scheduler: runai"
        )
    replicas = spec.replicas
    if replicas.min != replicas.max:
        message = f"plain Kubernetes does not scale by load here; write replicas: {max(1, replicas.min)}"
        yield FieldError("replicas.max", str(replicas.max), message)
    for field, value in (
        ("replicas.metric", replicas.metric),
        ("replicas.initial", replicas.initial),
        ("replicas.idle", replicas.idle_seconds),
        ("node_pools", ", ".join(spec.node_pools) or None),
        ("preemptible", spec.preemptible),
        ("delete_after", spec.delete_after_seconds),
    ):
        if value is not None:
            yield FieldError(field, str(value), runai)
