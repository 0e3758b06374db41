"""The claim of a model cache and, where no provisioner makes one, its NFS volume: the guide's two manifests."""

from tui.launch.marks import metadata
from tui.launch.sizes import size_text
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject
from tui.model.launch_spec import NewClaim, NfsVolume, Storage
from tui.model.manifest import Manifest

CLAIMS = "persistentvolumeclaims"
VOLUMES = "persistentvolumes"


def storage_manifests(storage: Storage, namespace: str, author: str = "") -> tuple[Manifest, ...]:
    """What is to be made before the workload; nothing for a claim that exists."""
    if storage.new is None:
        return ()
    made = [claim(storage.pvc, storage.new, namespace, author)]
    if storage.new.volume is not None:
        made.insert(0, volume(storage.new, storage.new.volume, author))
    return tuple(made)


def volume(new: NewClaim, nfs: NfsVolume, author: str = "") -> Manifest:
    """The PersistentVolume. It is kept when its claim goes: models take an hour to download."""
    body: JsonObject = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": metadata(nfs.name, "", author),
        "spec": {
            "capacity": {"storage": size_text(new.size_bytes)},
            "accessModes": [new.access_mode],
            "persistentVolumeReclaimPolicy": "Retain",
            **({"storageClassName": new.storage_class} if new.storage_class else {}),
            "nfs": {"server": nfs.server, "path": nfs.path},
        },
    }
    return Manifest(VOLUMES, ObjectKey("", nfs.name), body)


def claim(name: str, new: NewClaim, namespace: str, author: str = "") -> Manifest:
    """The PersistentVolumeClaim. With a volume of its own it names that, and without a class it says ``""``: else the
    default class would provision another."""
    storage_class = new.storage_class if new.storage_class or new.volume is None else ""
    body: JsonObject = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata(name, namespace, author),
        "spec": {
            "accessModes": [new.access_mode],
            "resources": {"requests": {"storage": size_text(new.size_bytes)}},
            **({"storageClassName": storage_class} if storage_class is not None else {}),
            **({"volumeName": new.volume.name} if new.volume is not None else {}),
        },
    }
    return Manifest(CLAIMS, ObjectKey(namespace, name), body)
