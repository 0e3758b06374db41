"""``services/proxy``: requests for a service, handed on to the address that stands behind it on this machine."""

from urllib.parse import quote

import aiohttp
from aiohttp import web
from yarl import URL

from tui.demo.kube.call import Call
from tui.demo.objects import ApiError
from tui.demo.objects.errors import not_found

_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "host", "authorization",
                  "content-length", "content-encoding", "accept-encoding"})  # fmt: skip


async def proxy(call: Call) -> web.StreamResponse:
    """Hands the request on and its answer back. Raises ``ApiError`` 404 and 503."""
    service, port = _service(call.name)
    return await forward(call, _address(call, service, port))


async def forward(call: Call, address: str) -> web.StreamResponse:
    """The answer of what listens at ``address`` to this request. Raises ``ApiError`` 503."""
    if call.context.client is None:
        raise unreachable("the server is stopping")
    headers = {key: value for key, value in call.request.headers.items() if key.lower() not in _HOP}
    query = call.request.rel_url.raw_query_string  # as it came: decoded, a "+" in PromQL would become a space
    target = f"{address}/{quote(call.place.rest)}" + (f"?{query}" if query else "")
    try:
        async with call.context.client.request(
            call.request.method,
            URL(target, encoded=True),
            headers=headers,
            data=await call.request.read() or None,
            allow_redirects=False,
        ) as answer:
            body = await answer.read()
            kept = {key: value for key, value in answer.headers.items() if key.lower() not in _HOP}
            return web.Response(body=body, status=answer.status, headers=kept)
    except aiohttp.ClientError as error:
        raise unreachable(f"error trying to reach service: {error}") from None


def _service(name: str) -> tuple[str, str]:
    """Name and port of ``name``, ``name:port`` or ``scheme:name:port``."""
    parts = name.split(":")
    if len(parts) == 3:
        return parts[1], parts[2]
    return parts[0], parts[1] if len(parts) == 2 else ""


def _address(call: Call, service: str, port: str) -> str:
    backends = call.context.backends
    found = backends.get((call.namespace, service, port))
    if found is None and not port:
        matching = [url for (space, name, _), url in backends.items() if (space, name) == (call.namespace, service)]
        found = matching[0] if len(matching) == 1 else None
    if found is not None:
        return found.rstrip("/")
    if call.store.get(call.res, call.namespace, service) is None:
        raise not_found(call.res, service)
    raise unreachable(f'no endpoints available for service "{service}"')


def unreachable(message: str) -> ApiError:
    """Nothing answers behind the proxy."""
    return ApiError(503, "ServiceUnavailable", message)
