"""The worker process over its pipes, against a scripted server: the whole protocol, end to end."""

import asyncio
import itertools
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench_wire.scripted import Call, Scripted, scripted
from tests.bench_wire.streams import DONE, HEAD, answer, chunk, content, refusal, role, usage
from tests.bench_worker.process import ROOT, WorkerProcess, worker

GOOD = answer(role(), content("a"), content("b"), content("c", "stop"), usage(30, 6), DONE)


async def good(call: Call) -> None:
    await asyncio.sleep(0.01)
    call.writer.write(GOOD)


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in a server's own tasks
            await asyncio.sleep(0.005)


async def test_a_point_from_set_up_to_drained() -> None:
    async with scripted(good) as server, worker() as process:
        process.set_up(server.url, target={"api_key": "k", "headers": {"X-Team": "blue"}}, records=True)
        ready = await process.until("ready")
        assert (ready["run"], ready["worker"], ready["point"], ready["meter"]) == ("r", 3, None, "kernel")
        assert ready["fd_limit"] > 0
        process.point(7, 4, ramp_seconds=0.1)
        warm = await process.until("warm", point=7)
        assert warm["warmup_requests"] >= 4
        assert 0.005 < warm["duration_seconds"] < 1.0
        process.tell("measure", point=7, requests=50)
        await process.until("quota", point=7)
        assert process.sends(7) == {"ok": 50}
        process.tell("drain")
        drained = await process.until("drained")
        assert (drained["point"], drained["aborted"]) == (7, 0)
        process.tell("bye")
        assert await process.rest() == 0
        assert process.said[-1]["kind"] == "bye"
        assert process.beat_sum(7, "sent") == process.beat_sum(7, "finished") == len(server.calls)
        assert process.beat_sum(7, "sent_measured") == process.beat_sum(7, "finished_measured") == 50
        assert process.beat_sum(7, "chunks") == 3 * len(server.calls)
        assert process.beat_sum(7, "tokens_finished") == 6 * len(server.calls)
        head = server.calls[0].head
        assert head.startswith("POST /v1/chat/completions HTTP/1.1\r\n")
        assert "authorization: Bearer k\r\n" in head
        assert "x-team: blue\r\n" in head
        assert server.connections == 4
        assert_records(process, server)


def assert_records(process: WorkerProcess, server: Scripted) -> None:
    records = [line["record"] for line in process.of("record", point=7)]
    assert len(records) == len(server.calls)
    assert sum(record["measured"] for record in records) == 50
    assert {record["user"] for record in records} == {0, 1, 2, 3}
    for record in records:
        assert record["sent"] <= record["first_byte"] <= record["first_token"] <= record["last_token"]
        assert (record["input_tokens"], record["output_tokens"], record["content_chunks"]) == (30, 6, 3)
        assert record["receive_lag_seconds"] >= 0
        assert record["kind"] is None


async def test_the_next_point_takes_over_without_draining() -> None:
    async with scripted(good) as server, worker() as process:
        process.set_up(server.url, records=True)
        process.point(1, 2)
        await process.until("warm", point=1)
        process.tell("measure", point=1)
        await process.until("beat", point=1)
        process.point(2, 5, first_user=10)
        await process.until("warm", point=2)
        process.point(3, 1)
        await process.until("warm", point=3)
        process.tell("measure", point=3)
        await until(lambda: len(server.calls) > 20)
        process.tell("drain")
        await process.until("drained")
        assert process.beat_sum(1, "in_flight_end") >= 2
        users = {line["record"]["user"] for line in process.of("record", point=2)}
        assert users == {10, 11, 12, 13, 14}
        assert process.of("warm", point=2)[0]["warmup_requests"] >= 5
        assert process.sends(2) == {"ok": 0}
        last = process.of("record", point=3)[-1]["record"]
        assert last["user"] == 0


async def test_users_come_and_go_within_a_point() -> None:
    async with scripted(good) as server, worker() as process:
        process.set_up(server.url, records=True)
        process.point(1, 0)
        process.tell("measure", point=1)
        process.tell("users", point=1, users=4, ramp_seconds=0.05)
        await until(lambda: server.connections == 4 and len(server.calls) >= 30)
        process.tell("users", point=1, users=1)
        process.tell("users", point=9, users=7)
        notice = await process.until("notice")
        assert notice["text"] == "users for point 9, which is not under way"
        asked = len(server.calls)
        await until(lambda: len(server.calls) > asked + 10)
        process.tell("drain")
        await process.until("drained")
        assert process.sends(1) == {"ok": len(server.calls)}
        users = [line["record"]["user"] for line in process.of("record", point=1)]
        assert set(users) == {0, 1, 2, 3}
        assert set(users[-5:]) == {0}


