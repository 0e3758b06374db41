"""What answers at an address of its own: Services of type LoadBalancer and pods, each on a loopback address, at its
own port, as a real one would.

While no pod behind a Service is ready, nothing listens: a connection is refused, as a cluster's packet filter does.
"""

import asyncio
import contextlib
import logging
from typing import Any, NamedTuple

from aiohttp import web

from tui.demo.nim.servers import Key, NimServers
from tui.demo.objects import Json, ObjectStore

_LOG = logging.getLogger(__name__)
_FOLLOW_SECONDS = 0.5
_LOOPBACK = "127."


class Place(NamedTuple):
    """Where a Service or pod listens, and the model behind it: another one needs another server."""

    host: str
    port: int
    model: str


class Balancers:
    """Follows the Services and pods of ``store`` while it is started."""

    def __init__(self, store: ObjectStore, servers: NimServers) -> None:
        self._store = store
        self._servers = servers
        self._runners: dict[Place, web.AppRunner] = {}
        self._keys: dict[Place, list[Key]] = {}
        self._taken: set[Place] = set()  # that could not be opened, as is told once
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for place in list(self._runners):
            await self._runners.pop(place).cleanup()

    async def _run(self) -> None:
        while True:
            await self.follow()
            await asyncio.sleep(_FOLLOW_SECONDS)

    async def follow(self) -> None:
        """Brings what listens into line with the Services and the ready pods."""
        self._keys = self._wanted() | self._pods()
        for place in [place for place in self._runners if place not in self._keys]:
            await self._runners.pop(place).cleanup()
        for place in self._keys:
            if place not in self._runners:
                await self._open(place)

    async def _open(self, place: Place) -> None:
        try:
            self._runners[place] = await self._servers.balance(
                lambda: self._keys.get(place, []), place.host, place.port
            )
            self._taken.discard(place)
        except OSError as error:  # another program has it, or this system has only one loopback address
            if place in self._taken:
                return
            self._taken.add(place)
            _LOG.warning("nothing can listen at %s:%d: %s", place.host, place.port, error)

    def _wanted(self) -> dict[Place, list[Key]]:
        found: dict[Place, list[Key]] = {}
        for service in self._store.list(self._store.resource("services")):
            spec, ingress = service["spec"], service.get("status", {}).get("loadBalancer", {}).get("ingress", [])
            host = ingress[0].get("ip", "") if ingress else ""
            if spec.get("type") != "LoadBalancer" or not host.startswith(_LOOPBACK):
                continue
            for port in spec.get("ports", []):
                keys = self._ready(service, port)
                state = self._servers.state(keys[0]) if keys else None
                if state is not None:
                    found[Place(host, int(port["port"]), state.model)] = keys
        return found

    def _pods(self) -> dict[Place, list[Key]]:
        """Each for itself: who asks it there has passed every Service by."""
        found: dict[Place, list[Key]] = {}
        for pod in self._store.list(self._store.resource("pods")):
            host = pod.get("status", {}).get("podIP", "")
            if not host.startswith(_LOOPBACK) or not _is_ready(pod):
                continue
            key = (pod["metadata"]["namespace"], pod["metadata"]["name"])
            port, state = self._servers.port(key), self._servers.state(key)
            if port is not None and state is not None:
                found[Place(host, port, state.model)] = [key]
        return found

    def _ready(self, service: Json, port: Json) -> list[Key]:
        return ready_pods(self._store, service, port, self._servers)


def ready_pods(store: ObjectStore, service: Json, port: Json, servers: NimServers) -> list[Key]:
    """The ready NIM pods that a port of a Service leads to, in the order of their names."""
    selector, target = service["spec"].get("selector") or {}, port.get("targetPort", port["port"])
    if not selector:
        return []
    found = []
    for pod in store.list(store.resource("pods"), service["metadata"]["namespace"]):
        key = (pod["metadata"]["namespace"], pod["metadata"]["name"])
        labels = pod["metadata"].get("labels", {})
        if selector.items() <= labels.items() and _is_ready(pod) and _listens(pod, target, servers.port(key)):
            found.append(key)
    return found


def _is_ready(pod: Json) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    ready = any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def _listens(pod: Json, target: Any, port: int | None) -> bool:
    """A number is a port; a name is that of a port of a container."""
    named = {
        entry.get("name"): entry["containerPort"]
        for part in pod["spec"]["containers"]
        for entry in part.get("ports", ())
    }
    return port is not None and (named.get(target) if isinstance(target, str) else target) == port
