"""A port of this machine that leads to a pod's, through the API server: what ``kubectl port-forward`` does, in-process.

Each connection gets a WebSocket of its own, speaking ``v4.channel.k8s.io``: channel 0 carries data, channel 1 errors,
and each begins with the port as two bytes, little end first. For looking and probing; it measures the API server's way,
not the NIM's.
"""

import selectors
import socket
import threading
from contextlib import suppress
from urllib.parse import quote

from tui.model.ids import ObjectKey
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.errors import KubeError, one_line
from tui.sources.kubernetes.websocket import WebSocket

PROTOCOL = "v4.channel.k8s.io"
DATA, ERROR = 0, 1
CHUNK_BYTES = 1 << 16
LINGER_SECONDS = 10.0  # for the rest of an answer after our side has said all; the protocol has no half-close
STUCK_SECONDS = 60.0  # for one side that takes nothing
SLICE_SECONDS = 0.05  # TLS has messages of its own: a readable socket need not hold a whole frame
STOP_SECONDS = 1.0


class Forward:
    """An open forward. ``url`` is ``http://127.0.0.1:PORT``; ``trouble`` the last thing that went wrong, or ``""``."""

    def __init__(self, client: KubeClient, pod: ObjectKey, port: int) -> None:
        self._client = client
        self._pod = pod
        self._port = port
        self.trouble = ""
        self._stopping, self._stop = socket.socketpair()  # readable for every thread once we close
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._accept, name=f"forward {pod}", daemon=True)
        self._thread.start()

    @property
    def local_port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.local_port}"

    def close(self) -> None:
        """End it with all its connections; at most about a second. Safe to call twice."""
        self._stop.close()
        self._thread.join(STOP_SECONDS)

    def __enter__(self) -> "Forward":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as ready, self._listener, self._stopping:
            ready.register(self._listener, selectors.EVENT_READ)
            ready.register(self._stopping, selectors.EVENT_READ)
            while True:
                if any(key.fileobj is self._stopping for key, _ in ready.select()):
                    break
                with suppress(OSError):
                    self._start(self._listener.accept()[0])
            for connection in self._connections:
                connection.join(STOP_SECONDS)

    def _start(self, local: socket.socket) -> None:
        self._connections = [thread for thread in self._connections if thread.is_alive()]
        thread = threading.Thread(target=self._serve, args=(local,), name=f"forward {self._pod}", daemon=True)
        self._connections.append(thread)
        thread.start()

    def _serve(self, local: socket.socket) -> None:
        """One connection from its beginning to its end."""
        with local:
            try:
                remote = dial(self._client, self._pod, self._port)
            except KubeError as error:
                self.trouble = str(error)
                return
            try:
                self.trouble = _Tunnel(local, remote, self._stopping).run() or self.trouble
            finally:
                hang_up(remote)


class _Tunnel:
    """Carries bytes both ways, in one thread: a TLS socket may not be read and written by two."""

    def __init__(self, local: socket.socket, remote: WebSocket, stopping: socket.socket) -> None:
        local.settimeout(STUCK_SECONDS)
        self._local = local
        self._remote = remote
        self._stopping = stopping
        self._begun: set[int] = set()  # channels whose port has been told
        self._trouble = ""

    def run(self) -> str:
        """Until either side ends; what went wrong, or ``""``."""
        from websocket import WebSocketException

        try:
            self._carry()
        except (OSError, WebSocketException) as error:
            return self._trouble or f"the forward broke off: {one_line(str(error) or type(error).__name__)}"
        return self._trouble

    def _carry(self) -> None:
        linger: float | None = None
        with selectors.DefaultSelector() as ready:
            for end in (self._local, self._remote.sock, self._stopping):
                ready.register(end, selectors.EVENT_READ)
            while events := ready.select(linger):
                ends = [key.fileobj for key, _ in events]
                if self._stopping in ends or (self._remote.sock in ends and not self._from_pod()):
                    return
                if self._local in ends and not self._to_pod():
                    ready.unregister(self._local)
                    linger = LINGER_SECONDS

    def _to_pod(self) -> bool:
        data = self._local.recv(CHUNK_BYTES)
        if data:
            self._remote.settimeout(STUCK_SECONDS)
            self._remote.send_binary(bytes((DATA,)) + data)
        return bool(data)

    def _from_pod(self) -> bool:
        """Take all frames that have come; False at the end. Half a frame waits in the WebSocket for its rest."""
        from websocket import ABNF, WebSocketTimeoutException

        while True:
            self._remote.settimeout(SLICE_SECONDS)
            try:
                kind, frame = self._remote.recv_data_frame(control_frame=True)
            except WebSocketTimeoutException:
                return True
            if kind == ABNF.OPCODE_CLOSE:
                return False
            if kind == ABNF.OPCODE_BINARY and frame.data and not self._take(frame.data[0], frame.data[1:]):
                return False
            pending = getattr(self._remote.sock, "pending", None)  # decrypted bytes that no selector sees
            if pending is None or not pending():
                return True

    def _take(self, channel: int, data: bytes) -> bool:
        if channel not in self._begun:
            self._begun.add(channel)
        elif channel == ERROR:
            self._trouble = one_line(data.decode("utf-8", errors="replace"))
            return False
        elif channel == DATA:
            self._local.sendall(data)
        return True


def dial(client: KubeClient, pod: ObjectKey, port: int) -> WebSocket:
    """One connection to the pod's port. Raises a ``KubeError``."""
    path = f"/api/v1/namespaces/{quote(pod.namespace, safe='')}/pods/{quote(pod.name, safe='')}/portforward"
    return client.websocket(path, {"ports": port}, PROTOCOL)


def hang_up(remote: WebSocket) -> None:
    """Say that it is over and close, without waiting for an answer."""
    from websocket import WebSocketException

    with suppress(OSError, WebSocketException):
        remote.send_close()
    with suppress(OSError):
        remote.shutdown()


def open_forward(client: KubeClient, pod: ObjectKey, port: int) -> Forward:
    """Forward a free port on loopback to ``port`` of the pod, until it is closed. Blocks; raises a ``KubeError``.

    One connection is tried first, so that a missing right or pod is told here and not by a connection that breaks off.
    """
    hang_up(dial(client, pod, port))
    return Forward(client, pod, port)
