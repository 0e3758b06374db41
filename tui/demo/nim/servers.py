"""A port of its own for each serving workload, and for each pod of it that is asked for by itself.

Workloads and pods that go take their ports with them.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable

from aiohttp import web

from tui.demo.nim.endpoint import NimEndpoint, NimState
from tui.demo.nim.load import LoadBook
from tui.demo.prom.exporters import is_nim, model_name, serving
from tui.demo.prom.facts import PodFacts
from tui.demo.prom.inventory import Inventory, Objects
from tui.demo.telemetry import Telemetry

_FOLLOW_SECONDS = 2.0

Key = tuple[str, str]  # namespace, and the name of a workload or a pod
_PORT = 8000


class NimServers:
    """``urls`` is ``namespace/workload`` -> base URL, of every workload with a NIM pod on a node."""

    def __init__(self, store: Objects, telemetry: Telemetry, now: Callable[[], float]) -> None:
        self.urls: dict[str, str] = {}
        self._inventory = Inventory(store)
        self._telemetry = telemetry
        self._now = now
        self._book = LoadBook()
        self._runners: dict[Key, web.AppRunner] = {}
        self._pod_runners: dict[Key, web.AppRunner] = {}
        self._known: dict[Key, NimState] = {}
        self._pods: dict[Key, NimState] = {}
        self._opening = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self.follow()
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        async with self._opening:
            for key in list(self._runners):
                await self._close(key)
            await self._close_pods(self._pod_runners)

    async def follow(self) -> None:
        """Brings endpoints into line with the workloads and pods that there are now."""
        self._pods = self._states()
        self._known = wanted = _by_workload(self._pods)
        for key in list(self._runners):
            if key not in wanted:
                await self._close(key)
        for key in wanted:
            if key not in self._runners:
                await self._open(key)
        async with self._opening:
            await self._close_pods(key for key in self._pod_runners if key not in self._pods)

    async def pod_url(self, namespace: str, pod: str, port: int) -> str | None:
        """The base URL of one pod's own NIM, opened when it is first asked for; ``None`` where none listens."""
        key = (namespace, pod)
        if port != _PORT or key not in self._pods:
            return None
        async with self._opening:
            if key not in self._pod_runners:
                self._pod_runners[key] = await _serve(lambda: self._pods[key])
            return _url(self._pod_runners[key])

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(_FOLLOW_SECONDS)
            await self.follow()

    def _states(self) -> dict[Key, NimState]:
        """By pod, those first that a Service would choose."""
        pods = [pod for pod in self._inventory.pods() if is_nim(pod) and pod.node]
        busy = self._busy([pod for pod in pods if serving(pod)])
        loads = self._book.advanced(self._now(), busy)
        return {
            (pod.namespace, pod.name): NimState(
                pod.workload,
                model_name(pod.containers[0].image),
                pod.containers[0].image.rpartition(":")[2],
                pod.created,
                loads.get((pod.namespace, pod.name)),
            )
            for pod in sorted(pods, key=lambda item: (not serving(item), item.created, item.name))
        }

    def _busy(self, pods: list[PodFacts]) -> dict[Key, float]:
        shares = {(pod.namespace, pod.name): 0.0 for pod in pods}
        for use in self._telemetry.pod_uses():
            key = (use.namespace, use.pod)
            if key in shares:
                shares[key] = max(shares[key], use.utilization_percent / 100)
        return shares

    async def _open(self, key: Key) -> None:
        self._runners[key] = await _serve(lambda: self._known[key])
        self.urls["/".join(key)] = _url(self._runners[key])

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


async def _serve(read: Callable[[], NimState]) -> web.AppRunner:
    runner = web.AppRunner(NimEndpoint(read).application(), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner


def _url(runner: web.AppRunner) -> str:
    return f"http://127.0.0.1:{runner.addresses[0][1]}"
