"""Rounds of the poller against answers that a test decides: figures, ages, label shapes, states."""

import pytest

from tests.sources_prometheus.kit import HeldClock, Kept, poller, settings
from tests.sources_prometheus.server import NOW, Asked, FakePrometheus, FaultServer, Reply, Rows, error, vector
from tui.model.ids import GpuId, ObjectKey
from tui.model.status import SourceState


def gpu_rows(*values: str, host: str = "Hostname") -> Rows:
    return [({host: "node001", "gpu": str(i)}, value) for i, value in enumerate(values)]


def dcgm(**more: Rows) -> dict[str, Rows]:
    return {"DCGM_FI_DEV_GPU_UTIL": gpu_rows("44", "18"), **more}


def test_one_round_gives_figures_in_our_units_and_then_live() -> None:
    series = dcgm(DCGM_FI_DEV_FB_USED=gpu_rows("1024", "0"), DCGM_FI_DEV_SM_CLOCK=gpu_rows("1785"))
    with FaultServer(FakePrometheus(series)) as server, poller(settings(server.url)) as polled:
        kept = Kept()
        polled.step(kept)
    utilization = kept.column("gpu_utilization_fraction")
    assert utilization is not None
    assert utilization.values == {GpuId("node001", 0): pytest.approx(0.44), GpuId("node001", 1): pytest.approx(0.18)}
    assert (utilization.source, utilization.at) == ("dcgm", NOW)
    memory = kept.column("gpu_memory_used_bytes")
    assert memory is not None
    assert memory.values == {GpuId("node001", 0): 2.0**30, GpuId("node001", 1): 0.0}
    clock_speed = kept.column("gpu_sm_clock_hertz")
    assert clock_speed is not None
    assert clock_speed.values == {GpuId("node001", 0): 1.785e9}
    assert kept.changes[-1] is kept.status
    assert (kept.status.state, kept.status.last_good_at) == (SourceState.LIVE, NOW)
    assert "2.42.0" in kept.status.detail
    assert len(kept.statuses) == 1


@pytest.mark.parametrize("host", ["Hostname", "hostname", "kubernetes_node", "node"])
def test_every_host_label_names_the_node(host: str) -> None:
    series = {"DCGM_FI_DEV_GPU_UTIL": gpu_rows("44", host=host)}
    with FaultServer(FakePrometheus(series)) as server, poller(settings(server.url)) as polled:
        kept = Kept()
        polled.step(kept)
    column = kept.column("gpu_utilization_fraction")
    assert column is not None
    assert list(column.values) == [GpuId("node001", 0)]


def test_a_host_label_that_is_an_exporter_pod_is_joined_to_its_node() -> None:
    rows = [({"Hostname": "nvidia-dcgm-exporter-x7k2p", "gpu": "3"}, "70")]
    info = [({"pod": "nvidia-dcgm-exporter-x7k2p", "node": "node007"}, "1")]
    fake = FakePrometheus({"DCGM_FI_DEV_GPU_UTIL": rows})

    def behave(asked: Asked) -> Reply:
        return vector(info) if "kube_pod_info" in asked.query else fake(asked)

    with FaultServer(behave) as server, poller(settings(server.url)) as polled:
        kept = Kept()
        polled.step(kept)
    column = kept.column("gpu_utilization_fraction")
    assert column is not None
    assert list(column.values) == [GpuId("node007", 3)]


def test_nan_and_infinity_are_not_there_rather_than_zero() -> None:
    series = {"DCGM_FI_DEV_GPU_UTIL": gpu_rows("NaN", "+Inf", "-Inf", "7", "140737488355328")}
    with FaultServer(FakePrometheus(series)) as server, poller(settings(server.url)) as polled:
        kept = Kept()
        polled.step(kept)
    column = kept.column("gpu_utilization_fraction")
    assert column is not None
    assert column.values == {GpuId("node001", 3): pytest.approx(0.07)}
    assert kept.status.state is SourceState.LIVE


def test_labels_that_name_nothing_are_left_out_and_counted() -> None:
    odd = [({"Hostname": "node001", "gpu": "one"}, "5"), ({"gpu": "0"}, "5"), ({}, "5")]
    series = {"DCGM_FI_DEV_GPU_UTIL": gpu_rows("44") + odd}
    with FaultServer(FakePrometheus(series)) as server, poller(settings(server.url)) as polled:
        kept = Kept()
        polled.step(kept)
    column = kept.column("gpu_utilization_fraction")
    assert column is not None
    assert list(column.values) == [GpuId("node001", 0)]
    assert "series left out" in kept.status.detail


@pytest.mark.parametrize("how", ["samples", "answer"])
def test_figures_fifty_seconds_late_carry_that_age(how: str) -> None:
    fake = FakePrometheus(dcgm(), at=NOW - 50 if how == "answer" else NOW, sampled_at=NOW - 50)
    with FaultServer(fake) as server, poller(settings(server.url)) as polled:
        kept = Kept()
        polled.step(kept)
    column = kept.column("gpu_utilization_fraction")
    assert column is not None
    assert column.at == NOW - 50


def test_a_server_whose_clock_is_wrong_is_not_called_late() -> None:
    from email.utils import formatdate

    skewed = NOW - 600
    fake = FakePrometheus(dcgm(), at=skewed, sampled_at=skewed - 5)

    def behave(asked: Asked) -> Reply:
        reply = fake(asked)
        reply.headers["Date"] = formatdate(skewed, usegmt=True)
        return reply

    with FaultServer(behave) as server, poller(settings(server.url)) as polled:
        kept = Kept()
        polled.step(kept)
    column = kept.column("gpu_utilization_fraction")
    assert column is not None
    assert column.at == pytest.approx(NOW - 5, abs=1.1)