async def test_a_late_finisher_belongs_to_the_point_it_was_sent_under() -> None:
    gate = asyncio.Event()

    async def script(call: Call) -> None:
        if call.number == 3:
            await gate.wait()
        await good(call)

    async with scripted(script) as server, worker() as process:
        process.set_up(server.url)
        process.point(1, 1)
        await process.until("warm", point=1)
        process.tell("measure", point=1)
        process.tell("ping", id=5)
        await process.until("pong", id=5)
        await until(lambda: len(server.calls) >= 3)
        process.point(2, 1)
        process.tell("ping", id=6)
        await process.until("pong", id=6)
        gate.set()
        await process.until("warm", point=2)
        process.tell("drain")
        await process.until("drained")
        sends = [beat for beat in process.of("beat", point=1) if beat["beat"] is None and beat["sends"]]
        assert sum(send["ok"] for beat in sends for send in beat["sends"]) == 1


async def test_abort_cuts_at_once_and_counts_nothing() -> None:
    async def never(call: Call) -> None:
        call.writer.write(HEAD + chunk(content("a")))

    async with scripted(never) as server, worker() as process:
        process.set_up(server.url)
        process.point(1, 3)
        process.tell("measure", point=1)
        await until(lambda: len(server.calls) == 3)
        process.tell("abort")
        assert (await process.until("drained"))["aborted"] == 3
        assert process.sends(1) == {"ok": 0}
        process.point(2, 2)
        await until(lambda: len(server.calls) == 5)


async def test_pause_and_resume() -> None:
    async with scripted(good) as server, worker() as process:
        process.set_up(server.url)
        process.point(1, 3)
        await process.until("warm", point=1)
        process.tell("pause")
        await process.until("beat", point=1)
        process.tell("ping")
        await process.until("pong")
        seen = len(server.calls)
        await process.until("beat", point=1)
        assert len(server.calls) == seen
        process.tell("resume")
        await until(lambda: len(server.calls) >= seen + 6)


@pytest.mark.parametrize("way", ["eof", "SIGINT", "SIGTERM"])
async def test_every_end_is_clean(way: str) -> None:
    async with scripted(good) as server, worker() as process:
        process.set_up(server.url)
        process.point(1, 3)
        await process.until("warm", point=1)
        assert process.process.stdin is not None
        process.process.stdin.close() if way == "eof" else process.signal(signal.Signals[way])
        assert await process.rest() == 0
        assert process.said[-1]["kind"] == "bye"
        assert process.beat_sum(1, "sent") >= 3
        assert process.process.stderr is not None
        assert await process.process.stderr.read() == b""


async def test_burst_connects_all_before_anybody_sends() -> None:
    held: list[Call] = []

    async def script(call: Call) -> None:
        held.append(call)
        call.writer.write(HEAD)

    async with scripted(script) as server, worker() as process:
        process.set_up(server.url, records=True)
        process.point(1, 100, start="burst", ramp_seconds=30.0)
        await until(lambda: len(held) == 100)
        for call in held:
            call.writer.write(GOOD[len(HEAD) :])
        await until(lambda: len(held) >= 200)
        process.tell("abort")
        await process.until("drained")
        sent = sorted(line["record"]["sent"] for line in process.of("record"))[:100]
        assert sent[-1] - sent[0] < 1.0


async def test_a_staggered_start_is_spread_over_its_ramp() -> None:
    async with scripted(good) as server, worker() as process:
        process.set_up(server.url, records=True)
        process.point(1, 20, ramp_seconds=1.0)
        await process.until("warm", point=1)
        process.tell("drain")
        await process.until("drained")
        first: dict[int, float] = {}
        for line in process.of("record"):
            first.setdefault(line["record"]["user"], line["record"]["sent"])
        starts = [first[user] for user in range(20)]
        for user, start in enumerate(starts):
            assert user * 0.05 - 0.002 <= start < (user + 1) * 0.05 + 0.3
        gaps = {round(high - low, 3) for low, high in itertools.pairwise(starts)}
        assert len(gaps) > 5


@pytest.mark.parametrize("arrival", ["constant", "poisson"])
async def test_open_loop_counts_from_the_intended_time(arrival: str) -> None:
    async def slow(call: Call) -> None:
        await asyncio.sleep(0.3)
        await good(call)

    async with scripted(slow) as server, worker() as process:
        process.set_up(server.url, records=True)
        process.tell("point", point=1, mode="open", rate=40.0, arrival=arrival, seed=5)
        await process.until("warm", point=1)
        process.tell("measure", point=1, requests=40)
        await process.until("quota", point=1)
        process.tell("drain")
        await process.until("drained")
        assert process.sends(1) == {"ok": 40}
        records = sorted((line["record"] for line in process.of("record")), key=lambda record: record["intended"])
        for record in records:
            assert record["intended"] <= record["sent"]
            assert record["ttft_seconds"] == pytest.approx(record["first_token"] - record["intended"], abs=2e-6)
        span = records[-1]["intended"] - records[0]["intended"]
        assert (len(records) - 1) / span == pytest.approx(40.0, rel=0.02 if arrival == "constant" else 0.5)
        assert server.connections < len(records)


