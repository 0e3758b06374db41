"""The client of one Kubernetes API server: raw bytes in and out, with the kubeconfig's credentials.

The official client supplies configuration, log-in, TLS and transport; its models are never touched. Importing this
module does not import it: that happens when a ``KubeClient`` is made, in a thread of the caller.
"""

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import msgspec

from tui.sources.kubernetes.errors import BadAnswer, BadConfig, Unauthorized, error_of
from tui.sources.kubernetes.kubeconfig import Access, load
from tui.sources.kubernetes.transport import Answer, OpenSockets, Stream, Transport
from tui.sources.kubernetes.websocket import WebSocket, open_websocket

if TYPE_CHECKING:
    import requests

Query = Mapping[str, str | int | bool]
USER_AGENT = "nimdeck"
RELOAD_SECONDS = 5.0  # many threads are refused at once; a log-in plug-in must not run for each


class KubeClient:
    """Thread-safe. Every method but ``close`` may raise a ``KubeError`` and may block for ``timeout_seconds``.

    Making one reads the kubeconfig and may run a log-in plug-in: ``BadConfig`` says in one line what is wrong there.
    """

    def __init__(
        self,
        kubeconfig: Path | None = None,
        context: str | None = None,
        timeout_seconds: float = 20.0,
        connect_seconds: float = 5.0,
    ) -> None:
        self._kubeconfig = kubeconfig
        self._wanted_context = context
        self._timeout_seconds = timeout_seconds
        self._connect_seconds = connect_seconds
        self._lock = threading.Lock()
        self._generation = 0  # how often the credentials were read anew
        self._reloaded_at = -RELOAD_SECONDS
        self._sockets = OpenSockets()
        self._access: Access = load(kubeconfig, context)
        self._transport = self._new_transport()
        self._closed = False

    @property
    def server(self) -> str:
        """The API server's address, without a slash at its end."""
        return self._access.server

    @property
    def context(self) -> str:
        return self._access.context

    @property
    def namespace(self) -> str | None:
        """The namespace that the context names."""
        return self._access.namespace

    def get(self, path: str, query: Query | None = None) -> tuple[int, bytes]:
        """Status and body of a good answer; anything from 300 up is raised."""
        answer = self.request("GET", path, query)
        return answer.status, answer.body

    def get_json(self, path: str, query: Query | None = None) -> Any:
        """The decoded body of a good answer. Raises ``BadAnswer`` where it is no JSON."""
        _, body = self.get(path, query)
        return decoded(body, self.server, path)

    def request(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Any request with a whole answer. Who writes goes through the one writer of ``tui.sources``."""
        stream = self._opened(method, path, query, body, headers, self._timeout_seconds)
        return Answer(stream.status, stream.read(), stream.headers)

    def stream(
        self,
        path: str,
        query: Query | None = None,
        read_seconds: float | None = None,
        accept: str = "application/json",
    ) -> Stream:
        """A body that keeps coming, line by line. ``read_seconds`` is the longest silence that is borne."""
        return self._opened("GET", path, query, None, {"Accept": accept}, read_seconds or self._timeout_seconds)

    def requests_session(self) -> "requests.Session":
        """A session with this client's TLS, proxy and log-in, for the API server's service proxy."""
        from tui.sources.kubernetes.proxy_session import make_session

        return make_session(self._access, self.authorization)

    def websocket(self, path: str, query: Query, *protocols: str) -> WebSocket:
        """A WebSocket that speaks one of ``protocols``; ``close`` and ``reset`` end it, whoever reads from it."""
        generation = self._generation
        try:
            return self._upgraded(path, query, protocols)
        except Unauthorized:
            if self._closed or not self._reload(generation):
                raise
        return self._upgraded(path, query, protocols)

    def authorization(self) -> str | None:
        """The Authorization header of this moment; a token that expires is renewed here."""
        with self._lock:
            return _authorization(self._access)

    def reset(self) -> None:
        """Break all connections off; the next request opens a new one."""
        self._sockets.shutdown()

    def close(self) -> None:
        """End all requests, those of other threads included."""
        self._closed = True
        self._sockets.close()
        self._transport.close()

    def _opened(
        self,
        method: str,
        path: str,
        query: Query | None,
        body: bytes | None,
        headers: Mapping[str, str] | None,
        read_seconds: float,
    ) -> Stream:
        """The answer's head, after one more try with fresh credentials where the first said 401."""
        url = path + ("?" + urlencode(_texts(query), quote_via=quote) if query else "")
        for attempt in (1, 2):
            generation = self._generation
            sent = {"Accept": "application/json", "User-Agent": USER_AGENT, **self._access.headers, **(headers or {})}
            if body is not None:
                sent.setdefault("Content-Type", "application/json")
            if token := self.authorization():
                sent["Authorization"] = token
            stream = self._transport.open(method, url, body, sent, read_seconds)
            if stream.status == 401 and attempt == 1 and not self._closed and self._reload(generation):
                stream.read()
                continue
            break
        self._check(stream, method, path)
        return stream

    def _upgraded(self, path: str, query: Query, protocols: tuple[str, ...]) -> WebSocket:
        url = f"{path}?{urlencode(_texts(query), quote_via=quote)}"
        made = open_websocket(self._access, url, protocols, self.authorization, self._connect_seconds)
        self._sockets.track(made.sock)
        return made

    def _check(self, stream: Stream, method: str, path: str) -> None:
        media = stream.headers.get("content-type", "")
        if stream.status < 300 and not media.startswith("text/html"):
            return
        body = stream.read()
        if 300 <= stream.status < 400 or (media.startswith("text/html") and stream.status < 500):
            what = "a web page" if media.startswith("text/html") else f"a redirection ({stream.status})"
            raise BadAnswer(f"{self.server} answered with {what}, not as a Kubernetes API: check server and proxy")
        raise error_of(stream.status, body, method, path, self.server)

    def _reload(self, seen: int) -> bool:
        """Read the credentials again, once however many threads were refused; False if that was just done in vain."""
        with self._lock:
            if self._generation != seen:
                return True
            if time.monotonic() - self._reloaded_at < RELOAD_SECONDS:
                return False
            self._reloaded_at = time.monotonic()
            try:
                self._access = load(self._kubeconfig, self._wanted_context or self._access_context())
            except BadConfig as error:
                raise Unauthorized(f"{self.server} refused the credentials (401), and {error}") from None
            self._generation += 1
            old, self._transport = self._transport, self._new_transport()
        old.close()
        return True

    def _access_context(self) -> str | None:
        from tui.sources.kubernetes.kubeconfig import IN_CLUSTER

        return None if self._access.context == IN_CLUSTER else self._access.context

    def _new_transport(self) -> Transport:
        return Transport(self._access.configuration, self.server, self._connect_seconds, self._sockets)


def decoded(body: bytes, server: str, path: str) -> Any:
    """``body`` as JSON, or ``BadAnswer``."""
    try:
        return msgspec.json.decode(body)
    except msgspec.MsgspecError:
        raise BadAnswer(f"{server}{path} did not answer in JSON: is this a Kubernetes API server?") from None


def _texts(query: Query) -> dict[str, str]:
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in query.items()}


def _authorization(access: Access) -> str | None:
    from kubernetes.config import ConfigException

    try:
        bearer = access.configuration.auth_settings().get("BearerToken")
    except (ConfigException, BadConfig, OSError) as error:
        raise Unauthorized(f"{access.server}: the token can't be renewed: {error}") from None
    value = bearer.get("value") if bearer else None
    return str(value).strip() if value else None  # a token file ends with a line break
