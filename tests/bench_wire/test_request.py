"""One answer, fed by hand at known times: what is the first token, what counts, what kind of end it was."""

import pytest

from tests.bench_wire.streams import DONE, END, HEAD, answer, chunk, content, data, refusal, role, usage
from tui.bench.wire.request import Exchange, Tally

FULL = answer(role(), content("é€"), content(" b"), content("😀", finish="length"), usage(7, 3), DONE)


def exchange(secrets: tuple[str, ...] = ()) -> Exchange:
    made = Exchange(Tally(secrets), None, None, keep_chunks=True)
    made.sent = 1.0
    return made


def feed(made: Exchange, *pieces: bytes) -> bool:
    """Piece n is read at n + 2 seconds, received by the kernel half a second before."""
    over = False
    for place, piece in enumerate(pieces):
        assert not over, "it was over before all was fed"
        over = made.feed(piece, place + 2.0, place + 1.5)
    return over


def test_cut_at_every_byte_the_figures_are_the_same() -> None:
    for at in range(1, len(FULL)):
        made = exchange()
        assert feed(made, FULL[:at], FULL[at:])
        assert (made.kind, made.chunks, made.finish_reason, made.keep_alive) == ("", 3, "length", True)
        assert made.usage is not None
        assert (made.usage.prompt_tokens, made.usage.completion_tokens) == (7, 3)
    made = exchange()
    assert feed(made, *(bytes([byte]) for byte in FULL))
    assert (made.kind, made.chunks, made.headers_at) == ("", 3, HEAD.index(b"\r\n\r\n") + 3 + 2.0)


def test_the_role_chunk_is_never_the_first_token() -> None:
    made = exchange()
    feed(made, HEAD + chunk(role()), chunk(content("")), chunk(content("a")), chunk(content("b")))
    assert (made.first_byte, made.first_token, made.first_token_kernel, made.last_token) == (2.0, 4.0, 3.5, 5.0)
    assert made.chunks == 2


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
def test_reasoning_is_a_token(key: str) -> None:
    made = exchange()
    feed(made, HEAD + chunk(role()), chunk(content("hm", key=key)), chunk(content("a")), chunk(content("", "stop")))
    assert (made.first_token, made.chunks, made.finish_reason) == (3.0, 2, "stop")


def test_several_events_in_one_read_are_apart_by_nothing() -> None:
    made = exchange()
    tally = made._tally
    feed(made, HEAD + chunk(role()) + chunk(content("a") + content("b")), chunk(content("c")) + chunk(content("d")))
    assert made.chunks == tally.chunks == 4
    assert sorted(tally.gaps) == [0.0, 0.0, 1.0]
    assert made.chunk_times == [2.0, 2.0, 3.0, 3.0]


def test_the_learned_shape_counts_what_parsing_counts() -> None:
    events = (
        [content("x")] * 3 + [content("")] + [content('"finish_reason":"stop"')] + [role()] + [content("y", "stop")]
    )
    made = exchange()
    feed(made, answer(role(), *events, DONE))
    assert (made.chunks, made.finish_reason) == (5, "stop")


def test_usage_in_the_finish_chunk() -> None:
    told = {"prompt_tokens": 9, "completion_tokens": 4}
    made = exchange()
    assert feed(made, answer(role(), content("a"), content("b", "stop", usage=told), DONE))
    assert made.usage is not None
    assert (made.usage.prompt_tokens, made.usage.completion_tokens, made.chunks) == (9, 4, 2)


def test_usage_in_every_chunk_tells_the_tokens_of_the_first() -> None:
    events = [content("a b", usage={"prompt_tokens": 9, "completion_tokens": count}) for count in (2, 4, 6)]
    made = exchange()
    assert feed(made, answer(*events, content("", "stop"), DONE))
    assert made.usage is not None
    assert (made.first_tokens, made.usage.completion_tokens, made.chunks) == (2, 6, 3)


def test_a_missing_done_or_usage_is_no_failure() -> None:
    made = exchange()
    assert feed(made, answer(content("a"), content("b", "stop")))
    assert (made.kind, made.usage) == ("", None)


