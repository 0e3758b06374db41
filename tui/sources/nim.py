"""Asks a NIM (or another OpenAI-like server) what it is and how it does. Blocking; imports httpx when called."""

import ssl
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from config.secret import Secret
from tui.model.nim import NimProbe
from tui.sources.nim_proxy import probe_pod
from tui.sources.nim_questions import MAX_BYTES, Endpoint, NimError
from tui.sources.runai.http import shown

if TYPE_CHECKING:
    import httpx

__all__ = ["probe_nim", "probe_pod"]


def probe_nim(
    url: str,
    api_key: Secret | None = None,
    timeout: float = 5.0,
    *,
    host: str | None = None,
    ca_file: Path | None = None,
    insecure_skip_verify: bool = False,
) -> NimProbe:
    """Everything that the endpoint at ``url`` (with or without ``/v1``) tells; never raises for what it does.

    ``host`` sets the Host header: a Knative service is reached through its gateway by name. ``timeout`` is in seconds
    for each of the calls; an endpoint that can't be reached costs one of them.
    """
    import httpx

    base = url.rstrip("/").removesuffix("/v1").rstrip("/")
    if not _is_address(base):
        return NimProbe(url, False, detail=f"{shown(url)!r} is not an address: write it as http://host:8000")
    headers = {"Accept": "application/json, text/plain"}
    if api_key:
        headers["Authorization"] = f"Bearer {api_key.reveal()}"
    if host:
        headers["Host"] = host
    try:
        tls = _tls_of(base, ca_file, insecure_skip_verify)
        with httpx.Client(verify=tls, timeout=timeout, headers=headers, follow_redirects=False) as client:
            return Endpoint(_Direct(client, base, timeout).fetch, shown(base)).probe(url)
    except NimError as error:
        return NimProbe(url, False, detail=str(error))


class _Direct:
    """Fetches from the endpoint's own address."""

    def __init__(self, client: "httpx.Client", base: str, timeout: float) -> None:
        self._client = client
        self._base = base
        self._timeout = timeout
        self._shown = shown(base)

    def fetch(self, path: str) -> tuple[int, bytes]:
        """Status and body. Raises ``NimError``."""
        import httpx

        try:
            with self._client.stream("GET", self._base + path) as response:
                body = b""
                for part in response.iter_bytes():
                    body += part
                    if len(body) > MAX_BYTES:
                        raise NimError(f"{self._shown}{path} sent more than {MAX_BYTES // 2**20} MiB")
        except httpx.TimeoutException:
            raise NimError(f"{self._shown} did not answer within {self._timeout:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise NimError(_unreachable(self._shown, str(error))) from None
        return response.status_code, body


def _unreachable(base: str, text: str) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return f"{base}: its certificate is not trusted: name its CA file"
    if "refused" in text:
        return f"{base} refused the connection: is it running, is the port right?"
    if "Name or service" in text or "resolution" in text or "No address" in text:
        return f"{base}: its host name is not known"
    return f"{base} broke off the connection: {' '.join(text.split())[:120]}"


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _tls_of(base: str, ca_file: Path | None, insecure: bool) -> ssl.SSLContext | bool:
    """Reading the system's certificates costs more than all the questions: once, and for plain HTTP not at all."""
    if ca_file is None and not base.startswith("https:"):
        return False
    try:
        changed = ca_file.stat().st_mtime_ns if ca_file is not None else 0
    except OSError:
        changed = 0
    return _tls(ca_file, insecure, changed)


@lru_cache(maxsize=8)
def _tls(ca_file: Path | None, insecure: bool, changed: int) -> ssl.SSLContext:
    """``changed`` is when the file was: another one is read anew."""
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (ssl.SSLError, OSError):
        raise NimError(f"CA file {str(ca_file)!r} is missing or holds no certificate in PEM") from None
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
