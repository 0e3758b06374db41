"""The session under ``PrometheusConnect``: bounded in time and size, decoded by msgspec, every fault one line.

It imports requests, so it is imported only inside the source's threads. It never retries: the poller owns back-off.
"""

import time
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import requests
from requests import exceptions as rx

from tui.sources.http_date import ahead_seconds
from tui.sources.prometheus import wire
from tui.sources.prometheus.fault import Kind, PrometheusError, one_line, shown

_CHUNK_BYTES = 64 * 1024  # a chunk is waited for, so a slow one must be small for the deadline to count
_SKEW_NOTICED_SECONDS = 2.0


class Answer:
    """As much of ``requests.Response`` as ``PrometheusConnect`` reads."""

    def __init__(self, status_code: int, content: bytes, url: str) -> None:
        self.status_code = status_code
        self.content = content
        self._url = url

    @property
    def ok(self) -> bool:
        return self.status_code < 400

    def json(self) -> dict[str, Any]:
        return wire.decode(urlsplit(self._url).path, self.content, shown(self._url).partition("/api/v1/")[0])


class Transport:
    """Stands where ``PrometheusConnect`` expects a session; ``server_ahead_seconds`` is its clock less ours."""

    def __init__(
        self,
        session: requests.Session,
        timeout_seconds: float,
        max_bytes: int,
        now: Callable[[], float],
        credential_hint: str,
    ) -> None:
        self._session = session
        self._timeout = timeout_seconds
        self._max_bytes = max_bytes
        self._now = now
        self._hint = credential_hint
        self.verify = session.verify
        self.cert = session.cert
        self.proxies = session.proxies
        self.server_ahead_seconds = 0.0

    def mount(self, prefix: str, adapter: object) -> None:
        """PrometheusConnect mounts an adapter that retries; the session keeps its own."""

    def close(self) -> None:
        self._session.close()

    def get(self, url: str, **options: Any) -> Answer:
        return self.request("GET", url, **options)

    def request(self, method: str, url: str, **options: Any) -> Answer:
        """One answer of status 200; anything else raises PrometheusError."""
        options["timeout"] = self._timeout
        options.setdefault("verify", self.verify)  # said outright, or REQUESTS_CA_BUNDLE would replace our CA file
        options.setdefault("cert", self.cert)
        try:
            with closing(self._session.request(method, url, stream=True, **options)) as response:
                self._note_clock(response.headers.get("Date"))
                body = self._read(response, url)
                status = response.status_code
        except rx.RequestException as error:
            raise self._unreachable(url, error) from None
        except OSError as error:  # a CA file or a token file that can't be read
            raise PrometheusError(
                Kind.UNREACHABLE, f"{shown(url).partition('/api/v1/')[0]}: {one_line(str(error))}"
            ) from None
        if status != 200:
            raise self._refusal(url, status, body)
        return Answer(status, body, url)

    def _read(self, response: requests.Response, url: str) -> bytes:
        deadline = time.monotonic() + self._timeout
        parts: list[bytes] = []
        size = 0
        for part in response.iter_content(_CHUNK_BYTES):
            size += len(part)
            if size > self._max_bytes:
                limit = self._max_bytes / 2**20
                raise PrometheusError(
                    Kind.QUERY,
                    f"{_base(url)} sent more than {limit:g} MiB for one query: raise prometheus.max_response_bytes",
                )
            if time.monotonic() > deadline:
                raise rx.ReadTimeout()
            parts.append(part)
        return b"".join(parts)

    def _note_clock(self, date: str | None) -> None:
        ahead = ahead_seconds(date, self._now())
        if ahead is None:
            return
        self.server_ahead_seconds = ahead if abs(ahead) > _SKEW_NOTICED_SECONDS else 0.0

    def _unreachable(self, url: str, error: rx.RequestException) -> PrometheusError:
        address = _base(url)
        text = str(error)
        if isinstance(error, rx.Timeout) or "timed out" in text:
            line = f"{address} did not answer within {self._timeout:g} s: is it overloaded, or a firewall between?"
        elif isinstance(error, rx.SSLError):
            line = f"{address}: its certificate is not trusted: set prometheus.ca_file to its CA ({_reason(text)})"
        elif isinstance(error, rx.InvalidURL | rx.MissingSchema | rx.InvalidSchema):
            line = f"prometheus.url {address!r} is not an address: write it as http://host:9090"
        elif "refused" in text:
            line = f"{address} refused the connection: is Prometheus running, is the port right?"
        elif "resolve" in text or "Name or service" in text:
            line = f"{address}: its host name is not known: check prometheus.url"
        else:
            line = f"{address} broke off the connection: {_reason(text)}"
        return PrometheusError(Kind.UNREACHABLE, line)

    def _refusal(self, url: str, status: int, body: bytes) -> PrometheusError:
        address = _base(url)
        if status == 401:
            return PrometheusError(Kind.DENIED, f"{address} answered 401 (who are you?): {self._hint}")
        if status == 403:
            return PrometheusError(Kind.DENIED, f"{address} answered 403: this user may not query it; {self._hint}")
        said = wire.error_text(body)
        if said is not None:
            kind = Kind.QUERY if status in (400, 422) else Kind.ANSWER
            return PrometheusError(kind, f"{address} answered {status}: {said}")
        if status == 404:
            path = urlsplit(url).path
            return PrometheusError(
                Kind.ANSWER, f"{address} has no {path} (404): check the path prefix in prometheus.url"
            )
        return PrometheusError(Kind.ANSWER, f"{address} answered {status}: {one_line(_plain(body)) or 'no text'}")


def _base(url: str) -> str:
    return shown(url).partition("/api/v1/")[0]


def _plain(body: bytes) -> str:
    return "an HTML page" if body[:200].lstrip().lower().startswith(b"<") else body[:200].decode("utf-8", "replace")


def _reason(text: str) -> str:
    """The innermost cause in the nested text of a requests error, without object addresses and queries."""
    inner = text.rsplit("Caused by ", 1)[-1] if "Caused by " in text else text
    return one_line(inner.split("api/v1")[0] if "api/v1" in inner else inner, 120)
