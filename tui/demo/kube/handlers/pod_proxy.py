"""``pods/proxy``: requests for a pod's port, handed on to what stands for that pod on this machine."""

from ipaddress import ip_address

from aiohttp import web

from tui.demo.kube.call import Call
from tui.demo.kube.handlers.proxy import forward, unreachable
from tui.demo.objects import Json
from tui.demo.objects.errors import bad_request, not_found


async def pod_proxy(call: Call) -> web.StreamResponse:
    """Hands the request on and its answer back. Raises ``ApiError`` 400, 404 and 503."""
    name, wanted = _pod(call.name)
    pod = call.store.get(call.res, call.namespace, name)
    if pod is None:
        raise not_found(call.res, name)
    port = wanted or _first_port(pod)
    ip = str(pod.get("status", {}).get("podIP", ""))
    if not _routable(ip):
        raise bad_request("address not allowed")
    address = await call.context.pod_backend(call.namespace, name, port)
    if address is None:
        target = f"[{ip}]" if ":" in ip else ip
        raise unreachable(f"error trying to reach service: dial tcp {target}:{port or 80}: connect: connection refused")
    return await forward(call, address.rstrip("/"))


def _pod(text: str) -> tuple[str, int]:
    """Name and port (0: not given) of ``name``, ``name:port`` or ``scheme:name:port``. Raises ``ApiError`` 400."""
    scheme, name, port = ["", text, ""]
    parts = text.split(":")
    if len(parts) == 2:
        name, port = parts
    elif len(parts) == 3:
        scheme, name, port = parts
    if len(parts) > 3 or not name or scheme not in ("", "http", "https") or not (port or "0").isdecimal():
        raise bad_request(f'invalid pod request "{text}"')
    return name, int(port or 0)


def _first_port(pod: Json) -> int:
    ports = [port["containerPort"] for part in pod["spec"]["containers"] for port in part.get("ports") or ()]
    return int(ports[0]) if ports else 0


def _routable(ip: str) -> bool:
    """What the API server dares to call: no link-local, and something at all. A real one calls no loopback either, but
    there pods of the embedded cluster live."""
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    return not (address.is_link_local or address.is_unspecified or address.is_multicast)
