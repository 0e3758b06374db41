"""The embedded cluster put together: one simulated world behind a Kubernetes API, a Prometheus, a Run:ai API and NIMs.

All of it listens on loopback ports that the system chooses, and lives in one event loop until it is told to stop.
"""

import asyncio
import contextlib
import gc
import json
import secrets
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tui.demo.ingress import serve_ingress
from tui.demo.kube.call import InputWriter
from tui.demo.kube.resources import cluster_resources
from tui.demo.kube.server import KubeServer
from tui.demo.nim.activator import Activator
from tui.demo.nim.balancers import Balancers
from tui.demo.nim.gateway import Gateway
from tui.demo.nim.servers import NimServers
from tui.demo.objects import Json, ObjectStore
from tui.demo.prom.server import PromServer
from tui.demo.prom.sources import Sources
from tui.demo.runai.server import RunaiServer
from tui.demo.world.address import announce
from tui.demo.world.clock import WorldClock
from tui.demo.world.logs import WorldLogs
from tui.demo.world.processes import Processes
from tui.demo.world.scenarios import SCENARIOS
from tui.demo.world.seed import Size
from tui.demo.world.world import World, WorldOptions
from tui.model.clock import SystemClock

DEFAULT_SPEED = 10.0
_GATEWAY_LAST = 31  # of the address pool, beside the ingress
_STOP_SECONDS = 3.0  # that a pod is seen terminating
_PROMETHEUS_SERVICES = ("kube-prometheus-stack-prometheus", "prometheus-operated")


@dataclass(frozen=True, slots=True)
class LabOptions:
    """``gpus`` is a node's; ``pods`` bounds all pods (``None``: as many as the scenario makes); ``directory`` is where
    the folder with kubeconfig and secret is made (``None``: the system's place for temporary files). ``worker`` is the
    module that pods whose command is a worker of nimdeck run as a process (``None``: they only look as if).
    """

    nodes: int = 16
    gpus: int = 4
    pods: int | None = None
    seed: int = 1
    scenario: str = "calm"
    speed: float = DEFAULT_SPEED
    worker: str | None = None
    directory: Path | None = None


@dataclass(frozen=True, slots=True)
class LabInfo:
    """Where everything is. ``planted`` maps ``namespace/name`` to the first cause code."""

    kubeconfig: Path
    prometheus: str
    runai_url: str
    runai_client_id: str
    runai_client_secret_file: Path
    nims: dict[str, str] = field(default_factory=dict)
    planted: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """One line."""
        return json.dumps(
            {
                "kubeconfig": str(self.kubeconfig),
                "prometheus": self.prometheus,
                "runai": {
                    "url": self.runai_url,
                    "client_id": self.runai_client_id,
                    "client_secret_file": str(self.runai_client_secret_file),
                },
                "nims": self.nims,
                "planted": self.planted,
            }
        )


async def run_lab(options: LabOptions, ready: Callable[[LabInfo], None], stop: asyncio.Event) -> None:
    """Serves until ``stop`` is set; calls ``ready`` once, when everything answers."""
    with tempfile.TemporaryDirectory(prefix="nimdeck-lab-", dir=options.directory) as folder:
        async with lab(options, Path(folder)) as (info, world):
            ready(info)
            await world.run(stop)


@contextlib.asynccontextmanager
async def lab(options: LabOptions, folder: Path) -> AsyncIterator[tuple[LabInfo, World]]:
    """The lab with its servers running; its files lie in ``folder``. The caller runs the world.

    Beside the administrator's kubeconfig lie those of users with fewer rights: ``kubeconfig-viewer`` and ``-nobody``.
    """
    clock = WorldClock(SystemClock())
    store = ObjectStore(cluster_resources(), clock.now, stop_after_seconds=_STOP_SECONDS)
    async with contextlib.AsyncExitStack() as stack:
        world = _seeded(store, clock, options)
        stack.callback(store.close)
        stack.callback(world.close)
        world.context.processes = Processes(clock, options.worker)
        stack.push_async_callback(world.context.processes.close)
        sources = Sources(store, world.telemetry, clock.now)
        prometheus = PromServer(sources)
        await prometheus.start()
        stack.push_async_callback(prometheus.stop)
        _let_script_switch(world, prometheus, stack)
        activator = Activator(store, world.traffic, options.speed)
        stack.push_async_callback(activator.stop)
        nims = NimServers(
            store,
            world.telemetry,
            clock.now,
            world.load.measured,
            in_flight=world.load.in_flight,
            told=lambda urls: announce(store, urls),
            book=sources.nims,
            activator=activator,
        )
        await nims.start()
        stack.push_async_callback(nims.stop)
        await _balancers(store, world, nims, stack)
        await serve_ingress(store, world.context.address_pool, stack)
        gateway = Gateway(store, nims.urls, f"{world.context.address_pool}{_GATEWAY_LAST}")
        await gateway.start()
        stack.push_async_callback(gateway.stop)
        kubeconfig = await _kubernetes(store, world, options, prometheus, nims, folder, stack)
        runai, secret_file = await _runai(store, world, clock, folder, stack)
        yield (
            LabInfo(
                kubeconfig,
                prometheus.url,
                runai.url,
                runai.client_id,
                secret_file,
                _nim_urls(nims.urls),
                world.planted,
            ),
            world,
        )


