"""The probe against servers of each kind: what it finds, what it leaves out, and the one line when it can't be."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.truth.build import TruthServer
from tui.bench.probe import Probe, ProbeError, probe
from tui.bench.setup import prepare
from tui.bench.spec import LimitSpec, LoadSpec, PromptSpec, Target

QUICK: dict[str, Any] = {"ttft_ms": 4, "itl_ms": 2}
Reply = tuple[int, dict[str, str], bytes]


def run(url: str, *, model: str = "truth", headers: dict[str, str] | None = None, **asked: Any) -> Probe:
    waits: list[float] = asked.pop("waits", [])
    target = Target(url, model, endpoint=asked.pop("endpoint", "chat"))
    return probe(target, PromptSpec(**{"isl": 300, "osl": 50, **asked}), headers or {}, sleep=waits.append)


def why(url: str, **asked: Any) -> str:
    with pytest.raises(ProbeError) as caught:
        run(url, **asked)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@contextlib.contextmanager
def scripted(answer: Callable[[str, dict[str, Any]], Reply]) -> Iterator[str]:
    """A server of one function: path and body to status, headers and content."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status, headers, content = answer(self.path, body)
            self.send_response(status)
            for name, value in ({"content-length": str(len(content))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def stream(*events: dict[str, Any]) -> Reply:
    content = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
    return 200, {"content-type": "text/event-stream"}, content + b"data: [DONE]\n\n"


def said(text: str, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}}], **more}


def test_a_server_as_vllm() -> None:
    with TruthServer(**QUICK, tokens_per_word=1.25) as server:
        found = run(server.url)
        truth = server.truth()
    assert found.models == ("truth",)
    assert (found.refused, found.with_min_tokens, found.usage_where, found.role_first) == ((), True, "own", True)
    assert found.fields == {"stream_options": {"include_usage": True}, "ignore_eos": True}
    assert found.isl_from == "usage"
    assert found.tokens_per_word == pytest.approx(1.25, abs=0.005)
    assert found.overhead_tokens == pytest.approx(13, abs=1.5)
    assert 0.004 <= found.ttft_seconds < 0.1
    assert found.request_seconds == pytest.approx(found.ttft_seconds + 49 * found.itl_seconds)
    assert truth.requests <= 11
    assert truth.tokens == 4 * truth.finished, "a probe asks for four tokens"


def test_there_and_back_as_json() -> None:
    with TruthServer(**QUICK) as server:
        found = run(server.url, endpoint="completions")
    assert found.path == "/v1/completions"
    assert found.overhead_tokens == 1
    assert Probe.from_json(json.loads(json.dumps(found.to_json()))) == found
    with pytest.raises(ValueError, match="no probe"):
        Probe.from_json({"models": 3})


@pytest.mark.parametrize("base", ["", "/", "/v1", "/v1/"])
def test_the_address_with_or_without_v1(base: str) -> None:
    with TruthServer(**QUICK) as server:
        assert run(server.url + base).models == ("truth",)


@pytest.mark.parametrize("name", ["ignore_eos", "min_tokens", "stream_options"])
def test_a_field_that_is_refused_is_left_out_with_a_note(name: str) -> None:
    with TruthServer(**QUICK, refuse=name, usage="finish") as server:
        found = run(server.url)
    assert found.refused == (name,)
    assert name not in found.fields
    assert found.with_min_tokens is (name != "min_tokens")
    assert any(name in note for note in found.notes)
    assert found.usage_where == "finish"


def test_a_refusal_that_names_no_field() -> None:
    def strict(path: str, body: dict[str, Any]) -> Reply:
        if set(body) - {"model", "stream", "max_tokens", "messages", "stream_options"}:
            return 400, {}, b'{"error": {"message": "bad request"}}'
        return stream(said("a"), said("b", usage={"prompt_tokens": 5, "completion_tokens": 2}))

    with scripted(strict) as url:
        assert set(run(url).refused) == {"ignore_eos", "min_tokens"}


def test_what_the_user_gave_is_not_dropped() -> None:
    with TruthServer(**QUICK, refuse="nvext") as server:
        assert "nvext" in why(server.url, extra=(("nvext", {"a": 1}),))


