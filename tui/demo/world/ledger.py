"""Who holds what of which physical GPU. Pure bookkeeping: it knows pods by key and no Kubernetes object.

A GPU is free, wholly one pod's, or shared by a group (a reservation pod stands for it in Kubernetes).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tui.demo.world.hardware import GPU_MEMORY_MIB, GpuHardware

PodKey = tuple[str, str]  # namespace, name
_EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Ask:
    """What one pod wants of GPUs: whole devices, or a share of each of ``devices`` devices, or MIG slices.

    ``share`` is 0 to 1 of one device; a ``gpu-memory`` request is turned into a share of the card's memory.
    """

    devices: int = 0
    share: float | None = None
    memory_mib: int | None = None
    mig: tuple[tuple[str, int], ...] = ()

    @property
    def shared(self) -> bool:
        return self.share is not None

    @property
    def gpus(self) -> float:
        return self.devices * (1.0 if self.share is None else self.share)

    @classmethod
    def of_memory(cls, memory_mib: int, devices: int = 1) -> "Ask":
        return cls(devices, memory_mib / GPU_MEMORY_MIB, memory_mib)


@dataclass(slots=True)
class GpuState:
    """One GPU as it is held now. ``shares`` maps each pod of the group to its part, 0 to 1."""

    hardware: GpuHardware
    owner: PodKey | None = None
    group: str | None = None
    shares: dict[PodKey, float] = field(default_factory=dict)

    @property
    def free(self) -> float:
        if self.owner is not None:
            return 0.0
        return max(0.0, 1.0 - sum(self.shares.values()))

    @property
    def is_free(self) -> bool:
        return self.owner is None and self.group is None

    def holders(self) -> Iterable[tuple[PodKey, float]]:
        return ((self.owner, 1.0),) if self.owner is not None else self.shares.items()


class Ledger:
    """All GPUs of the cluster by node."""

    def __init__(self, hardware: dict[str, tuple[GpuHardware, ...]]) -> None:
        self.nodes = {node: [GpuState(gpu) for gpu in gpus] for node, gpus in hardware.items()}
        self._held: dict[PodKey, list[GpuState]] = {}

    def held_by(self, pod: PodKey) -> list[GpuState]:
        return self._held.get(pod, [])

    def fits(self, node: str, ask: Ask) -> bool:
        return len(self.candidates(node, ask)) >= ask.devices

    def candidates(self, node: str, ask: Ask, *, pack: bool = True) -> list[GpuState]:
        """The GPUs of ``node`` that could take one device of the ask, the best first.

        Sharing prefers a GPU that is shared already (the tightest first when packing, the emptiest when spreading).
        """
        states = self.nodes.get(node, [])
        if ask.share is None:
            return [state for state in states if state.is_free]
        share = ask.share
        fitting = [state for state in states if state.owner is None and state.free >= share - _EPSILON]
        sign = 1 if pack else -1
        return sorted(fitting, key=lambda state: (state.is_free, sign * round(state.free, 6), state.hardware.index))

    def take(self, pod: PodKey, states: list[GpuState], ask: Ask, groups: list[str]) -> None:
        """Gives ``states`` to ``pod``; ``groups`` names the group of each GPU that is not shared yet."""
        for state, group in zip(states, groups, strict=True):
            if ask.share is None:
                state.owner = pod
            else:
                state.group = state.group or group
                state.shares[pod] = ask.share
        self._held[pod] = list(states)

    def release(self, pod: PodKey) -> list[str]:
        """Takes back all that ``pod`` holds; returns the groups that nobody is left in."""
        emptied = []
        for state in self._held.pop(pod, []):
            if state.owner == pod:
                state.owner = None
                continue
            state.shares.pop(pod, None)
            if not state.shares and state.group is not None:
                emptied.append(state.group)
                state.group = None
        return emptied

    def whole_free(self, node: str) -> int:
        return sum(state.is_free for state in self.nodes.get(node, []))

    def given(self, node: str) -> float:
        """GPUs of ``node`` that are given away, fractions counted as such."""
        return sum(1.0 - state.free for state in self.nodes.get(node, []))
