"""What lies around already when a pod starts: images on nodes, models on volumes."""

from tui.demo.objects import Json
from tui.demo.world import api
from tui.demo.world.context import Context
from tui.demo.world.images import NIM
from tui.demo.world.inventory import PodRecord


class Caches:
    """Remembers what was downloaded into which claim, and finds out about what was there before it looked."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._models: set[tuple[str, str]] = set()  # UID of a claim, image

    def has_image(self, record: PodRecord) -> bool:
        """Another pod runs that image on the node."""
        return any(
            other.image == record.image and other.phase == "Running" and other.uid != record.uid
            for other in self._context.inventory.on_node(record.node or "")
        )

    def has_model(self, record: PodRecord, pod: Json) -> bool:
        """It lies in a volume that the pod mounts."""
        if not record.image.startswith(NIM):
            return False
        return any((uid, record.image) in self._models or self._served_from(record, uid) for uid in self._claims(pod))

    def keep_model(self, record: PodRecord, pod: Json) -> None:
        """It has been downloaded into the pod's volumes."""
        self._models |= {(uid, record.image) for uid in self._claims(pod)}

    def _served_from(self, record: PodRecord, uid: str) -> bool:
        """A ready pod of the same image mounts the claim: it has come with the cluster."""
        for other in self._context.inventory.pods.values():
            if other.ready and other.image == record.image and other.key[0] == record.key[0]:
                pod = self._context.api.get(api.POD, *other.key)
                if pod is not None and uid in self._claims(pod):
                    self._models.add((uid, record.image))
                    return True
        return False

    def _claims(self, pod: Json) -> list[str]:
        """UIDs of the claims that the pod mounts."""
        found = []
        for volume in pod["spec"].get("volumes", []):
            name = volume.get("persistentVolumeClaim", {}).get("claimName")
            claim = name and self._context.api.get(api.PVC, pod["metadata"]["namespace"], name)
            if claim:
                found.append(str(claim["metadata"]["uid"]))
        return found
