"""Asks a NIM in a pod through the API server, where no network leads from here to the pod.

The pod's own answers and those of the API server about the pod arrive alike; what tells them apart is that the API
server's are ``Status`` documents. Read only: nothing but GET.
"""

from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from tui.model.ids import ObjectKey
from tui.model.nim import NimProbe
from tui.sources.kubernetes.client import USER_AGENT, KubeClient
from tui.sources.kubernetes.errors import KubeError, error_of, missing_right, one_line
from tui.sources.nim_questions import MAX_BYTES, Endpoint, NimError

if TYPE_CHECKING:
    import requests

_TRYING = "error trying to reach service: "
_OVERLOADED = 429
_REDIRECTIONS = range(300, 400)


class _Status(msgspec.Struct):
    kind: str = ""
    api_version: str = msgspec.field(default="", name="apiVersion")
    message: str | None = None


class PodProxy:
    """One connection to the API server for many pods, to be used from several threads; close it, or use ``with``."""

    def __init__(self, client: KubeClient, timeout: float = 3.0) -> None:
        self._server = client.server
        self._session = client.requests_session()
        self._timeout = timeout

    def __enter__(self) -> "PodProxy":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def probe(self, pod: ObjectKey, port: int, scheme: str = "http", *, brief: bool = False) -> NimProbe:
        """What the pod tells; with ``brief`` only readiness and metrics. Never raises for what it or the API does."""
        name = f"{scheme}:{pod.name}:{port}"
        base = f"/api/v1/namespaces/{quote(pod.namespace, safe='')}/pods/{quote(name, safe=':')}/proxy"
        url = self._server + base

        def fetch(path: str) -> tuple[int, bytes]:
            return self._fetch(base + path, pod, port)

        try:
            endpoint = Endpoint(fetch, f"pod {pod.name}")
            return endpoint.brief(url) if brief else endpoint.probe(url)
        except NimError as error:
            return NimProbe(url, False, detail=str(error), denied_right=error.right)

    def _fetch(self, path: str, pod: ObjectKey, port: int) -> tuple[int, bytes]:
        import requests

        try:
            with self._session.get(
                self._server + path,
                headers={"Accept": "application/json, text/plain", "User-Agent": USER_AGENT},
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                body = _read(response, pod)
        except KubeError as error:
            raise NimError(str(error)) from None
        except requests.Timeout:
            raise NimError(f"no answer within {self._timeout:g} s through {self._server}") from None
        except (requests.RequestException, OSError, ValueError) as error:
            raise NimError(f"{self._server} broke off the connection: {one_line(str(error))[:120]}") from None
        self._refuse(response, body, path, pod, port)
        return response.status_code, body

    def _refuse(self, response: "requests.Response", body: bytes, path: str, pod: ObjectKey, port: int) -> None:
        """Raises ``NimError`` for an answer that is not the pod's own."""
        code, media = response.status_code, response.headers.get("Content-Type", "")
        is_page = media.startswith("text/html")
        if code in _REDIRECTIONS or (is_page and code != 404):
            raise NimError(f"{self._server} answered with a web page or a redirection ({code}): check server and proxy")
        if code == _OVERLOADED:
            raise NimError(f"{self._server} has too many requests (429): asking again later")
        said = _status(body) if code >= 400 else None
        if said is None:
            return
        message = one_line(said.message or "")
        if code == 403:
            right = missing_right(message, "get", "pods/proxy", pod.namespace)
            raise NimError(f"{right} is denied: ask for this right", right)
        if code == 404:
            raise NimError("the pod is gone")
        if code == 400 and "address not allowed" in message:
            raise NimError("the pod has no address yet")
        if _TRYING in message:
            raise NimError(f"port {port}: {_cause(message)}")
        raise NimError(str(error_of(code, body, "GET", path, self._server)))


def probe_pod(
    client: KubeClient, pod: ObjectKey, port: int, scheme: str = "http", timeout: float = 3.0, *, brief: bool = False
) -> NimProbe:
    """Everything that the server on ``port`` of ``pod`` tells through the API server; never raises for what it does.

    Needs the right ``get pods/proxy``: where it is missing, ``denied_right`` and ``detail`` name it. ``timeout`` is
    in seconds for each of the calls.
    """
    with PodProxy(client, timeout) as proxy:
        return proxy.probe(pod, port, scheme, brief=brief)


def _read(response: "requests.Response", pod: ObjectKey) -> bytes:
    body = b""
    for part in response.iter_content(2**16):
        body += part
        if len(body) > MAX_BYTES:
            raise NimError(f"pod {pod.name} sent more than {MAX_BYTES // 2**20} MiB")
    return body


def _status(body: bytes) -> _Status | None:
    """The API server's own document; ``None`` for anything that a pod says."""
    try:
        found = msgspec.json.decode(body, type=_Status)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found if (found.kind, found.api_version) == ("Status", "v1") else None


def _cause(message: str) -> str:
    """``connection refused`` of ``error trying to reach service: dial tcp 10.1.2.3:8000: connect: ...``."""
    return message.partition(_TRYING)[2].rpartition(": ")[2] or message
