"""HTTP to one control plane: bounded in time and size, each fault one line. Knows no token and no path of the API."""

import ssl
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import msgspec

from config.settings import RunaiSettings
from tui.sources.importing import import_whole
from tui.sources.runai.fault import Kind, RunaiError, one_line

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 64 * 2**20


class _ErrorBody(msgspec.Struct):
    """Run:ai's error, and OAuth's."""

    message: str = ""
    details: str = ""
    error: str = ""
    error_description: str = ""


class Answer(msgspec.Struct, frozen=True):
    """A whole answer of any status."""

    status: int
    body: bytes
    media_type: str = ""
    retry_after: str = ""


class Http:
    """Sends requests to ``settings.url``; imports httpx, so make it in a thread. Raises RunaiError and nothing else."""

    def __init__(self, settings: RunaiSettings, max_bytes: int = MAX_BYTES) -> None:
        import_whole("httpx")
        import httpx

        self.base = (settings.url or "").rstrip("/")
        self.address = shown(self.base)
        self.dated = ""  # the server's own time, as its last answer gave it
        self._timeout = settings.timeout_seconds
        self._max_bytes = max_bytes
        try:
            parts = urlsplit(self.base)
            good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        if not good:
            line = f"runai.url {self.address!r} is not an address: write it as https://host"
            raise RunaiError(Kind.UNREACHABLE, line)
        self._client: httpx.Client = httpx.Client(
            verify=_tls(settings), timeout=settings.timeout_seconds, headers={"Accept": "application/json"}
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        params: Mapping[str, str | int] | None = None,
        json: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """One request; answers of any status are returned. ``content`` is JSON in bytes."""
        import httpx

        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            with self._client.stream(
                method, self.base + path, headers=headers, params=params, json=json, data=form, content=content
            ) as response:
                self.dated = response.headers.get("Date", "")
                body = self._read(response)
        except httpx.TimeoutException:
            line = f"{self.address} did not answer within {self._timeout:g} s: is it overloaded, or a firewall between?"
            raise RunaiError(Kind.UNREACHABLE, line) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            fault = RunaiError(Kind.UNREACHABLE, self._unreachable(error))
            fault.was_sent = not isinstance(error, httpx.ConnectError | httpx.InvalidURL)
            raise fault from None
        media = response.headers.get("Content-Type", "")
        return Answer(response.status_code, body, media, response.headers.get("Retry-After", ""))

    def close(self) -> None:
        self._client.close()

    def refusal(self, answer: Answer, path: str) -> RunaiError:
        """The error that an answer other than a good one is."""
        said = error_text(answer.body)
        tail = f": {said}" if said else ""
        status = answer.status
        if status == 401:
            line = f"{self.address} answered 401{tail}: check runai.client_id and its secret"
            return RunaiError(Kind.DENIED, line, status)
        if status == 403:
            line = f"{self.address} answered 403 for {path}{tail}: give the application a role that may view it"
            return RunaiError(Kind.DENIED, line, status)
        if status in (404, 405):
            return RunaiError(Kind.ABSENT, f"{self.address} has no {path} ({status}): check runai.url", status)
        if status == 429 or status >= 500:
            wait = float(answer.retry_after) if answer.retry_after.isdigit() else None
            return RunaiError(Kind.BUSY, f"{self.address} answered {status} for {path}{tail}", status, wait)
        return RunaiError(Kind.ANSWER, f"{self.address} answered {status} for {path}{tail}", status)

    def not_json(self, answer: Answer, path: str) -> RunaiError:
        """The error that a good status with another body than Run:ai's JSON is."""
        if answer.body[:100].lstrip()[:1] == b"<":
            line = f"{self.address}{path} answered HTML, not JSON: check runai.url and any login page before it"
        else:
            line = f"{self.address}{path} answered something that is not Run:ai's JSON: check runai.url"
        return RunaiError(Kind.ANSWER, line, answer.status)

    def _read(self, response: "httpx.Response") -> bytes:
        import httpx

        deadline = time.monotonic() + 3 * self._timeout
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            size += len(part)
            if size > self._max_bytes:
                raise RunaiError(Kind.ANSWER, f"{self.address} sent more than {self._max_bytes / 2**20:g} MiB at once")
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("the whole answer took too long")
            parts.append(part)
        return b"".join(parts)

    def _unreachable(self, error: Exception) -> str:
        text = one_line(str(error))
        if "CERTIFICATE_VERIFY_FAILED" in text:
            return f"{self.address}: its certificate is not trusted: set runai.ca_file to its CA"
        if "refused" in text:
            return f"{self.address} refused the connection: check runai.url"
        if "Name or service" in text or "resolution" in text or "No address" in text:
            return f"{self.address}: its host name is not known: check runai.url"
        return f"{self.address} broke off the connection: {text or type(error).__name__}"


def error_text(body: bytes) -> str:
    """What an error answer says, on one line; ``""`` if it says nothing readable."""
    try:
        error = msgspec.json.decode(body, type=_ErrorBody)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    parts = (error.message or error.error, error.details or error.error_description)
    return one_line(" - ".join(part for part in parts if part))


def shown(url: str) -> str:
    """``url`` without user, password and query."""
    try:
        parts = urlsplit(url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
    except ValueError:
        return "<unreadable address>"


def _tls(settings: RunaiSettings) -> ssl.SSLContext:
    if settings.ca_file is not None and not settings.ca_file.is_file():
        raise RunaiError(Kind.UNREACHABLE, f"runai.ca_file {str(settings.ca_file)!r} is not a file")
    try:
        context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    except (ssl.SSLError, OSError):
        line = f"runai.ca_file {str(settings.ca_file)!r} holds no certificate in PEM"
        raise RunaiError(Kind.UNREACHABLE, line) from None
    if settings.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