def test_no_usage_anywhere() -> None:
    with TruthServer(**QUICK, usage="never", role="with-first") as server:
        found = run(server.url)
    assert (found.isl_from, found.tokens_per_word, found.overhead_tokens) == ("words", 1.0, 0.0)
    assert found.usage_where == ""
    assert [note for note in found.notes if "counted from chunks" in note]
    assert [note for note in found.notes if "one token each" in note]


def test_reasoning_is_text() -> None:
    thinking = {"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]}
    with scripted(lambda path, body: stream(thinking, thinking)) as url:
        assert run(url).role_first is False


def test_a_server_that_ignores_max_tokens_is_not_listened_to_for_long() -> None:
    with TruthServer(ttft_ms=1, itl_ms=0.1, ignore_max_tokens=1, tokens=5000) as server:
        found = run(server.url)
        truth = server.truth()
    assert any("ignores max_tokens" in note for note in found.notes)
    assert truth.finished == 0


def test_a_prompt_that_can_not_be_so_short() -> None:
    with TruthServer(**QUICK, prompt_overhead=40) as server:
        found = run(server.url, isl=30)
    assert any("--isl 30 can't be had" in note and "41 tokens" in note for note in found.notes)


def test_a_busy_server_is_asked_again_when_it_wishes() -> None:
    answers = iter([(429, {"retry-after": "3"}, b"{}"), (503, {"retry-after": "600"}, b"{}"), (429, {}, b"{}")])
    waits: list[float] = []

    def busy(path: str, body: dict[str, Any]) -> Reply:
        usage = {"prompt_tokens": len(body["messages"][0]["content"].split()), "completion_tokens": 2}
        return next(answers, None) or stream(said("a"), said("b", usage=usage))

    with scripted(busy) as url:
        found = run(url, waits=waits)
    assert waits == [3.0, 10.0, 1.0]
    assert found.isl_from == "usage"


@pytest.mark.parametrize(
    ("options", "model", "line"),
    [
        ({}, "nope", "--model 'nope' is not served.*there is truth"),
        ({"api_key": "k"}, "truth", "401.*--api-key-file"),
        ({"fault": "status", "fault_status": 403}, "truth", "403.*--api-key-file"),
        ({"fault": "status", "fault_status": 404}, "truth", "404.*check --url and --model"),
        ({"fault": "status", "fault_status": 429}, "truth", "429.*try later"),
        ({"fault": "status", "fault_status": 500}, "truth", "500.*log"),
        ({"fault": "html"}, "truth", "web page.*--url"),
        ({"fault": "reset"}, "truth", "closed the connection"),
        ({"fault": "reset-mid", "fault_after": 2}, "truth", "middle of a stream"),
        ({"fault": "stream-error"}, "truth", "engine died"),
        ({"fault": "empty"}, "truth", "streams no text"),
    ],
)
def test_what_makes_measuring_impossible(options: dict[str, Any], model: str, line: str) -> None:
    import re

    with TruthServer(**QUICK, **options) as server:
        assert re.search(line, why(server.url, model=model))


def test_the_key_opens_the_door_and_is_in_no_error() -> None:
    with TruthServer(**QUICK, api_key="open-sesame") as server:
        assert run(server.url, headers={"Authorization": "Bearer open-sesame"}).models == ("truth",)
        assert "shut-sesame" not in why(server.url, headers={"Authorization": "Bearer shut-sesame"})


def test_an_answer_in_one_piece_is_no_stream() -> None:
    with scripted(lambda path, body: (200, {"content-type": "application/json"}, b'{"detail": "no streams"}')) as url:
        assert "not as a stream: no streams" in why(url)


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("localhost:8000", "write it as http://host:8000"),
        ("http://127.0.0.1:99999", "port"),
        ("ftp://x", "http://host"),
    ],
)
def test_an_address_that_is_none(url: str, line: str) -> None:
    assert line in why(url)


def test_nobody_there() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: refused, and nobody else can take it
        assert "can't be reached" in why(f"http://127.0.0.1:{held.getsockname()[1]}")


def test_tls_where_there_is_none() -> None:
    with TruthServer(**QUICK) as server:
        assert "write --url with http://" in why(server.url.replace("http:", "https:"))


def test_a_server_that_says_nothing_is_given_up_after_the_stall_that_was_asked_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ProbeError, match="did not answer in time"):
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        prepare(LoadSpec(Target(url, "m"), limits=LimitSpec(stall_seconds=0.2)))
