"""Preflight, section Storage and secrets: classes, the claim for NIM's cache, and the two Secrets of a NIM."""

import shlex
from collections.abc import Callable

from tui.diagnose.preflight_rule import API, Finding, Ground, Rule, counted, failed, named, passed, unknown, warned
from tui.model.check import ScreenFix
from tui.model.ids import ObjectKey
from tui.model.installation import hidden
from tui.model.surroundings import Claim, SecretInfo

SECTION = "Storage and secrets"
BOUND_CHECK = "storage.claim_bound"
BOUND = "Bound"
SHARED = "ReadWriteMany"
NGC_KEY = "NGC_API_KEY"
DOCKER_KEY = ".dockerconfigjson"
DOCKER_TYPE = "kubernetes.io/dockerconfigjson"

_NO_SPACE = "no project's namespace is known: name the project with --project"
_IN_DATA = "Create Data Source for NIM"


def _classes(ground: Ground) -> Finding:
    classes = ground.facts.storage_classes
    if classes is None:
        return unknown(ground.facts.why("storage_classes"))
    if not classes:
        return failed("there is no StorageClass")
    default = [one.name for one in classes if one.is_default or one.name == "default"]
    evidence = f"{counted(len(classes), 'storage class', 'storage classes')}: {named(one.name for one in classes)}"
    if default:
        return passed(f"{evidence}; default: {named(default)}")
    mark = """'{"metadata":{"annotations":{"storageclass.kubernetes.io/is-default-class":"true"}}}'"""
    return warned(
        f"{evidence}; none is the default",
        "Make one of them the default, or name a class with each claim.",
        (f"kubectl patch storageclass {shlex.quote(classes[0].name)} --patch {mark}",),
    )


def _claims(ground: Ground) -> tuple[tuple[ObjectKey, Claim], ...] | Finding:
    spaces = ground.namespaces()
    read = [name for name in spaces if name in ground.facts.claims]
    if not read:
        return unknown(ground.facts.why("claims", spaces[0]) if spaces else _NO_SPACE)
    return tuple((ObjectKey(space, one.name), one) for space in read for one in ground.facts.claims[space])


def _bound(ground: Ground) -> Finding:
    claims = _claims(ground)
    if isinstance(claims, Finding):
        return claims
    if not claims:
        return warned(f"no claim in {named(ground.namespaces())}: each NIM downloads its model into its own pod")
    bad = [(key, one) for key, one in claims if one.phase != BOUND]
    if not bad:
        return passed(f"{len(claims)} of {len(claims)} claims bound: {named(key for key, _ in claims)}")
    texts = [
        f"{key} {one.phase or 'without a phase'}" + (f" ({one.message})" if one.message else "") for key, one in bad
    ]
    evidence = f"{len(claims) - len(bad)} of {len(claims)} claims bound; not: {named(texts)}"
    waiting = {one.name for one in ground.facts.storage_classes or () if one.waits_for_consumer}
    if all(one.phase == "Pending" and one.storage_class in waiting for _, one in bad):
        return warned(evidence, "Its class binds it when the first pod uses it.", ())
    first = bad[0][0]
    commands = (f"kubectl describe pvc {shlex.quote(first.name)} -n {shlex.quote(first.namespace)}",)
    return failed(evidence, None, commands)


def _shared(ground: Ground) -> Finding:
    claims = _claims(ground)
    if isinstance(claims, Finding):
        return claims
    bound = [(key, one) for key, one in claims if one.phase == BOUND]
    shared = [key for key, one in bound if SHARED in one.access_modes]
    if shared:
        return passed(f"{len(shared)} of {len(bound)} bound claims {SHARED}: {named(shared)}")
    if not bound:
        return unknown("there is no bound claim to look at")
    modes = named(f"{key} {'+'.join(one.access_modes) or 'without a mode'}" for key, one in bound)
    return failed(f"none of {len(bound)} bound claims is {SHARED}: {modes}")


