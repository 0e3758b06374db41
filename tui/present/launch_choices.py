"""What a field of the Launch form can be filled with, from what the cluster has; and what it is best filled with. Pure.

A choice is a value and a note beside it.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import count

from config.catalogue import Nim, nims
from tui.launch.manifests import namespace_of
from tui.model.launch_spec import NGC_KEY, LaunchSpec
from tui.model.snapshot import Snapshot
from tui.model.surroundings import Claim, SecretInfo, Surroundings
from tui.model.tenancy import Project
from tui.present import format as fmt
from tui.present.launch_values import EXISTING, NO_CLAIM, SECRET, TOKEN, USUAL_SECRET, LaunchForm

Choice = tuple[str, str]
Choices = tuple[Choice, ...]

_REGISTRY = "nvcr.io/nim/"
_OPAQUE = ("Opaque", None)
_PULL = "kubernetes.io/dockerconfigjson"


def project_choices(snapshot: Snapshot) -> Choices:
    """The one with the most quota left first."""
    return tuple((one.name, _quota(one)) for one in sorted(snapshot.projects.values(), key=_most_left))


def model_choices() -> Choices:
    """The catalogue, the guide's first."""
    return tuple((nim.image.removeprefix(_REGISTRY), _needs(nim)) for nim in nims())


def claim_choices(around: Surroundings | None) -> Choices:
    return tuple((one.name, _claim(one)) for one in (around.claims if around else None) or ())


def secret_choices(around: Surroundings | None) -> Choices:
    """Those that may hold an API key; the usual one first."""
    known = [one for one in (around.secrets if around else None) or () if one.type in _OPAQUE]
    known.sort(key=lambda one: (one.name != USUAL_SECRET, one.name))
    return tuple((one.name, ", ".join(one.keys or ())) for one in known)


def pull_choices(around: Surroundings | None) -> Choices:
    known = (around.secrets if around else None) or ()
    return tuple((one.name, "") for one in known if one.type in (_PULL, None))


def class_choices(around: Surroundings | None) -> Choices:
    known = (around.storage_classes if around else None) or ()
    return tuple((one.name, f"{one.provisioner or ''}{', the default' if one.is_default else ''}") for one in known)


def priority_choices(around: Surroundings | None) -> Choices:
    known = (around.priority_classes if around else None) or ()
    return tuple((one.name, "" if one.value is None else f"{one.value}") for one in known)


def pool_choices(snapshot: Snapshot) -> Choices:
    return tuple((one.name, one.placement_strategy or "") for one in snapshot.node_pools.values())


def best_project(snapshot: Snapshot) -> str:
    """The one with the most quota left; ``""`` where none is known."""
    return next((name for name, _ in project_choices(snapshot)), "")


def free_name(spec: LaunchSpec, snapshot: Snapshot) -> str:
    """Its name, or that with the first number behind it that no workload of its namespace has."""
    space = namespace_of(spec, snapshot)
    taken = {key.name for key in snapshot.workloads if key.namespace == space}
    tries = (f"{spec.name}-{number}" for number in count(2))
    return spec.name if spec.name not in taken else next(name for name in tries if name not in taken)


def filled(form: LaunchForm, around: Surroundings, own: Iterable[str]) -> LaunchForm:
    """Claim and Secret as this namespace has them, but for the fields in ``own``, which the user has set.

    A name that is there stays. Only where there is nothing to choose between is something chosen.
    """
    kept = set(own)
    if not kept & {"claim", "pvc"}:
        form = _with_claim(form, around)
    if not kept & {"ngc", "secret", "secret_key"}:
        form = _with_secret(form, around)
    return form


def with_typed_secret(around: Surroundings | None, form: LaunchForm) -> Surroundings | None:
    """As the namespace will be once the key that is typed has become its Secret."""
    if around is None or around.secrets is None or form.ngc != TOKEN:
        return around
    name = form.secret.strip() or USUAL_SECRET
    others = tuple(one for one in around.secrets if one.name != name)
    return replace(around, secrets=(*others, SecretInfo(name, "Opaque", (form.secret_key.strip(),))))


def _with_claim(form: LaunchForm, around: Surroundings) -> LaunchForm:
    names = None if around.claims is None else [claim.name for claim in around.claims]
    if names is None or form.claim not in (EXISTING, NO_CLAIM) or form.pvc in names:
        return form
    if len(names) == 1:
        return replace(form, claim=EXISTING, pvc=names[0])
    return form


def _with_secret(form: LaunchForm, around: Surroundings) -> LaunchForm:
    names = None if around.secrets is None else [name for name, _ in secret_choices(around)]
    if names is None or form.ngc not in (SECRET, TOKEN):
        return form
    if form.secret in names:
        return replace(form, ngc=SECRET)
    fitting = [one.name for one in around.secrets or () if one.keys is not None and NGC_KEY in one.keys]
    if USUAL_SECRET in names or len(fitting) == 1:
        return replace(form, ngc=SECRET, secret=USUAL_SECRET if USUAL_SECRET in names else fitting[0])
    return replace(form, ngc=TOKEN, secret=form.secret or USUAL_SECRET)


def _quota(project: Project) -> str:
    left = _left(project)
    told = f"quota {fmt.gpus(project.gpu_quota)}, given {fmt.gpus(project.gpu_allocated)}"
    return told if left is None else f"{told}, left {fmt.gpus(left)}"


def _left(project: Project) -> float | None:
    if project.gpu_quota is None or project.gpu_allocated is None:
        return None
    return max(0.0, project.gpu_quota - project.gpu_allocated)


def _most_left(project: Project) -> tuple[bool, float, str]:
    left = _left(project)
    return left is None, -(left or 0.0), project.name


def _needs(nim: Nim) -> str:
    count = f", {nim.min_gpus} GPUs" if nim.min_gpus > 1 else ""
    version = f" {nim.version}" if nim.version else ""
    return f"{fmt.size(nim.weights_bytes)}{count}{version}"


def _claim(claim: Claim) -> str:
    modes = "/".join("".join(letter for letter in mode if letter.isupper()) for mode in claim.access_modes)
    return " ".join(part for part in (claim.phase or "", fmt.size(claim.size_bytes), modes) if part)
