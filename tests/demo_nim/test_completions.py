"""What an embedded NIM streams, byte for byte in shape, and what it refuses; its engine, its slots and its counters."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.demo_nim.test_servers import Clock
from tests.demo_prom.world import small_cluster
from tui.demo.nim.fleet import Key
from tui.demo.nim.servers import NimServers

MODEL = "meta/llama-3.1-8b-instruct"
HEAD = '{"id":"ID","object":"chat.completion.chunk","created":0,"model":"meta/llama-3.1-8b-instruct","choices":['
ROLE = HEAD + (
    '{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"prompt_token_ids":null}'
)
CONTENT = HEAD + '{"index":0,"delta":{"content":" w"},"logprobs":null,"finish_reason":null,"token_ids":null}]}'
LAST = HEAD + '{"index":0,"delta":{"content":" w"},"finish_reason":"length","stop_reason":null,"token_ids":null}]}'
USAGE = HEAD + (
    '],"usage":{"prompt_tokens":12,"total_tokens":18,"completion_tokens":6},"system_fingerprint":"nimdeck-lab"}'
)


class Nim:
    """One workload's endpoint with a client."""

    def __init__(self, servers: NimServers, session: aiohttp.ClientSession, measured: dict[Key, float]) -> None:
        self.servers = servers
        self.session = session
        self.measured = measured
        self.url = servers.urls["runai-test/llama"]

    def body(self, **more: Any) -> dict[str, Any]:
        plain = {"model": MODEL, "messages": [{"role": "user", "content": "hello there"}], "max_tokens": 6}
        return {**plain, "ignore_eos": True, **more}

    async def post(self, path: str = "chat/completions", **body: Any) -> tuple[int, str]:
        return await self.send(json.dumps(body).encode(), path)

    async def send(self, sent: bytes, path: str = "chat/completions") -> tuple[int, str]:
        async with self.session.post(f"{self.url}/v1/{path}", data=sent) as answer:
            return answer.status, await answer.text()

    async def figures(self) -> dict[str, float]:
        async with self.session.get(f"{self.url}/v1/metrics") as answer:
            text = await answer.text()
        lines = [line for line in text.splitlines() if not line.startswith("#") and "_bucket" not in line]
        found = {re.sub(r'model_name="[^"]*",?', "", line).replace("{}", "").split()[0]: line for line in lines}
        return {name: float(line.rpartition(" ")[2]) for name, line in found.items()}

    async def until(self, name: str, value: float) -> None:
        async with asyncio.timeout(10):
            while (await self.figures())[name] != value:
                continue


async def _nim(early_role: bool = False) -> AsyncIterator[Nim]:
    store, telemetry = small_cluster()
    keep = {"llama-a", "embed-a"}
    pods = store.objects["pods", ""]
    store.objects["pods", ""] = [obj for obj in pods if obj["metadata"]["name"] in keep]
    for obj in store.objects["pods", ""]:
        if obj["metadata"]["name"] == "embed-a":
            obj["spec"]["containers"][0]["image"] = "nvcr.io/nim/nvidia/nv-embedqa-e5-v5:1.5.0"
            obj["metadata"]["resourceVersion"] = "999"
    measured: dict[Key, float] = {}
    servers = NimServers(store, telemetry, Clock(), measured, early_role=early_role)
    await servers.start()
    async with aiohttp.ClientSession() as session:
        yield Nim(servers, session, measured)
    await servers.stop()


@pytest.fixture
async def nim() -> AsyncIterator[Nim]:
    async for one in _nim():
        yield one


def _shape(text: str) -> list[str]:
    """Events without what differs from one answer to the next; content chunks that follow each other fall together."""
    assert text.endswith("\n\n")
    events: list[str] = []
    for event in text.removesuffix("\n\n").split("\n\n"):
        assert event.startswith("data: ")
        plain = re.sub(r'"id":"chatcmpl-[0-9a-f]{32}"', '"id":"ID"', event.removeprefix("data: "))
        plain = re.sub(r'"created":\d+', '"created":0', plain)
        plain = re.sub(r'"content":"( [a-z]{4})+"', '"content":" w"', plain)
        if not events or events[-1] != plain:
            events.append(plain)
    return events


