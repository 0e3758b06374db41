"""What the claims, volumes, Secrets and ConfigMaps of a waiting pod lack. What was not read is never called missing."""

from collections.abc import Iterator, Mapping

from tui.diagnose.causes import cause
from tui.diagnose.evidence import of_event
from tui.diagnose.scene import Scene
from tui.model.cause import Cause, Evidence
from tui.model.circumstances import KindState, Volume
from tui.model.event import Event
from tui.model.ids import ObjectKey
from tui.model.pod import Pod
from tui.model.surroundings import Claim

CLAIMS, SECRETS, CONFIG_MAPS = "persistentvolumeclaims", "secrets", "configmaps"
_PROVISIONING = ("ProvisioningFailed", "FailedBinding", "ExternalProvisioning", "VolumeMismatch", "ClaimLost")
_MANY = "ReadWriteMany"


def claim_causes(pod: Pod, scene: Scene) -> Iterator[Cause]:
    """Of each claim that it mounts: missing, not bound and why, or bound where the pod can't go."""
    around, namespace = scene.circumstances, pod.key.namespace
    for name in pod.claims:
        key = ObjectKey(namespace, name)
        claim = around.claims.get(key)
        if claim is None:
            if around.kind_state(CLAIMS, namespace) is KindState.READ:
                fact = Evidence(f"persistentvolumeclaim/{name}", f"there is no such claim in {namespace}")
                yield cause("pvc_missing", evidence=[fact], namespace=namespace, detail=name)
        elif claim.phase != "Bound":
            yield from _unbound(claim, key, scene)
        else:
            yield from _out_of_reach(pod, claim, scene)


def _unbound(claim: Claim, key: ObjectKey, scene: Scene) -> Iterator[Cause]:
    what, classes = f"persistentvolumeclaim/{key.name}", scene.circumstances.storage_classes
    told = [event for event in scene.events_of("PersistentVolumeClaim", key) if event.reason in _PROVISIONING]
    classes_read = scene.circumstances.kind_state("storageclasses.storage.k8s.io") is KindState.READ
    lacking = _class_lacking(claim, scene) if classes_read else ""
    if lacking:
        facts = [Evidence(what, lacking), *_last(told)]
        yield cause("storage_class_missing", evidence=facts, namespace=key.namespace, detail=key.name)
        return
    known = classes.get(claim.storage_class or "")
    if known is not None and known.waits_for_consumer and not any(event.severity == "Warning" for event in told):
        return  # it is bound when the pod is placed
    size = "" if claim.size_bytes is None else f", {claim.size_bytes / 2**30:.4g} GiB asked"
    modes = ", ".join(claim.access_modes)
    fact = Evidence(
        what, f"{claim.phase or 'no phase yet'}: storage class {claim.storage_class or 'none'}, {modes}{size}"
    )
    mismatch = _mode_mismatch(claim, scene)
    code = "pvc_access_mode" if mismatch is not None else "pvc_unbound"
    facts = [fact, *([mismatch] if mismatch is not None else []), *_last(told)]
    yield cause(code, evidence=facts, namespace=key.namespace, detail=key.name)


def _class_lacking(claim: Claim, scene: Scene) -> str:
    """What of storage classes is not there; ``""`` where one makes its volume, or an administrator did."""
    around = scene.circumstances
    if any((volume.storage_class or "") == (claim.storage_class or "") for volume in around.volumes.values()):
        return ""
    there = ", ".join(sorted(around.storage_classes)[:8]) or "none"
    if claim.storage_class:
        missing = claim.storage_class not in around.storage_classes
        return f"its storage class {claim.storage_class} does not exist; there are {there}" if missing else ""
    has_default = any(one.is_default for one in around.storage_classes.values())
    return "" if has_default else f"it names no storage class, and none is the default; there are {there}"


