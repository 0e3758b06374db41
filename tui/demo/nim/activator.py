"""Knative's activator: keeps requests for a Service without a ready pod until there is one.

Each waits as long as its Revision may take to begin an answer (``timeoutSeconds``, in the cluster's time, as the start
of the pod that it waits for is), then it is ended with the activator's own words. Nothing here ends what was passed on.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator

from aiohttp import web

from tui.demo.objects import Json, ObjectStore, Resource
from tui.demo.world.naming import parse_time
from tui.demo.world.scaling import annotations_of, bounds
from tui.demo.world.traffic import Key, Traffic

_TIMED_OUT = "activator request timeout"
_DEFAULT_SECONDS = 300.0
_SERVICE_LABEL = "serving.knative.dev/service"


class Activator:
    """``follow`` brings the NIMs' servers into line with the pods; ``serves`` says whether they have one for a Service.

    ``speed``: seconds of the cluster's work in one second here.
    """

    def __init__(self, store: ObjectStore, traffic: Traffic, speed: float) -> None:
        self.traffic = traffic
        self.follow: Callable[[], Awaitable[None]] | None = None
        self.serves: Callable[[str, str], bool] = lambda namespace, service: False
        self._store = store
        self._services = store.resource("services", "serving.knative.dev")
        self._speed = speed
        self._waiting: dict[Key, set[asyncio.Future[None]]] = {}
        self._ready: dict[Key, set[str]] = {}  # names of pods: the servers hear of those that go a little later
        self._following: set[asyncio.Future[None]] = set()
        for pod in store.list(store.resource("pods")):
            self._note(pod, gone=False)
        self._leave = store.subscribe(self._changed)

    async def stop(self) -> None:
        self._leave()
        for task in self._following:
            task.cancel()
        await asyncio.gather(*self._following, return_exceptions=True)

    def keeps(self, key: Key) -> bool:
        """Requests for it are kept: a Knative Service that has been ready and is not suspended."""
        service = self._store.get(self._services, *key)
        return service is not None and _keeps(service)

    def kept(self) -> Iterator[tuple[Key, str, float]]:
        """(Service, image, Unix time at which it was made) of all whose requests are kept."""
        for service in self._store.list(self._services):
            metadata, containers = service["metadata"], service["spec"]["template"]["spec"].get("containers")
            if containers and _keeps(service):
                created = parse_time(metadata["creationTimestamp"]) or 0.0
                yield (metadata["namespace"], metadata["name"]), containers[0].get("image", ""), created

    async def admit(self, key: Key) -> web.Response | None:
        """Returns when one of its pods serves, or with the answer to whom it took too long."""
        if self._goes_on(key):
            return None
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(key, set())
        waiting.add(mine)
        try:
            with self.traffic.holding(key):
                if self._ready.get(key):
                    self._bring_into_line()
                await asyncio.wait_for(mine, self._timeout_seconds(key) / self._speed)
        except TimeoutError:
            return web.Response(status=504, text=_TIMED_OUT)
        finally:
            waiting.discard(mine)
            if not waiting:
                self._waiting.pop(key, None)
        return None

    def release(self) -> None:
        """Lets those go on whose Service serves now, or keeps none any more: they are told what there is."""
        for key, waiting in self._waiting.items():
            if self._goes_on(key):
                for future in waiting:
                    if not future.done():
                        future.set_result(None)

    def _goes_on(self, key: Key) -> bool:
        return bool(self._ready.get(key) and self.serves(*key)) or not self.keeps(key)

    def _timeout_seconds(self, key: Key) -> float:
        service = self._store.get(self._services, *key) or {}
        found = service.get("spec", {}).get("template", {}).get("spec", {}).get("timeoutSeconds")
        return float(found) if isinstance(found, int | float) and found > 0 else _DEFAULT_SECONDS

    def _changed(self, change: str, resource: Resource, obj: Json) -> None:
        if resource.plural == "pods" and self._note(obj, gone=change == "DELETED") in self._waiting:
            self._bring_into_line()

    def _note(self, pod: Json, *, gone: bool) -> Key | None:
        """Whether the pod takes requests; returns its Service if it does."""
        metadata = pod["metadata"]
        service = metadata.get("labels", {}).get(_SERVICE_LABEL)
        if service is None:
            return None
        key = (metadata["namespace"], service)
        conditions = pod.get("status", {}).get("conditions", ())
        ready = any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)
        if ready and not gone and "deletionTimestamp" not in metadata:
            self._ready.setdefault(key, set()).add(metadata["name"])
            return key
        self._ready.get(key, set()).discard(metadata["name"])
        return None

    def _bring_into_line(self) -> None:
        if self.follow is not None:
            task = asyncio.ensure_future(self.follow())
            self._following.add(task)
            task.add_done_callback(self._following.discard)


def _keeps(service: Json) -> bool:
    if "latestReadyRevisionName" not in service.get("status", {}):
        return False
    with contextlib.suppress(ValueError):
        return bounds(annotations_of(service))[1] > 0
    return False
