"""MetalLB and the NFS provisioner: LoadBalancer Services get an address, claims of a known class get a volume."""

from tui.demo.objects import Json
from tui.demo.world import api
from tui.demo.world.context import Context
from tui.demo.world.pods import meta

STORAGE_CLASS = "nfs-client"


class LoadBalancer:
    """Gives each Service of type LoadBalancer the first free address of the pool 10.185.118.40 to .239."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, namespace: str, name: str) -> None:
        service = self._context.api.get(api.SERVICE, namespace, name)
        if service is None or service["spec"].get("type") != "LoadBalancer" or _address(service):
            return
        taken = {_address(other) for other in self._context.api.list(api.SERVICE)}
        free = next((f"10.185.118.{last}" for last in range(40, 240) if f"10.185.118.{last}" not in taken), None)
        if free is None:
            return
        self._context.api.change(
            api.SERVICE,
            namespace,
            name,
            lambda obj: obj.update(status={"loadBalancer": {"ingress": [{"ip": free, "ipMode": "VIP"}]}}),
        )
        now = self._context.clock.now()
        self._context.recorder.event(
            service, "Normal", "IPAllocated", f'Assigned IP ["{free}"]', "metallb-controller", now
        )


def _address(service: Json) -> str | None:
    ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress", [])
    return ingress[0].get("ip") if ingress else None


class Claims:
    """Binds claims of the class ``nfs-client`` (or of none, which is the default class) to a fresh volume."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, namespace: str, name: str) -> None:
        context = self._context
        claim = context.api.get(api.PVC, namespace, name)
        if claim is None or claim.get("status", {}).get("phase") == "Bound":
            return
        asked = claim["spec"].get("storageClassName", STORAGE_CLASS)
        now = context.clock.now()
        if asked != STORAGE_CLASS:
            text = f'storageclass.storage.k8s.io "{asked}" not found'
            context.recorder.event(claim, "Warning", "ProvisioningFailed", text, "persistentvolume-controller", now)
            return
        volume = f"pvc-{claim['metadata']['uid']}"
        size = claim["spec"]["resources"]["requests"]["storage"]
        modes = claim["spec"]["accessModes"]
        if context.api.get(api.VOLUME, None, volume) is None:
            context.api.create(_volume(context, claim, volume, now))

        def bind(obj: Json) -> None:
            obj["spec"] |= {"volumeName": volume, "storageClassName": STORAGE_CLASS}
            obj["status"] = {"phase": "Bound", "accessModes": modes, "capacity": {"storage": size}}

        context.api.change(api.PVC, namespace, name, bind)


def _volume(context: Context, claim: Json, name: str, now: float) -> Json:
    metadata = claim["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": meta(name, None, context.names.uuid("volume", name), now),
        "spec": {
            "accessModes": claim["spec"]["accessModes"],
            "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "name": metadata["name"],
                "namespace": metadata["namespace"],
                "uid": metadata["uid"],
            },
            "nfs": {"path": f"/srv/nim/{metadata['namespace']}-{metadata['name']}", "server": "10.141.255.10"},
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": STORAGE_CLASS,
            "volumeMode": "Filesystem",
        },
        "status": {"phase": "Bound"},
    }
