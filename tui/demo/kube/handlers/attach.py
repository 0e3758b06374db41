"""``pods/attach`` over a WebSocket, input only: bytes for a container's standard input.

Each message begins with its channel: 0 is the input, 3 carries a ``Status`` at the end, 255 (v5) closes a channel.
"""

import json

from aiohttp import WSMsgType, web

from tui.demo.kube.call import Call
from tui.demo.kube.handlers.read import existing
from tui.demo.objects import ApiError
from tui.demo.objects.errors import bad_request

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
_STDIN, _STATUS = 0, 3
_BEATS_SECONDS = 30.0


async def attach(call: Call) -> web.StreamResponse:
    """Upgrades and takes input until either side ends. Raises ``ApiError`` 400 and 500."""
    pod = existing(call).obj
    if not any(call.flag(stream) for stream in ("stdin", "stdout", "stderr")):
        raise bad_request("you must specify at least one of stdin, stdout, stderr")
    if not pod.get("spec", {}).get("nodeName"):
        raise bad_request(f"pod {call.name} does not have a host assigned")
    names = [container["name"] for container in pod["spec"]["containers"]]
    container = call.query("container") or names[0]
    if container not in names:
        raise bad_request(f"container {container} is not valid for pod {call.name}")
    write = call.context.container_input(pod, container) if call.flag("stdin") else None
    if write is None:
        text = f"unable to upgrade connection: container {container} not found in pod {call.name}_{call.namespace}"
        raise ApiError(500, "InternalError", f"Internal error occurred: {text}")
    socket = web.WebSocketResponse(protocols=PROTOCOLS, heartbeat=_BEATS_SECONDS, max_msg_size=0)
    if not socket.can_prepare(call.request).ok:
        raise ApiError(400, "BadRequest", "unable to upgrade: missing upgrade headers in request")
    await socket.prepare(call.request)
    try:
        async for message in socket:
            if message.type is WSMsgType.BINARY and message.data[:1] == bytes((_STDIN,)):
                await write(message.data[1:])
    except (BrokenPipeError, ConnectionResetError):  # the container has ended
        status = {"metadata": {}, "status": "Success"}
        await socket.send_bytes(bytes((_STATUS,)) + json.dumps(status).encode())
    await socket.close()
    return socket
