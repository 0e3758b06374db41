"""The embedded cluster in this process, its time pushed on by a task: minutes of a launch pass in a second."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from config.settings import KubernetesSettings, PrometheusSettings, ScreenSettings, Settings
from tui.demo.kube.resources import cluster_resources
from tui.demo.kube.server import KubeServer
from tui.demo.nim.servers import NimServers
from tui.demo.objects import ObjectStore
from tui.demo.world.clock import WorldClock
from tui.demo.world.logs import WorldLogs
from tui.demo.world.scenarios import SCENARIOS
from tui.demo.world.seed import Size
from tui.demo.world.world import World, WorldOptions

START = 1_800_000_000.0
SPEED = 10.0


class Hand:
    """Time as the world has it."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


@dataclass
class Embedded:
    """Settings that lead to it, and its objects."""

    settings: Settings
    store: ObjectStore
    hand: Hand

    def objects(self, plural: str, group: str = "") -> list[Any]:
        return self.store.list(self.store.resource(plural, group))

    def named(self, plural: str, name: str, group: str = "") -> Any:
        return next((one for one in self.objects(plural, group) if one["metadata"]["name"] == name), None)

    def read_only(self) -> "Embedded":
        return replace(self, settings=replace(self.settings, read_only=True))


@contextlib.asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[Embedded]:
    """Serving in the running loop."""
    hand = Hand()
    clock = WorldClock(hand)
    store = ObjectStore(cluster_resources(), clock.now)
    world = World(store, clock, SCENARIOS["calm"], WorldOptions(Size(2, 4), 1, SPEED))
    nims = NimServers(store, world.telemetry, clock.now, world.load.measured)
    kubernetes = KubeServer(store, log_source=WorldLogs(world.context.names, SPEED))
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(store.close)
        stack.callback(world.close)
        for server in (nims, kubernetes):
            await server.start()
            stack.push_async_callback(server.stop)
        kubernetes.set_pod_backend(nims.pod_url)
        kubernetes.write_kubeconfig(folder / "kubeconfig")
        mover = asyncio.create_task(_push(hand, world))
        stack.push_async_callback(_ended, mover)
        yield Embedded(
            Settings(
                kubernetes=KubernetesSettings(kubeconfig=folder / "kubeconfig"),
                prometheus=PrometheusSettings(enabled=False),
                screen=ScreenSettings(refresh_seconds=0.5),
                audit_file=folder / "audit.jsonl",
            ),
            store,
            hand,
        )


async def _push(hand: Hand, world: World) -> None:
    while True:
        hand.at += 1.0
        world.tick()
        await asyncio.sleep(0.1)


async def _ended(mover: "asyncio.Task[None]") -> None:
    mover.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await mover
