"""A WebSocket to the API server with the client's TLS, proxy and log-in, for streams such as a port-forward.

Imports ``websocket`` (the official client brings it) on first use only.
"""

import ssl
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from tui.sources.kubernetes.errors import KubeError, Unreachable, error_of, one_line
from tui.sources.kubernetes.kubeconfig import Access

Authorization = Callable[[], str | None]
WebSocket: TypeAlias = Any  # websocket.WebSocket, half of which carries no hints


def open_websocket(
    access: Access, path: str, protocols: tuple[str, ...], authorization: Authorization, timeout_seconds: float
) -> WebSocket:
    """Connect and shake hands; the server chooses among ``protocols``.

    Raises a ``KubeError``: what an answer other than an upgrade would be for a GET."""
    import websocket

    made: WebSocket = websocket.WebSocket(sslopt=_tls(access.configuration), skip_utf8_validation=True)
    trouble = _connect(made, access, path, protocols, authorization, timeout_seconds)
    if trouble is not None:
        raise trouble  # here, so that no frame of its traceback holds the token
    return made


def _connect(
    made: WebSocket,
    access: Access,
    path: str,
    protocols: tuple[str, ...],
    authorization: Authorization,
    timeout_seconds: float,
) -> KubeError | None:
    from websocket import WebSocketBadStatusException, WebSocketException

    headers = dict(access.headers)
    if token := authorization():
        headers["Authorization"] = token
    scheme, _, rest = access.server.partition("://")
    try:
        made.connect(
            ("wss://" if scheme == "https" else "ws://") + rest + path,
            header=headers,
            subprotocols=list(protocols),
            timeout=timeout_seconds,
            suppress_origin=True,
            redirect_limit=0,  # the token is for this server
            **_proxy(access.configuration),
        )
    except WebSocketBadStatusException as error:
        return error_of(error.status_code, error.resp_body or b"", "GET", path, access.server)
    except ssl.SSLError as error:
        return Unreachable(f"{access.server}: TLS failed ({one_line(str(error))}): check certificate-authority")
    except (WebSocketException, OSError, ValueError) as error:
        return Unreachable(f"{access.server} does not open a WebSocket ({one_line(str(error))}): check proxies between")
    return None


def _tls(configuration: Any) -> dict[str, Any]:
    if not configuration.verify_ssl:
        return {"cert_reqs": ssl.CERT_NONE, "check_hostname": False} | _identity(configuration)
    options: dict[str, Any] = {"cert_reqs": ssl.CERT_REQUIRED, "check_hostname": True}
    if configuration.ssl_ca_cert:
        options["ca_certs"] = configuration.ssl_ca_cert
    return options | _identity(configuration)


def _identity(configuration: Any) -> dict[str, Any]:
    told = {
        "certfile": configuration.cert_file,
        "keyfile": configuration.key_file,
        "server_hostname": configuration.tls_server_name,
    }
    return {name: value for name, value in told.items() if value}


def _proxy(configuration: Any) -> dict[str, Any]:
    from kubernetes.client.rest import should_bypass_proxies

    if not configuration.proxy or should_bypass_proxies(configuration.host, configuration.no_proxy or ""):
        return {}
    parts = urlsplit(configuration.proxy)
    auth = (parts.username, parts.password or "") if parts.username else None
    return {
        "http_proxy_host": parts.hostname,
        "http_proxy_port": parts.port or 80,
        "http_proxy_auth": auth,
        "proxy_type": "http",
    }
