"""The world as exporters read it: every GPU with what it does now, computed when asked."""

from collections.abc import Iterator

from tui.demo.telemetry import GpuSample, PodUse
from tui.demo.world.hardware import GPU_MEMORY_MIB, GPU_MODEL
from tui.demo.world.images import NIM, start_of
from tui.demo.world.inventory import Inventory, PodRecord
from tui.demo.world.ledger import GpuState, Ledger
from tui.demo.world.load import Load
from tui.demo.world.naming import Names
from tui.demo.world.platform import RESERVATION_NAMESPACE
from tui.demo.world.workloads import RESERVATION_CONTAINER, reservation_name
from tui.model.clock import Clock

_IDLE_MIB = 4.0
_IDLE_WATTS, _MOST_WATTS = 62.0, 400.0
_NIM_MEMORY, _OTHER_MEMORY, _IDLE_MEMORY = 0.88, 0.72, 0.31


class Metering:
    """``Telemetry`` of the simulated world."""

    def __init__(
        self, names: Names, clock: Clock, inventory: Inventory, ledger: Ledger, load: Load, speed: float
    ) -> None:
        self._names = names
        self._clock = clock
        self._inventory = inventory
        self._ledger = ledger
        self._load = load
        self._speed = speed
        self._reservations: dict[str, str] = {}

    def gpus(self) -> Iterator[GpuSample]:
        now = self._clock.now()
        for node, states in self._ledger.nodes.items():
            record = self._inventory.nodes.get(node)
            if record is None or not record.ready:
                continue
            for state in states:
                yield self._sample(state, now)

    def pod_uses(self) -> Iterator[PodUse]:
        now = self._clock.now()
        for node, states in self._ledger.nodes.items():
            for state in states:
                for key, share in state.holders():
                    record = self._inventory.pods.get(key)
                    if record is not None and record.node is not None:
                        busy, memory = self.pod_on_gpu(record, share, now)
                        yield PodUse(*key, record.uid, node, state.hardware.index, busy, memory)

    def pod_on_gpu(self, record: PodRecord, share: float, now: float) -> tuple[float, float]:
        """(utilisation in percent of the whole GPU, memory used in MiB) of a pod that holds ``share`` of a GPU."""
        busy = self._load.activity(record, now)
        part = _IDLE_MEMORY if self._load.mean(record.key[0], record.workload) == 0 else _OTHER_MEMORY
        if record.image.startswith(NIM):
            part = _NIM_MEMORY + 0.04 * busy
        return round(100 * busy * share, 2), round(GPU_MEMORY_MIB * share * part * self._loaded(record, now), 1)

    def _loaded(self, record: PodRecord, now: float) -> float:
        """How much of its memory a pod has filled: it grows while the model loads."""
        if record.ready:
            return 1.0
        if record.phase != "Running":
            return 0.0
        took, start = (now - record.created) * self._speed, start_of(record.image)
        return min(0.95, max(0.02, (took - start.pull - start.download) / start.load))

    def _sample(self, state: GpuState, now: float) -> GpuSample:
        busy, memory, idle = 0.0, _IDLE_MIB, 0.0
        pod: tuple[str, str, str] | None = None
        for key, share in state.holders():
            record = self._inventory.pods.get(key)
            if record is None:
                continue
            percent, used = self.pod_on_gpu(record, share, now)
            busy, memory = busy + percent, memory + used
            pod = (*key, record.container)
            idle = max(idle, now - (record.ready_at or record.created))
        if state.group is not None:
            pod = (RESERVATION_NAMESPACE, self._reservation(state), RESERVATION_CONTAINER)
        busy = float(round(min(100.0, busy)))
        level = busy / 100
        hardware = state.hardware
        return GpuSample(
            node=hardware.node,
            index=hardware.index,
            uuid=hardware.uuid,
            pci_bus_id=hardware.pci_bus_id,
            model=GPU_MODEL,
            utilization_percent=busy,
            memory_copy_percent=float(round(busy * 0.55)),
            memory_used_mib=round(memory),
            memory_total_mib=float(GPU_MEMORY_MIB),
            power_watts=round(_IDLE_WATTS + (_MOST_WATTS - _IDLE_WATTS) * level**0.85, 1),
            temperature_celsius=float(round(31 + 4 * self._warmth(hardware.uuid) + 38 * level)),
            sm_clock_mhz=345.0 if not busy else 1785.0 - round(60 * level),
            xid=0,
            pod=pod,
            allocated=not state.is_free,
            idle_seconds=0.0 if busy or state.is_free else idle,
        )

    def _warmth(self, uuid: str) -> float:
        return int(uuid[-2:], 16) / 255

    def _reservation(self, state: GpuState) -> str:
        group = state.group or ""
        name = self._reservations.get(group)
        if name is None:
            name = self._reservations[group] = reservation_name(self._names, state.hardware.node, group)
        return name