def all_bound(pod: Pod, scene: Scene) -> bool:
    """Whether all of its claims are known to be bound."""
    claims = [scene.circumstances.claims.get(ObjectKey(pod.key.namespace, name)) for name in pod.claims]
    return bool(claims) and all(claim is not None and claim.phase == "Bound" for claim in claims)


def _last(events: list[Event]) -> list[Evidence]:
    return [of_event(events[0])] if events else []


def _mode_mismatch(claim: Claim, scene: Scene) -> Evidence | None:
    """Free volumes of its class that lack only the access mode."""
    volumes = [
        volume
        for volume in scene.circumstances.volumes.values()
        if volume.storage_class == claim.storage_class and volume.claim is None and volume.phase == "Available"
    ]
    lacking = [volume for volume in volumes if not set(claim.access_modes) <= set(volume.access_modes)]
    if not volumes or len(lacking) < len(volumes):
        return None
    offered = ", ".join(lacking[0].access_modes)
    return Evidence(
        f"persistentvolume/{lacking[0].name}", f"offers {offered}; asked is {', '.join(claim.access_modes)}"
    )


def _out_of_reach(pod: Pod, claim: Claim, scene: Scene) -> Iterator[Cause]:
    if pod.node is not None:
        return
    volume = scene.circumstances.volumes.get(claim.volume or "")
    if volume is None or not volume.node_values:
        return
    open_rooms = [seat.room for seat in scene.fit_of(pod).opened]
    if open_rooms and not any(_reaches(volume, room.labels) for room in open_rooms):
        wanted = " and ".join(f"{key} in {', '.join(values)}" for key, values in volume.node_values)
        fact = Evidence(f"persistentvolume/{volume.name}", f"reached from nodes with {wanted} only: none that suits it")
        yield cause("volume_zone", evidence=[fact], detail=claim.name)


def _reaches(volume: Volume, labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) in values for key, values in volume.node_values)


def access_mode_cause(pod: Pod, scene: Scene, told: Event | None) -> Cause | None:
    """A claim for one node that pods on two nodes mount."""
    for name in pod.claims:
        claim = scene.circumstances.claims.get(ObjectKey(pod.key.namespace, name))
        if claim is None or _MANY in claim.access_modes or "ReadOnlyMany" in claim.access_modes:
            continue
        others = {
            other.node
            for other in scene.mounts.get(ObjectKey(pod.key.namespace, name), ())
            if other.key != pod.key and other.node not in (None, pod.node)
        }
        if others and (told is not None or pod.node is None):
            where = ", ".join(sorted(node for node in others if node))
            fact = Evidence(f"persistentvolumeclaim/{name}", f"{', '.join(claim.access_modes)}, and mounted on {where}")
            facts = [fact] if told is None else [fact, of_event(told)]
            return cause("pvc_access_mode", evidence=facts, namespace=pod.key.namespace, detail=name)
    return None


def missing_secrets(pod: Pod, scene: Scene) -> list[str]:
    """Secrets that it names and that are not there, as far as that is known."""
    return _absent(pod.secrets, pod.key.namespace, scene, SECRETS)


def missing_config_maps(pod: Pod, scene: Scene) -> list[str]:
    return _absent(pod.config_maps, pod.key.namespace, scene, CONFIG_MAPS)


def _absent(names: tuple[str, ...], namespace: str, scene: Scene, kind: str) -> list[str]:
    around = scene.circumstances
    if around.kind_state(kind, namespace) is not KindState.READ:
        return []
    there = around.secrets if kind == SECRETS else around.config_maps
    return [name for name in names if ObjectKey(namespace, name) not in there]


def hidden_note(pod: Pod, scene: Scene, kind: str) -> Evidence | None:
    """That a kind can't be read, where it matters to this pod."""
    place = (kind, pod.key.namespace)
    if scene.circumstances.states.get(place) is KindState.HIDDEN:
        why = scene.circumstances.why.get(place, "")
        return Evidence("snapshot", f"{kind} in {pod.key.namespace} are hidden from you{': ' + why if why else ''}")
    return None
