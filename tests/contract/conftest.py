"""One frozen cluster behind embedded servers of every label shape, each scraped by a real Prometheus of its own."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.demo_prom.world import small_cluster
from tests.prometheus_server import RealPrometheus, require_prometheus
from tui.demo.prom.exporters import Exporter
from tui.demo.prom.server import PromServer
from tui.demo.prom.shape import LabelShape
from tui.demo.prom.sources import Sources

SHAPES = {
    "plain": LabelShape(),
    "exported": LabelShape(exported=True),
    "lower-case": LabelShape(host="hostname", uuid="uuid"),
    "exported-lower-case": LabelShape(host="hostname", uuid="uuid", exported=True),
    "no-runai": LabelShape(exported=True, runai=False),
    "no-dcgm": LabelShape(dcgm=False),
}
SAMPLES = 5  # scrapes that the real servers must have made, so that rates have something to go by


class LoopThread:
    """An event loop in a thread, so that the embedded servers answer while the test waits."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@dataclass(frozen=True, slots=True)
class Pair:
    """The embedded API and the real one over the same exporters."""

    embedded: PromServer
    real: RealPrometheus


def scrape_config(server: PromServer, exporter: Exporter) -> dict[str, Any]:
    """The scrape configuration that gives the target labels which the embedded scraper gives."""
    nodes = ("node001", "node002") if exporter.per_node else ("",)
    return {
        "job_name": exporter.job,
        "metrics_path": f"/metrics/{exporter.path}",
        "honor_labels": exporter.honor_labels,
        "static_configs": [
            {
                "targets": [f"127.0.0.1:{server.port}"],
                "labels": exporter.target(node) | ({"__param_node": node} if node else {}),
            }
            for node in nodes
        ],
    }


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Pair]]:
    binary = require_prometheus()
    with contextlib.ExitStack() as stack:
        loop = LoopThread()
        stack.callback(loop.close)
        found = {}
        for name, shape in SHAPES.items():
            store, telemetry = small_cluster()
            server = PromServer(
                Sources(store, telemetry, time.time), label_shape=shape, scrape_seconds=1.0, past_seconds=0
            )
            loop.call(server.start())
            stack.callback(lambda server=server: loop.call(server.stop()))
            found[name] = Pair(server, _real(stack, binary, tmp_path_factory.mktemp(name), server))
        for pair in found.values():
            pair.real.wait_for('min(count_over_time(up{job!~".*second"}[1m]))', SAMPLES)
        yield found


def _real(stack: contextlib.ExitStack, binary: Path, folder: Path, server: PromServer) -> RealPrometheus:
    configs = [scrape_config(server, exporter) for exporter in server.exporters]
    return stack.enter_context(RealPrometheus(binary, folder, configs))


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """One client for all tests: making one loads the machine's certificates each time."""
    with httpx.Client(timeout=10, trust_env=False, verify=False) as opened:
        yield opened


@pytest.fixture(params=SHAPES)
def pair(request: pytest.FixtureRequest, pairs: dict[str, Pair]) -> Pair:
    return pairs[request.param]
