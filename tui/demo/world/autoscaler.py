"""Knative's autoscaler: as many replicas as the requests in flight need, between the Service's bounds."""

import math

from tui.demo.world import api
from tui.demo.world.context import Context
from tui.demo.world.load import AIM, Load
from tui.demo.world.operator import SCALING
from tui.demo.world.serving import Serving

PERIOD_SECONDS = 10.0
_PANIC = 2  # replicas more at most in one look: the stable window smooths what comes faster


class Autoscaler:
    """Looks at all Services at once, every ten seconds of a real cluster."""

    def __init__(self, context: Context, serving: Serving, load: Load) -> None:
        self._context = context
        self._serving = serving
        self._load = load

    def reconcile(self, namespace: str, name: str) -> None:
        for service in self._context.api.list(api.KSERVICE):
            metadata = service["metadata"]
            annotations = service["spec"]["template"].get("metadata", {}).get("annotations", {})
            low = int(annotations.get(f"{SCALING}min-scale", 0))
            high = int(annotations.get(f"{SCALING}max-scale", 0))
            if high > low and service.get("status", {}).get("latestReadyRevisionName"):
                self._look(metadata["namespace"], metadata["name"], low, high)
        self._context.look_at("autoscaler", namespace, name, PERIOD_SECONDS)

    def _look(self, namespace: str, name: str, low: int, high: int) -> None:
        ready = self._context.inventory.ready_replicas(namespace, name)
        demand = self._load.demand(namespace, name, self._context.clock.now())
        desired = min(high, max(low, math.ceil(demand / AIM - 1e-9), 1 if low else 0))
        desired = min(desired, max(ready, low) + _PANIC)
        if self._serving.wanted.get((namespace, name)) != desired:
            self._serving.wanted[(namespace, name)] = desired
            self._context.look_at("serving", namespace, name)
