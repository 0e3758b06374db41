"""One worker, several servers of the same model: who goes where, and that nobody goes elsewhere."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.bench_wire.certificate import self_signed, serving
from tests.bench_wire.scripted import Call, Script, Scripted, scripted
from tests.bench_worker.process import WorkerProcess, worker
from tests.bench_worker.test_process import good, until
from tui.bench.engine.pool import shares
from tui.bench.worker.roads import Round

FEW = st.integers(1, 12)


@given(FEW, st.integers(1, 140), st.integers(0, 400))
def test_users_of_all_workers_together_are_even(places: int, addresses: int, users: int) -> None:
    found = [
        Round(place, places, addresses).address(index)
        for place, share in enumerate(shares(users, places))
        for index in range(share)
    ]
    counts = Counter(found)
    assert max(counts.values(), default=0) - min(counts.get(one, 0) for one in range(addresses)) <= 1


@given(FEW, FEW, FEW)
def test_each_worker_alone_sees_all_addresses_alike_in_the_long_run(place: int, more: int, addresses: int) -> None:
    places = place + more
    counts = Counter(Round(place, places, addresses).address(number) for number in range(addresses**2))
    assert counts == dict.fromkeys(range(addresses), addresses)


def test_the_first_of_one_worker_go_to_the_addresses_in_their_order() -> None:
    assert [Round(0, 1, 3).address(number) for number in range(7)] == [0, 1, 2, 0, 1, 2, 0]


@asynccontextmanager
async def servers(number: int, script: Script = good, **tls: object) -> AsyncIterator[list[Scripted]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(scripted(script, **tls)) for _ in range(number)]  # type: ignore[arg-type]


def set_up(process: WorkerProcess, found: list[Scripted], **target: object) -> None:
    process.set_up("http://127.0.0.1:9", target={"urls": [server.url for server in found], **target}, records=True)


async def test_users_stay_at_their_server_and_move_only_with_the_number_of_workers() -> None:
    async with servers(3) as found, worker() as process:
        set_up(process, found)
        process.point(1, 4, place=1, places=2)  # numbers 1, 3, 5 and 7 of all
        await process.until("warm", point=1)
        await until(lambda: min(len(server.calls) for server in found) >= 5)
        assert [server.connections for server in found] == [1, 2, 1]
        assert all(f"host: 127.0.0.1:{server.port}\r\n" in server.calls[0].head for server in found)
        process.point(2, 6, place=1, places=2)
        await process.until("warm", point=2)
        assert [server.connections for server in found] == [2, 2, 2]  # two more, and nobody has moved
        process.point(3, 3)  # alone now: numbers 0, 1 and 2
        await process.until("warm", point=3)
        asked = [len(server.calls) for server in found]
        process.tell("measure", point=3, requests=30)
        await process.until("quota", point=3)
        assert process.sends(3) == {"ok": 30}
        assert all(len(server.calls) > before for server, before in zip(found, asked, strict=True))
        process.tell("drain")
        await process.until("drained")
        assert process.sends(3) == {"ok": 30}


async def test_users_of_a_server_that_dies_fail_and_are_not_moved() -> None:
    died = False

    async def script(call: Call) -> None:
        if died:
            call.reset()
        else:
            await good(call)

    async with servers(2) as living, scripted(script) as dying, worker() as process:
        set_up(process, [*living, dying])
        process.point(1, 6)
        await process.until("warm", point=1)
        process.tell("measure", point=1)
        await until(lambda: len(dying.calls) > 10)
        died = True
        await process.until("notice")
        asked = [len(server.calls) for server in living]
        await until(lambda: all(len(server.calls) > before + 20 for server, before in zip(living, asked, strict=True)))
        process.tell("drain")
        await process.until("drained")
        assert [server.connections for server in living] == [2, 2]
        records = [line["record"] for line in process.of("record", point=1)]
        assert {record["user"] for record in records if record["kind"]} == {2, 5}
        assert process.sends(1)["reset"] >= 2


async def test_an_open_loop_asks_the_servers_in_turn() -> None:
    async with servers(3) as found, worker() as process:
        set_up(process, found)
        process.tell("point", point=1, mode="open", rate=300.0, arrival="poisson", seed=5)
        await until(lambda: sum(len(server.calls) for server in found) > 60)
        process.tell("drain")
        await process.until("drained")
        counts = [len(server.calls) for server in found]
        assert max(counts) - min(counts) <= 1


async def test_over_tls_it_is_the_same(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path / "both.pem")
    async with servers(2, context=serving(certificate)) as found, worker() as process:
        set_up(process, found, ca_file=str(certificate))
        assert (await process.until("ready"))["meter"] == "loop"
        process.point(1, 4, start="burst")
        await process.until("warm", point=1)
        process.tell("drain")
        await process.until("drained")
        assert [server.connections for server in found] == [2, 2]
        assert not [line for line in process.of("record") if line["record"]["kind"]]


async def test_an_address_that_is_none_is_fatal_with_its_name() -> None:
    async with worker() as process:
        process.set_up("http://127.0.0.1:9", target={"urls": ["http://127.0.0.1:9", "127.0.0.1:9"]})
        fatal = await process.until("fatal")
        assert "url 127.0.0.1:9: give http://host:port" in fatal["text"]
        assert await process.rest() == 2
