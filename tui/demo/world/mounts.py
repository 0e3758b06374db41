"""Volumes on their way into a pod: what the attach-detach controller and the kubelet's mounts fail at."""

from typing import NamedTuple

from tui.demo.objects import Json
from tui.demo.world import api
from tui.demo.world.claims import claim_names
from tui.demo.world.context import Context
from tui.demo.world.inventory import PodRecord

_ONCE = {"ReadWriteOnce", "ReadWriteOncePod"}


class MountFault(NamedTuple):
    """An event that tells why a pod's volumes are not there yet."""

    reason: str
    message: str
    component: str


def mount_faults(context: Context, record: PodRecord, pod: Json) -> list[MountFault]:
    """Empty once all that the pod mounts is attached and answers."""
    for name in claim_names(pod):
        volume = _volume_of(context, record.key[0], name)
        if volume is None:
            continue
        if holders := _elsewhere(context, record, name, volume):
            text = (
                f'Multi-Attach error for volume "{volume["metadata"]["name"]}" Volume is already used by pod(s) '
                f"{', '.join(holders)}"
            )
            return [MountFault("FailedAttachVolume", text, "attachdetach-controller")]
        if volume["spec"].get("nfs", {}).get("server") in context.outside.silent_servers:
            return [MountFault("FailedMount", text, "kubelet") for text in _nfs_texts(record, pod, volume)]
    return []


def volume_terms(access: api.Api, pod: Json) -> list[list[Json]]:
    """The node selector terms of each bound volume that may not lie just anywhere."""
    found = []
    for name in claim_names(pod):
        claim = access.get(api.PVC, pod["metadata"]["namespace"], name) or {}
        volume = access.get(api.VOLUME, None, claim.get("spec", {}).get("volumeName") or "") or {}
        required = volume.get("spec", {}).get("nodeAffinity", {}).get("required", {})
        if terms := required.get("nodeSelectorTerms"):
            found.append(terms)
    return found


def _volume_of(context: Context, namespace: str, claim: str) -> Json | None:
    found = context.api.get(api.PVC, namespace, claim)
    return found and context.api.get(api.VOLUME, None, found["spec"].get("volumeName") or "")


def _elsewhere(context: Context, record: PodRecord, claim: str, volume: Json) -> list[str]:
    """Pods on other nodes that hold a volume which only one node may mount."""
    if not set(volume["spec"].get("accessModes", ())) <= _ONCE:
        return []
    held = []
    for other in context.inventory.bound():
        if other.key[0] != record.key[0] or other.node == record.node or other.phase != "Running":
            continue
        pod = context.api.get(api.POD, *other.key)
        if pod is not None and claim in claim_names(pod):
            held.append(other.key[1])
    return sorted(held)


def _nfs_texts(record: PodRecord, pod: Json, volume: Json) -> tuple[str, str]:
    name, nfs = volume["metadata"]["name"], volume["spec"]["nfs"]
    inner = pod["spec"]["volumes"][0]["name"]
    path = f"/var/lib/kubelet/pods/{record.uid}/volumes/kubernetes.io~nfs/{name}"
    mount = (
        f'MountVolume.SetUp failed for volume "{name}" : mount failed: exit status 32\nMounting command: mount\n'
        f"Mounting arguments: -t nfs {nfs['server']}:{nfs['path']} {path}\n"
        f"Output: mount.nfs: Connection timed out for {nfs['server']}:{nfs['path']} on {path}"
    )
    unable = (
        f"Unable to attach or mount volumes: unmounted volumes=[{inner}], unattached volumes=[], failed to process "
        "volumes=[]: timed out waiting for the condition"
    )
    return mount, unable
