"""Knative's autoscaler: as many replicas as the requests in flight need, between the Service's bounds.

Real requests go before the simulated load. More in flight scale up at once; fewer scale down when the stable window has
seen no more. Without a lower bound a Service that nobody asks, really or in the simulation, goes to zero.
"""

import contextlib
import math

from tui.demo.objects import Json
from tui.demo.world import api, deadline
from tui.demo.world.clockwork import Key as Due
from tui.demo.world.context import Context
from tui.demo.world.idling import Idling, There
from tui.demo.world.load import AIM, Load
from tui.demo.world.scaling import ScaleRules, rules_of
from tui.demo.world.serving import Serving
from tui.demo.world.traffic import Key, Traffic

PERIOD_SECONDS = 10.0
_PANIC = 2  # replicas more at most in one look at the simulated load: the stable window smooths what comes faster
_PATIENCE_SECONDS = 10.0  # longer than the Revision's progress deadline


class Autoscaler:
    """Looks at all Services at once, every ten seconds of a real cluster, and when a request waits for a first pod.

    ``simulates``: Services without real requests follow the simulated load; otherwise they keep their replicas.
    """

    def __init__(self, context: Context, serving: Serving, load: Load, traffic: Traffic, *, simulates: bool) -> None:
        self._context = context
        self._serving = serving
        self._load = load
        self._traffic = traffic
        self._simulates = simulates
        self._idling = Idling(context)
        self._seen: dict[Key, list[tuple[float, int]]] = {}  # when, and how many real requests were in flight
        self._decided: dict[Key, list[tuple[float, int]]] = {}  # when, and how many replicas; where fewer are delayed

    def reconcile(self, namespace: str, name: str) -> None:
        self._context.look_at("autoscaler", namespace, name, PERIOD_SECONDS)
        rules = self._rules()
        self._note(rules)
        self._idling.forget(set(rules))
        for service in self._context.api.list(api.KSERVICE):
            if (key := _key(service)) in rules:
                self._look(key, service, rules[key])

    def _rules(self) -> dict[Key, ScaleRules]:
        """Of the Services that make sense."""
        found = self._context.api.get(api.CONFIG_MAP, "knative-serving", "config-autoscaler") or {}
        rules = {}
        for service in self._context.api.list(api.KSERVICE):
            with contextlib.suppress(ValueError):
                rules[_key(service)] = rules_of(service, found.get("data", {}))
        return rules

    def _note(self, rules: dict[Key, ScaleRules]) -> None:
        """A Service that has had real requests stays in the books: it must come down again."""
        now = self._context.clock.now()
        for key in (self._seen.keys() | self._load.in_flight.keys() | self._traffic.held.keys()) & rules.keys():
            kept = _since(self._seen.get(key, []), now - rules[key].window_seconds / self._context.speed)
            count = self._load.in_flight.get(key, 0) + self._traffic.held[key]
            self._seen[key] = [*kept, (now, count)]
        self._seen = {key: seen for key, seen in self._seen.items() if key in rules}

    def _look(self, key: Key, service: Json, rules: ScaleRules) -> None:
        revision = service.get("status", {}).get("latestCreatedRevisionName")
        deployment = revision and self._context.api.get(api.DEPLOYMENT, key[0], f"{revision}-deployment")
        if not deployment:
            return
        there = There(deployment["spec"]["replicas"], deployment.get("status", {}).get("readyReplicas", 0))
        self._idling.note(key, there, kept=rules.low > 0)
        moves = rules.high > rules.low and service["status"].get("latestReadyRevisionName")
        desired = self._desired(key, rules, there, revision) if moves else None
        why = self._idling.reasons.get(key)
        if desired not in (None, self._serving.wanted.get(key)) or self._serving.inactive.get(key) != why:
            self._tell(key, desired, why)

    def _desired(self, key: Key, rules: ScaleRules, there: There, revision: str) -> int | None:
        """Replicas that it is to have; ``None`` where nothing tells."""
        needed = self._needed(key, rules, there.replicas)
        if needed is None:
            return None
        desired = min(rules.high, max(rules.low, self._delayed(key, rules, needed)))
        patience = 0.0 if desired else self._patience_seconds(key[0], revision)
        desired, due = self._idling.settle(key, rules, desired, there, patience)
        if due is not None:
            self._context.queue.add(Due("autoscaler", "", "all"), due)
        return desired

    def _patience_seconds(self, namespace: str, revision: str) -> float:
        found = self._context.api.get(api.REVISION, namespace, revision) or {"metadata": {}}
        return deadline.seconds(self._context.api, found) + _PATIENCE_SECONDS

    def _tell(self, key: Key, desired: int | None, why: tuple[str, str] | None) -> None:
        if desired is not None:
            self._serving.wanted[key] = desired
        self._serving.inactive.pop(key, None)
        if why is not None:
            self._serving.inactive[key] = why
        self._context.look_at("serving", *key)

    def _needed(self, key: Key, rules: ScaleRules, replicas: int) -> int | None:
        """Replicas that are asked for; ``None`` where nothing tells how many."""
        needed = self._for_requests(key, rules)
        if needed is None and self._simulates:
            needed = self._for_simulated_load(key, rules.low)
        if rules.low or not rules.counted:
            return needed
        if not self._asked(key, rules):
            return 0
        return max(1, rules.activation, replicas if needed is None else needed)

    def _asked(self, key: Key, rules: ScaleRules) -> bool:
        """Somebody has asked it in the stable window, if only in the simulation."""
        last, start = self._traffic.last(key), self._context.clock.now() - rules.window_seconds / self._context.speed
        flown = any(count for _, count in self._seen.get(key, ()))
        return flown or (last is not None and last > start) or self._load.mean(*key) > 0

    def _for_requests(self, key: Key, rules: ScaleRules) -> int | None:
        """Replicas for the most real requests that were in flight together in the stable window."""
        most = max((count for _, count in self._seen.get(key, ())), default=None)
        if most is None or (not most and self._simulates) or not rules.by_concurrency or rules.target <= 0:
            return None
        return max(rules.activation if most else 1, math.ceil(most / rules.target))

    def _for_simulated_load(self, key: Key, low: int) -> int:
        ready = self._context.inventory.ready_replicas(*key)
        demand = self._load.demand(*key, self._context.clock.now())
        return min(max(math.ceil(demand / AIM - 1e-9), 1 if low else 0), max(ready, low) + _PANIC)

    def _delayed(self, key: Key, rules: ScaleRules, needed: int) -> int:
        """The most of what was decided within the Service's delay."""
        if not rules.delay_seconds:
            self._decided.pop(key, None)
            return needed
        now = self._context.clock.now()
        kept = _since(self._decided.get(key, []), now - rules.delay_seconds / self._context.speed)
        self._decided[key] = [*kept, (now, needed)]
        return max(count for _, count in self._decided[key])


def _key(service: Json) -> Key:
    return service["metadata"]["namespace"], service["metadata"]["name"]


def _since(entries: list[tuple[float, int]], start: float) -> list[tuple[float, int]]:
    return [entry for entry in entries if entry[0] > start]
