"""The volume controller and the provisioner: claims are bound to a volume that matches, or get one of their class."""

from tui.demo.kube.defaults import PVC_PROTECTION
from tui.demo.objects import Json
from tui.demo.world import api
from tui.demo.world.context import Context
from tui.demo.world.pods import meta
from tui.demo.world.quantity import quantity

_CONTROLLER = "persistentvolume-controller"
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_NO_PROVISIONER = "kubernetes.io/no-provisioner"
_RUNNING = ("cluster.local/nfs-subdir-external-provisioner", "rancher.io/local-path")  # provisioners
_AGAIN_SECONDS = 15.0
_UNBOUND = "pod has unbound immediate PersistentVolumeClaims"


class Claims:
    """Looks at one claim, or (with an empty namespace) at a volume that may fit one."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, namespace: str, name: str) -> None:
        if not namespace:
            self._volume(name)
            return
        claim = self._context.api.get(api.PVC, namespace, name)
        if claim is None:
            return
        if "deletionTimestamp" in claim["metadata"]:
            self._let_go(claim)
            return
        if claim.get("status", {}).get("phase") == "Bound":
            return
        volume = self._matching(claim)
        if volume is not None:
            self._bind(claim, volume)
        else:
            self._provision(claim)

    def _volume(self, name: str) -> None:
        """A new volume is there to be taken; one whose claim is gone is released, or goes with it."""
        volume = self._context.api.get(api.VOLUME, None, name)
        if volume is None:
            return
        reference = volume["spec"].get("claimRef")
        if reference and reference.get("uid"):
            claim = self._context.api.get(api.PVC, reference["namespace"], reference["name"])
            if claim is not None and claim["metadata"]["uid"] == reference["uid"]:
                return
            if volume["spec"].get("persistentVolumeReclaimPolicy", "Retain") == "Delete":
                self._context.api.delete(api.VOLUME, None, name)
            else:
                self._context.api.change(api.VOLUME, None, name, lambda obj: obj.update(status={"phase": "Released"}))
            return
        self._context.api.change(api.VOLUME, None, name, lambda obj: obj.update(status={"phase": "Available"}))
        for claim in self._context.api.list(api.PVC):
            if claim.get("status", {}).get("phase") != "Bound":
                metadata = claim["metadata"]
                self._context.look_at("claims", metadata["namespace"], metadata["name"])

    def _matching(self, claim: Json) -> Json | None:
        """The smallest volume that the claim can take: of its class, large enough, with its access modes."""
        fitting = [volume for volume in self._context.api.list(api.VOLUME) if self._fits(volume, claim)]
        return min(fitting, key=lambda volume: quantity(volume["spec"]["capacity"]["storage"]), default=None)

    def _fits(self, volume: Json, claim: Json) -> bool:
        spec, wanted = volume["spec"], claim["spec"]
        reference = spec.get("claimRef") or {}
        if reference.get("uid", claim["metadata"]["uid"]) != claim["metadata"]["uid"]:
            return False
        named = (reference.get("namespace"), reference.get("name"))
        if reference and named != (claim["metadata"]["namespace"], claim["metadata"]["name"]):
            return False
        return (
            wanted.get("volumeName") in (None, volume["metadata"]["name"])
            and spec.get("storageClassName", "") == self._class_of(claim)
            and set(wanted["accessModes"]) <= set(spec.get("accessModes", ()))
            and quantity(spec["capacity"]["storage"]) >= quantity(wanted["resources"]["requests"]["storage"])
        )

    def _class_of(self, claim: Json) -> str:
        """As the claim says; without a word the default class. ``""`` is none at all."""
        told = claim["spec"].get("storageClassName")
        if told is not None:
            return str(told)
        for found in self._context.api.list(api.STORAGE_CLASS):
            if found["metadata"].get("annotations", {}).get(_DEFAULT_CLASS) == "true":
                return str(found["metadata"]["name"])
        return ""

    def _provision(self, claim: Json) -> None:
        asked, metadata = self._class_of(claim), claim["metadata"]
        if claim["spec"].get("volumeName"):
            self._wait(claim, "Warning", "FailedBinding", f'volume "{claim["spec"]["volumeName"]}" does not fit')
            return
        if not asked:
            text = "no persistent volumes available for this claim and no storage class is set"
            self._wait(claim, "Normal", "FailedBinding", text)
            return
        found = self._context.api.get(api.STORAGE_CLASS, None, asked)
        if found is None:
            text = f'storageclass.storage.k8s.io "{asked}" not found'
            self._wait(claim, "Warning", "ProvisioningFailed", text)
        elif found.get("volumeBindingMode") == "WaitForFirstConsumer" and not self._is_consumed(claim):
            text = "waiting for first consumer to be created before binding"
            self._wait(claim, "Normal", "WaitForFirstConsumer", text)
        elif found["provisioner"] == _NO_PROVISIONER:
            text = f'storageclass "{asked}" has no provisioner: a volume must be made by hand'
            self._wait(claim, "Warning", "ProvisioningFailed", text)
        elif found["provisioner"] not in _RUNNING:
            text = (
                f"Waiting for a volume to be created either by the external provisioner '{found['provisioner']}' or "
                "manually by the system administrator. If volume creation is delayed, please verify that the "
                "provisioner is running and correctly registered."
            )
            self._wait(claim, "Normal", "ExternalProvisioning", text)
        else:
            made = _volume(self._context, claim, f"pvc-{metadata['uid']}", asked, found.get("reclaimPolicy", "Delete"))
            self._bind(claim, self._context.api.get(api.VOLUME, None, made["metadata"]["name"]) or self._create(made))
            text = f"Successfully provisioned volume {made['metadata']['name']}"
            self._say(claim, "Normal", "ProvisioningSucceeded", text)

    def _create(self, volume: Json) -> Json:
        return self._context.api.create(volume)

    def _let_go(self, claim: Json) -> None:
        """A claim that is to go stays for as long as a pod mounts it."""
        metadata = claim["metadata"]
        if self._is_consumed(claim):
            self._context.look_at("claims", metadata["namespace"], metadata["name"], _AGAIN_SECONDS)
            return

        def edit(obj: Json) -> None:
            kept = [name for name in obj["metadata"].get("finalizers", []) if name != PVC_PROTECTION]
            obj["metadata"]["finalizers"] = kept

        self._context.api.change(api.PVC, metadata["namespace"], metadata["name"], edit)

    def _is_consumed(self, claim: Json) -> bool:
        metadata = claim["metadata"]
        pods = self._context.api.list(api.POD, metadata["namespace"])
        return any(metadata["name"] in claim_names(pod) for pod in pods if not _finished(pod))

    def _wait(self, claim: Json, severity: str, reason: str, message: str) -> None:
        self._say(claim, severity, reason, message)
        self._context.look_at("claims", claim["metadata"]["namespace"], claim["metadata"]["name"], _AGAIN_SECONDS)

    def _say(self, claim: Json, severity: str, reason: str, message: str) -> None:
        now = self._context.clock.now()
        self._context.recorder.event(claim, severity, reason, message, _CONTROLLER, now)

    def _bind(self, claim: Json, volume: Json) -> None:
        metadata, spec, name = claim["metadata"], volume["spec"], volume["metadata"]["name"]
        reference = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": metadata["uid"],
        }

        def take(obj: Json) -> None:
            obj["spec"]["claimRef"] = reference
            obj["status"] = {"phase": "Bound"}

        def bind(obj: Json) -> None:
            obj["spec"]["volumeName"] = name
            obj["spec"].setdefault("storageClassName", spec.get("storageClassName", ""))
            capacity = {"storage": spec["capacity"]["storage"]}
            obj["status"] = {"phase": "Bound", "accessModes": spec["accessModes"], "capacity": capacity}

        self._context.api.change(api.VOLUME, None, name, take)
        self._context.api.change(api.PVC, metadata["namespace"], metadata["name"], bind)


def _finished(pod: Json) -> bool:
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")


def claim_names(pod: Json) -> list[str]:
    """The claims that a pod mounts."""
    sources = (volume.get("persistentVolumeClaim", {}) for volume in pod["spec"].get("volumes", []))
    return [str(source["claimName"]) for source in sources if source.get("claimName")]


def missing_claim(access: api.Api, pod: Json) -> str | None:
    """Why a pod can't be scheduled because of what it mounts, in the schedulers' words."""
    namespace = pod["metadata"]["namespace"]
    for name in claim_names(pod):
        found = access.get(api.PVC, namespace, name)
        if found is None:
            return f'persistentvolumeclaim "{name}" not found'
        if found.get("status", {}).get("phase") != "Bound":
            return _UNBOUND
    return None


def _volume(context: Context, claim: Json, name: str, storage_class: str, policy: str) -> Json:
    metadata, spec = claim["metadata"], claim["spec"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": meta(name, None, context.names.uuid("volume", name), context.clock.now()),
        "spec": {
            "accessModes": spec["accessModes"],
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "nfs": {"path": f"/srv/nim/{metadata['namespace']}-{metadata['name']}", "server": "10.141.255.10"},
            "persistentVolumeReclaimPolicy": policy,
            "storageClassName": storage_class,
            "volumeMode": "Filesystem",
        },
        "status": {"phase": "Pending"},
    }