def test_an_empty_prometheus_is_live_and_says_what_to_check() -> None:
    with FaultServer(FakePrometheus({})) as server, poller(settings(server.url)) as polled:
        kept = Kept()
        wait = polled.step(kept)
    assert kept.status.state is SourceState.LIVE
    assert "no GPU metrics" in kept.status.detail
    assert "DCGM exporter" in kept.status.detail
    assert wait == 30.0


def test_one_refused_query_costs_only_its_own_figure() -> None:
    fake = FakePrometheus(dcgm(DCGM_FI_DEV_POWER_USAGE=gpu_rows("300")))
    refusing = [True]

    def behave(asked: Asked) -> Reply:
        if refusing and "POWER_USAGE" in asked.query and not asked.query.startswith(("count", "quantile")):
            return error(422, "found duplicate series for the match group", "execution")
        return fake(asked)

    with FaultServer(behave) as server, poller(settings(server.url)) as polled:
        kept, later = Kept(), Kept()
        polled.step(kept)
        refusing.clear()
        polled.all_due()
        polled.step(later)
        polled.all_due()
        polled.step(again := Kept())
    own = [status for status in kept.statuses if status.name == "prometheus/gpu_power_watts"]
    assert [(status.state, status.last_good_at) for status in own] == [(SourceState.FAILED, None)]
    assert "duplicate series" in own[0].detail
    assert [(s.name, s.state) for s in later.statuses] == [
        ("prometheus/gpu_power_watts", SourceState.LIVE), ("prometheus", SourceState.LIVE),
    ]  # fmt: skip
    assert [status.name for status in again.statuses] == ["prometheus"]
    assert kept.column("gpu_power_watts") is None
    assert kept.column("gpu_utilization_fraction") is not None
    assert kept.status.state is SourceState.LIVE
    assert "gpu_power_watts not answered" in kept.status.detail
    assert "duplicate series" in kept.status.detail


def test_run_ai_metrics_serve_where_there_is_no_dcgm() -> None:
    rows = [({"node": "node001", "gpu": "0"}, "43.5")]
    pods = [({"pod_namespace": "runai-a", "pod_name": "p1"}, "2048")]
    series = {"runai_gpu_utilization_per_gpu": rows, "runai_gpu_memory_used_mebibytes_per_pod_per_gpu": pods}
    with FaultServer(FakePrometheus(series)) as server, poller(settings(server.url)) as polled:
        kept = Kept()
        polled.step(kept)
    utilization, memory = kept.column("gpu_utilization_fraction"), kept.column("pod_gpu_memory_used_bytes")
    assert utilization is not None
    assert memory is not None
    assert (utilization.source, utilization.values) == ("runai", {GpuId("node001", 0): pytest.approx(0.435)})
    assert memory.values == {ObjectKey("runai-a", "p1"): 2.0**31}
    assert ("gpu_utilization_fraction", "runai") in polled.facts or polled.plan is None


def test_two_workloads_of_one_name_are_dropped_instead_of_mixed() -> None:
    rows = [
        ({"workload_name": "llama", "workload_id": "1"}, "1"),
        ({"workload_name": "llama", "workload_id": "2"}, "3"),
        ({"workload_name": "bge", "workload_id": "3"}, "0.5"),
    ]
    series = {"runai_allocated_gpu_count_per_workload": rows}
    with FaultServer(FakePrometheus(series)) as server, poller(settings(server.url)) as polled:
        kept = Kept()
        polled.step(kept)
    column = kept.column("workload_gpu_allocated")
    assert column is not None
    assert column.values == {ObjectKey("", "bge"): 0.5}


def test_fast_figures_are_asked_again_before_slow_ones() -> None:
    clock = HeldClock()
    fake = FakePrometheus(dcgm(DCGM_FI_DEV_POWER_USAGE=gpu_rows("300")))
    with FaultServer(fake) as server, poller(settings(server.url), clock) as polled:
        kept = Kept()
        assert polled.step(kept) <= 2.0 * 5  # stretched at most a little by a slow machine
        first = len([q for q in server.queries() if "POWER_USAGE" in q and q.startswith("max")])
        clock.advance(10.0)
        polled.step(kept)
        assert len([q for q in server.queries() if "POWER_USAGE" in q and q.startswith("max")]) == first
        clock.advance(60.0)
        polled.step(kept)
        assert len([q for q in server.queries() if "POWER_USAGE" in q and q.startswith("max")]) == first + 1


def test_woken_early_it_claims_nothing_new() -> None:
    with FaultServer(FakePrometheus(dcgm())) as server, poller(settings(server.url)) as polled:
        kept = Kept()
        polled.step(kept)
        asked = len(server.asked)
        polled.step(kept)
    assert len(kept.statuses) == 1
    assert len(server.asked) == asked


def test_outage_is_stale_with_the_last_good_time_and_then_live_again() -> None:
    clock = HeldClock()
    fake = FakePrometheus(dcgm())
    with FaultServer(fake) as server, poller(settings(server.url), clock) as polled:
        kept = Kept()
        polled.step(kept)
        server.behave = lambda asked: error(503, "TSDB not ready", "unavailable")
        clock.advance(100.0)
        wait = polled.step(kept)
        assert (kept.status.state, kept.status.last_good_at) == (SourceState.STALE, NOW)
        assert "TSDB not ready" in kept.status.detail
        assert wait == 0.5
        assert polled.step(kept) == 1.0
        server.behave = fake
        polled.step(kept)
        assert (kept.status.state, kept.status.last_good_at) == (SourceState.LIVE, NOW + 100)
