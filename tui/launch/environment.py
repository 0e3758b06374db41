"""The environment of a NIM: what its spec means by NGC, cache, profile and port, then the operator's own variables."""

import re

from tui.launch.image import is_nim
from tui.model.launch_spec import NGC_KEY, EnvVar, LaunchSpec, SecretRef

CACHE = "NIM_CACHE_PATH"
PROFILE = "NIM_MODEL_PROFILE"
PORT = "NIM_SERVER_PORT"
NIM_PORT = 8000

_REFERENCE = re.compile(r"^SECRET:(?P<name>[^,\s]+),(?P<key>[^,\s]+)$")


def variables(spec: LaunchSpec) -> tuple[EnvVar, ...]:
    """All of them, in the guide's order."""
    found: list[EnvVar] = []
    if spec.ngc is not None and spec.ngc.secret:
        found.append(EnvVar(NGC_KEY, SecretRef(spec.ngc.secret, spec.ngc.key)))
    if spec.storage is not None:
        found.append(EnvVar(CACHE, spec.storage.path))
    if spec.profile:
        found.append(EnvVar(PROFILE, spec.profile))
    if needs_port(spec):
        found.append(EnvVar(PORT, str(spec.port)))
    return (*found, *spec.environment)


def needs_port(spec: LaunchSpec) -> bool:
    """A NIM listens on 8000 unless told; what another image listens on is its own business."""
    told = any(variable.name == PORT for variable in spec.environment)
    return is_nim(spec) and spec.port != NIM_PORT and not told


def reference_text(reference: SecretRef) -> str:
    """As Run:ai writes a Secret's key in an InferenceWorkload."""
    return f"SECRET:{reference.name},{reference.key}"


def parse_reference(text: str) -> SecretRef | None:
    """The reference that ``text`` is; ``None`` for a plain value."""
    match = _REFERENCE.match(text)
    return SecretRef(match.group("name"), match.group("key")) if match else None
