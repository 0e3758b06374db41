"""The load: within bounds, drifting, idle where idle, and a function of time alone."""

import time

from tests.demo_world.worlds import Stage
from tui.demo.world import api
from tui.demo.world.logs import WorldLogs
from tui.demo.world.naming import Names
from tui.demo.world.seed import Size


def test_samples_stay_within_the_card_and_drift() -> None:
    stage = Stage()
    seen: dict[str, set[float]] = {}
    for _ in range(40):
        stage.go(30, step=30)
        for sample in stage.world.telemetry.gpus():
            assert 0 <= sample.utilization_percent <= 100
            assert 0 < sample.memory_used_mib <= sample.memory_total_mib
            assert 60 <= sample.power_watts <= 400
            assert 30 <= sample.temperature_celsius <= 80
            seen.setdefault(sample.uuid, set()).add(sample.utilization_percent)
    assert sum(len(values) > 5 for values in seen.values()) > 40


def test_pod_uses_add_up_to_the_gpu() -> None:
    stage = Stage()
    by_gpu: dict[tuple[str, int], float] = {}
    for use in stage.world.telemetry.pod_uses():
        by_gpu[use.node, use.index] = by_gpu.get((use.node, use.index), 0.0) + use.utilization_percent
    for sample in stage.world.telemetry.gpus():
        assert abs(by_gpu.get((sample.node, sample.index), 0.0) - sample.utilization_percent) <= 0.51


def test_the_idle_notebook_holds_memory_and_does_nothing() -> None:
    stage = Stage()
    held = [sample for sample in stage.world.telemetry.gpus() if sample.pod and sample.pod[1] == "notebook-ana-0"]
    assert len(held) == 2
    assert all(sample.utilization_percent == 0 and sample.memory_used_mib > 20_000 for sample in held)
    assert all(sample.idle_seconds > 300 for sample in held)


def test_reading_ten_thousand_gpus_is_cheap() -> None:
    stage = Stage(size=Size(1250, 8, pods=4000))
    start = time.process_time()
    assert sum(1 for _ in stage.world.telemetry.gpus()) == 10_000
    assert time.process_time() - start < 1.0


def test_logs_grow_and_never_repeat() -> None:
    stage = Stage()
    logs = WorldLogs(Names(1), 10.0)
    pod = stage.api.get(api.POD, *stage.pods("llama-31-8b")[0].key)
    assert pod is not None
    now = stage.hand.at
    first = list(logs(pod, "user-container", previous=False, after=0.0, until=now))
    more = list(logs(pod, "user-container", previous=False, after=now, until=now + 60))
    assert any("NVIDIA Inference Microservice" in line.text for line in first)
    assert len(more) == 15 and all(now < line.at <= now + 60 for line in more)
    both = list(logs(pod, "user-container", previous=False, after=now - 60, until=now + 60))
    assert both[-15:] == more
    assert "queueproxy" in next(iter(logs(pod, "queue-proxy", previous=False, after=0.0, until=now))).text
    assert list(logs(pod, "user-container", previous=True, after=0.0, until=now)) == []
