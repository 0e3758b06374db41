"""A port of its own for each serving workload; workloads that come and go take their ports with them."""

import asyncio
import contextlib
from collections.abc import Callable

from aiohttp import web

from tui.demo.nim.endpoint import NimEndpoint, NimState
from tui.demo.nim.load import LoadBook
from tui.demo.prom.exporters import is_nim, model_name, serving
from tui.demo.prom.facts import PodFacts
from tui.demo.prom.inventory import Inventory, Objects
from tui.demo.telemetry import Telemetry

_FOLLOW_SECONDS = 2.0

Key = tuple[str, str]  # namespace, workload


class NimServers:
    """``urls`` is ``namespace/workload`` -> base URL, of every workload with a NIM pod on a node."""

    def __init__(self, store: Objects, telemetry: Telemetry, now: Callable[[], float]) -> None:
        self.urls: dict[str, str] = {}
        self._inventory = Inventory(store)
        self._telemetry = telemetry
        self._now = now
        self._book = LoadBook()
        self._runners: dict[Key, web.AppRunner] = {}
        self._known: dict[Key, NimState] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self.follow()
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for key in list(self._runners):
            await self._close(key)

    async def follow(self) -> None:
        """Brings endpoints into line with the workloads that there are now."""
        wanted = self._states()
        self._known = wanted
        for key in list(self._runners):
            if key not in wanted:
                await self._close(key)
        for key in wanted:
            if key not in self._runners:
                await self._open(key)

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(_FOLLOW_SECONDS)
            await self.follow()

    def _states(self) -> dict[Key, NimState]:
        pods = [pod for pod in self._inventory.pods() if is_nim(pod) and pod.node]
        busy = self._busy([pod for pod in pods if serving(pod)])
        loads = self._book.advanced(self._now(), busy)
        found: dict[Key, NimState] = {}
        for pod in sorted(pods, key=lambda item: (not serving(item), item.created, item.name)):
            key = (pod.namespace, pod.workload)
            if key not in found:  # the first ready pod answers, as one of them does behind the real Service
                load = loads.get((pod.namespace, pod.name))
                image = pod.containers[0].image
                release = image.rpartition(":")[2]
                found[key] = NimState(model_name(image), release, pod.created, load)
        return found

    def _busy(self, pods: list[PodFacts]) -> dict[Key, float]:
        shares = {(pod.namespace, pod.name): 0.0 for pod in pods}
        for use in self._telemetry.pod_uses():
            key = (use.namespace, use.pod)
            if key in shares:
                shares[key] = max(shares[key], use.utilization_percent / 100)
        return shares

    async def _open(self, key: Key) -> None:
        endpoint = NimEndpoint(lambda: self._known[key])
        runner = web.AppRunner(endpoint.application(), access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._runners[key] = runner
        self.urls["/".join(key)] = f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def _close(self, key: Key) -> None:
        self.urls.pop("/".join(key), None)
        await self._runners.pop(key).cleanup()