def _seeded(store: ObjectStore, clock: WorldClock, options: LabOptions) -> World:
    """Seeding makes only what stays: the garbage collector would walk it all again and again."""
    size = Size(options.nodes, options.gpus, options.pods)
    gc.disable()
    try:
        return World(store, clock, SCENARIOS[options.scenario], WorldOptions(size, options.seed, options.speed))
    finally:
        gc.freeze()
        gc.enable()


async def _balancers(store: ObjectStore, world: World, nims: NimServers, stack: contextlib.AsyncExitStack) -> None:
    """LoadBalancer Services, and pods that start from now on, get loopback addresses of this lab's own: the whole of
    127.0.0.0/8 answers on Linux, and no load of a plan can leave this machine for pods that a real network has."""
    first = secrets.randbelow(254)
    world.context.address_pool = f"127.{1 + first}.{secrets.randbelow(256)}."
    world.context.pod_network = f"127.{1 + (first + 1) % 254}."
    balancers = Balancers(store, nims)
    await balancers.start()
    stack.push_async_callback(balancers.stop)


async def _kubernetes(
    store: ObjectStore,
    world: World,
    options: LabOptions,
    prometheus: PromServer,
    nims: NimServers,
    folder: Path,
    stack: contextlib.AsyncExitStack,
) -> Path:
    """The API server, with Prometheus behind its service proxy, NIMs behind its pod proxy; returns the kubeconfig."""
    context = world.context
    logs = WorldLogs(context.names, options.speed, context.starts, context.processes)
    server = KubeServer(store, log_source=logs)
    await server.start()
    stack.push_async_callback(server.stop)
    for service in _PROMETHEUS_SERVICES:
        for port in ("http-web", 9090):
            server.add_proxy_backend("monitoring", service, port, prometheus.url)
    server.set_pod_backend(nims.pod_url)
    server.set_container_input(lambda pod, container: _input_of(context.processes, pod, container))
    path = folder / "kubeconfig"
    server.write_kubeconfig(path)
    for user in ("viewer", "nobody"):
        server.write_kubeconfig(folder / f"kubeconfig-{user}", user)
    return path


def _input_of(processes: Processes, pod: Json, container: str) -> InputWriter | None:
    uid = pod["metadata"]["uid"]
    return partial(processes.write, uid) if processes.has_input(uid, container) else None


async def _runai(
    store: ObjectStore, world: World, clock: WorldClock, folder: Path, stack: contextlib.AsyncExitStack
) -> tuple[RunaiServer, Path]:
    """The control plane, and the file that its application's secret is in."""
    server = RunaiServer(store, world.telemetry, clock.now)
    await server.start()
    stack.push_async_callback(server.stop)
    path = folder / "runai-client-secret"
    path.touch(mode=0o600)
    path.write_text(server.client_secret + "\n")
    return server, path


def _nim_urls(urls: Mapping[str, str]) -> dict[str, str]:
    """The NIM endpoints by workload; where two projects have one of the same name, by namespace/workload."""
    short = {key: key.partition("/")[2] for key in urls}
    count = Counter(short.values())
    return {short[key] if count[short[key]] == 1 else key: url for key, url in sorted(urls.items())}


def _let_script_switch(world: World, prometheus: PromServer, stack: contextlib.AsyncExitStack) -> None:
    """Gives the scenario's script its hand on Prometheus."""
    running: set[asyncio.Task[None]] = set()

    def available(on: bool) -> None:
        task = asyncio.create_task(prometheus.outage(not on))
        running.add(task)
        task.add_done_callback(running.discard)

    async def settle() -> None:
        await asyncio.gather(*running, return_exceptions=True)

    world.script.prometheus_available = available
    stack.push_async_callback(settle)
