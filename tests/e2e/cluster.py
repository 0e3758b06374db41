"""A cluster in this process whose servers a test may break: the embedded servers on a loop in a thread."""

import asyncio
import contextlib
import copy
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from tui.demo.kube.access import User
from tui.demo.kube.faults import Fault
from tui.demo.kube.resources import cluster_resources
from tui.demo.kube.server import KubeServer
from tui.demo.objects import Json, ObjectStore
from tui.demo.prom.server import PromServer
from tui.demo.prom.sources import Sources
from tui.demo.telemetry import GpuSample, PodUse
from tui.demo.world.clock import WorldClock
from tui.demo.world.scenarios import SCENARIOS
from tui.demo.world.seed import Size
from tui.demo.world.world import World, WorldOptions

T = TypeVar("T")
NODES, GPUS = 3, 4


class LoopThread:
    """An event loop in a thread: servers answer there while the test waits."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def call(self, work: Callable[[], T]) -> T:
        """Run it on the loop: stores and servers belong to that thread."""

        async def wrapped() -> T:
            return work()

        return self.run(wrapped())

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class SkewedClock:
    """The machine's clock, so many seconds ahead."""

    def __init__(self, ahead_seconds: float) -> None:
        self._ahead = ahead_seconds

    def now(self) -> float:
        return time.time() + self._ahead

    def monotonic(self) -> float:
        return time.monotonic()


class Telemetry:
    """The world's, less the GPUs that are gone."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.gone: set[tuple[str, int]] = set()

    def gpus(self) -> Iterable[GpuSample]:
        return [gpu for gpu in self._world.telemetry.gpus() if (gpu.node, gpu.index) not in self.gone]

    def pod_uses(self) -> Iterable[PodUse]:
        return [use for use in self._world.telemetry.pod_uses() if (use.node, use.index) not in self.gone]


class Cluster:
    """A calm world of three nodes, its API server, and as many Prometheus servers as a test wants."""

    def __init__(
        self,
        loop: LoopThread,
        folder: Path,
        *,
        users: Mapping[str, User] | None = None,
        without_groups: Iterable[str] = (),
        ahead_seconds: float = 0.0,
    ) -> None:
        self._loop = loop
        self._folder = folder
        self._stack = contextlib.ExitStack()
        self._clock = WorldClock(SkewedClock(ahead_seconds))
        whole = ObjectStore(cluster_resources(), self._clock.now)
        self.world = World(whole, self._clock, SCENARIOS["calm"], WorldOptions(Size(NODES, GPUS)))
        self.telemetry = Telemetry(self.world)
        self._stack.callback(whole.close)
        self._stack.callback(self.world.close)
        self.store = self._reduced(whole, tuple(without_groups))
        self.kube = KubeServer(self.store, users)
        loop.run(self.kube.start())
        self._stack.callback(lambda: loop.run(self.kube.stop()))

    def close(self) -> None:
        self._stack.close()

    def kubeconfig(self, user: str = "admin", namespace: str = "default") -> str:
        path = self._folder / f"kubeconfig-{user}"
        self.kube.write_kubeconfig(path, user, namespace)
        return str(path)

    def prometheus(self, prepare: Callable[[PromServer], None] = lambda server: None, **options: Any) -> PromServer:
        """A Prometheus over this cluster; ``prepare`` may set its faults before the first scrape."""
        ahead = options.pop("ahead_seconds", 0.0)
        sources = Sources(self.store, self.telemetry, SkewedClock(ahead).now)
        server = PromServer(sources, past_seconds=30.0, **options)
        prepare(server)
        self._loop.run(server.start())
        self._stack.callback(lambda: self._loop.run(server.stop()))
        return server

    def fault(self, fault: Fault, paths: str = "") -> None:
        """From now on, for new requests and for the open watches."""

        def begin() -> None:
            self.kube.faults.set(fault, paths)
            self.kube.watchers.end()

        self._loop.call(begin)

    def behind_the_proxy(self, service: str, port: str, url: str) -> None:
        self._loop.call(lambda: self.kube.add_proxy_backend("monitoring", service, port, url))

    def create(self, plural: str, obj: Json, group: str = "") -> None:
        self._loop.call(lambda: self.store.create(self.store.resource(plural, group), obj))

    def edit(self, plural: str, namespace: str | None, name: str, edit: Callable[[Json], None]) -> None:
        self._loop.call(lambda: self.store.change(self.store.resource(plural), namespace, name, edit))

    def objects(self, plural: str, group: str = "") -> list[Json]:
        return self._loop.call(lambda: self.store.list(self.store.resource(plural, group)))

    def scrape(self, server: PromServer) -> None:
        self._loop.call(server.scraper.scrape)

    def _reduced(self, whole: ObjectStore, without_groups: tuple[str, ...]) -> ObjectStore:
        """The same objects on a cluster whose API lacks some groups."""
        if not without_groups:
            return whole
        fewer = ObjectStore(cluster_resources(without_groups), self._clock.now)
        self._stack.callback(fewer.close)
        for res in fewer.resources:
            for obj in whole.list(res):
                fewer.create(res, copy.deepcopy(obj))
        return fewer
