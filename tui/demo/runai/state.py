"""What the handlers share: the store, one reading of the cluster per request, and the ids that Run:ai gives things."""

from collections.abc import Callable
from uuid import NAMESPACE_OID, uuid5
from zlib import crc32

from tui.demo.objects import Json, ObjectStore
from tui.demo.prom.holdings import Holdings, WorkloadHoldings, holdings
from tui.demo.prom.inventory import Inventory
from tui.demo.prom.runai_metrics import CLUSTER_ID
from tui.demo.runai.answers import RefusalError
from tui.demo.telemetry import Telemetry

CLUSTER_NAME = "nimdeck-embedded"
DEFAULT_DEPARTMENT = "default"


class State:
    """``version`` is that of the control plane: "2.22" or "2.24"."""

    def __init__(self, store: ObjectStore, telemetry: Telemetry, now: Callable[[], float], version: str) -> None:
        self.store = store
        self.now = now
        self.version = version
        self.started = now()
        self._telemetry = telemetry
        self._inventory = Inventory(store)

    def read(self) -> Holdings:
        return holdings(self._inventory, self._telemetry)

    def objects(self, plural: str, group: str = "") -> list[Json]:
        """All of a kind; none where the cluster does not serve it."""
        try:
            return self.store.list(self.store.resource(plural, group))
        except KeyError:
            return []

    def workload(self, now: Holdings, workload_id: str) -> WorkloadHoldings:
        for workload in now.workloads.values():
            if workload.id == workload_id:
                return workload
        raise RefusalError(404, f"Workload {workload_id} was not found.")


def org_unit_id(queue: Json) -> str:
    """Numeric strings, as today's control plane gives them."""
    name = str(queue["metadata"]["name"])
    if name.startswith("q-") and name[2:].isdigit():
        return name[2:]
    return str(4_500_001 + crc32(str(queue["metadata"]["uid"]).encode()) % 400_000)


def stable_id(*parts: str) -> str:
    """A UUID for what has none of its own."""
    return str(uuid5(NAMESPACE_OID, "/".join((CLUSTER_ID, *parts))))
