"""The cluster's ingress: an address of its own that the cluster's URL leads to, with a certificate, and nothing behind.

Answers everything as an ingress controller does that knows no host: 404 from its default backend.
"""

import contextlib

from aiohttp import web

from tui.demo.kube.pki import make_pki
from tui.demo.objects import ObjectStore
from tui.demo.world.installed import BALANCED, set_address

_FIRST = 30  # of the address pool; MetalLB gives out those from 40 on
_ANYWHERE = "127.0.0.1"


async def serve_ingress(store: ObjectStore, pool: str, stack: contextlib.AsyncExitStack) -> None:
    """Listens until ``stack`` is closed; tells the Services and the RunaiConfig where. ``pool`` begins each address."""
    services = store.resource("services")
    for last, (namespace, name) in enumerate(BALANCED, _FIRST):
        store.change(services, namespace, name, lambda obj, last=last: set_address(obj, f"{pool}{last}"))  # type: ignore[misc]
    url = await _listen(f"{pool}{_FIRST}", stack)
    config = store.resource("runaiconfigs", "run.ai")
    store.change(config, "runai", "runai", lambda obj: obj["spec"]["global"].update(clusterURL=url))


async def _listen(host: str, stack: contextlib.AsyncExitStack) -> str:
    """On the address itself where the system has all of 127.0.0.0/8, as Linux has."""

    async def unknown(_: web.Request) -> web.Response:
        return web.Response(status=404, text="default backend - 404\n")

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", unknown)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    for address in (host, _ANYWHERE):
        site = web.TCPSite(runner, address, 0, ssl_context=make_pki(address).context)
        with contextlib.suppress(OSError):
            await site.start()
            return f"https://{address}:{runner.addresses[0][1]}"
    return f"https://{host}"
