"""Environment, labels and annotations of a spec. A variable's value is never repeated where it may be a credential."""

from collections.abc import Iterator

from tui.launch import rules
from tui.launch.environment import CACHE, PROFILE
from tui.launch.hidden import holds_ngc_key, is_secret_name
from tui.launch.marks import MANAGED_BY, OURS
from tui.model.launch_spec import NGC_KEY, EnvVar, FieldError, LaunchSpec, SecretRef

# Knative sets these itself and refuses a Service that does.
KNATIVE_VARIABLES = frozenset({"PORT", "K_SERVICE", "K_CONFIGURATION", "K_REVISION"})
LONGEST_VALUE = 32 * 1024
REFERENCE = "SECRET:"

Faults = Iterator[FieldError]


def check_environment(spec: LaunchSpec) -> Faults:
    """Names, references, and that what has a field of its own is said there."""
    seen: set[str] = set()
    for variable in spec.environment:
        field = f"environment.{variable.name}"
        if variable.name in seen:
            yield FieldError(field, "", "stands twice; keep one")
        seen.add(variable.name)
        if message := rules.variable(variable.name) or _reserved(spec, variable.name):
            yield FieldError(field, "", message)
        elif isinstance(variable.value, SecretRef):
            yield from _reference(field, variable.value)
        elif message := _plain(variable, variable.value):
            yield FieldError(field, "", message)


def _reserved(spec: LaunchSpec, name: str) -> str:
    if name == NGC_KEY:
        return "has a field of its own; write ngc: {secret: ngc-api-key}"
    if name == CACHE and spec.storage is not None:
        return "is set to storage.path; leave it out"
    if name == PROFILE:
        return "has a field of its own; write profile"
    if name in KNATIVE_VARIABLES and spec.scheduler == "runai":
        return "is set by Knative; leave it out"
    return ""


def _reference(field: str, reference: SecretRef) -> Faults:
    if message := rules.subdomain(reference.name):
        yield FieldError(f"{field}.secret", "" if holds_ngc_key(reference.name) else reference.name, message)
    if message := rules.secret_key(reference.key):
        yield FieldError(f"{field}.key", reference.key, message)


def _plain(variable: EnvVar, value: str) -> str:
    if value.startswith(REFERENCE) or holds_ngc_key(value) or (value and is_secret_name(variable.name)):
        return "a credential is given by reference; write {secret: NAME, key: KEY}"
    if "\0" in value:
        return "holds a control character; remove it"
    if len(value) > LONGEST_VALUE:
        return "is longer than 32 KiB; mount a file instead"
    return ""


def check_marks(spec: LaunchSpec) -> Faults:
    """Labels and annotations: Kubernetes' rules, and none of nimdeck's own."""
    for table, pairs in (("labels", spec.labels), ("annotations", spec.annotations)):
        seen: set[str] = set()
        for key, value in pairs:
            field = f"{table}.{key}"
            if key in seen:
                yield FieldError(field, value, "stands twice; keep one")
            seen.add(key)
            yield from _mark(field, key, value, is_label=table == "labels")


def _mark(field: str, key: str, value: str, is_label: bool) -> Faults:
    if key == MANAGED_BY or key.startswith(OURS):
        yield FieldError(field, "", "is nimdeck's own; use another key")
    elif message := rules.qualified(key):
        yield FieldError(field, "", message)
    if holds_ngc_key(value):
        yield FieldError(field, "", "a credential is no label; store it in a Secret")
    elif is_label and (message := rules.label_value(value)):
        yield FieldError(field, value, message)
