"""Worlds on a clock that the test moves."""

from collections.abc import Callable

from tui.demo.kube.resources import cluster_resources
from tui.demo.objects import Json, ObjectStore
from tui.demo.world import api
from tui.demo.world.catalogue import LLAMA, Kind, WorkloadPlan
from tui.demo.world.clock import WorldClock
from tui.demo.world.inference import inference_workload
from tui.demo.world.inventory import PodRecord
from tui.demo.world.manifests import inference_spec
from tui.demo.world.scenarios import SCENARIOS
from tui.demo.world.seed import Size
from tui.demo.world.world import World, WorldOptions

START = 1_800_000_000.0


class HandClock:
    """Time that stands until it is moved."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


class Stage:
    """A world with its store and clock, and short words for what tests do with it."""

    def __init__(self, scenario: str = "calm", size: Size | None = None, seed: int = 1, speed: float = 10.0) -> None:
        self.hand = HandClock()
        clock = WorldClock(self.hand)
        self.store = ObjectStore(cluster_resources(), clock.now)
        self.world = World(self.store, clock, SCENARIOS[scenario], WorldOptions(size or Size(), seed, speed))
        self.api = self.world.context.api

    def go(self, seconds: float, step: float = 0.5) -> None:
        end = self.hand.at + seconds
        while self.hand.at < end:
            self.hand.at += step
            self.world.tick()

    def until(self, done: Callable[[], bool], most_seconds: float = 120.0) -> None:
        end = self.hand.at + most_seconds
        while not done():
            assert self.hand.at < end, f"not done within {most_seconds:g} s of the world"
            self.go(0.5)

    def launch(self, name: str, project: str = "test", gpu: float = 0.5, replicas: int = 1, **spec: object) -> Json:
        plan = WorkloadPlan(name, project, Kind.INFERENCE, LLAMA, gpu, replicas, 0.0)
        values = {field: {"value": value} for field, value in spec.items()}
        made = inference_workload(
            self.world.context.names, f"runai-{project}", name, inference_spec(plan, replicas) | values, self.hand.at
        )
        return self.api.create(made)

    def pods(self, workload: str) -> list[PodRecord]:
        return [pod for pod in self.world.context.inventory.pods.values() if pod.workload == workload]

    def given(self) -> float:
        ledger = self.world.context.ledger
        return sum(ledger.given(node) for node in ledger.nodes)

    def objects(self, kind: api.Kind) -> list[Json]:
        return self.api.list(kind)

    def message(self, workload: str) -> str:
        """What the scheduler says about the workload's first pod that is not placed."""
        for record in sorted(self.pods(workload), key=lambda record: record.key):
            for entry in (self.api.get(api.POD, *record.key) or {}).get("status", {}).get("conditions", []):
                if entry["type"] == "PodScheduled" and entry["status"] == "False":
                    return str(entry["message"])
        return ""
