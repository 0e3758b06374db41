"""A small HTTP server whose every answer a test decides: what a broken Prometheus or proxy would say."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

NOW = 1_795_468_512.5
Rows = list[tuple[dict[str, str], str]]


@dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    promised_bytes: int | None = None  # a Content-Length larger than the body: the line breaks off


@dataclass(frozen=True)
class Asked:
    path: str
    query: str
    headers: dict[str, str]
    parameters: dict[str, str]


Behave = Callable[[Asked], Reply]


def vector(rows: Iterable[tuple[dict[str, str], str]], at: float = NOW) -> Reply:
    result = [{"metric": labels, "value": [at, value]} for labels, value in rows]
    return as_json(200, {"status": "success", "data": {"resultType": "vector", "result": result}})


def as_json(status: int, document: Any) -> Reply:
    return Reply(status, json.dumps(document).encode())


def error(status: int, text: str, kind: str = "bad_data") -> Reply:
    return as_json(status, {"status": "error", "errorType": kind, "error": text})


class FaultServer:
    """Serves on loopback while it is entered. ``asked`` keeps every request."""

    def __init__(self, behave: Behave, tls: ssl.SSLContext | None = None) -> None:
        self.behave = behave
        self.asked: list[Asked] = []
        self.release = threading.Event()  # set at the end: lets replies that hang go
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 2**16  # head and body in one packet, or each answer waits 40 ms

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
                asked = Asked(parts.path, parameters.get("query", ""), dict(self.headers), parameters)
                owner.asked.append(asked)
                reply = owner.behave(asked)
                self.send_response_only(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(reply.promised_bytes or len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
                if reply.promised_bytes:
                    self.close_connection = True

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that gave up is what some tests want."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "FaultServer":
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def queries(self) -> list[str]:
        return [asked.query for asked in self.asked]


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class FakePrometheus:
    """Answers the catalogue's queries from rows by metric name: the first name of ``series`` in a query decides.

    It evaluates nothing: rows are what the aggregated query would answer.
    """

    def __init__(self, series: dict[str, Rows], at: float = NOW, sampled_at: float | None = None) -> None:
        self.series = series
        self.at = at
        self.sampled_at = sampled_at

    def __call__(self, asked: Asked) -> Reply:
        if asked.path.endswith("/status/buildinfo"):
            return as_json(200, {"status": "success", "data": {"version": "2.42.0"}})
        if asked.query.startswith("count by (__name__)"):
            return vector([({"__name__": name}, str(len(rows))) for name, rows in self.series.items()], self.at)
        if asked.query.startswith("quantile(0.5, timestamp("):
            return vector([({}, str(self.sampled_at or self.at))], self.at)
        for name, rows in self.series.items():
            if name in asked.query:
                return vector(rows, self.at)
        return vector([], self.at)
