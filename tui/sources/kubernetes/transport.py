"""The bytes: the official client's connection pool with every socket at hand, so that a blocked read can be ended.

Knows HTTP and nothing of Kubernetes' objects. Imports ``kubernetes`` and ``urllib3`` on first use only.
"""

import socket
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from tui.sources.kubernetes.errors import BadAnswer, BadConfig, KubeError, Unreachable, one_line

READ_BYTES = 1 << 18
POOL_SIZE = 64  # every kind has a connection of its own


class Answer(NamedTuple):
    """A whole answer. ``headers`` have lower-case names."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class OpenSockets:
    """The sockets in use, over all pools of one client; closing ends them whoever reads from them."""

    def __init__(self) -> None:
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._closed = False

    def track(self, sock: socket.socket) -> None:
        with self._lock:
            self._sockets.add(sock)
            closed = self._closed
        if closed:
            raise ConnectionAbortedError("closed")

    def close(self) -> None:
        with self._lock:
            self._closed = True
        self.shutdown()

    def shutdown(self) -> None:
        """End what is open; new connections may follow."""
        with self._lock:
            open_sockets = list(self._sockets)
        for sock in open_sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


class Transport:
    """One pool of connections made from a ``Configuration``. Thread-safe."""

    def __init__(self, configuration: Any, server: str, connect_seconds: float, sockets: OpenSockets) -> None:
        from kubernetes.client.rest import RESTClientObject

        configuration.retries = False  # we decide when to try again
        configuration.keep_alive = True  # a watch must notice a firewall that forgot it
        configuration.connection_pool_maxsize = POOL_SIZE
        if not configuration.verify_ssl:
            import urllib3

            # The kubeconfig asked for it; a warning a request on stderr would only wreck the screen.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._server = server
        self._connect_seconds = connect_seconds
        self._sockets = sockets
        try:
            self._pool = RESTClientObject(configuration).pool_manager
        except (ImportError, ValueError) as error:
            # A SOCKS proxy needs a package that is not ours to require; a proxy may also be no URL at all.
            raise BadConfig(f"proxy {configuration.proxy} of {server} can't be used: {one_line(str(error))}") from None
        self._pool.pool_classes_by_scheme = {
            scheme: self._tracked(pool) for scheme, pool in self._pool.pool_classes_by_scheme.items()
        }

    def open(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], read_seconds: float
    ) -> "Stream":
        """Send a request and return once the answer's head is there. Raises ``Unreachable``."""
        import urllib3

        timeout = urllib3.Timeout(connect=self._connect_seconds, read=read_seconds)
        try:
            response = self._pool.request(
                method,
                self._server + path,
                body=body,
                headers=dict(headers),
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise trouble(error, self._server) from None
        return Stream(response, self._server)

    def close(self) -> None:
        """Drop the idle connections; those in use go on until they are done or their sockets are closed."""
        self._pool.clear()

    def _tracked(self, pool_class: Any) -> Any:
        """A pool class like the given one whose connections tell us of their sockets."""
        track = self._sockets.track

        class Connection(pool_class.ConnectionCls):  # type: ignore[misc]
            def connect(self) -> None:
                super().connect()
                track(self.sock)

        class Pool(pool_class):  # type: ignore[misc]
            ConnectionCls = Connection

        return Pool


class Stream:
    """An answer whose body is still coming. Iterating gives whole lines; half a line at its end is dropped."""

    def __init__(self, response: Any, server: str) -> None:
        self._response = response
        self._server = server
        self._closed = False
        self.status: int = response.status
        self.headers: dict[str, str] = {name.lower(): value for name, value in response.headers.items()}

    def read(self) -> bytes:
        """The whole body; the connection goes back to the pool."""
        import urllib3

        try:
            body: bytes = self._response.read()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            self.close()
            raise trouble(error, self._server) from None
        self._response.release_conn()
        return body

    def __iter__(self) -> Iterator[bytes]:
        return self.lines()

    def lines(self, with_rest: bool = False) -> Iterator[bytes]:
        """Lines without their line ends, as they arrive. Raises ``Unreachable`` when the connection breaks.

        ``with_rest``: what stands after the last line end counts as a line, as in a log.
        """
        import urllib3

        pending: list[bytes] = []
        try:
            while chunk := self._response.read1(READ_BYTES):
                head, *rest = chunk.split(b"\n")
                pending.append(head)
                for following in rest:
                    yield b"".join(pending)
                    pending = [following]
            if with_rest and any(pending):
                yield b"".join(pending)
        except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError) as error:
            if self._closed:
                return  # closed by another thread: its file is gone under us
            raise trouble(error, self._server) from None
        finally:
            self.close()

    def close(self) -> None:
        """End it; a reader in another thread stops."""
        self._closed = True
        with suppress(ValueError, RuntimeError, OSError):
            self._response.shutdown()
        with suppress(OSError, ValueError):
            self._response.close()


def trouble(error: Exception, server: str) -> KubeError:
    """What a failure of the connection means, in one line."""
    import urllib3.exceptions as wrong

    meant = _meaning(error, server)
    unsent = (wrong.NewConnectionError, wrong.ConnectTimeoutError, wrong.ProxyError, wrong.LocationValueError)
    meant.was_sent = not isinstance(error, unsent)
    return meant


def _meaning(error: Exception, server: str) -> KubeError:
    import urllib3.exceptions as wrong

    if isinstance(error, wrong.SSLError):
        return Unreachable(f"{server}: TLS failed ({_reason(error)}): check certificate-authority in the kubeconfig")
    if isinstance(error, wrong.NameResolutionError):
        return Unreachable(f"{server}: the name can't be resolved: check the server's name and the network")
    if isinstance(error, wrong.NewConnectionError):
        return Unreachable(f"{server} refuses the connection: is the API server running, is the address right?")
    if isinstance(error, wrong.ProxyError):
        return Unreachable(f"{server}: the proxy does not let us through: check HTTPS_PROXY, NO_PROXY and proxy-url")
    if isinstance(error, wrong.TimeoutError):
        return Unreachable(f"{server} did not answer in time: check the network, VPN and firewall")
    if isinstance(error, wrong.LocationValueError | ValueError) and not isinstance(error, wrong.ProtocolError):
        return BadAnswer(f"{server} is no address of an API server: check server in the kubeconfig")
    return Unreachable(f"{server} broke the connection off ({_reason(error)}); trying again")


def _reason(error: Exception) -> str:
    inner = error.args[-1] if error.args else error
    return one_line(str(inner) or type(error).__name__)[:120]
