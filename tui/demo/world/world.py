"""The simulated world: seeded objects, the controllers that live in them, and their load. One thread, no waiting.

``tick`` does what is due; ``run`` calls it until told to stop. Everything it shows is in the object store and in
``telemetry``.
"""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field

from tui.demo.objects import ApiError, ObjectStore
from tui.demo.world import api
from tui.demo.world.autoscaler import Autoscaler
from tui.demo.world.claims import Claims
from tui.demo.world.clock import WorldClock
from tui.demo.world.clockwork import Key, WorkQueue
from tui.demo.world.context import Context, Controller
from tui.demo.world.default_scheduler import DefaultScheduler, Grouper
from tui.demo.world.fit import Fit
from tui.demo.world.infrastructure import LoadBalancer
from tui.demo.world.inventory import Inventory
from tui.demo.world.kubelet import Kubelet
from tui.demo.world.load import Load
from tui.demo.world.metering import Metering
from tui.demo.world.naming import Names
from tui.demo.world.operator import Operator
from tui.demo.world.planted import pods_of
from tui.demo.world.queues import Queues
from tui.demo.world.recorder import Recorder
from tui.demo.world.replicas import DeploymentController, JobController, Replicas
from tui.demo.world.scenarios import Scenario
from tui.demo.world.scheduler import Scheduler
from tui.demo.world.script import Script
from tui.demo.world.seed import Seeder, Size
from tui.demo.world.serving import Serving
from tui.demo.world.traffic import Traffic
from tui.demo.world.wiring import Wiring

_LOG = logging.getLogger(__name__)
_TICK_SECONDS = 0.1
_ROUNDS_A_TICK = 200
_PRUNE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class WorldOptions:
    """``speed``: seconds of a real cluster's work in one second here."""

    size: Size = field(default_factory=Size)
    seed: int = 1
    speed: float = 10.0


class World:
    """Seeds ``store`` (which must be empty and run on ``clock``) and keeps it alive."""

    def __init__(self, store: ObjectStore, clock: WorldClock, scenario: Scenario, options: WorldOptions) -> None:
        names = Names(options.seed)
        self._clock = clock
        self.scenario = scenario
        seeder = Seeder(names, options.size, clock.now(), scenario.given_fraction)
        self.context = Context(
            api=api.Api(store),
            names=names,
            clock=clock,
            queue=WorkQueue(),
            inventory=Inventory(),
            ledger=seeder.ledger,
            recorder=Recorder(api.Api(store), names),
            speed=options.speed,
            preempts=scenario.preempts,
        )
        replicas: dict[tuple[str, str], int] = {}
        self.load = Load(names, self.context.inventory, seeder.loads, replicas, scenario.swing)
        self.traffic = Traffic(clock.now, lambda: self.context.look_at("autoscaler", "", "all"))
        self.telemetry = Metering(names, clock, self.context.inventory, seeder.ledger, self.load, options.speed)
        self.planted: dict[str, str] = {}
        self.failures: dict[Key, str] = {}
        self.script = Script(self)
        self._wire(store)
        self._seed(seeder, replicas)

    def _wire(self, store: ObjectStore) -> None:
        context = self.context
        fit = Fit(context.inventory, context.ledger, spread=self.scenario.spread)
        queues, kubelet, serving = Queues(context), Kubelet(context), Serving(context)
        scheduler, pods = Scheduler(context, fit, queues), Replicas(context)
        self._queues = queues
        plain = DefaultScheduler(context, fit)
        self._wiring = Wiring(context, fit, scheduler, plain, queues, kubelet)
        self._leave = store.subscribe(self._wiring)
        self._controllers: dict[str, Controller] = {
            "autoscaler": Autoscaler(context, serving, self.load, self.traffic, simulates=self.scenario.autoscales),
            "claims": Claims(context),
            "default-scheduler": plain,
            "deployment": DeploymentController(context, pods),
            "grouper": Grouper(context),
            "job": JobController(context, pods),
            "kubelet": kubelet,
            "load-balancer": LoadBalancer(context),
            "operator": Operator(context),
            "scheduler": scheduler,
            "script": self.script,
            "serving": serving,
            "world": self,
        }

    def _seed(self, seeder: Seeder, replicas: dict[tuple[str, str], int]) -> None:
        self._wiring.asleep = True
        self.scenario.fill(seeder)
        self.context.api.create_all(seeder.objects)
        for key in seeder.loads:
            replicas[key] = self.context.inventory.ready_replicas(*key)
        self._queues.write_all()
        self._wiring.asleep = False
        if self.scenario.stage is not None:
            self._rehearse()
        self.context.look_at("world", "", "prune", _PRUNE_SECONDS)
        self.context.look_at("autoscaler", "", "all", 1.0)
        self.script.begin(self.scenario.script)

    def _rehearse(self) -> None:
        """Plays the scenario's planted troubles as the last forty minutes, at a real cluster's pace."""
        assert self.scenario.stage is not None
        end, speed = self._clock.now(), self.context.speed
        self.context.speed = 1.0
        self._clock.hold(end - self.scenario.rehearsal_seconds)
        self.planted = self.scenario.stage(self.context, lambda seconds: self._play(self._clock.now() + seconds))
        self._play(end)
        self._clock.let_go()
        self.context.speed = speed
        self.planted = pods_of(self.context, self.planted)

    def _play(self, end: float) -> None:
        """Does all that is due until then, each thing at its time."""
        start = self._clock.now()
        self.tick()
        while (due := self.context.queue.next_at()) is not None and due <= end:
            self._clock.hold(max(start, due))
            self.tick()
        self._clock.hold(end)

    def reconcile(self, namespace: str, name: str) -> None:
        """The world's own chore: old events go."""
        self.context.recorder.prune(self._clock.now())
        self.context.queue.add(Key("world", namespace, name), self._clock.now() + _PRUNE_SECONDS)

    def tick(self) -> None:
        """Does everything that is due now, and what follows from it at once."""
        for _ in range(_ROUNDS_A_TICK):
            keys = self.context.queue.take(self._clock.now())
            if not keys:
                return
            for key in keys:
                self._reconcile(key)

    def _reconcile(self, key: Key) -> None:
        """One object that makes no sense must not stop the world: its controller gives up on it until it changes."""
        try:
            self._controllers[key.controller].reconcile(key.namespace, key.name)
        except (ApiError, AttributeError, LookupError, TypeError, ValueError) as error:
            self.failures[key] = f"{type(error).__name__}: {error}"
            _LOG.warning("%s could not work on %s/%s: %s", key.controller, key.namespace, key.name, error)

    async def run(self, stop: asyncio.Event) -> None:
        """Lives until ``stop`` is set."""
        while not stop.is_set():
            self.tick()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _TICK_SECONDS)

    def close(self) -> None:
        """Ends the subscription; the store stays as it is."""
        self._leave()
