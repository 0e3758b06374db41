"""How busy everything is: smooth waves over time, fixed by the seed, worth nothing to store and cheap to read."""

import math
from collections.abc import Mapping

from tui.demo.world.inventory import Inventory, PodRecord
from tui.demo.world.naming import Names

_WAVES = ((97.0, 0.5), (389.0, 0.3), (1499.0, 0.2))  # period in seconds, part of the swing
_DEFAULT_LOAD = 0.0  # of what was launched here: nobody asks it yet
AIM = 0.7  # the part of its target that the autoscaler aims at


class Load:
    """The request load of workloads. ``loads`` is the mean of each known workload, 0 to 1; ``swing`` how far it drifts.

    ``replicas`` is for how many pods that mean was meant: more pods share the same demand. ``measured`` overrides it
    all for pods whose real work is known, in parts of the GPU share that each was given (above 1: it was lent more).
    ``in_flight`` is how many real requests the workloads that get any have now.
    """

    def __init__(
        self,
        names: Names,
        inventory: Inventory,
        loads: Mapping[tuple[str, str], float],
        replicas: Mapping[tuple[str, str], int],
        swing: float = 0.25,
    ) -> None:
        self._names = names
        self._inventory = inventory
        self._loads = loads
        self._replicas = replicas
        self._swing = swing
        self.measured: dict[tuple[str, str], float] = {}
        self.in_flight: dict[tuple[str, str], int] = {}
        self._phases: dict[object, tuple[float, ...]] = {}

    def mean(self, namespace: str, workload: str) -> float:
        return self._loads.get((namespace, workload), _DEFAULT_LOAD)

    def demand(self, namespace: str, workload: str, now: float) -> float:
        """How many fully busy pods the workload's requests would fill."""
        key = (namespace, workload)
        mean = self.mean(namespace, workload)
        known = self._replicas.get(key) or max(1, self._inventory.ready_replicas(namespace, workload))
        return known * mean * (1 + self._swing * self._wave(key, now))

    def activity(self, record: PodRecord, now: float) -> float:
        """How busy one pod is, 0 to 1; a pod that is not ready serves nothing."""
        if not record.ready:
            return 0.0
        if (real := self.measured.get(record.key)) is not None:
            return real
        demand = self.demand(record.key[0], record.workload, now)
        if demand == 0.0:
            return 0.0
        share = demand / max(1, self._inventory.ready_replicas(record.key[0], record.workload))
        return min(1.0, max(0.02, share * (1 + 0.08 * self._wave(record.uid, now * 3))))

    def _wave(self, key: object, now: float) -> float:
        """From -1 to 1."""
        phases = self._phases.get(key)
        if phases is None:
            phases = tuple(self._names.number("phase", key, period) for period, _ in _WAVES)
            self._phases[key] = phases
        return sum(
            part * math.sin(2 * math.pi * (now / period + phase))
            for (period, part), phase in zip(_WAVES, phases, strict=True)
        )
