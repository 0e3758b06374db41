"""Where requests go: an address taken apart and resolved once, the request head made once, the TLS context.

No socket is opened here. Errors are ``ValueError`` with one line naming the value and the mend.
"""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl

Address = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A resolved target. ``addresses`` in the resolver's order; ``host`` as the Host header and SNI want it."""

    host: str
    port: int
    path: str
    tls: bool
    addresses: tuple[Address, ...]

    @property
    def authority(self) -> str:
        """``host`` or ``host:port``, as the Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


def resolve(url: str, path: str) -> Endpoint:
    """Take the base ``url`` apart, add ``path`` to its own, resolve the host (blocks for the resolver)."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise ValueError(f"url {url}: the port is no number from 1 to 65535") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"url {url}: give http://host:port or https://host:port")
    tls = parts.scheme == "https"
    port = port or (443 if tls else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ValueError(f"url {url}: host {parts.hostname} is not known ({error.strerror or error})") from None
    addresses = tuple((family, sockaddr) for family, _, _, _, sockaddr in found)
    return Endpoint(parts.hostname, port, parts.path.rstrip("/") + path, tls, addresses)  # type: ignore[arg-type]


def request_head(endpoint: Endpoint, headers: dict[str, str]) -> bytes:
    """The head of every request up to the digits of Content-Length, which come last."""
    own = {"host": endpoint.authority, "content-type": "application/json", "accept": "text/event-stream"}
    own |= {name.lower(): value for name, value in headers.items() if name.lower() != "content-length"}
    for name, value in own.items():
        if not name or any(mark in name + value for mark in "\r\n\0") or ":" in name:
            raise ValueError(f"header {name!r}: a name or value with a line break or colon can't be sent")
    lines = "".join(f"{name}: {value}\r\n" for name, value in own.items())
    head = f"POST {endpoint.path} HTTP/1.1\r\n{lines}content-length: "
    try:
        return head.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError("headers and path have to be plain ASCII or Latin-1") from None


def tls_context(ca_file: str | None, insecure: bool) -> "ssl.SSLContext":
    """The context for https; ``insecure`` trusts anybody."""
    import ssl

    if ca_file is not None and not Path(ca_file).is_file():
        raise ValueError(f"ca file {ca_file}: there is no such file")
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError as error:
        raise ValueError(f"ca file {ca_file}: holds no certificate in PEM ({error.reason})") from None
    context.set_alpn_protocols(["http/1.1"])
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
