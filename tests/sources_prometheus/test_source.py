"""The source as a whole: threads start, poll, answer curves and end; nothing heavy comes along on import."""

import json
import subprocess
import sys
import threading
import time

import pytest

from tests.sources_prometheus.kit import HeldClock, Kept, settings
from tests.sources_prometheus.server import NOW, Asked, FakePrometheus, FaultServer, Reply, as_json, error, vector
from tui.model.changes import Change
from tui.model.status import SourceState, SourceStatus
from tui.sources.prometheus import PrometheusError, PrometheusSource

SERIES = {"DCGM_FI_DEV_GPU_UTIL": [({"Hostname": "node001", "gpu": "0"}, "44")]}


class Signalling(Kept):
    """Keeps what it is given and wakes whoever waits for the next status."""

    def __init__(self) -> None:
        super().__init__()
        self.new_status = threading.Semaphore(0)

    def put(self, change: Change) -> None:
        super().put(change)
        if isinstance(change, SourceStatus):
            self.new_status.release()


def test_it_polls_refreshes_and_stops_for_good() -> None:
    with FaultServer(FakePrometheus(SERIES)) as server:
        source = PrometheusSource(settings(server.url), HeldClock())
        kept = Signalling()
        source.start(kept)
        assert kept.new_status.acquire(timeout=10)
        assert kept.status.state is SourceState.LIVE
        source.refresh()
        assert kept.new_status.acquire(timeout=10)
        assert ("gpu_utilization_fraction", "dcgm") in source.facts
        source.stop()
        seen = len(kept.changes)
        source.refresh()
        assert not [t for t in threading.enumerate() if t.name == "prometheus" and t.is_alive()]
    assert len(kept.changes) == seen
    assert source.facts == ()


def test_the_rate_can_be_changed_while_it_runs() -> None:
    waits: list[float] = []
    enough = threading.Event()

    def wait(event: threading.Event, seconds: float) -> bool:
        waits.append(seconds)
        enough.set()
        return event.wait(10)

    with FaultServer(FakePrometheus(SERIES)) as server:
        source = PrometheusSource(settings(server.url), HeldClock(), wait=wait)
        source.set_interval(7.0)
        source.start(Kept())
        assert enough.wait(10)
        source.stop()
    assert waits[0] == pytest.approx(7.0)


def test_it_stops_within_a_second_while_an_answer_hangs() -> None:
    hanging = threading.Event()
    server = FaultServer(lambda asked: vector([]))

    def hang(asked: Asked) -> Reply:
        hanging.set()
        server.release.wait(10)
        return vector([])

    server.behave = hang
    with server:
        source = PrometheusSource(settings(server.url), HeldClock())
        kept = Kept()
        source.start(kept)
        assert hanging.wait(10)
        before = time.monotonic()
        source.stop()
        assert time.monotonic() - before < 1.0
    assert kept.changes == []


def test_a_curve_has_one_line_a_gpu_in_our_unit() -> None:
    fake = FakePrometheus(SERIES)
    values = [[NOW - 30, "10"], [NOW - 15, "NaN"], [NOW, "20"]]
    matrix = {
        "status": "success",
        "data": {"resultType": "matrix", "result": [{"metric": {"gpu": "0"}, "values": values}]},
    }

    def behave(asked: Asked) -> Reply:
        return as_json(200, matrix) if asked.path.endswith("/query_range") else fake(asked)

    with FaultServer(behave) as server:
        source = PrometheusSource(settings(server.url), HeldClock())
        assert source.range("gpu_utilization_fraction", NOW - 30, NOW, 15, node="node001") is None
        kept = Signalling()
        source.start(kept)
        assert kept.new_status.acquire(timeout=10)
        curve = source.range("gpu_utilization_fraction", NOW - 30, NOW, 15, node='no"de')
        assert curve == {"0": [(NOW - 30, pytest.approx(0.1)), (NOW, pytest.approx(0.2))]}
        asked = server.asked[-1]
        assert 'Hostname="no\\"de"' in asked.query
        assert (asked.parameters["step"], asked.parameters["end"]) == ("15", str(round(NOW)))
        assert source.range("gpu_power_watts", NOW - 30, NOW, 15, node="node001") is None
        server.behave = lambda asked: error(400, "too many points")
        with pytest.raises(PrometheusError, match="too many points"):
            source.range("gpu_utilization_fraction", NOW - 30, NOW, 15, node="node001")
        source.stop()


def test_importing_the_sources_imports_no_http_library() -> None:
    code = (
        "import json, sys, tui.sources.prometheus, tui.sources.runai, tui.sources.nim;"
        "heavy = ('requests', 'prometheus_api_client', 'httpx', 'kubernetes');"
        "print(json.dumps([m for m in heavy if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == []
