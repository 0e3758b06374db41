"""One request of a probe: blocking, plain, and with words for everything that can go wrong."""

import http.client
import json
import ssl
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_CONNECT_SECONDS = 10.0
_MOST_BYTES = 4 * 2**20
_MOST_CHUNKS = 256  # a server that ignores max_tokens is not listened to for long


class ProbeError(ValueError):
    """The endpoint can't be measured: one line with the mend. ``status`` 0: it did not answer in HTTP."""

    def __init__(self, text: str, status: int = 0, body: str = "", retry_after_seconds: float | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.body = body
        self.retry_after_seconds = retry_after_seconds


@dataclass
class Stream:
    """What one streamed probe brought; times are seconds from the send."""

    first_chunk: float | None = None
    first_token: float | None = None
    last_token: float | None = None
    content_chunks: int = 0
    role_first: bool = False
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    usage_where: str = ""
    done: bool = False
    notes: list[str] = field(default_factory=list)


class ProbeHttp:
    """Requests to one base address. ``headers`` may hold credentials; no error repeats them."""

    def __init__(self, url: str, headers: dict[str, str], ca_file: str | None, insecure: bool, timeout: float) -> None:
        self.base = url.rstrip("/").removesuffix("/v1").rstrip("/")
        parts = urlsplit(self.base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ProbeError(f"--url {url!r} is not an address: write it as http://host:8000")
        try:
            self._port = parts.port
        except ValueError:
            raise ProbeError(f"--url {url!r} has a port that is no port") from None
        self._host, self._path, self._https = parts.hostname, parts.path, parts.scheme == "https"
        self._headers = {"Accept": "*/*", "Content-Type": "application/json", **headers}
        self._timeout = timeout
        self._tls = self._context(ca_file, insecure) if self._https else None

    def get(self, path: str) -> tuple[int, bytes]:
        connection, response = self._send("GET", path, None)
        with connection_closed(connection):
            return response.status, response.read(_MOST_BYTES)

    def stream(self, path: str, body: dict[str, Any]) -> Stream:
        """POST and read the events. ``ProbeError`` with status and the server's words for any other answer than 200."""
        sent = time.monotonic()
        connection, response = self._send("POST", path, json.dumps(body).encode())
        with connection_closed(connection):
            if response.status != 200:
                text = response.read(_MOST_BYTES).decode("utf-8", "replace")
                wait = _seconds(response.getheader("retry-after"))
                raise ProbeError(self._refusal(path, response.status, text), response.status, text, wait)
            self._check_kind(path, response)
            found = Stream()
            try:
                for line in response:
                    if line.startswith(b"data:"):
                        take_event(found, line[5:].strip(), time.monotonic() - sent)
                    if found.content_chunks > _MOST_CHUNKS:
                        break
            except (OSError, http.client.HTTPException) as error:
                raise ProbeError(f"{self.base} broke off in the middle of a stream: {error}") from None
            return found

    def _send(
        self, method: str, path: str, body: bytes | None
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection: http.client.HTTPConnection
        if self._tls is not None:
            connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=_CONNECT_SECONDS, context=self._tls
            )
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=_CONNECT_SECONDS)
        try:
            connection.connect()
            connection.sock.settimeout(self._timeout)
            connection.request(method, self._path + path, body, self._headers)
            return connection, connection.getresponse()
        except ssl.SSLCertVerificationError as error:
            connection.close()
            raise ProbeError(
                f"{self.base}: its certificate is not trusted ({error.verify_message}): --ca-file"
            ) from None
        except ssl.SSLError as error:
            connection.close()
            plain = error.reason == "WRONG_VERSION_NUMBER"
            mend = "it speaks no TLS: write --url with http://" if plain else f"TLS failed ({error.reason})"
            raise ProbeError(f"{self.base}: {mend}") from None
        except (http.client.RemoteDisconnected, http.client.BadStatusLine, ConnectionResetError):
            connection.close()
            mend = "is it the right port?" if self._https else "is it the right port, or does it want https://?"
            raise ProbeError(f"{self.base} closed the connection without an answer in HTTP: {mend}") from None
        except TimeoutError:
            connection.close()
            raise ProbeError(
                f"{self.base} did not answer in time: is the address right, and no firewall between?"
            ) from None
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise ProbeError(f"{self.base} can't be reached: {error}: is it running, is the port right?") from None

    def _check_kind(self, path: str, response: http.client.HTTPResponse) -> None:
        kind = response.getheader("content-type", "").partition(";")[0].strip().lower()
        if kind == "text/html":
            raise ProbeError(f"{self.base}{path} answered with a web page: is --url the address of the API itself?")
        if kind == "application/json":
            said = error_text(response.read(_MOST_BYTES).decode("utf-8", "replace"))
            raise ProbeError(f"{self.base}{path} answered in one piece and not as a stream: {said}")

    def _refusal(self, path: str, status: int, text: str) -> str:
        said = error_text(text)
        hints = {
            401: "check the key: --api-key-file",
            403: "the key may not: --api-key-file",
            404: "check --url and --model",
            429: "the endpoint limits requests: try later, or with fewer users",
            500: "look at the server's log",
            502: "the gateway reaches no server: is it running?",
            503: "the server takes no requests now: is it still loading?",
        }
        hint = f" ({hints[status]})" if status in hints else ""
        return f"{self.base}{path} answered {status}: {said}{hint}"

    def _context(self, ca_file: str | None, insecure: bool) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ProbeError(f"--ca-file {ca_file} can't be used: {error}") from None
        if insecure:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


class connection_closed:  # noqa: N801 - reads like the context managers of the standard library
    """Closes a connection at the end of a block."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: object) -> None:
        self._connection.close()


def take_event(found: Stream, data: bytes, at: float) -> None:
    """Take in one ``data:`` line of the stream."""
    if data == b"[DONE]":
        found.done = True
        return
    try:
        event = json.loads(data)
    except ValueError:
        found.notes.append("an event of the stream is no JSON")
        return
    if not isinstance(event, dict):
        return
    if event.get("error"):
        raise ProbeError(f"the stream carried an error: {error_text(json.dumps(event))}", 500)
    _take_usage(found, event)
    choices = event.get("choices") or []
    if not choices:
        return
    delta = choices[0].get("delta") or {}
    text = choices[0].get("text") or delta.get("content") or delta.get("reasoning_content") or delta.get("reasoning")
    if found.first_chunk is None:
        found.first_chunk, found.role_first = at, not text
    if text:
        found.first_token = at if found.first_token is None else found.first_token
        found.last_token = at
        found.content_chunks += 1


def _take_usage(found: Stream, event: dict[str, Any]) -> None:
    usage = event.get("usage")
    if isinstance(usage, dict):
        found.prompt_tokens = usage.get("prompt_tokens")
        found.completion_tokens = usage.get("completion_tokens")
        found.usage_where = "finish" if event.get("choices") else "own"


def _seconds(header: str | None) -> float | None:
    """``Retry-After`` in seconds; a date is taken as unknown."""
    try:
        return max(0.0, float(header)) if header is not None else None
    except ValueError:
        return None


def error_text(text: str) -> str:
    """The message of an OpenAI-like error body, or the beginning of whatever came; one line."""
    try:
        body = json.loads(text)
        error = body.get("error", body) if isinstance(body, dict) else body
        said = error.get("message") or error.get("detail") or error if isinstance(error, dict) else error
    except (ValueError, AttributeError):
        said = "HTML: this is no OpenAI-like endpoint" if text.lstrip()[:1] == "<" else text
    return " ".join(str(said).split())[:300]
