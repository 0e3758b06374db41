"""``pods/portforward`` over a WebSocket: bytes for a pod's ports, piped to what stands for that pod on this machine.

Each port has two channels, data (even) and errors (odd); the first message on each names the port in two bytes, little
end first. One WebSocket carries one connection to each of its ports, and ends with the last of them.
"""

import asyncio
import contextlib
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web

from tui.demo.kube.call import Call
from tui.demo.kube.handlers.read import existing
from tui.demo.objects import ApiError, Json
from tui.demo.objects.errors import bad_request

PROTOCOLS = ("v4.channel.k8s.io", "portforward.k8s.io")
_CHUNK_BYTES = 1 << 15
_TOO_MANY = 64  # channels are a byte, two of them for a port
_BEATS_SECONDS = 30.0


async def port_forward(call: Call) -> web.StreamResponse:
    """Upgrades and pipes until either side ends. Raises ``ApiError`` 400 and 404."""
    pod = existing(call).obj
    ports = _ports(call)
    if not pod.get("spec", {}).get("nodeName"):
        raise bad_request(f"pod {call.name} does not have a host assigned")
    socket = web.WebSocketResponse(protocols=PROTOCOLS, heartbeat=_BEATS_SECONDS, max_msg_size=0)
    if not socket.can_prepare(call.request).ok:
        raise ApiError(400, "BadRequest", "unable to upgrade: missing upgrade headers in request")
    await socket.prepare(call.request)
    for number, port in enumerate(ports):
        for channel in (2 * number, 2 * number + 1):
            await socket.send_bytes(bytes((channel,)) + port.to_bytes(2, "little"))
    await _Forward(call, pod, socket, ports).run()
    await socket.close()
    return socket


def _ports(call: Call) -> list[int]:
    given = [part for value in call.values("ports") for part in value.split(",")]
    if not given:
        raise bad_request('query parameter "ports" is required')
    if len(given) > _TOO_MANY or not all(part.isdecimal() and 0 < int(part) < 65536 for part in given):
        raise bad_request(f'unable to parse "{",".join(given)}" as a port')
    return [int(part) for part in given]


class _Forward:
    """The pipes of one WebSocket."""

    def __init__(self, call: Call, pod: Json, socket: web.WebSocketResponse, ports: list[int]) -> None:
        self._call = call
        self._pod = pod
        self._socket = socket
        self._ports = ports
        self._writers: dict[int, asyncio.StreamWriter] = {}

    async def run(self) -> None:
        tasks: list[asyncio.Task[None]] = []
        try:
            readers = [await self._dial(number, port) for number, port in enumerate(self._ports)]
            tasks = [asyncio.create_task(self._to_pod()), asyncio.create_task(self._from_all(readers))]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # First what needs no waiting: a server that stops cancels whoever still waits.
            for writer in self._writers.values():
                writer.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _dial(self, number: int, port: int) -> asyncio.StreamReader | None:
        """A connection to the port; where nothing listens, the kubelet's words on the error channel."""
        metadata = self._pod["metadata"]
        address = await self._call.context.pod_backend(metadata["namespace"], metadata["name"], port)
        target = urlsplit(address or "")
        try:
            if target.hostname is None or target.port is None:
                raise ConnectionRefusedError
            reader, self._writers[2 * number] = await asyncio.open_connection(target.hostname, target.port)
        except OSError:
            text = (
                f"error forwarding port {port} to pod {metadata['uid']}, uid : failed to execute portforward in "
                f"network namespace: failed to connect to localhost:{port} inside namespace, IPv4: dial tcp4 "
                f"127.0.0.1:{port}: connect: connection refused"
            )
            await self._socket.send_bytes(bytes((2 * number + 1,)) + text.encode())
            return None
        return reader

    async def _from_all(self, readers: list[asyncio.StreamReader | None]) -> None:
        """Until the last of the pod's ports has closed."""
        open_ports = [(2 * number, reader) for number, reader in enumerate(readers) if reader is not None]
        await asyncio.gather(*(self._from_pod(channel, reader) for channel, reader in open_ports))

    async def _from_pod(self, channel: int, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(_CHUNK_BYTES):
                await self._socket.send_bytes(bytes((channel,)) + data)

    async def _to_pod(self) -> None:
        with contextlib.suppress(ConnectionError):
            async for message in self._socket:
                if message.type is not WSMsgType.BINARY or not message.data:
                    continue
                writer = self._writers.get(message.data[0])
                if writer is not None:
                    writer.write(message.data[1:])
                    await writer.drain()
