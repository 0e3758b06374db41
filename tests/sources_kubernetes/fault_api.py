"""A small Kubernetes API over plain HTTP whose every answer a test can spoil. Shares no code with the client."""

import json
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]
Query = dict[str, str]
END = object()  # in a watch's queue: end it cleanly
CUT = object()  # in a watch's queue: break the connection off

CORE = {"nodes": False, "pods": True, "events": True}


class Reply:
    """A whole answer."""

    def __init__(self, status: int, body: bytes | Json, media: str = "application/json") -> None:
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.media = media


def status_reply(code: int, reason: str, message: str, **metadata: Any) -> Reply:
    body = {"kind": "Status", "apiVersion": "v1", "metadata": metadata, "status": "Failure", "message": message}
    return Reply(code, {**body, "reason": reason, "code": code})


def forbidden(resource: str, group: str = "", namespace: str | None = None, verb: str = "list") -> Reply:
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    what = f"{resource}.{group}" if group else resource
    said = f'{what} is forbidden: User "u" cannot {verb} resource "{resource}" in API group "{group}" {where}'
    return status_reply(403, "Forbidden", said)


class Watch:
    """One open watch: what it was asked, and what it is to say next."""

    def __init__(self, path: str, query: Query) -> None:
        self.path = path
        self.query = query
        self.lines: queue.Queue[Any] = queue.Queue()

    def send(self, kind: str, obj: Json) -> None:
        self.lines.put(json.dumps({"type": kind, "object": obj}).encode() + b"\n")

    def send_raw(self, data: bytes) -> None:
        self.lines.put(data)

    def end(self) -> None:
        self.lines.put(END)

    def cut(self) -> None:
        self.lines.put(CUT)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64  # a client may open many connections at once; of five, the others wait a second


class FaultApi:
    """``objects`` maps a list's path to its objects; ``spoil`` maps a path to what answers instead."""

    def __init__(self, port: int = 0) -> None:
        self.version = 100
        self.objects: dict[str, list[Json]] = {}
        self.groups: dict[str, dict[str, dict[str, bool]]] = {}  # group -> version -> plural -> namespaced
        self.spoil: dict[str, Callable[[Query], Reply | None]] = {}
        self.spoil_watch: dict[str, Callable[[Query], Reply | None]] = {}
        self.authorize: Callable[[str | None], bool] = lambda token: True
        self.requests: list[tuple[str, str, Query]] = []
        self.bodies: list[bytes] = []
        self.headers: list[Any] = []
        self.follow_paths: set[str] = set()  # answered like a watch
        self.watches: queue.Queue[Watch] = queue.Queue()
        self._open: list[Watch] = []
        self.hang = threading.Event()
        self._server = Server(("127.0.0.1", port), type("BoundHandler", (Handler,), {"api": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next_watch(self, path: str, timeout: float = 5.0) -> Watch:
        """The next watch opened of that path; others opened meanwhile are passed over."""
        while True:
            watch = self.watches.get(timeout=timeout)
            if watch.path == path:
                return watch

    def asked(self, path: str) -> list[Query]:
        return [query for _, asked, query in list(self.requests) if asked == path]

    def close(self) -> None:
        self.hang.set()
        for watch in self._open:
            watch.cut()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(2)

    def answer(self, path: str, query: Query) -> Reply | Watch:
        spoil = self.spoil_watch if "watch" in query else self.spoil
        if path in spoil and (reply := spoil[path](query)) is not None:
            return reply
        if "watch" in query or path in self.follow_paths:
            watch = Watch(path, query)
            self._open.append(watch)
            self.watches.put(watch)
            return watch
        return self._discovery(path) or self._list(path, query)

    def _discovery(self, path: str) -> Reply | None:
        if path == "/version":
            return Reply(200, {"major": "1", "minor": "36", "gitVersion": "v1.36.2"})
        if path == "/apis":
            groups = [self._group(name, versions) for name, versions in self.groups.items()]
            return Reply(200, {"kind": "APIGroupList", "groups": groups})
        if path == "/api/v1":
            return Reply(200, _resources(CORE))
        for group, versions in self.groups.items():
            for version, plurals in versions.items():
                if path == f"/apis/{group}/{version}":
                    return Reply(200, _resources(plurals))
        return None

    def _group(self, name: str, versions: dict[str, dict[str, bool]]) -> Json:
        listed = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
        return {"name": name, "versions": listed, "preferredVersion": listed[0]}

    def _list(self, path: str, query: Query) -> Reply:
        if path not in self.objects:
            return Reply(404, b"404 page not found\n", "text/plain; charset=utf-8")
        found = self.objects[path]
        start, limit = int(query.get("continue", "0")), int(query.get("limit", "500"))
        metadata: Json = {"resourceVersion": str(self.version)}
        if start + limit < len(found):
            metadata["continue"] = str(start + limit)
        return Reply(200, {"kind": "List", "apiVersion": "v1", "metadata": metadata, "items": found[start:][:limit]})


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with keep-alive; a watch is chunked."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body go out apart: the second would wait for an acknowledgement, 40 ms
    api: FaultApi

    def log_message(self, *_: object) -> None:
        pass

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        self.api.bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        self.api.headers.append(self.headers)
        self.api.requests.append((self.command, parts.path, query))
        if not self.api.authorize(self.headers.get("Authorization")):
            self._send(status_reply(401, "Unauthorized", "Unauthorized"))
            return
        reply = self.api.answer(parts.path, query)
        if isinstance(reply, Watch):
            self._follow(reply)
        else:
            self._send(reply)

    do_POST = do_GET  # noqa: N815 - likewise

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.media)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def _follow(self, watch: Watch) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while (line := watch.lines.get()) is not CUT:
            data = b"" if line is END else line
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            if line is END:
                return
        self.close_connection = True


def _resources(plurals: dict[str, bool]) -> Json:
    verbs = ["get", "list", "watch"]
    resources = [{"name": name, "namespaced": spaced, "verbs": verbs} for name, spaced in plurals.items()]
    return {"kind": "APIResourceList", "resources": resources}


@contextmanager
def fault_api() -> Iterator[FaultApi]:
    api = FaultApi()
    try:
        yield api
    finally:
        api.close()


def write_kubeconfig(path: Path, server: str, user: Json | None = None, namespace: str | None = None) -> Path:
    context: Json = {"cluster": "c", "user": "u"} | ({"namespace": namespace} if namespace else {})
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "lab",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": user or {"token": "secret-token"}}],
        "contexts": [{"name": "lab", "context": context}],
    }
    path.write_text(json.dumps(document))  # JSON is YAML
    return path


def pod(name: str, namespace: str = "runai-team-a", version: int = 1, **extra: Any) -> Json:
    metadata = {"name": name, "namespace": namespace, "uid": f"uid-{name}", "resourceVersion": str(version)}
    spec = {"nodeName": "node001", "containers": [{"name": "main", "image": "nvcr.io/nim/meta/llama:1"}]}
    return {"metadata": metadata, "spec": spec, "status": {"phase": "Running"}} | extra


def node(name: str) -> Json:
    metadata = {"name": name, "uid": f"uid-{name}", "resourceVersion": "1"}
    return {"metadata": metadata, "spec": {}, "status": {"allocatable": {"nvidia.com/gpu": "4", "pods": "110"}}}


def one_line(text: str) -> bool:
    """Whether it can be shown to a user: something, in one line, without a traceback and without the token."""
    return bool(text) and "\n" not in text and "Traceback" not in text and "secret-token" not in text
