"""The truth server where there is no compiler: options, answers and stamps of `truth.c` in asyncio (or uvloop).

Good for some dozens of users; at hundreds a client's figures would only be as true as this server: take the C one.
Run as a script; it imports nothing of this project.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import signal
import socket
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

HEAD = (
    b"HTTP/1.1 200 OK\r\nserver: truth\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"%stransfer-encoding: chunked\r\n\r\n"
)
FAULTS = ("none", "status", "reset", "reset-mid", "stall", "cut", "no-done", "empty", "stream-error", "html")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in {"ttft-ms": 200.0, "itl-ms": 10.0, "jitter-ms": 0.0, "tokens-per-word": 1.0}.items():
        parser.add_argument(f"--{name}", type=float, default=default)
    numbers = {
        "tokens": 200,
        "tokens-per-chunk": 1,
        "port": 0,
        "prompt-overhead": 13,
        "ignore-max-tokens": 0,
        "close-after": 0,
    }
    for name, count in (numbers | {"fault-status": 500, "fault-every": 1, "fault-after": 0}).items():
        parser.add_argument(f"--{name}", type=lambda text: int(float(text)), default=count)
    parser.add_argument("--model", default="truth")
    parser.add_argument("--refuse")
    parser.add_argument("--api-key")
    parser.add_argument("--usage", choices=("asked", "always", "finish", "never"), default="asked")
    parser.add_argument("--role", choices=("early", "with-first", "none"), default="early")
    parser.add_argument("--fault", choices=FAULTS, default="none")
    return parser.parse_args()


class Stamps:
    """What the server saw, in seconds of the loop's monotonic clock."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.clear()

    def clear(self) -> None:
        self.ttft: list[float] = []
        self.itl: list[float] = []
        self.e2e: list[float] = []
        self.late: list[float] = []
        self.requests = self.finished = self.cut = self.chunks = self.events = self.tokens = self.connections = 0
        self.max_in_flight = self.in_flight
        self.first_arrival = self.last_done = self.area = 0.0
        self.changed = time.monotonic()

    @contextmanager
    def flight(self, arrival: float) -> Iterator[None]:
        if not self.requests:
            self.first_arrival = arrival
        self.requests += 1
        self._step(1)
        try:
            yield
        finally:
            self._step(-1)
            self.last_done = self.changed

    def _step(self, step: int) -> None:
        now = time.monotonic()
        self.area += self.in_flight * (now - self.changed)
        self.changed = now
        self.in_flight += step
        self.max_in_flight = max(self.max_in_flight, self.in_flight)

    def json(self) -> dict[str, float]:
        ttft, late = sorted(self.ttft), sorted(self.late)
        span = self.last_done - self.first_arrival
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "n": len(ttft),
            "ttft_mean_seconds": mean(ttft),
            "ttft_p50_seconds": quantile(ttft, 0.5),
            "ttft_p99_seconds": quantile(ttft, 0.99),
            "ttft_max_seconds": quantile(ttft, 1.0),
            "itl_mean_seconds": mean(self.itl),
            "e2e_mean_seconds": mean(self.e2e),
            "requests": self.requests,
            "finished": self.finished,
            "cut": self.cut,
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "mean_in_flight": self.area / span if span > 0 else 0.0,
            "chunks_written": self.chunks,
            "events_written": self.events,
            "tokens": self.tokens,
            "connections": self.connections,
            "first_arrival_seconds": self.first_arrival,
            "last_done_seconds": self.last_done,
            "late_mean_seconds": mean(late),
            "late_p99_seconds": quantile(late, 0.99),
            "cpu_seconds": used.ru_utime + used.ru_stime,
        }


def mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def quantile(ordered: list[float], q: float) -> float:
    return ordered[int(q * (len(ordered) - 1) + 0.5)] if ordered else 0.0


