"""TLS: asyncio's transport under the same upper code. It hides the kernel's stamps, so loop lag is the only meter."""

import asyncio
import socket
import time
from typing import TYPE_CHECKING

from tui.bench.wire.endpoint import Address, Endpoint
from tui.bench.wire.faults import explain
from tui.bench.wire.link import LinkOwner

if TYPE_CHECKING:
    import ssl


class TlsLink(asyncio.Protocol):
    """One TLS connection; ``dial`` opens it."""

    def __init__(self, owner: LinkOwner) -> None:
        self._owner: LinkOwner | None = owner
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._started = time.monotonic()

    def dial(self, endpoint: Endpoint, address: Address, context: "ssl.SSLContext") -> None:
        """Start connecting; the owner hears ``opened`` or ``lost``."""
        self._task = asyncio.get_running_loop().create_task(self._connect(endpoint, address, context))

    async def _connect(self, endpoint: Endpoint, address: Address, context: "ssl.SSLContext") -> None:
        loop = asyncio.get_running_loop()
        family, sockaddr = address
        raw: socket.socket | None = None
        try:
            raw = socket.socket(family, socket.SOCK_STREAM)
            raw.setblocking(False)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(raw, sockaddr)
            await loop.create_connection(lambda: self, sock=raw, ssl=context, server_hostname=endpoint.host)
        except asyncio.CancelledError:
            if raw is not None:
                raw.close()
            raise
        except OSError as error:
            if raw is not None:
                raw.close()
            self._lose("connect", _tls_words(error))
            return
        if self._owner is not None:
            self._owner.opened(self, time.monotonic() - self._started)

    def send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        self._owner = None
        if self._task is not None and not self._task.done():
            self._task.cancel()
        if self._transport is not None:
            self._transport.abort()

    def hand_to(self, owner: LinkOwner) -> None:
        if self._owner is not None:
            self._owner = owner

    # -- asyncio.Protocol ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        if self._owner is not None:
            self._owner.received(data, time.monotonic(), 0.0)

    def connection_lost(self, error: Exception | None) -> None:
        text = explain(error) if isinstance(error, OSError) else "the server closed the connection"
        self._lose("reset", text)

    def _lose(self, kind: str, text: str) -> None:
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.lost(kind, text)


def _tls_words(error: OSError) -> str:
    message = getattr(error, "verify_message", "")
    if message:
        return f"the certificate is not trusted ({message}): give its CA file"
    reason = getattr(error, "reason", None)
    return f"TLS failed: {reason}" if reason else explain(error)