async def test_a_stream_is_what_vllm_sends(nim: Nim) -> None:
    status, text = await nim.post(**nim.body(stream=True, stream_options={"include_usage": True}))
    assert status == 200
    assert _shape(text) == [ROLE, CONTENT, LAST, USAGE, "[DONE]"]
    assert len(re.findall(r" [a-z]{4}", "".join(re.findall(r'"content":"([^"]*)"', text)))) == 6
    _, text = await nim.post(**nim.body(stream=True))
    assert _shape(text) == [ROLE, CONTENT, LAST, "[DONE]"], "usage only where it is asked for"


async def test_a_whole_answer_says_the_same_as_the_stream(nim: Nim) -> None:
    status, text = await nim.post(**nim.body())
    answer = json.loads(text)
    assert status == 200
    assert answer["usage"] == {"prompt_tokens": 12, "total_tokens": 18, "completion_tokens": 6}
    assert answer["choices"][0]["finish_reason"] == "length"
    assert len(answer["choices"][0]["message"]["content"].split()) == 6


async def test_plain_completions_stream_text_without_a_role(nim: Nim) -> None:
    body: dict[str, Any] = {"model": MODEL, "prompt": "hello there", "max_tokens": 3, "ignore_eos": True}
    _, text = await nim.post("completions", **body, stream=True, stream_options={"include_usage": True})
    events = [json.loads(line.removeprefix("data: ")) for line in text.split("\n\n") if "{" in line]
    assert all(event["object"] == "text_completion" for event in events)
    assert sum(len(choice["text"].split()) for event in events for choice in event["choices"]) == 3
    assert events[-1]["usage"] == {"prompt_tokens": 3, "total_tokens": 6, "completion_tokens": 3}
    _, text = await nim.post("completions", **{**body, "prompt": [1, 2, 3, 4]})
    assert json.loads(text)["usage"]["prompt_tokens"] == 4


async def test_tokens_that_wait_for_a_late_server_leave_together(nim: Nim) -> None:
    body = nim.body(stream=True, max_tokens=60)
    async with nim.session.post(f"{nim.url}/v1/chat/completions", json=body) as answer:
        await answer.content.readuntil(b"\n\n")
        time.sleep(0.1)  # noqa: ASYNC251  the server lives in this very loop
        text = (await answer.read()).decode()
    chunks = [len(found.split()) for found in re.findall(r'"content":"([^"]*)"', text)]
    assert max(chunks) >= 10
    assert sum(chunks) == 60
    assert text.count("data: ") < 60


async def test_an_answer_may_end_of_itself_and_min_tokens_holds_it_open(nim: Nim) -> None:
    choices = []
    for extra in ({}, {"min_tokens": 450}):
        _, text = await nim.post(**nim.body(ignore_eos=False, max_tokens=1000, **extra))
        answer = json.loads(text)
        choices.append((answer["choices"][0]["finish_reason"], answer["usage"]["completion_tokens"]))
    assert choices[0][0] == "stop"
    assert 40 <= choices[0][1] < 440
    assert choices[1] == ("stop", 450)


async def test_the_role_may_leave_before_any_token() -> None:
    async for nim in _nim(early_role=True):
        long = " ".join(["word"] * 20_000)
        body = nim.body(messages=[{"role": "user", "content": long}], stream=True)
        async with nim.session.post(f"{nim.url}/v1/chat/completions", json=body) as answer:
            began = time.monotonic()
            first = await answer.content.readuntil(b"\n\n")
            role_seconds = time.monotonic() - began
            await answer.content.readuntil(b"\n\n")
            assert b'"role":"assistant"' in first
            assert time.monotonic() - began > role_seconds + 0.2  # 20,000 tokens take 0.4 s to read


REFUSED = [
    ({"model": "nope"}, 404, "NotFoundError", "The model `nope` does not exist."),
    ({"max_tokens": 0}, 400, "BadRequestError", "max_tokens must be at least 1"),
    ({"max_tokens": 200_000}, 400, "BadRequestError", "maximum context length is 131072"),
    ({"max_tokens": "six"}, 422, "UnprocessableEntityError", "Expected `int | null`, got `str`"),
    ({"messages": []}, 400, "BadRequestError", "at least one message"),
    ({"messages": None}, 422, "UnprocessableEntityError", "messages"),
    ({"temperature": 3}, 400, "BadRequestError", "temperature must be from 0 to 2"),
    ({"n": 2}, 400, "BadRequestError", "n must be 1"),
    ({"min_tokens": 9}, 400, "BadRequestError", "min_tokens must be at most max_tokens=6"),
    ({"stream_options": {"include_usage": True}}, 400, "BadRequestError", "Stream options"),
]


