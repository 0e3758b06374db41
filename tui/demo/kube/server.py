"""The embedded cluster's API server: an ``ObjectStore`` on HTTPS, with users and a kubeconfig."""

from collections.abc import Mapping
from pathlib import Path

import aiohttp
from aiohttp import web

from tui.demo.kube.access import User, ready_made_users
from tui.demo.kube.call import ContainerInput, Context, PodBackend, Timing
from tui.demo.kube.dispatch import Dispatcher
from tui.demo.kube.faults import Faults
from tui.demo.kube.kubeconfig import write_kubeconfig
from tui.demo.kube.logsource import LogSource, no_logs
from tui.demo.kube.paths import Index
from tui.demo.kube.pki import Pki, make_pki
from tui.demo.kube.streams import Watchers
from tui.demo.objects import ObjectStore

VERSION = {
    "major": "1",
    "minor": "34",
    "gitVersion": "v1.34.2",
    "gitCommit": "0000000000000000000000000000000000000000",
    "gitTreeState": "clean",
    "buildDate": "2025-11-11T19:03:14Z",
    "goVersion": "go1.24.9",
    "compiler": "gc",
    "platform": "linux/amd64",
}
_LARGEST_BODY_BYTES = 3 * 1024 * 1024


class KubeServer:
    """Serves a store. ``users`` by name (``ready_made_users`` by default); the store stays its owner's to close."""

    def __init__(
        self,
        store: ObjectStore,
        users: Mapping[str, User] | None = None,
        log_source: LogSource = no_logs,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: bool = True,
        timing: Timing | None = None,
        version: Mapping[str, str] | None = None,
    ) -> None:
        self.store = store
        self._host = host
        self._port = port
        self._pki: Pki | None = make_pki(host) if tls else None
        self._runner: web.AppRunner | None = None
        self._context = Context(
            store=store,
            index=Index(store.resources),
            users=dict(users if users is not None else ready_made_users()),
            log_source=log_source,
            version=version or VERSION,
            timing=timing or Timing(),
        )

    @property
    def faults(self) -> Faults:
        """Faults to order for tests and scenarios."""
        return self._context.faults

    @property
    def watchers(self) -> Watchers:
        """The open watches: to count, end or break them off."""
        return self._context.watchers

    @property
    def users(self) -> dict[str, User]:
        """Users by name; may be changed while the server runs."""
        return self._context.users

    @property
    def url(self) -> str:
        """The address, once started."""
        return f"{'https' if self._pki else 'http'}://{self._context.address}"

    @property
    def authority(self) -> bytes | None:
        """The CA's certificate as PEM; ``None`` on plain HTTP."""
        return self._pki.authority if self._pki else None

    async def start(self) -> None:
        """Binds and serves. Raises ``OSError`` if the address is taken."""
        application = web.Application(client_max_size=_LARGEST_BODY_BYTES)
        self._runner = web.AppRunner(application, handler_cancellation=True, access_log=None, shutdown_timeout=0.5)
        dispatcher: list[Dispatcher] = []

        async def handle(request: web.Request) -> web.StreamResponse:
            return await dispatcher[0].handle(request)

        application.router.add_route("*", "/{path:.*}", handle)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port, ssl_context=self._pki.context if self._pki else None)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._context.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._context.client = aiohttp.ClientSession(auto_decompress=True)
        dispatcher.append(Dispatcher(self._context))

    def write_kubeconfig(self, path: Path, user: str = "admin", namespace: str = "default") -> None:
        """A kubeconfig for one of the users, mode 0600. Raises ``KeyError`` for a user that is none."""
        write_kubeconfig(path, self.url, self._context.users[user], self.authority, namespace)

    def add_proxy_backend(self, namespace: str, service: str, port: int | str, url: str) -> None:
        """What stands behind ``services/proxy`` for that service and port (number or name)."""
        self._context.backends[namespace, service, str(port)] = url

    def set_pod_backend(self, backend: PodBackend) -> None:
        """What finds the address behind ``pods/proxy``."""
        self._context.pod_backend = backend

    def set_container_input(self, find: ContainerInput) -> None:
        """What takes the bytes of ``pods/attach``."""
        self._context.container_input = find

    async def stop(self) -> None:
        """Ends the watches and closes all connections."""
        self._context.faults.release()
        self._context.watchers.end()
        if self._context.client is not None:
            await self._context.client.close()
            self._context.client = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
