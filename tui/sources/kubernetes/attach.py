"""The standard input of a container, through the API server: what ``kubectl attach -i`` does, in-process, one way.

A WebSocket of ``v5.channel.k8s.io`` (``v4`` of older servers): each message begins with its channel; 0 is the input,
3 carries how it ended. Nothing is read of the container here: its output is its log.
"""

import selectors
import socket
import threading
from collections import deque
from contextlib import suppress
from urllib.parse import quote

import msgspec

from tui.model.ids import ObjectKey
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.errors import one_line
from tui.sources.kubernetes.portforward import SLICE_SECONDS, STOP_SECONDS, STUCK_SECONDS, hang_up
from tui.sources.kubernetes.websocket import WebSocket

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
STDIN, STATUS = 0, 3
FRAME_BYTES = 1 << 15  # as kubectl sends them; the container runtime reads no more at once
PING_SECONDS = 20.0  # a proxy between forgets a connection that says nothing for a minute


class _Status(msgspec.Struct):
    status: str = ""
    message: str = ""


class Attached:
    """An open input. ``send`` never blocks; ``trouble`` says why it ended by itself, ``""`` while it stands."""

    def __init__(self, remote: WebSocket, name: str) -> None:
        self._remote = remote
        self._waiting: deque[bytes] = deque()
        self._waking, self._wake = socket.socketpair()
        self._waking.setblocking(False)
        self._lock = threading.Lock()
        self._closing = False
        self.trouble = ""
        self._thread = threading.Thread(target=self._run, name=f"attach {name}", daemon=True)
        self._thread.start()

    def send(self, data: bytes) -> None:
        """Put ``data`` into the container's input, in order. Raises ``OSError`` once it has ended."""
        with self._lock:
            if self.trouble or self._closing:
                raise OSError(self.trouble or "its input is closed")
            self._waiting.extend(data[start : start + FRAME_BYTES] for start in range(0, len(data), FRAME_BYTES))
            self._wake.send(b"w")

    def close(self) -> None:
        """Send what waits, and end the stream; the container's input stays open. At most about a second; safe twice."""
        with self._lock:
            if not self._closing:
                self._closing = True
                with suppress(OSError):
                    self._wake.send(b"c")
        self._thread.join(STOP_SECONDS)
        self._wake.close()

    def _run(self) -> None:
        from websocket import WebSocketException

        trouble = "the stream to its input ended"
        try:
            self._carry()
        except (OSError, WebSocketException) as error:
            trouble = f"the stream to its input broke off: {one_line(str(error) or type(error).__name__)}"
        finally:
            with self._lock:
                if not self._closing:
                    self.trouble = self.trouble or trouble
            hang_up(self._remote)
            self._waking.close()

    def _carry(self) -> None:
        """In one thread, since a TLS socket may not be read and written by two."""
        with selectors.DefaultSelector() as ready:
            ready.register(self._remote.sock, selectors.EVENT_READ)
            ready.register(self._waking, selectors.EVENT_READ)
            while True:
                ends = [key.fileobj for key, _ in ready.select(PING_SECONDS)]
                self._remote.settimeout(STUCK_SECONDS)
                if self._waking in ends:
                    self._waking.recv(4096)
                self._send_waiting()
                if self._closing or (self._remote.sock in ends and not self._take()):
                    return
                if not ends:
                    self._remote.settimeout(STUCK_SECONDS)
                    self._remote.ping()

    def _send_waiting(self) -> None:
        while self._waiting:
            self._remote.send_binary(bytes((STDIN,)) + self._waiting.popleft())

    def _take(self) -> bool:
        """What the server says: pongs, and how it ended. False at the end."""
        from websocket import ABNF, WebSocketTimeoutException

        while True:
            self._remote.settimeout(SLICE_SECONDS)
            try:
                kind, frame = self._remote.recv_data_frame(control_frame=True)
            except WebSocketTimeoutException:
                return True
            if kind == ABNF.OPCODE_CLOSE:
                return False
            if kind == ABNF.OPCODE_BINARY and frame.data[:1] == bytes((STATUS,)):
                self._note(frame.data[1:])
                return False
            pending = getattr(self._remote.sock, "pending", None)  # decrypted bytes that no selector sees
            if pending is None or not pending():
                return True

    def _note(self, status: bytes) -> None:
        try:
            said = msgspec.json.decode(status, type=_Status)
        except msgspec.MsgspecError:
            said = _Status(message=status.decode("utf-8", errors="replace"))
        if said.status != "Success":
            with self._lock:
                self.trouble = one_line(said.message or "the server ended the stream to its input")


def attach(client: KubeClient, pod: ObjectKey, container: str) -> Attached:
    """Open the input of a running container that was made with ``stdin``. Blocks; raises a ``KubeError``."""
    path = f"/api/v1/namespaces/{quote(pod.namespace, safe='')}/pods/{quote(pod.name, safe='')}/attach"
    silent = {"stdout": False, "stderr": False, "tty": False}
    return Attached(client.websocket(path, {"container": container, "stdin": True, **silent}, *PROTOCOLS), str(pod))
