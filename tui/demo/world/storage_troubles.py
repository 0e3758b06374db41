"""Volumes of the scenario ``pending`` that can't be had: unbound, too far away, on a dead server, held elsewhere."""

from tui.demo.objects import Json
from tui.demo.world import workloads
from tui.demo.world.context import Context
from tui.demo.world.plain_troubles import template
from tui.demo.world.pods import meta

_SPACE = "runai-lab"
_OLD_SERVER = "10.141.255.99"
_BLOCK, _UNSERVED = "block", "block-new"
_DRIVER = "block.csi.example.com"
_REDIS = "docker.io/library/redis:7.4"
ONCE = "pvc-one-node"


def make_volumes(context: Context, now: float) -> None:
    """Classes, volumes and claims; the volume controller binds what belongs together."""
    context.outside.silent_servers.add(_OLD_SERVER)
    csi = {"driver": _DRIVER, "fsType": "ext4"}
    zone = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["zone-b"]}
    far = {"nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [zone]}]}}}
    old = {"nfs": {"server": _OLD_SERVER, "path": "/export/nim"}}
    block = {"storageClassName": _BLOCK, "accessModes": ["ReadWriteOnce"]}
    context.api.create_all(
        [
            _class(context, _BLOCK, _DRIVER, now),
            _class(context, _UNSERVED, "block-new.csi.example.com", now),
            _volume(context, "pv-one-node", block | {"csi": csi | {"volumeHandle": "vol-0a11"}}, now),
            _volume(context, "pv-other-zone", block | {"csi": csi | {"volumeHandle": "vol-0b22"}} | far, now),
            _volume(context, "pv-old-server", {"storageClassName": "", "accessModes": ["ReadWriteMany"]} | old, now),
            _claim(context, ONCE, _BLOCK, now, volume="pv-one-node", mode="ReadWriteOnce"),
            _claim(context, "pvc-other-zone", _BLOCK, now, volume="pv-other-zone", mode="ReadWriteOnce"),
            _claim(context, "pvc-old-server", "", now, volume="pv-old-server"),
            _claim(context, "pvc-unbound", _UNSERVED, now),
            _claim(context, "pvc-no-class", "no-such-class", now),
        ]
    )
    hosts = _hosts(context)
    if len(hosts) > 1:
        _deploy(context, "cache-first", hosts[0], now)


def plant_second(context: Context, now: float) -> dict[str, str]:
    """Another pod for the volume that one node has, on a second node."""
    hosts = _hosts(context)
    if len(hosts) < 2:
        return {}
    _deploy(context, "cache-second", hosts[1], now)
    return {f"{_SPACE}/cache-second": "pvc_access_mode"}


def _hosts(context: Context) -> list[str]:
    """Nodes of the default pool."""
    nodes = context.inventory.nodes.values()
    return sorted(node.name for node in nodes if node.labels.get("runai/node-pool") == "default")[:2]


def _deploy(context: Context, name: str, host: str, now: float) -> None:
    made = template(name, "lab", _REDIS)
    made["spec"]["nodeSelector"] = {"kubernetes.io/hostname": host}
    made["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": ONCE}}]
    made["spec"]["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
    context.api.create(workloads.plain_deployment(context.names, _SPACE, name, made, 1, now))


def _class(context: Context, name: str, provisioner: str, now: float) -> Json:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": meta(name, None, context.names.uuid("storageclass", name), now),
        "provisioner": provisioner,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
        "allowVolumeExpansion": True,
    }


def _volume(context: Context, name: str, spec: Json, now: float) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": meta(name, None, context.names.uuid("volume", name), now),
        "spec": {
            "capacity": {"storage": "500Gi"},
            "persistentVolumeReclaimPolicy": "Retain",
            "volumeMode": "Filesystem",
            **spec,
        },
        "status": {"phase": "Pending"},
    }


def _claim(
    context: Context,
    name: str,
    storage_class: str,
    now: float,
    *,
    volume: str | None = None,
    mode: str = "ReadWriteMany",
) -> Json:
    spec: Json = {
        "accessModes": [mode],
        "resources": {"requests": {"storage": "500Gi"}},
        "storageClassName": storage_class,
        "volumeMode": "Filesystem",
    }
    if volume is not None:
        spec["volumeName"] = volume
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": meta(name, _SPACE, context.names.uuid("pvc", _SPACE, name), now),
        "spec": spec,
        "status": {"phase": "Pending"},
    }
