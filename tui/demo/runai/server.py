"""The control plane on a loopback port."""

from collections.abc import Awaitable, Callable
from typing import Literal

from aiohttp import web

from tui.demo.objects import ObjectStore
from tui.demo.runai.answers import RefusalError, refused
from tui.demo.runai.assets import AssetsApi
from tui.demo.runai.inferences import InferencesApi
from tui.demo.runai.nodes import NodesApi
from tui.demo.runai.pools import PoolsApi
from tui.demo.runai.state import State
from tui.demo.runai.tenancy import TenancyApi
from tui.demo.runai.tokens import TokenOffice
from tui.demo.runai.workloads import WorkloadsApi
from tui.demo.telemetry import Telemetry

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RunaiServer:
    """Start it in a running event loop. ``client_id`` and ``client_secret`` are its one application's.

    ``version`` "2.22": tokens by v1 alone and without ``expiresIn``, placement at the top level of node pools alone.
    """

    def __init__(
        self,
        store: ObjectStore,
        telemetry: Telemetry,
        now: Callable[[], float],
        version: Literal["2.22", "2.24"] = "2.24",
    ) -> None:
        self.url = ""
        self.tokens = TokenOffice(now, version)
        self._state = State(store, telemetry, now, version)
        self._runner: web.AppRunner | None = None

    @property
    def client_id(self) -> str:
        return self.tokens.client_id

    @property
    def client_secret(self) -> str:
        return self.tokens.client_secret

    async def start(self, port: int = 0) -> None:
        application = web.Application(middlewares=[self._gate])
        application.add_routes(self.tokens.routes())
        # Fixed paths before those with an id in the same place: aiohttp takes the first that matches.
        for api in (InferencesApi, WorkloadsApi, NodesApi, PoolsApi, TenancyApi, AssetsApi):
            application.add_routes(api(self._state).routes())
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    @web.middleware
    async def _gate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A token on every call but those that give one; refusals and unknown paths as Run:ai's Error."""
        try:
            if not request.path.endswith("/token"):
                self.tokens.check(request.headers.get("Authorization", ""))
            return await handler(request)
        except RefusalError as refusal:
            return refused(refusal)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return refused(RefusalError(error.status, error.reason))