def _secret(what: str, fits: Callable[[SecretInfo], bool | None], wrong: str) -> Callable[[Ground], Finding]:
    """``fits``: whether the Secret is one of these; ``None`` where its type or keys would have to be read."""

    def look(ground: Ground) -> Finding:
        spaces = ground.namespaces()
        read = [name for name in spaces if name in ground.facts.secrets]
        if not read:
            return unknown(ground.facts.why("secrets", spaces[0]) if spaces else _NO_SPACE)
        seen = [(ObjectKey(space, one.name), fits(one)) for space in read for one in ground.facts.secrets[space]]
        good = [key for key, answer in seen if answer]
        if good:
            holding = len({key.namespace for key in good})
            return passed(f"{named(good)}, in {holding} of {len(read)} project namespaces")
        if any(answer is None for _, answer in seen):
            return unknown(ground.facts.unknown.get(f"secrets/{read[0]}") or hidden("get", "secrets", read[0]))
        return failed(f"none of {len(seen)} Secrets in {named(read)} {wrong}", fix=ScreenFix("launch.secret", what))

    return look


def _is_ngc(secret: SecretInfo) -> bool | None:
    if secret.keys is not None:
        return NGC_KEY in secret.keys
    return None if secret.type in (None, "Opaque") else False


def _is_registry(secret: SecretInfo) -> bool | None:
    if secret.type is not None and secret.type != DOCKER_TYPE:
        return False
    if secret.keys is not None:
        return DOCKER_KEY in secret.keys
    return True if secret.type == DOCKER_TYPE else None  # the API refuses that type without its key


RULES: tuple[Rule, ...] = (
    Rule(
        "storage.class",
        SECTION,
        "There is a StorageClass",
        "there is one, and one is the default or called `default`; warns where none is",
        "there is none",
        "Install a provisioner for block storage or NFS; the guide calls its class default.",
        _classes,
        "Pre-requisites for installing Run:ai and NIM LLM",
        ("kubectl get storageclasses",),
    ),
    Rule(
        BOUND_CHECK,
        SECTION,
        "The claims for model caches are bound",
        "all claims in the project's namespaces are; warns where there are none, or one waits for its first pod",
        "one is Pending or Lost",
        "See the claim's events: its class, its size, or the volume that it names does not fit.",
        _bound,
        _IN_DATA,
        ("kubectl get persistentvolumeclaims -n $namespace",),
        fix=ScreenFix("launch.storage"),
    ),
    Rule(
        "storage.claim_shared",
        SECTION,
        "A claim can be shared by several nodes",
        "a bound claim in the project's namespaces is ReadWriteMany",
        "bound claims are there, and none is ReadWriteMany",
        "Make a claim with ReadWriteMany on NFS: replicas on several nodes read one cache.",
        _shared,
        _IN_DATA,
        ("kubectl get persistentvolumeclaims -n $namespace",),
        fix=ScreenFix("launch.storage"),
        rests_on=(API, BOUND_CHECK),
    ),
    Rule(
        "storage.ngc_secret",
        SECTION,
        "NGC's API key is there",
        f"a Secret in the project's namespace has the key {NGC_KEY}",
        "none has",
        "Make it in nimdeck (Launch, Secrets) or in Run:ai under Credentials; the command reads the key from a file.",
        _secret("ngc", _is_ngc, f"has the key {NGC_KEY}"),
        "Create a NGC-API Secret",
        (f"kubectl create secret generic ngc-api-key -n $namespace --from-file={NGC_KEY}=ngc-api-key.txt",),
    ),
    Rule(
        "storage.pull_secret",
        SECTION,
        "Images can be pulled from nvcr.io",
        f"a Secret in the project's namespace is of the type {DOCKER_TYPE} with its key",
        "none is",
        "Make it in nimdeck (Launch, Secrets); the user is literally $oauthtoken, the password NGC's API key.",
        _secret("registry", _is_registry, f"is of the type {DOCKER_TYPE}"),
        "Add Docker Registry Secret",
        (
            "kubectl create secret generic nvcr-pull -n $namespace --type=kubernetes.io/dockerconfigjson"
            " --from-file=.dockerconfigjson=nvcr-docker-config.json",
        ),
    ),
)
