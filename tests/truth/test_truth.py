"""The truth server agrees with itself and with what a plain client reads off the wire, in C and in Python."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.truth.build import TruthServer, compiler

KINDS = [
    pytest.param(False, id="c", marks=pytest.mark.skipif(compiler() is None, reason="no C compiler")),
    pytest.param(True, id="lean"),
]


def body(**more: Any) -> bytes:
    asked = {
        "model": "truth",
        "stream": True,
        "max_tokens": 5,
        "messages": [{"role": "user", "content": 'one two\nthree "four"'}],
    }
    return json.dumps(asked | {"stream_options": {"include_usage": True}} | more).encode()


def post(port: int, data: bytes, path: str = "/v1/chat/completions", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", path, data, {"content-type": "application/json", "connection": "close"} | headers)
        return connection.getresponse()  # the socket is its own now
    except OSError:
        connection.close()
        raise


def events(answer: http.client.HTTPResponse) -> Iterator[tuple[float, Any]]:
    with answer:
        for line in answer:
            if line.startswith(b"data: "):
                text = line[6:].strip()
                yield time.monotonic(), None if text == b"[DONE]" else json.loads(text)


@pytest.mark.parametrize("lean", KINDS)
def test_a_stream_in_the_shapes_of_vllm_at_the_times_asked_for(lean: bool) -> None:
    with TruthServer(lean=lean, ttft_ms=60, itl_ms=20) as server:
        sent = time.monotonic()
        read = list(events(post(server.port, body())))
        truth = server.truth()
    role, *content, usage, done = [event for _, event in read]
    times = [at for at, _ in read]
    assert role["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert times[0] - sent < 0.05, "the role chunk is early"
    assert all(chunk["choices"][0]["delta"]["content"] for chunk in content)
    assert [chunk["choices"][0]["finish_reason"] for chunk in content] == [None] * 4 + ["length"]
    assert usage["choices"] == []
    assert usage["usage"] == {"prompt_tokens": 4 + 13, "total_tokens": 22, "completion_tokens": 5}
    assert done is None
    assert (truth.n, truth.requests, truth.finished, truth.cut) == (1, 1, 1, 0)
    assert (truth.chunks_written, truth.events_written, truth.tokens) == (5, 8, 5)
    assert truth.ttft_mean_seconds >= 0.06
    assert truth.ttft_p50_seconds == truth.ttft_p99_seconds == pytest.approx(truth.ttft_mean_seconds)
    assert 0.06 <= times[1] - sent < truth.ttft_mean_seconds + 0.05
    assert truth.itl_mean_seconds == pytest.approx((times[5] - times[1]) / 4, abs=0.02)


@pytest.mark.parametrize("lean", KINDS)
def test_itl_counts_tokens_and_not_chunks(lean: bool) -> None:
    with TruthServer(lean=lean, ttft_ms=5, itl_ms=10, tokens_per_chunk=4, usage="finish") as server:
        read = [event for _, event in events(post(server.port, body(max_tokens=12)))]
        truth = server.truth()
    assert truth.chunks_written == 3
    assert read[-2]["usage"]["completion_tokens"] == 12
    assert read[-2]["choices"][0]["finish_reason"] == "length"
    assert truth.itl_mean_seconds == pytest.approx(0.01, abs=0.005)


@pytest.mark.parametrize("lean", KINDS)
def test_an_answer_in_one_piece_counts_no_first_token(lean: bool) -> None:
    with TruthServer(lean=lean, ttft_ms=1, itl_ms=1, tokens_per_word=1.5) as server:
        data = json.dumps({"model": "truth", "prompt": "a b c d", "max_tokens": 2}).encode()
        with post(server.port, data, "/v1/completions") as answer:
            read = json.load(answer)
        truth = server.truth()
    assert read["usage"] == {"prompt_tokens": 7, "total_tokens": 9, "completion_tokens": 2}
    assert len(read["choices"][0]["text"].split()) == 2
    assert (truth.n, truth.finished) == (0, 1)


@pytest.mark.parametrize("lean", KINDS)
def test_refusals(lean: bool) -> None:
    with TruthServer(lean=lean, refuse="ignore_eos", api_key="Sesame", ttft_ms=1, itl_ms=1) as server:
        key = {"Authorization": "Bearer Sesame"}
        with post(server.port, body()) as keyless:
            assert keyless.status == 401
        with post(server.port, body(ignore_eos=True), **key) as refused:
            assert refused.status == 422 and b"ignore_eos" in refused.read()
        with post(server.port, body(model="nope"), **key) as unknown:
            assert unknown.status == 404 and json.load(unknown)["error"]["type"] == "NotFoundError"
        assert len(list(events(post(server.port, body(), **key)))) == 8


FAULTS = {
    "cut": ([], 2, False),
    "no-done": ([], 5, False),
    "empty": ([], 0, True),
    "stream-error": (["engine died"], 2, False),
}


@pytest.mark.parametrize("lean", KINDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_faults_inside_a_stream(fault: str, lean: bool) -> None:
    errors, chunks, done = FAULTS[fault]
    with TruthServer(lean=lean, fault=fault, fault_after=2, ttft_ms=1, itl_ms=1) as server:
        read = [event for _, event in events(post(server.port, body()))]
    said = [event for event in read if event]
    assert [event["error"]["message"] for event in said if "error" in event] == errors
    assert sum(bool(c["delta"].get("content")) for event in said for c in event.get("choices", [])) == chunks
    assert (None in read) is done


@pytest.mark.parametrize("lean", KINDS)
def test_connections_that_break(lean: bool) -> None:
    with (
        TruthServer(lean=lean, fault="reset", ttft_ms=1) as server,
        pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)),
    ):
        post(server.port, body())
    with (
        TruthServer(lean=lean, fault="reset-mid", fault_after=2, ttft_ms=1, itl_ms=1) as server,
        pytest.raises((ConnectionResetError, http.client.IncompleteRead)),
    ):
        list(events(post(server.port, body())))


@pytest.mark.parametrize("lean", KINDS)
def test_streams_side_by_side_are_counted_as_in_flight(lean: bool) -> None:
    with TruthServer(lean=lean, ttft_ms=500, itl_ms=5) as server:
        answers = [post(server.port, body()) for _ in range(20)]
        assert all(len(list(events(answer))) == 8 for answer in answers)
        truth = server.truth()
        assert truth.max_in_flight == truth.n == truth.finished == 20
        assert truth.in_flight == 0
        emptied = server.reset()
    assert (emptied.n, emptied.max_in_flight, emptied.chunks_written) == (0, 0, 0)


@pytest.mark.parametrize("lean", KINDS)
def test_a_client_that_leaves_is_a_cut_stream(lean: bool) -> None:
    with TruthServer(lean=lean, ttft_ms=5, itl_ms=20) as server:
        answer = post(server.port, body(max_tokens=100))
        read = events(answer)
        for _ in range(3):
            next(read)
        answer.close()
        until = time.monotonic() + 5
        while server.truth().in_flight and time.monotonic() < until:
            pass
        truth = server.truth()
    assert (truth.finished, truth.cut, truth.in_flight) == (0, 1, 0)


@pytest.mark.skipif(compiler() is None, reason="no C compiler")
def test_a_request_that_comes_in_pieces_arrives_with_its_last_byte() -> None:
    with TruthServer(ttft_ms=30, itl_ms=1) as server, socket.create_connection(("127.0.0.1", server.port)) as raw:
        data = body()
        raw.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(data) + data[:40]
        )
        assert server.truth().requests == 0
        begun = time.monotonic()
        raw.sendall(data[40:])
        read = b""
        while b"[DONE]" not in read:
            read += raw.recv(65536)
        truth = server.truth()
    assert begun <= truth.first_arrival_seconds <= begun + 0.02
    assert 0.03 <= truth.ttft_mean_seconds < 0.06


@pytest.mark.parametrize("lean", KINDS)
def test_a_fault_of_status_is_a_500_unless_another_one_is_asked_for(lean: bool) -> None:
    with TruthServer(lean=lean, fault="status") as server, post(server.port, body()) as answer:
        assert answer.status == 500
