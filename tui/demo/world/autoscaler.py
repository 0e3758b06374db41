"""Knative's autoscaler: as many replicas as the requests in flight need, between the Service's bounds.

Real requests go before the simulated load. More in flight scale up at once; fewer scale down when the stable window has
seen no more. Nothing scales to zero.
"""

import math

from tui.demo.objects import Json
from tui.demo.world import api
from tui.demo.world.context import Context
from tui.demo.world.load import AIM, Load
from tui.demo.world.operator import SCALING
from tui.demo.world.serving import Serving

PERIOD_SECONDS = 10.0
STABLE_SECONDS = 60.0
_PANIC = 2  # replicas more at most in one look at the simulated load: the stable window smooths what comes faster

Key = tuple[str, str]  # namespace, Service


class Autoscaler:
    """Looks at all Services at once, every ten seconds of a real cluster.

    ``simulates``: Services without real requests follow the simulated load; otherwise they keep their replicas.
    """

    def __init__(self, context: Context, serving: Serving, load: Load, *, simulates: bool) -> None:
        self._context = context
        self._serving = serving
        self._load = load
        self._simulates = simulates
        self._seen: dict[Key, list[tuple[float, int]]] = {}  # when, and how many real requests were in flight

    def reconcile(self, namespace: str, name: str) -> None:
        self._note()
        if self._simulates or self._seen:
            services = self._context.api.list(api.KSERVICE)
            for service in services:
                self._look(service)
            there = {(service["metadata"]["namespace"], service["metadata"]["name"]) for service in services}
            self._seen = {key: seen for key, seen in self._seen.items() if key in there}
        self._context.look_at("autoscaler", namespace, name, PERIOD_SECONDS)

    def _note(self) -> None:
        """A Service that has had real requests stays in the books: it must come down again."""
        now = self._context.clock.now()
        start = now - STABLE_SECONDS / self._context.speed
        for key in self._seen.keys() | self._load.in_flight.keys():
            kept = [entry for entry in self._seen.get(key, ()) if entry[0] > start]
            self._seen[key] = [*kept, (now, self._load.in_flight.get(key, 0))]

    def _look(self, service: Json) -> None:
        metadata = service["metadata"]
        annotations = service["spec"]["template"].get("metadata", {}).get("annotations", {})
        low = int(annotations.get(f"{SCALING}min-scale", 0))
        high = int(annotations.get(f"{SCALING}max-scale", 0))
        if high <= low or not service.get("status", {}).get("latestReadyRevisionName"):
            return
        key = (metadata["namespace"], metadata["name"])
        needed = self._for_requests(key, annotations)
        if needed is None and self._simulates:
            needed = self._for_simulated_load(key, low)
        if needed is None:
            return
        desired = min(high, max(low, needed))
        if self._serving.wanted.get(key) != desired:
            self._serving.wanted[key] = desired
            self._context.look_at("serving", *key)

    def _for_requests(self, key: Key, annotations: dict[str, str]) -> int | None:
        """Replicas for the most real requests that were in flight together in the stable window."""
        most = max((count for _, count in self._seen.get(key, ())), default=None)
        if most is None or (not most and self._simulates):
            return None
        if annotations.get(f"{SCALING}metric", "concurrency") != "concurrency":
            return None
        target = float(annotations.get(f"{SCALING}target", 100))
        return max(1, math.ceil(most / target)) if target > 0 else None

    def _for_simulated_load(self, key: Key, low: int) -> int:
        ready = self._context.inventory.ready_replicas(*key)
        demand = self._load.demand(*key, self._context.clock.now())
        return min(max(math.ceil(demand / AIM - 1e-9), 1 if low else 0), max(ready, low) + _PANIC)