@pytest.mark.parametrize(
    ("raw", "kind", "words"),
    [
        (answer(role(), content("a")), "cut", "without a finish"),
        (answer(role(), DONE), "empty", "without a token"),
        (answer(), "empty", "without a finish"),
        (answer(content("a"), data({"error": {"message": "CUDA out of memory", "code": 500}})), "stream_error", "CUDA"),
        (answer(data({"object": "error", "message": "too long", "code": 400})), "stream_error", "too long"),
        (answer(b"data: {not json}\n\n"), "protocol", "no chunk"),
        (refusal(200, b'{"choices":[{"message":{"content":"hi"}}]}'), "protocol", "did not stream"),
        (refusal(404, b'{"error":{"message":"The model `nope` does not exist."}}'), "http_404", "`nope` does not"),
        (
            refusal(422, b'{"detail":[{"loc":["body","ignore_eos"],"msg":"extra"}]}'),
            "http_422",
            "body.ignore_eos: extra",
        ),
        (refusal(500, b"<html><h1>Internal  Error</h1></html>"), "http_500", "Internal Error"),
    ],
)
def test_each_bad_end_has_its_kind_and_words(raw: bytes, kind: str, words: str) -> None:
    made = exchange()
    assert feed(made, raw)
    assert made.kind == kind
    assert words in made.message


def test_retry_after_is_kept() -> None:
    made = exchange()
    assert feed(made, refusal(429, b'{"error":"slow down"}', "Retry-After: 7"))
    assert (made.kind, made.message, made.retry_after, made.keep_alive) == ("http_429", "slow down", 7.0, True)


def test_a_message_holds_no_secret_and_is_cut() -> None:
    made = exchange(secrets=("hunter22",))
    text = "bad key nvapi-abcDEF123456 or hunter22 in 'Bearer xyz.abc'\\n" + "x" * 400
    feed(made, refusal(401, b'{"message":"%b"}' % text.encode()))
    assert made.message.startswith("bad key *** or *** in 'Bearer *** xxx")
    assert len(made.message) == 300


@pytest.mark.parametrize(
    ("fed", "kind"),
    [
        (b"", "reset"),
        (HEAD + chunk(role()), "empty"),
        (HEAD + chunk(content("a")), "cut"),
        (HEAD + chunk(content("a", "stop")), ""),
        (HEAD + chunk(content("a")) + chunk(DONE), ""),
        (HEAD.replace(b"transfer-encoding: chunked\r\n", b"") + content("a") + b"data: [DONE]", ""),
        (b"HTTP/1.1 500 X\r\ncontent-length: 9\r\n\r\noops", "reset"),
    ],
)
def test_a_lost_connection_is_judged_by_what_came(fed: bytes, kind: str) -> None:
    made = exchange()
    if fed:
        assert not feed(made, fed)
    made.lose("reset", "the server closed the connection", 9.0)
    assert (made.kind, made.ended) == (kind, 9.0)


def test_a_stalled_stream_is_a_timeout() -> None:
    made = exchange()
    feed(made, HEAD + chunk(content("a")))
    made.lose("timeout", "the server said nothing for 60 s", 62.0)
    assert (made.kind, made.message) == ("timeout", "the server said nothing for 60 s")


def test_sent_again_everything_is_stamped_anew() -> None:
    made = exchange()
    made.intended = 0.5
    made.send_again()
    made.sent = 5.0
    assert made.feed(FULL[: -len(END)], 6.0, 5.9) is False
    assert (made.first_byte, made.first_token, made.intended, made.retried) == (6.0, 6.0, 0.5, True)


def test_gaps_counted_in_pieces_are_those_counted_at_once() -> None:
    pieces, whole = Tally(), Tally()
    for number in range(200):
        for tally in (pieces, whole):
            tally.gaps.append(number / 1000)
        if number % 7 == 0:
            pieces.settle()
    assert pieces.take_gap().to_json() == whole.take_gap().to_json()
    assert pieces.take_gap().count == 0