@pytest.mark.parametrize(
    ("raw", "kind", "words"),
    [
        (refusal(401, b'{"error":{"message":"bad key sk-abcdefgh"}}'), "http_401", "bad key ***"),
        (refusal(404, b'{"error":{"message":"The model `m` does not exist."}}'), "http_404", "The model `m`"),
        (refusal(422, b'{"detail":"Unexpected fields"}'), "http_422", "Unexpected fields"),
        (refusal(429, b'{"error":"slow down"}', "Retry-After: 0"), "http_429", "slow down"),
        (refusal(500, b"oops"), "http_500", "oops"),
        (answer(role(), content("a")), "cut", "without a finish"),
        (answer(role(), DONE), "empty", "without a token"),
        (answer(content("a"), b'data: {"error":{"message":"boom"}}\n\n'), "stream_error", "boom"),
        (b"nonsense\r\n\r\n", "protocol", "not HTTP/1.1"),
        (b"", "reset", "closed"),
    ],
)
async def test_each_fault_has_its_kind_and_the_servers_words(raw: bytes, kind: str, words: str) -> None:
    async def script(call: Call) -> None:
        if raw:
            call.writer.write(raw)
        else:
            call.writer.close()

    async with scripted(script) as server, worker() as process:
        process.set_up(server.url)
        process.point(1, 1)
        warm = await process.until("warm", point=1)
        assert warm["duration_seconds"] is None
        process.tell("measure", point=1, requests=2)
        await process.until("quota", point=1)
        assert process.sends(1) == {"ok": 0, kind: 2}
        notices = [line["text"] for line in process.of("notice", point=1)]
        assert len(notices) == 1
        assert notices[0].startswith(f"{kind}: ")
        assert words in notices[0]


async def test_a_stream_that_stalls_is_given_up() -> None:
    async def stall(call: Call) -> None:
        call.writer.write(HEAD + chunk(content("a")))

    async with scripted(stall) as server, worker() as process:
        process.set_up(server.url, request={"timeout_seconds": 0.3})
        process.point(1, 1)
        await process.until("warm", point=1)
        assert process.of("notice")[0]["text"] == "timeout: the server said nothing for 0.3 s"


async def test_a_full_pipe_loses_no_number_and_is_noticed() -> None:
    """Nobody reads for a while: the worker goes on, says so, and all lines are there in the end."""
    many = answer(role(), *[content("x")] * 400, content("", "stop"), DONE)

    async def flood(call: Call) -> None:
        call.writer.write(many)

    async with scripted(flood) as server, worker(limit_bytes=2**18) as process:
        process.set_up(server.url, records=True, chunk_stamps=True)
        await process.until("ready")
        process.point(1, 16)
        await until(lambda: len(server.calls) > 1800, 60)
        process.tell("drain")
        await process.until("drained")
        assert len(process.of("record")) == len(server.calls)
        assert any("not read fast enough" in line["text"] for line in process.of("notice"))
        assert len(process.of("record")[0]["record"]["chunk_times"]) == 400


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"no json\n", "no command"),
        (b'{"schema":"nimdeck.worker/1","kind":"dance"}\n', "dance"),
        (b'{"schema":"nimdeck.worker/9","kind":"ping"}\n', "same version"),
        (b'{"schema":"nimdeck.worker/1","kind":"drain"}\n', "first command"),
        (
            b'{"schema":"nimdeck.worker/1","kind":"setup","run":"r","worker":0,"target":{"url":"http://no.invalid"}}\n',
            "no.invalid is not known",
        ),
    ],
)
async def test_a_bad_start_is_fatal_in_one_line(line: bytes, words: str) -> None:
    async with worker() as process:
        assert process.process.stdin is not None
        process.process.stdin.write(line)
        fatal = await process.until("fatal")
        assert words in fatal["text"]
        assert await process.rest() == 2


async def test_a_fault_of_ours_is_one_line_and_the_end() -> None:
    async with worker("-m", "tests.bench_worker.stub", "broken") as process:
        process.set_up("http://127.0.0.1:9")
        await process.until("ready")
        process.point(1, 1)
        fatal = await process.until("fatal")
        assert fatal["text"] == "the worker failed, please report it: RuntimeError: out of words"
        assert await process.rest() == 2


async def test_stdin_that_is_nothing_ends_it_at_once() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tui.cli.worker",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    assert json.loads(said)["kind"] == "bye"


async def test_a_bad_line_later_is_passed_over() -> None:
    async with scripted(good) as server, worker() as process:
        process.set_up(server.url)
        await process.until("ready")
        assert process.process.stdin is not None
        process.process.stdin.write(b"nonsense\n")
        assert "no command" in (await process.until("notice"))["text"]
        process.tell("measure", point=9)
        assert "point 9" in (await process.until("notice"))["text"]
        process.tell("ping", id=1)
        await process.until("pong", id=1)


async def test_header_file_and_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "headers"
    path.write_text("X-One: 1\n\nwrong\n")
    async with worker() as process:
        process.set_up("http://127.0.0.1:1", target={"headers_file": str(path)})
        assert "line 3" in (await process.until("fatal"))["text"]
    path.write_text("X-One: 1\n")
    async with scripted(good) as server, worker() as process:
        process.set_up(server.url, target={"headers_file": str(path)})
        process.point(1, 1)
        await process.until("warm")
        assert "x-one: 1\r\n" in server.calls[0].head
        assert json.loads(server.calls[0].body)["stream"] is True
