"""A seeded cluster on a clock that stands still, behind the real protocols: what is seen of it is the same on each run.

Only the pictures use it. The world is played for a while first, so that there are events, ages and curves.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from unittest.mock import patch

from config.settings import KubernetesSettings, PrometheusSettings, RunaiSettings, ScreenSettings, Settings
from tui.demo.kube.resources import cluster_resources
from tui.demo.kube.server import KubeServer
from tui.demo.nim.servers import NimServers
from tui.demo.objects import ObjectStore
from tui.demo.prom.server import PromServer
from tui.demo.prom.sources import Sources
from tui.demo.runai.server import RunaiServer
from tui.demo.world.clock import WorldClock
from tui.demo.world.logs import WorldLogs
from tui.demo.world.scenarios import SCENARIOS
from tui.demo.world.seed import Size
from tui.demo.world.world import World, WorldOptions

START = 1_800_000_000.0  # 2027-01-15 08:00 UTC
PLAYED_SECONDS = 60.0
SPEED = 10.0


class HeldClock:
    """Time that stands until it is moved."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


@dataclass(frozen=True, slots=True)
class HeldCluster:
    """Settings that lead to it, and its clock."""

    settings: Settings
    clock: HeldClock


@contextlib.asynccontextmanager
async def held_cluster(scenario: str, folder: Path, nodes: int = 16, gpus: int = 4) -> AsyncIterator[HeldCluster]:
    """The servers of one scenario, serving in the running loop; ``folder`` takes the kubeconfig and the secret."""
    hand = HeldClock()
    clock = WorldClock(hand)
    store = ObjectStore(cluster_resources(), clock.now)
    world = World(store, clock, SCENARIOS[scenario], WorldOptions(Size(nodes, gpus), 1, SPEED))
    while hand.at < START + PLAYED_SECONDS:
        hand.at += 0.5
        world.tick()
    prometheus = PromServer(Sources(store, world.telemetry, clock.now))
    runai = RunaiServer(store, world.telemetry, clock.now)
    nims = NimServers(store, world.telemetry, clock.now, world.load.measured)
    kubernetes = KubeServer(store, log_source=WorldLogs(world.context.names, SPEED))
    async with contextlib.AsyncExitStack() as stack:
        # The servers' Date header is the held time too, or the clients would speak of a skewed clock.
        stack.enter_context(
            patch("aiohttp.web_response.rfc822_formatted_time", lambda: formatdate(hand.at, usegmt=True))
        )
        stack.callback(store.close)
        stack.callback(world.close)
        for server in (prometheus, runai, nims, kubernetes):
            await server.start()
            stack.push_async_callback(server.stop)
        kubernetes.set_pod_backend(nims.pod_url)
        kubernetes.write_kubeconfig(folder / "kubeconfig")
        secret = folder / "secret"
        secret.touch(mode=0o600)
        secret.write_text(runai.client_secret + "\n", encoding="utf-8")
        yield HeldCluster(
            Settings(
                profile="demo",
                kubernetes=KubernetesSettings(kubeconfig=folder / "kubeconfig"),
                prometheus=PrometheusSettings(url=prometheus.url),
                runai=RunaiSettings(url=runai.url, client_id=runai.client_id, client_secret_file=secret),
                screen=ScreenSettings(refresh_seconds=1.0),
                audit_file=folder / "audit.jsonl",
            ),
            hand,
        )
