"""What the exporters say of the small cluster, and the numbers as Go prints them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.demo_prom.conftest import Start
from tests.demo_prom.world import NOW, FakeTelemetry, sample
from tui.demo.prom.dcgm import DcgmExporter
from tui.demo.prom.encode import instant_answer
from tui.demo.prom.exposition import Family, Row, Sheet, render
from tui.demo.prom.history import History, Job
from tui.demo.prom.labels import LabelSet
from tui.demo.prom.numbers import api_number, api_time
from tui.demo.prom.promql.evaluate import Evaluation, parse
from tui.demo.prom.shape import LabelShape


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4.0, "4"),
        (0.1, "0.1"),
        (-0.0, "-0"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (0.00001, "0.00001"),
        (1e-7, "1e-07"),
        (float("nan"), "NaN"),
        (float("inf"), "+Inf"),
        (float("-inf"), "-Inf"),
    ],
)
def test_numbers_as_go_writes_them(value: float, text: str) -> None:
    assert api_number(value) == text


@given(st.floats(allow_nan=False))
def test_numbers_lose_nothing(value: float) -> None:
    assert float(api_number(value)) == value


def test_times_have_milliseconds_at_most() -> None:
    assert [api_time(at) for at in (1795468512.0, 1795468512.5, 1795468512.497)] == [
        "1795468512",
        "1795468512.5",
        "1795468512.497",
    ]


async def test_allocation_counts_fractions_and_no_stand_ins(start: Start) -> None:
    bench = await start()
    assert await bench.values("sum(runai_allocated_gpu_count_per_node)") == {"[]": 1.75}
    by_project = await bench.values("max by (project) (runai_allocated_gpu_count_per_project)")
    assert by_project == {"[('project', 'test')]": 1.5, "[('project', 'team-a')]": 0.25}
    asked = await bench.values("max by (workload_name) (runai_requested_gpus_per_workload)")
    assert asked["[('workload_name', 'llama')]"] == 2.5
    whole = 'sum by (node) (kube_pod_container_resource_requests{resource="nvidia_com_gpu"})'
    assert (await bench.values(whole))["[('node', 'node001')]"] == 2  # the reservation pod asks for a whole one


async def test_kube_state_metrics_can_not_see_fractions(start: Start) -> None:
    bench = await start()
    query = 'kube_pod_container_resource_requests{resource="nvidia_com_gpu",pod=~"llama-b|embed-a"}'
    assert await bench.values(query) == {}


async def test_a_changed_pod_changes_its_series(start: Start) -> None:
    bench = await start()
    pod = next(obj for obj in bench.store.objects["pods", ""] if obj["metadata"]["name"] == "llama-a")
    pod["metadata"]["resourceVersion"] = "999"
    pod["status"]["phase"] = "Failed"
    bench.scrape_at(5)
    now = await bench.values('max by (phase) (kube_pod_status_phase{pod="llama-a"} == 1)')
    assert now == {"[('phase', 'Failed')]": 1}
    assert await bench.values("sum(runai_allocated_gpu_count_per_node)") == {"[]": 0.75}


def test_exposition_escapes_and_declares_once() -> None:
    rows = [Row({"text": 'a "quoted"\\ line\nbroken'}), Row({})]
    families = (Family("wait_seconds_bucket", "h", "histogram", "wait_seconds"), Family("other", "h"))
    text = render([Sheet(families, rows, [(1.0, None), (2.5, float("nan"))])])
    assert text.splitlines() == [
        "# HELP wait_seconds h",
        "# TYPE wait_seconds histogram",
        'wait_seconds_bucket{text="a \\"quoted\\"\\\\ line\\nbroken"} 1',
        "wait_seconds_bucket 2.5",
        "# HELP other h",
        "# TYPE other gauge",
        "other NaN",
    ]


def test_history_forgets_what_is_older_than_its_retention() -> None:
    history = History(60)
    job = Job("j", lambda row: LabelSet(row.labels))
    kept, gone = Row({"a": "1"}), Row({"a": "2"})
    for step in range(100):
        rows = [kept, gone] if step < 3 else [kept]
        history.scrape(job, NOW + step, [Sheet((Family("m", ""),), rows, [(float(step),)] * len(rows))])
    end = NOW + 99
    counted = Evaluation(history, end, end, end).value(parse("count_over_time(m[1h])"))
    assert isinstance(counted, list)
    assert [labels.map for labels, _ in counted] == [{"a": "1"}]
    assert 60 <= counted[0][1] <= 76


def test_ten_thousand_series_are_answered_quickly() -> None:
    telemetry = FakeTelemetry()
    telemetry.gpu_list = [sample(f"node{number // 8:04d}", number % 8, busy=number % 100) for number in range(10_000)]
    exporter = DcgmExporter(telemetry, LabelShape())
    history = History(1800)
    job = Job("dcgm", lambda row: LabelSet(row.labels))
    history.scrape(job, NOW, exporter.sheets(NOW))
    expression = parse("DCGM_FI_DEV_GPU_UTIL")
    best = 10.0
    for _ in range(3):
        began = time.process_time()
        vector = Evaluation(history, NOW, NOW, NOW).result(expression)
        body = instant_answer(vector, NOW)
        best = min(best, time.process_time() - began)
    assert body.count(b'"metric"') == 10_000
    assert best < 0.3
