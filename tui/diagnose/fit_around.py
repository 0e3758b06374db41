"""What a launch leans on beside the nodes: namespace, claim, Secrets, classes, Knative. Pure.

What can't be read is a note, never a blocker.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tui.diagnose.causes import cause
from tui.diagnose.fit_ask import Ask
from tui.model.cause import Cause, Evidence
from tui.model.launch_spec import LaunchSpec, SecretRef, Storage
from tui.model.surroundings import Claim, Surroundings

FIRST_DOWNLOAD_SECONDS = 1800.0  # what the guide sets Knative's progress deadline to
_ONE_NODE = ("ReadWriteOnce", "ReadWriteOncePod")
_PULL_TYPES = ("kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg")


class Around(NamedTuple):
    """``blockers`` keep it from running, ``notes`` only warn."""

    blockers: tuple[Cause, ...]
    notes: tuple[Cause, ...]


def check_around(spec: LaunchSpec, ask: Ask, around: Surroundings | None) -> Around:
    """Everything that the spec names, looked up in the surroundings."""
    if around is None:
        return Around((), (not_checked("namespace", "claims, Secrets and classes were not read"),))
    if around.namespace_exists is False:
        fact = Evidence(f"namespace/{around.namespace}", "no such namespace")
        return Around((cause("namespace_missing", evidence=[fact]), *_runai(ask, around)), ())
    blockers = [*_runai(ask, around), *_storage(spec, around), *_secrets(spec, around), *_priority(spec, around)]
    notes = [*_storage_notes(spec, ask, around), *_pull_secret(spec, around), *_deadline(ask, around)]
    return Around(tuple(blockers), (*notes, *_unread(spec, around)))


def not_checked(what: str, why: str) -> Cause:
    """A note that something could not be looked at."""
    return cause("not_checked", evidence=[Evidence(what, why)])


def _runai(ask: Ask, around: Surroundings) -> Iterator[Cause]:
    if ask.by_runai and around.has_inference_workloads is False:
        fact = Evidence("customresourcedefinition/inferenceworkloads.run.ai", "not served")
        yield cause("inference_workloads_missing", evidence=[fact])


def _storage(spec: LaunchSpec, around: Surroundings) -> Iterator[Cause]:
    storage = spec.storage
    if storage is None:
        return
    if storage.new is not None:
        yield from _new_claim(storage, around)
        return
    if around.claims is None:
        return
    name = f"persistentvolumeclaim/{storage.pvc}"
    claim = _claim(storage, around)
    if claim is None:
        there = ", ".join(entry.name for entry in around.claims[:8])
        fact = Evidence(name, f"not in namespace {around.namespace}; there are {there or 'none'}")
        yield cause("pvc_missing", evidence=[fact], namespace=around.namespace)
    elif claim.phase == "Lost" or (claim.phase == "Pending" and _waits(claim, around) is False):
        said = f"phase {claim.phase}" + (f": {claim.message}" if claim.message else "")
        yield cause("pvc_unbound", evidence=[Evidence(name, said)], namespace=around.namespace)
    elif set(claim.access_modes) == {"ReadOnlyMany"} and not storage.read_only:
        fact = Evidence(name, "ReadOnlyMany only, and the cache is to be written; mount it read-only")
        yield cause("pvc_access_mode", evidence=[fact])


def _new_claim(storage: Storage, around: Surroundings) -> Iterator[Cause]:
    """A claim that is to be made needs a class that makes its volume, unless its volume is made with it."""
    new = storage.new
    if new is None or new.volume is not None or around.storage_classes is None:
        return
    there = ", ".join(entry.name for entry in around.storage_classes) or "none"
    if new.storage_class and all(entry.name != new.storage_class for entry in around.storage_classes):
        fact = Evidence(f"storageclass/{new.storage_class}", f"no such storage class; there are {there}")
        yield cause("storage_class_missing", evidence=[fact])
    elif new.storage_class is None and not any(entry.is_default for entry in around.storage_classes):
        fact = Evidence("storageclass", f"none is named and none is the default; there are {there}")
        yield cause("storage_class_missing", evidence=[fact])


def _claim(storage: Storage, around: Surroundings) -> Claim | None:
    return next((claim for claim in around.claims or () if claim.name == storage.pvc), None)


def _waits(claim: Claim, around: Surroundings) -> bool | None:
    """Whether a pending claim binds when its first pod is scheduled; ``None``: not known."""
    if around.storage_classes is None:
        return None
    return any(entry.waits_for_consumer for entry in around.storage_classes if entry.name == claim.storage_class)


def _secrets(spec: LaunchSpec, around: Surroundings) -> Iterator[Cause]:
    """Each Secret that is named, and each key where keys may be read."""
    if around.secrets is None:
        return
    known = {entry.name: entry for entry in around.secrets}
    told: set[tuple[str, str | None]] = set()
    for name, key in _wanted_secrets(spec):
        if (name, key) in told:
            continue
        told.add((name, key))
        entry = known.get(name)
        if entry is None:
            fact = Evidence(f"secret/{name}", f"not in namespace {around.namespace}")
        elif key is not None and entry.keys is not None and key not in entry.keys:
            fact = Evidence(f"secret/{name}", f"has no key {key}; its keys are {', '.join(entry.keys) or 'none'}")
        else:
            continue
        yield cause("secret_missing", evidence=[fact], namespace=around.namespace)


def _wanted_secrets(spec: LaunchSpec) -> Iterator[tuple[str, str | None]]:
    ngc = spec.ngc
    if ngc is not None and ngc.secret:
        yield ngc.secret, ngc.key
    if ngc is not None and ngc.registry_secret:
        yield ngc.registry_secret, None
    for variable in spec.environment:
        if isinstance(variable.value, SecretRef):
            yield variable.value.name, variable.value.key


def _pull_secret(spec: LaunchSpec, around: Surroundings) -> Iterator[Cause]:
    name = spec.ngc.registry_secret if spec.ngc is not None else None
    for entry in around.secrets or ():
        if entry.name == name and entry.type is not None and entry.type not in _PULL_TYPES:
            fact = Evidence(f"secret/{name}", f"its type {entry.type} is none that images are pulled with")
            yield cause("image_unauthorized", evidence=[fact], confidence="likely", namespace=around.namespace)


def _priority(spec: LaunchSpec, around: Surroundings) -> Iterator[Cause]:
    classes = around.priority_classes
    if spec.priority and classes is not None and all(entry.name != spec.priority for entry in classes):
        there = ", ".join(entry.name for entry in classes[:12]) or "none"
        fact = Evidence(f"priorityclass/{spec.priority}", f"there are {there}")
        yield cause("priority_class_missing", evidence=[fact])


def _storage_notes(spec: LaunchSpec, ask: Ask, around: Surroundings) -> Iterator[Cause]:
    """A volume for one node only holds back replicas on a second one."""
    storage = spec.storage
    several = max(ask.wanted, spec.replicas.max) > 1
    if storage is None:
        return
    claim = _claim(storage, around)
    modes: Sequence[str] = () if claim is None else claim.access_modes
    if storage.new is not None:
        modes = (storage.new.access_mode,)
    if several and modes and set(modes) <= set(_ONE_NODE):
        fact = Evidence(
            f"persistentvolumeclaim/{storage.pvc}", f"{', '.join(modes)}: its replicas run on one node only"
        )
        yield cause("pvc_access_mode", evidence=[fact], confidence="likely")
    if claim is not None and claim.phase == "Pending" and storage.new is None and _waits(claim, around) is None:
        fact = Evidence(
            f"persistentvolumeclaim/{storage.pvc}", "pending; whether its class waits for a pod is not known"
        )
        yield cause("pvc_unbound", evidence=[fact], confidence="possible", namespace=around.namespace)


def _deadline(ask: Ask, around: Surroundings) -> Iterator[Cause]:
    seconds = around.progress_deadline_seconds
    if ask.by_runai and seconds is not None and seconds < FIRST_DOWNLOAD_SECONDS:
        fact = Evidence("configmap/knative-serving/config-deployment", f"progress-deadline is {seconds:g}s")
        yield cause("progress_deadline_short", evidence=[fact], source="knative")


def _unread(spec: LaunchSpec, around: Surroundings) -> Iterator[Cause]:
    """What the spec names and nobody could look up."""
    names_secret = next(_wanted_secrets(spec), None) is not None
    new = spec.storage.new if spec.storage is not None else None
    asked = {
        "claims": spec.storage is not None and new is None and around.claims is None,
        "storage_classes": new is not None and new.volume is None and around.storage_classes is None,
        "secrets": names_secret and around.secrets is None,
        "priority_classes": spec.priority is not None and around.priority_classes is None,
        "namespace_exists": around.namespace_exists is None,
    }
    for what, missed in asked.items():
        if missed:
            yield not_checked(what.replace("_", " "), around.unknown.get(what, "could not be read"))
