"""A port of its own for each serving workload, and for each pod of it that is asked for by itself.

Workloads and pods that go take their ports with them; a Knative Service without pods keeps its own.
"""

import asyncio
import contextlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, MutableMapping

from aiohttp import web
from aiohttp.typedefs import Middleware

from tui.demo.nim.activator import Activator
from tui.demo.nim.completions import Completions
from tui.demo.nim.endpoint import NimEndpoint, NimState
from tui.demo.nim.engine import PodEngine
from tui.demo.nim.fleet import Fleet, Place, generates
from tui.demo.nim.load import LoadBook, NimLoad
from tui.demo.nim.passing import counting, keeping
from tui.demo.prom.exporters import is_nim, model_name, serving
from tui.demo.prom.facts import PodFacts
from tui.demo.prom.inventory import Inventory, Objects
from tui.demo.telemetry import PodUse, Telemetry
from tui.demo.world.images import model_and_version

_FOLLOW_SECONDS = 2.0
_METER_SECONDS = 0.5
_BACKLOG = 4096  # users of a benchmark come all at once

Key = tuple[str, str]  # namespace, and the name of a workload or a pod
_LATEST = "1.8.4"  # release of an image without a tag


class NimServers:
    """``urls`` is ``namespace/workload`` -> base URL, of every workload with a NIM pod on a node.

    ``measured`` gets, by (namespace, pod), how busy pods are that answer real requests, in parts of their GPU share,
    and ``in_flight``, by (namespace, workload), how many of them came by the workload's own address: what goes to a pod
    or through a LoadBalancer, Knative does not see.
    ``early_role`` is how streams begin (see ``Completions``).
    """

    def __init__(
        self,
        store: Objects,
        telemetry: Telemetry,
        now: Callable[[], float],
        measured: MutableMapping[Key, float] | None = None,
        *,
        in_flight: MutableMapping[Key, int] | None = None,
        early_role: bool = False,
        told: Callable[[dict[str, str]], None] | None = None,
        book: LoadBook | None = None,
        activator: Activator | None = None,
    ) -> None:
        """``told`` hears of the addresses whenever they may have changed; ``book`` is shared with who scrapes us. The
        ``activator`` keeps what comes to a workload's own address while none of its pods serves.
        """
        self.urls: dict[str, str] = {}
        self._inventory = Inventory(store)
        self._telemetry = telemetry
        self._now = now
        self._book = LoadBook() if book is None else book
        self._routed: Counter[Key] = Counter()
        self._fleet = Fleet({} if measured is None else measured, in_flight, lambda key: self._routed[key])
        self._book.real = lambda: self._fleet.active
        self._early_role = early_role
        self._told = told
        self._activator = activator
        if activator is not None:
            activator.follow, activator.serves = self.follow, self._fleet.serves
        self._follows = asyncio.Lock()
        self._runners: dict[Key, web.AppRunner] = {}
        self._pod_runners: dict[Key, web.AppRunner] = {}
        self._known: dict[Key, NimState] = {}
        self._pods: dict[Key, NimState] = {}
        self._ports: dict[Key, int] = {}
        self._opening = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await self.follow()
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._meter())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._fleet.follow({})
        async with self._opening:
            for key in list(self._runners):
                await self._close(key)
            await self._close_pods(self._pod_runners)

    async def follow(self) -> None:
        """Brings endpoints into line with the workloads and pods that there are now."""
        async with self._follows:
            await self._follow_once()

    async def _follow_once(self) -> None:
        self._pods = self._states()
        self._known = wanted = self._asleep() | _by_workload(self._pods)
        for key in list(self._runners):
            if key not in wanted:
                await self._close(key)
        for key in wanted:
            if key not in self._runners:
                await self._open(key)
        async with self._opening:
            await self._close_pods(key for key in self._pod_runners if key not in self._pods)
        if self._activator is not None:
            self._activator.release()
        if self._told is not None:
            self._told(self.urls)

    def _asleep(self) -> dict[Key, NimState]:
        """The Services whose requests are kept, with or without pods."""
        kept = [] if self._activator is None else self._activator.kept()
        return {
            key: NimState(key[1], model_name(image), model_and_version(image)[1] or _LATEST, created, None)
            for key, image, created in kept
            if "/nim/" in image
        }

    async def pod_url(self, namespace: str, pod: str, port: int) -> str | None:
        """The base URL of one pod's own NIM, opened when it is first asked for; ``None`` where none listens."""
        key = (namespace, pod)
        if self.port(key) != port:
            return None
        async with self._opening:
            if key not in self._pod_runners:
                self._pod_runners[key] = await self._serve(lambda: self._pods[key], lambda: self._fleet.engine(key))
            return _url(self._pod_runners[key])

    def port(self, key: Key) -> int | None:
        """What a pod's NIM listens on; ``None`` while its container does not run."""
        return self._ports.get(key)

    def state(self, key: Key) -> NimState | None:
        """What a pod's NIM knows of itself; ``None`` where there is none."""
        return self._pods.get(key)

    async def balance(self, keys: Callable[[], list[Key]], host: str, port: int) -> web.AppRunner:
        """Listens at an address for the pods that ``keys`` gives, by turns; the caller cleans up.

        Raises ``OSError`` if the address is taken.
        """
        state = self._pods[keys()[0]]

        def read() -> NimState:
            return next((found for key in keys() if (found := self._pods.get(key))), state)

        return await self._serve(read, self.turns(keys), host=host, port=port)

    def turns(self, keys: Callable[[], list[Key]]) -> Callable[[], PodEngine | None]:
        """Gives the engine of the next pod at each call; ``None`` while there is none."""
        turn = itertools.count()

        def choose() -> PodEngine | None:
            serving_now = keys()
            return self._fleet.engine(serving_now[next(turn) % len(serving_now)]) if serving_now else None

        return choose

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(_FOLLOW_SECONDS)
            await self.follow()

    async def _meter(self) -> None:
        """Only while somebody asks for tokens: reading all GPUs has its price on a large cluster."""
        while True:
            await asyncio.sleep(_METER_SECONDS)
            if self._fleet.active:
                self._fleet.meter(self._telemetry.pod_uses(), asyncio.get_running_loop().time())

    def _states(self) -> dict[Key, NimState]:
        """By pod, those first that a Service would choose."""
        pods = [pod for pod in self._inventory.pods() if is_nim(pod) and pod.node]
        self._ports = {
            (pod.namespace, pod.name): pod.containers[0].nim_port for pod in pods if pod.containers[0].waiting is None
        }
        ready = [pod for pod in pods if serving(pod)]
        uses = list(self._telemetry.pod_uses())
        loads = self._book.advanced(self._now(), _busy(ready, uses))
        memory_mib = {node.name: node.gpu_memory_mib for node in self._inventory.nodes()}
        self._fleet.follow({key: _place(pod, memory_mib, loads[key]) for key, pod in _keyed(ready)})
        self._fleet.meter(uses, asyncio.get_running_loop().time())
        return {
            (pod.namespace, pod.name): NimState(
                pod.workload,
                model_name(pod.containers[0].image),
                model_and_version(pod.containers[0].image)[1] or _LATEST,
                pod.created,
                loads.get((pod.namespace, pod.name)),
            )
            for pod in sorted(pods, key=lambda item: (not serving(item), item.created, item.name))
        }

    async def _open(self, key: Key) -> None:
        read, choose = (lambda: self._known[key]), (lambda: self._fleet.choose(*key))
        self._runners[key] = await self._serve(read, choose, routed=key)
        self.urls["/".join(key)] = _url(self._runners[key])

    async def _serve(
        self,
        read: Callable[[], NimState],
        choose: Callable[[], PodEngine | None],
        *,
        routed: Key | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> web.AppRunner:
        """A port of its own. A client that leaves cancels its handler: nothing is generated for nobody."""
        model = read().model
        completions = Completions(model, choose, early_role=self._early_role) if generates(model) else None
        application = NimEndpoint(read, completions).application()
        if routed is not None:
            application.middlewares.extend(self._on_the_way(routed))
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2, handler_cancellation=True)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port, backlog=_BACKLOG).start()
        except OSError:
            await runner.cleanup()
            raise
        return runner

    def _on_the_way(self, key: Key) -> list[Middleware]:
        """What a request passes at a workload's own address, the outermost first."""
        counted = [counting(self._routed, key)]
        if self._activator is None:
            return counted
        return [keeping(self._activator, key), *counted]

    async def _close(self, key: Key) -> None:
        self.urls.pop("/".join(key), None)
        await self._runners.pop(key).cleanup()

    async def _close_pods(self, keys: Iterable[Key]) -> None:
        for key in list(keys):
            await self._pod_runners.pop(key).cleanup()


def _by_workload(pods: dict[Key, NimState]) -> dict[Key, NimState]:
    """The first ready pod answers, as one of them does behind the real Service."""
    found: dict[Key, NimState] = {}
    for (namespace, _), state in pods.items():
        found.setdefault((namespace, state.workload), state)
    return found


def _keyed(pods: list[PodFacts]) -> list[tuple[Key, PodFacts]]:
    return [((pod.namespace, pod.name), pod) for pod in pods]


def _place(pod: PodFacts, memory_mib: dict[str, float], load: NimLoad) -> Place:
    gpus = pod.ask.gpus(memory_mib.get(pod.node, 0.0)) or 1.0
    return Place(pod.workload, model_name(pod.containers[0].image), gpus, pod.ask.mig_sevenths > 0, load)


def _busy(pods: list[PodFacts], uses: list[PodUse]) -> dict[Key, float]:
    shares = {(pod.namespace, pod.name): 0.0 for pod in pods}
    for use in uses:
        key = (use.namespace, use.pod)
        if key in shares:
            shares[key] = max(shares[key], use.utilization_percent / 100)
    return shares


def _url(runner: web.AppRunner) -> str:
    return f"http://127.0.0.1:{runner.addresses[0][1]}"
