"""Knative's gateway: one address for all services, which the Host header tells apart. What comes this way goes on to
the workload's own address, so that the autoscaler sees it, and the activator keeps what no pod can answer yet.
"""

import contextlib
from collections.abc import Mapping

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

from tui.demo.objects import Json, ObjectStore
from tui.demo.world.installed import GATEWAY, set_address

_PORT = 80
_HOP = {"connection", "transfer-encoding", "host", "keep-alive", "content-length"}


class Gateway:
    """``urls`` is ``namespace/workload`` -> its own address, as the NIMs' servers keep it."""

    def __init__(self, store: ObjectStore, urls: Mapping[str, str], host: str) -> None:
        self._store = store
        self._urls = urls
        self._host = host
        self._runner: web.AppRunner | None = None
        self._session: ClientSession | None = None

    async def start(self) -> None:
        """Listen on port 80 of the address, or where the system lets us; the Service says where."""
        self._session = ClientSession(connector=TCPConnector(limit=0), timeout=ClientTimeout(total=None))
        application = web.Application(client_max_size=64 * 2**20)
        application.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2, handler_cancellation=True)
        await self._runner.setup()
        for host, port in ((self._host, _PORT), (self._host, 0), ("127.0.0.1", 0)):
            site = web.TCPSite(self._runner, host, port, backlog=4096)
            with contextlib.suppress(OSError):
                await site.start()
                self._announce(host, int(self._runner.addresses[0][1]))
                return

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    def _announce(self, host: str, port: int) -> None:
        def told(service: Json) -> None:
            set_address(service, host)
            for entry in service["spec"].get("ports", []):
                if entry.get("port") == _PORT:
                    entry["port"] = port

        namespace, name = GATEWAY
        self._store.change(self._store.resource("services"), namespace, name, told)

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        url = self._urls.get(_workload(request.host))
        if url is None:
            return web.Response(status=404)
        assert self._session is not None
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        body = await request.read()
        try:
            async with self._session.request(
                request.method, url + request.path_qs, headers=headers, data=body or None, allow_redirects=False
            ) as found:
                kept = {name: value for name, value in found.headers.items() if name.lower() not in _HOP}
                answer = web.StreamResponse(status=found.status, headers=kept)
                await answer.prepare(request)
                async for chunk in found.content.iter_any():
                    await answer.write(chunk)
                await answer.write_eof()
                return answer
        except ClientError:
            return web.Response(status=503, text="upstream connect error or disconnect/reset before headers")


def _workload(host: str) -> str:
    """``namespace/name`` of ``name.namespace.anything``."""
    name, _, rest = host.partition(":")[0].partition(".")
    return f"{rest.partition('.')[0]}/{name}"
