"""Asks a NIM (or another OpenAI-like server) what it is and how it does. Blocking; imports httpx when called."""

import ssl
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from config.secret import Secret
from tui.model.nim import NimMetrics, NimProbe
from tui.sources.nim_metrics import parse_metrics
from tui.sources.runai.http import shown

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 8 * 2**20
_NO_ANSWER = 0


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model]


class _Version(msgspec.Struct):
    release: str = ""
    version: str = ""


class _NimError(Exception):
    """Its text is one line."""


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
        tls = _tls(ca_file, insecure_skip_verify)
        with httpx.Client(verify=tls, timeout=timeout, headers=headers, follow_redirects=False) as client:
            return _Endpoint(client, base, timeout).probe(url)
    except _NimError as error:
        return NimProbe(url, False, detail=str(error))


class _Endpoint:
    def __init__(self, client: "httpx.Client", base: str, timeout: float) -> None:
        self._client = client
        self._base = base
        self._timeout = timeout
        self._shown = shown(base)
        self._answered = False
        self._notes: list[str] = []

    def probe(self, url: str) -> NimProbe:
        live = self._health("live")
        ready = self._health("ready")
        models = self._models()
        return NimProbe(
            url=url,
            reachable=True,
            live=live,
            ready=ready,
            models=models,
            version=self._version(),
            metadata=self._metadata(),
            metrics=self._metrics(),
            detail="; ".join(dict.fromkeys(self._notes)),
        )

    def _health(self, which: str) -> bool | None:
        """NIM's own call, or vLLM's ``/health``."""
        status, _ = self._get(f"/v1/health/{which}", "/health")
        if status == 200:
            return True
        return False if status == 503 else None

    def _models(self) -> tuple[str, ...] | None:
        status, body = self._get("/v1/models")
        if status in (401, 403):
            self._notes.append(f"{self._shown} answered {status} for /v1/models: check the API key")
            return None
        if status != 200:
            if status not in (_NO_ANSWER, 503):
                self._notes.append(f"{self._shown} answered {status} for /v1/models: is this an OpenAI-like endpoint?")
            return None
        try:
            return tuple(model.id for model in msgspec.json.decode(body, type=_Models).data)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            what = "HTML" if body.lstrip()[:1] == b"<" else "something that is no list of models"
            self._notes.append(f"{self._shown}/v1/models answered {what}: check the address and its path")
            return None

    def _version(self) -> str | None:
        status, body = self._get("/v1/version", "/version")
        if status != 200:
            return None
        try:
            said = msgspec.json.decode(body, type=_Version)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        return said.release or said.version or None

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        """The plain values of ``/v1/metadata``, nested ones as ``modelInfo.0.shortName``."""
        status, body = self._get("/v1/metadata")
        if status != 200:
            return ()
        try:
            return tuple(_flat("", msgspec.json.decode(body, type=dict[str, object])))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return ()

    def _metrics(self) -> NimMetrics | None:
        status, body = self._get("/v1/metrics", "/metrics")
        return parse_metrics(body.decode("utf-8", "replace")) if status == 200 else None

    def _get(self, path: str, otherwise: str | None = None) -> tuple[int, bytes]:
        """Status and body of ``path``, or of ``otherwise`` where that is missing.

        Raises _NimError if nothing answered yet; a call that fails after that is a note, and its status 0.
        """
        try:
            status, body = self._fetch(path)
        except _NimError as error:
            if not self._answered:
                raise
            self._notes.append(str(error))
            return _NO_ANSWER, b""
        self._answered = True
        return self._get(otherwise) if status == 404 and otherwise is not None else (status, body)

    def _fetch(self, path: str) -> tuple[int, bytes]:
        import httpx

        try:
            with self._client.stream("GET", self._base + path) as response:
                body = b""
                for part in response.iter_bytes():
                    body += part
                    if len(body) > MAX_BYTES:
                        raise _NimError(f"{self._shown}{path} sent more than {MAX_BYTES // 2**20} MiB")
        except httpx.TimeoutException:
            raise _NimError(f"{self._shown} did not answer within {self._timeout:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _NimError(_unreachable(self._shown, str(error))) from None
        return response.status_code, body


def _flat(prefix: str, value: object, depth: int = 3) -> list[tuple[str, str]]:
    if isinstance(value, dict) and depth:
        return [pair for key, inner in value.items() for pair in _flat(f"{prefix}{key}.", inner, depth - 1)]
    if isinstance(value, list) and depth:
        return [pair for i, inner in enumerate(value[:8]) for pair in _flat(f"{prefix}{i}.", inner, depth - 1)]
    if isinstance(value, str | int | float | bool):
        return [(prefix.rstrip("."), str(value)[:200])]
    return []


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


def _tls(ca_file: Path | None, insecure: bool) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (ssl.SSLError, OSError):
        raise _NimError(f"CA file {str(ca_file)!r} is missing or holds no certificate in PEM") from None
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