@pytest.mark.parametrize(("change", "status", "kind", "words"), REFUSED)
async def test_what_makes_no_sense_is_refused(
    nim: Nim, change: dict[str, Any], status: int, kind: str, words: str
) -> None:
    got, text = await nim.post(**nim.body(**change))
    error = json.loads(text)
    assert (got, error["error"]["type"], error["error"]["code"]) == (status, kind, status)
    assert words in error["error"]["message"]
    assert error["message"] == error["error"]["message"], "the flat shape of older NIMs beside today's"


async def test_no_json_no_model_and_no_language_model(nim: Nim) -> None:
    assert (await nim.send(b"{not json"))[0] == 400
    assert (await nim.send(b"{}"))[0] == 422
    nim.url = nim.servers.urls["runai-team-a/embed"]
    assert (await nim.post(**nim.body()))[0] == 404


async def test_a_client_that_leaves_frees_its_slot(nim: Nim) -> None:
    before = await nim.figures()
    long = [{"role": "user", "content": "word " * 2000}]
    body = nim.body(stream=True, max_tokens=50_000, messages=long)
    answer = await nim.session.post(f"{nim.url}/v1/chat/completions", json=body)
    await answer.content.readuntil(b"\n\n")
    await nim.until("num_requests_running", 1)
    assert (await nim.figures())["gpu_cache_usage_perc"] > 0
    answer.close()
    await nim.until("num_requests_running", 0)
    after = await nim.figures()
    assert after['request_finish_total{finished_reason="abort"}'] == 1
    assert after["gpu_cache_usage_perc"] == 0
    assert after["request_success_total"] == before["request_success_total"]


async def test_real_requests_are_counted_and_shown_as_load(nim: Nim) -> None:
    before = await nim.figures()
    await asyncio.gather(*[nim.post(**nim.body(max_tokens=50)) for _ in range(5)])
    after = await nim.figures()
    grown = {name: round(after[name] - before.get(name, 0.0), 3) for name in after}
    assert grown["generation_tokens_total"] == 250
    assert grown["prompt_tokens_total"] == 60
    assert grown["time_to_first_token_seconds_count"] == 5
    assert grown["e2e_request_latency_seconds_count"] == 5
    assert grown['request_finish_total{finished_reason="length"}'] == 5
    assert 0 < grown["time_to_first_token_seconds_sum"] < 5
    answer = await nim.session.post(f"{nim.url}/v1/chat/completions", json=nim.body(stream=True, max_tokens=20_000))
    async with asyncio.timeout(10):
        while nim.measured.get(("runai-test", "llama-a"), 0.0) < 0.9:
            await nim.figures()
    answer.close()


async def test_a_pod_that_goes_cuts_its_streams(nim: Nim) -> None:
    body = nim.body(stream=True, max_tokens=50_000)
    async with nim.session.post(f"{nim.url}/v1/chat/completions", json=body) as answer:
        await answer.content.readuntil(b"\n\n")
        nim.servers._fleet.follow({})
        with pytest.raises(aiohttp.ClientError):
            await answer.read()
    assert (await nim.post(**nim.body()))[0] == 503


async def test_a_few_users_for_two_seconds_see_the_models_figures(nim: Nim) -> None:
    """8 users with 500:100 on an engine that nobody else uses: TTFT and pace within what a busy test machine allows."""
    end, stamps = time.monotonic() + 2, []

    async def user(number: int) -> None:
        text = " ".join(["word"] * 490)
        body = nim.body(messages=[{"role": "user", "content": text}], max_tokens=100, stream=True)
        await asyncio.sleep(number * 0.07)
        while time.monotonic() < end:
            sent = time.monotonic()
            async with nim.session.post(f"{nim.url}/v1/chat/completions", json=body) as answer:
                await answer.content.readuntil(b"\n\n")
                first = time.monotonic() - sent
                rest = await answer.read()
                assert rest.endswith(b"data: [DONE]\n\n")
            stamps.append((first, time.monotonic() - sent))

    await asyncio.gather(*map(user, range(8)))
    firsts, wholes = sorted(first for first, _ in stamps), sorted(whole for _, whole in stamps)
    assert len(stamps) >= 16
    assert 0.01 < firsts[len(firsts) // 2] < 0.15
    assert 0.45 < wholes[len(wholes) // 2] < 1.5  # 100 steps of 4.4 ms, 0.1 ms a sequence, and prompts between
