"""A running embedded Prometheus over the small frozen cluster."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from tests.demo_prom.world import NOW, FakeStore, FakeTelemetry, small_cluster
from tui.demo.prom.server import PromServer
from tui.demo.prom.sources import Sources


class Bench:
    """The server with what it reads, a clock to turn, and a client."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.store: FakeStore
        self.telemetry: FakeTelemetry
        self.store, self.telemetry = small_cluster()
        self.now = NOW
        self.server: PromServer

    def scrape_at(self, seconds_later: float) -> None:
        self.now = NOW + seconds_later
        self.server.scraper.scrape()

    async def get(self, path: str, **parameters: str | float) -> tuple[int, Any]:
        async with self.session.get(self.server.url + path, params=parameters) as answer:
            body = await (answer.json() if answer.content_type == "application/json" else answer.text())
            return answer.status, body

    async def values(self, query: str) -> dict[str, float]:
        """Value by the labels as text."""
        status, body = await self.get("/api/v1/query", query=query, time=self.now)
        assert status == 200, body
        return {str(sorted(item["metric"].items())): float(item["value"][1]) for item in body["data"]["result"]}


Start = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts a server with the given options; scraping on its own is an hour away, so that tests say when."""
    async with aiohttp.ClientSession() as session:
        benches: list[Bench] = []

        async def started(**options: Any) -> Bench:
            bench = Bench(session)
            sources = Sources(bench.store, bench.telemetry, lambda: bench.now)
            bench.server = PromServer(sources, **{"scrape_seconds": 3600.0, "past_seconds": 0.0, **options})
            benches.append(bench)
            await bench.server.start()
            return bench

        yield started
        for bench in benches:
            await bench.server.stop()
