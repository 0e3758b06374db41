"""Windows and the timeline: deltas in any order give the same sums; what is unknown stays so."""

import random

import msgspec
import pytest

from tui.bench.stats.timeline import Timeline
from tui.bench.stats.window import BeatWindow, SendWindow


def finished(chance: random.Random) -> SendWindow:
    window = SendWindow()
    for _ in range(chance.randrange(5)):
        window.add_request(
            ttft_seconds=chance.uniform(0.1, 2),
            e2e_seconds=chance.uniform(2, 9),
            itl_seconds=0.01,
            input_tokens=2000,
            output_tokens=200,
            content_chunks=100,
            receive_lag_seconds=0.0001,
            ttft_ok=True,
            all_ok=chance.random() < 0.5,
        )
    if chance.random() < 0.5:
        window.add_failure(chance.choice(["cut", "http_429"]), slo=True)
    return window


def test_deltas_in_any_order_make_the_same_second() -> None:
    chance = random.Random(3)
    deltas = [finished(chance) for _ in range(20)]
    forward, backward = SendWindow(), SendWindow()
    for delta in deltas:
        forward.merge(SendWindow.from_json(msgspec.json.decode(msgspec.json.encode(delta.to_json()))))
    for delta in reversed(deltas):
        backward.merge(delta)
    assert forward.failed == backward.failed
    assert forward.ttft.to_json().b == backward.ttft.to_json().b
    assert forward.slo_n == forward.requests == sum(delta.requests for delta in deltas)
    assert (forward.ok, forward.all_ok, forward.cut) == (backward.ok, backward.all_ok, backward.failed["cut"])
    assert forward.tokens_per_chunk == 2.0


def test_without_usage_tokens_are_not_known() -> None:
    window = SendWindow()
    window.add_request(ttft_seconds=0.2, e2e_seconds=1.0, content_chunks=50)
    assert (window.tokens_per_chunk, window.output_tokens.mean, window.itl.mean) == (None, None, None)
    assert (window.ok, window.content_chunks, window.slo_n) == (1, 50, 0)
    window.add_request(ttft_seconds=0.2, e2e_seconds=1.0, content_chunks=50, output_tokens=100)
    assert window.tokens_per_chunk == 2.0, "only chunks of those that told usage may count"


def test_a_failure_misses_the_slo_and_has_no_latency() -> None:
    window = SendWindow()
    window.add_failure("http_500", slo=True)
    assert (window.slo_n, window.all_ok, window.failures, window.ttft.count) == (1, 0, 1, 0)


def test_an_empty_window_is_short_on_the_wire() -> None:
    assert len(msgspec.json.encode(SendWindow().to_json())) < 150
    assert SendWindow.from_json({"second": 4}).requests == 0


def beat(seconds: float, in_flight: int, **sums: int) -> BeatWindow:
    window = BeatWindow()
    window.seconds, window.in_flight_end, window.in_flight_seconds = seconds, in_flight, in_flight * seconds
    for name, value in sums.items():
        setattr(window, name, value)
    return window


def test_workers_of_a_second_add_up_and_seconds_follow_each_other() -> None:
    timeline = Timeline()
    for second in (0, 1):
        timeline.add_beat(second, beat(1.0, 10, chunks=500, sent_measured=2), worker=0)
        timeline.add_beat(second, beat(1.0, 5 + second, chunks=300, sent_measured=1), worker=1)
    span = timeline.span()
    assert (span.seconds, span.chunks, span.in_flight_end) == (2.0, 1600, 16)
    assert span.in_flight_mean == pytest.approx(15.5)
    assert timeline.span(since=1).chunks == 800
    assert timeline.rows()[0].chunks_per_second == 800


def test_a_second_is_settled_when_all_sent_in_it_has_finished() -> None:
    timeline = Timeline()
    timeline.add_beat(0, beat(1.0, 2, sent_measured=2))
    for expected in (False, True):
        delta = SendWindow()
        delta.add_request(ttft_seconds=0.2, e2e_seconds=1.0)
        timeline.add_send(0, delta)
        assert timeline.rows()[0].settled is expected
    assert timeline.total().ok == 2
    assert timeline.total(since=1).ok == 0


def test_beats_come_back_as_they_went() -> None:
    window = beat(0.98, 7, chunks=44, bytes_received=9000)
    window.gap.add_many([0.01, 0.02])
    window.loop_lag.add(0.0001)
    back = BeatWindow.from_json(msgspec.json.decode(msgspec.json.encode(window.to_json())))
    assert back.to_json() == window.to_json()
    assert BeatWindow().in_flight_mean is None


def test_a_late_workers_beat_of_several_seconds_neither_lengthens_the_span_nor_bends_the_rate() -> None:
    timeline = Timeline()
    for second in range(3):
        timeline.add_beat(second, beat(1.0, 10, chunks=100), worker=0)
    timeline.add_beat(0, beat(3.0, 10, chunks=300), worker=1)
    assert timeline.span().seconds == pytest.approx(3.0)
    assert timeline.span().in_flight_mean == pytest.approx(20.0)
    for rows in (timeline.rows(), timeline.rows(1)):
        assert [row.chunks_per_second for row in rows] == pytest.approx([200.0] * len(rows))


def test_a_worker_that_ended_early_does_not_shorten_what_the_others_tell() -> None:
    timeline = Timeline()
    for second in range(4):
        timeline.add_beat(second, beat(1.0, 10, chunks=100), worker=0)
        if second < 2:
            timeline.add_beat(second, beat(1.0, 10, chunks=100), worker=1)
    assert timeline.span().seconds == pytest.approx(4.0)


def test_looking_each_beat_changes_nothing() -> None:
    chance = random.Random(7)
    watched, plain = Timeline(), Timeline()
    for second in range(40):
        for late in (second, max(0, second - chance.randrange(6))):
            delta = finished(chance)
            for timeline in (watched, plain):
                timeline.add_send(late, delta)
        for timeline in (watched, plain):
            timeline.add_beat(second, beat(1.0, second, chunks=second))
        since, until = min(second, 3), max(0, second - chance.randrange(4))
        for lower, upper in ((None, None), (since, until), (since, None)):
            watched.total(lower, upper), watched.span(lower, upper)
        assert watched.total(since, until).requests == sum(
            window.requests for at, window in watched.sends.items() if since <= at < until
        )
    watched.settle(), plain.settle()
    for lower, upper in ((None, None), (3, 30), (3, None)):
        assert watched.total(lower, upper).to_json() == plain.total(lower, upper).to_json()
        assert watched.span(lower, upper).to_json() == plain.span(lower, upper).to_json()
    assert watched.rows() == plain.rows()