def reset(transport: asyncio.Transport) -> None:
    """Closes with RST, as a server that died does."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class Connection(asyncio.Protocol):
    """One keep-alive connection; one task answers one request at a time."""

    def __init__(self, opt: argparse.Namespace, stamps: Stamps) -> None:
        self.opt, self.stamps = opt, stamps
        self.buffer = b""
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by class
        self.stamps.connections += 1

    def connection_lost(self, error: Exception | None) -> None:
        if self.task:
            self.task.cancel()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.buffer[:1].isupper():  # TLS, most likely
            self.transport.write(b"HTTP/1.1 400 -\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            self.transport.close()
            return
        self._next()

    def _next(self) -> None:
        head, blank, rest = self.buffer.partition(b"\r\n\r\n")
        if not blank or (self.task and not self.task.done()):
            return
        headers = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
        length = int(headers.get(b"content-length", b"0"))
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        close = self.opt.close_after or headers.get(b"connection", b"").strip() == b"close"
        self.close_line = "connection: close\r\n" if close else ""
        path = head.split(b" ", 2)[1].decode()
        self.task = asyncio.get_running_loop().create_task(self._answer(path, headers, rest[:length], time.monotonic()))
        self.task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or self.transport.is_closing():
            return
        task.result()
        if self.close_line:
            self.transport.close()
        else:
            self._next()

    def _say(self, status: int, body: Any, kind: str = "application/json") -> None:
        text = (body if isinstance(body, str) else json.dumps(body)).encode()
        wait = "retry-after: 1\r\n" if status in (429, 503) else ""
        head = f"HTTP/1.1 {status} -\r\ncontent-type: {kind}\r\n{wait}{self.close_line}"
        self.transport.write(f"{head}content-length: {len(text)}\r\n\r\n".encode() + text)

    def _refuse(self, status: int, kind: str, message: str) -> None:
        self._say(status, {"error": {"message": message, "type": kind, "param": None, "code": status}})

    async def _answer(self, path: str, headers: dict[bytes, bytes], body: bytes, arrival: float) -> None:
        if path.startswith("/truth"):
            if path == "/truth/reset":
                self.stamps.clear()
            self._say(200, self.stamps.json())
        elif path == "/health":
            self._say(200, "", "text/plain")
        elif (
            self.opt.api_key
            and headers.get(b"authorization", b"").strip() != f"bearer {self.opt.api_key}".lower().encode()
        ):
            self._refuse(401, "Unauthorized", "a key is needed")
        elif path == "/v1/models":
            self._say(200, {"object": "list", "data": [{"id": self.opt.model, "object": "model"}]})
        elif path in ("/v1/chat/completions", "/v1/completions"):
            await self._completion(json.loads(body), path == "/v1/chat/completions", arrival)
        else:
            self._refuse(404, "NotFoundError", "Not Found")

    async def _completion(self, body: dict[str, Any], chat: bool, arrival: float) -> None:
        Connection.serial += 1
        opt = self.opt
        fault = opt.fault if Connection.serial % opt.fault_every == 0 else "none"
        if fault == "status":
            self._refuse(opt.fault_status, "Fault", f"{opt.fault_status} on purpose")
        elif fault == "html":
            self._say(200, "<!DOCTYPE html><html><body>Please log in</body></html>", "text/html")
        elif fault == "reset":
            reset(self.transport)
        elif body.get("model") != opt.model:
            self._refuse(404, "NotFoundError", f"The model does not exist; {opt.model} does.")
        elif opt.refuse and opt.refuse in body:
            self._refuse(422, "Unprocessable", f"Unexpected fields in the request: {{'{opt.refuse}'}}")
        else:
            with self.stamps.flight(arrival):
                try:
                    whole = await Stream(self, body, chat, arrival, fault).run()
                except asyncio.CancelledError:
                    self.stamps.cut += 1
                    raise
                self.stamps.finished += whole
                self.stamps.cut += not whole

    serial = 0


class Stream:
    """One answer."""

    def __init__(self, connection: Connection, body: dict[str, Any], chat: bool, arrival: float, fault: str) -> None:
        self.opt, self.stamps, self.transport = connection.opt, connection.stamps, connection.transport
        self.say, self.chat, self.arrival, self.fault = connection._say, chat, arrival, fault
        self.close_line = connection.close_line
        asked = body.get("max_completion_tokens", body.get("max_tokens"))
        self.tokens = max(1, asked if asked is not None and not self.opt.ignore_max_tokens else self.opt.tokens)
        self.streamed = bool(body.get("stream"))
        include = bool((body.get("stream_options") or {}).get("include_usage"))
        self.usage_apart = self.opt.usage == "always" or (self.opt.usage == "asked" and include)
        said = " ".join(m["content"] for m in body["messages"]) if chat else body["prompt"]
        self.prompt_tokens = int(len(said.split()) * self.opt.tokens_per_word) + (
            self.opt.prompt_overhead if chat else 1
        )
        self.shape = {"id": f"cmpl-{Connection.serial:016x}", "created": int(time.time()), "model": self.opt.model}
        self.sent = 0

    @property
    def usage(self) -> dict[str, int]:
        return {
            "prompt_tokens": self.prompt_tokens,
            "total_tokens": self.prompt_tokens + self.sent,
            "completion_tokens": self.sent,
        }

    def _event(self, choices: list[dict[str, Any]], content: bool = False, **more: Any) -> None:
        kind = "chat.completion.chunk" if self.chat else "text_completion"
        self._raw(json.dumps(self.shape | {"object": kind, "choices": choices} | more))
        self.stamps.chunks += content

    def _raw(self, text: str) -> None:
        data = f"data: {text}\n\n".encode()
        self.transport.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.stamps.events += 1

    def _role(self) -> None:
        self.transport.write(HEAD % self.close_line.encode())
        if self.chat and self.opt.role != "none":
            self._event([{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])

    async def run(self) -> bool:
        """True when the answer was sent whole."""
        opt = self.opt
        base = self.arrival + (opt.ttft_ms + random.uniform(-1, 1) * opt.jitter_ms) / 1e3
        if not self.streamed:
            await self._until(base + opt.itl_ms / 1e3 * (self.tokens - 1))
            self._whole()
            return True
        if self.fault == "empty" or opt.role == "early":
            self._role()
        if self.fault == "empty":
            self._finish()
            return True
        beat = opt.itl_ms / 1e3 * opt.tokens_per_chunk
        first, number = 0.0, 0
        while self.sent < self.tokens:
            due = base + number * beat
            await self._until(due)
            if number == 0 and opt.role != "early":
                self._role()
            if self.fault not in ("none", "no-done") and self.sent >= opt.fault_after:
                return await self._break()
            last = time.monotonic()
            first = first or last
            self.stamps.late.append(last - due)
            self._content(min(opt.tokens_per_chunk, self.tokens - self.sent))
            number += 1
        self._finish()
        self._stamp(first, last)
        return True

    def _stamp(self, first: float, last: float) -> None:
        self.stamps.ttft.append(first - self.arrival)
        self.stamps.e2e.append(last - self.arrival)
        beyond = self.sent - min(self.sent, self.opt.tokens_per_chunk)
        if beyond:
            self.stamps.itl.append((last - first) / beyond)
        self.stamps.tokens += self.sent

    async def _until(self, due: float) -> None:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        while (early := due - time.monotonic()) > 0:  # noqa: ASYNC110 - timers fire up to 1 ms early
            await asyncio.sleep(early)

    def _content(self, tokens: int) -> None:
        words = "".join(f" w{self.sent + i:05d}" for i in range(tokens))
        self.sent += tokens
        reason = "length" if self.sent == self.tokens else None
        said = {"delta": {"content": words}} if self.chat else {"text": words}
        more = {"usage": self.usage} if reason and self.opt.usage == "finish" else {}
        self._event([{"index": 0, "finish_reason": reason} | said], content=True, **more)

    def _finish(self) -> None:
        if self.usage_apart:
            self._event([], usage=self.usage)
        if self.fault != "no-done":
            self._raw("[DONE]")
        self.transport.write(b"0\r\n\r\n")

    async def _break(self) -> bool:
        if self.fault == "stall":
            await asyncio.Event().wait()
        elif self.fault == "reset-mid":
            reset(self.transport)
        else:
            if self.fault == "stream-error":
                self._raw(json.dumps({"error": {"message": "engine died", "type": "InternalServerError", "code": 500}}))
            self.transport.write(b"0\r\n\r\n")
        return False

    def _whole(self) -> None:
        words = "".join(f" w{i:05d}" for i in range(self.tokens))
        self.sent = self.tokens
        said = {"message": {"role": "assistant", "content": words}} if self.chat else {"text": words}
        usage = {} if self.opt.usage == "never" else {"usage": self.usage}
        kind = "chat.completion" if self.chat else "text_completion"
        self.say(
            200, self.shape | {"object": kind, "choices": [{"index": 0, "finish_reason": "length"} | said]} | usage
        )
        self.stamps.tokens += self.sent


async def serve() -> None:
    opt, stamps = options(), Stamps()
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    server = await loop.create_server(lambda: Connection(opt, stamps), "127.0.0.1", opt.port, backlog=4096)
    loop.add_signal_handler(signal.SIGUSR1, lambda: print(json.dumps(stamps.json()), flush=True))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await ended.wait()
    server.close()


if __name__ == "__main__":
    with suppress(ImportError):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    sys.exit(asyncio.run(serve()))
