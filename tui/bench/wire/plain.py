"""Plain HTTP: own sockets, read by one epoll inside the event loop, with the kernel's receive stamps.

All connections share one epoll and one buffer: the event loop wakes once for a batch of ready sockets and each costs
one ``recv``. The stamp (``SO_TIMESTAMPNS``) is asked for only where the owner wants it, since it costs a tenth.
"""

import asyncio
import os
import select
import socket
import time
from contextlib import suppress

from tui.bench.wire.clock import SO_TIMESTAMPNS, STAMP_SPACE, KernelClock
from tui.bench.wire.endpoint import Address
from tui.bench.wire.faults import explain
from tui.bench.wire.link import LinkOwner

BUFFER_BYTES = 65_536
BATCH = 256
"""Sockets handled before the event loop gets its turn."""
GATHER_SECONDS = 0.0005
"""So long a wake-up in a dense stream waits for more sockets: waking costs as much as two reads. The receive lag has it
in: what it adds to a TTFT is seen and judged."""
DENSE_READS = 8000
"""Reads a second from which that is done; below, each read is taken at once."""
CROWD = 32
"""Sockets in one batch at which there is no need to wait: they gather by themselves."""
_RATE_SECONDS = 0.1

_IN = select.EPOLLIN
_OUT = select.EPOLLOUT


class Reader:
    """The shared epoll and buffer. ``close`` it when the loop ends."""

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: KernelClock) -> None:
        self._loop = loop
        self._epoll = select.epoll()
        self._links: dict[int, PlainLink] = {}
        self.buffer = memoryview(bytearray(BUFFER_BYTES))
        self.clock = clock
        self._dense = False
        self._crowded = False
        self._reads = 0
        self._since = 0.0
        loop.add_reader(self._epoll.fileno(), self._ready)

    def watch(self, fd: int, link: "PlainLink", events: int) -> None:
        """Call ``link.ready`` when one of ``events`` happens."""
        self._links[fd] = link
        self._epoll.register(fd, events)

    def change(self, fd: int, events: int) -> None:
        """Watch for other events."""
        self._epoll.modify(fd, events)

    def forget(self, fd: int) -> None:
        """Watch no longer; the descriptor is about to be closed."""
        if self._links.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def close(self) -> None:
        """Stop watching everything."""
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()

    def _ready(self) -> None:
        links = self._links
        if self._dense and not self._crowded:
            time.sleep(GATHER_SECONDS)
        found = self._epoll.poll(0, BATCH)
        self._count(len(found))
        for fd, events in found:
            link = links.get(fd)
            if link is not None:
                link.ready(events)

    def _count(self, reads: int) -> None:
        self._crowded = reads >= CROWD
        self._reads += reads
        now = time.monotonic()
        passed = now - self._since
        if passed >= _RATE_SECONDS:
            self._dense = self._reads > DENSE_READS * passed
            self._reads, self._since = 0, now


class PlainLink:
    """One TCP connection; connecting starts at once and never blocks. ``OSError`` when no socket is left."""

    __slots__ = ("_connecting", "_fd", "_owner", "_reader", "_socket", "_started", "_unsent")

    def __init__(self, reader: Reader, address: Address, owner: LinkOwner) -> None:
        family, sockaddr = address
        self._reader = reader
        self._owner = owner
        self._unsent = b""
        self._connecting = True
        self._started = time.monotonic()
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._fd = self._socket.fileno()
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with suppress(OSError):  # Where the kernel has no stamps, the loop's lag is the meter.
                self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            with suppress(BlockingIOError):
                self._socket.connect(sockaddr)
            reader.watch(self._fd, self, _OUT)
        except OSError:
            self._socket.close()
            raise

    def send(self, data: bytes) -> None:
        try:
            written = self._socket.send(data)
        except BlockingIOError:
            written = 0
        except OSError:
            return  # The reader sees the same error next and reports it.
        if written < len(data):
            self._unsent = data[written:]
            self._reader.change(self._fd, _IN | _OUT)

    def close(self) -> None:
        if self._fd >= 0:
            self._reader.forget(self._fd)
            self._fd = -1
            self._socket.close()

    def hand_to(self, owner: LinkOwner) -> None:
        self._owner = owner

    def ready(self, events: int) -> None:
        """The socket can be read or written, or is broken."""
        if events & ~_IN and not self._writable(events):
            return
        reader = self._reader
        kernel = 0.0
        try:
            if self._owner.wants_stamp():
                count, ancillary, _, _ = self._socket.recvmsg_into([reader.buffer], STAMP_SPACE)
                now = time.monotonic()
                kernel = reader.clock.stamp(ancillary)
            else:
                count = self._socket.recv_into(reader.buffer)
                now = time.monotonic()
        except BlockingIOError:
            return
        except OSError as error:
            self._lose("reset", explain(error))
            return
        if count:
            self._owner.received(bytes(reader.buffer[:count]), now, kernel)
        else:
            self._lose("reset", "the server closed the connection")

    def _writable(self, events: int) -> bool:
        """Finish connecting or sending; whether there may be something to read."""
        if self._connecting:
            number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if number:
                self._lose("connect", explain(OSError(number, os.strerror(number))))
                return False
            self._connecting = False
            self._reader.change(self._fd, _IN)
            self._owner.opened(self, time.monotonic() - self._started)
            return False
        if events & _OUT and self._unsent:
            data, self._unsent = self._unsent, b""
            self._reader.change(self._fd, _IN)
            self.send(data)
        return bool(events & ~_OUT)

    def _lose(self, kind: str, text: str) -> None:
        self.close()
        self._owner.lost(kind, text)


def has_kernel_stamps() -> bool:
    """Whether this machine's kernel stamps what it receives."""
    with socket.socket() as probe:
        try:
            probe.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        except OSError:
            return False
    return True
