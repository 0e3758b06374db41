"""Looking at a NIM endpoint: what each version tells, and what a broken one is reported as."""

import json
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.secret import Secret
from tests.sources_prometheus.server import free_port
from tests.sources_runai.loopback import Asked, Loopback, Reply
from tui.sources.nim import _tls, probe_nim
from tui.sources.nim_metrics import parse_metrics, quantile

TEXT = """# TYPE {p}num_requests_running gauge
{p}num_requests_running{{model_name="llama",engine="0"}} 3.0
{p}num_requests_running{{model_name="llama",engine="1"}} 4.0
{p}num_requests_waiting{{model_name="llama"}} 0.0
{p}num_requests_waiting_by_reason{{reason="capacity"}} 9.0
{p}{cache}{{model_name="llama"}} 0.25
{p}{cache}{{model_name="llama",engine="1"}} 0.75
{p}generation_tokens_total{{model_name="llama"}} 1000 1795468512497
{p}request_failure_total NaN
{p}time_to_first_token_seconds_bucket{{model_name="a,b",le="0.1"}} 50
{p}time_to_first_token_seconds_bucket{{le="0.2",model_name="llama"}} 90
{p}time_to_first_token_seconds_bucket{{le="+Inf"}} 100
{p}time_to_first_token_seconds_sum 12.5
{p}time_to_first_token_seconds_count 100
half a line {{
"""


@pytest.mark.parametrize(("prefix", "cache"), [("", "gpu_cache_usage_perc"), ("vllm:", "kv_cache_usage_perc")])
def test_metrics_of_both_generations(prefix: str, cache: str) -> None:
    found = parse_metrics(TEXT.format(p=prefix, cache=cache))
    assert (found.requests_running, found.requests_waiting, found.output_tokens_total) == (7.0, 0.0, 1000.0)
    assert (found.requests_max, found.requests_failed_total) == (None, None)
    assert found.kv_cache_used_fraction == 0.5
    assert (found.ttft_mean_seconds, found.ttft_p50_seconds) == (0.125, pytest.approx(0.1))
    assert found.ttft_p95_seconds == 0.2  # in the open bucket: its lower edge


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    parse_metrics(text)


@given(
    st.lists(st.floats(0.001, 100, allow_nan=False), min_size=1, max_size=8, unique=True),
    st.lists(st.integers(0, 50), min_size=9, max_size=9),
    st.floats(0, 1),
)
def test_a_quantile_lies_within_the_buckets_and_grows(edges: list[float], counts: list[int], q: float) -> None:
    total, buckets = 0.0, {}
    for edge, count in zip([*sorted(edges), float("inf")], counts, strict=False):
        total += count
        buckets[edge] = total
    found = quantile(q, buckets)
    assert (found is None) == (total == 0)
    if found is not None:
        assert 0 <= found <= max(edges)
        higher = quantile(min(1.0, q + 0.1), buckets)
        assert higher is not None
        assert higher >= found - 1e-9


def nim(asked: Asked) -> Reply:
    answers: dict[str, object] = {
        "/v1/models": {"object": "list", "data": [{"id": "meta/llama-3.1-8b-instruct", "object": "model"}]},
        "/v1/health/live": {"message": "live"},
        "/v1/health/ready": {"message": "ready"},
        "/v1/version": {"release": "1.8.4", "api": "1.8"},
        "/v1/metadata": {"modelInfo": [{"shortName": "llama:1"}], "assetInfo": [], "version": "1.8.4"},
    }
    if asked.path == "/v1/metrics":
        return Reply(200, TEXT.format(p="", cache="gpu_cache_usage_perc").encode())
    return Reply(200, json.dumps(answers[asked.path]).encode()) if asked.path in answers else Reply(404, b"")


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/v1/"])
def test_a_whole_nim(tail: str) -> None:
    with Loopback(nim) as server:
        probe = probe_nim(server.url + tail, Secret("key"), host="llama.lab")
        assert {a.headers["Authorization"] for a in server.asked} == {"Bearer key"}
        assert {a.headers["Host"] for a in server.asked} == {"llama.lab"}
    assert (probe.reachable, probe.live, probe.ready, probe.detail) == (True, True, True, "")
    assert (probe.models, probe.version) == (("meta/llama-3.1-8b-instruct",), "1.8.4")
    assert ("modelInfo.0.shortName", "llama:1") in probe.metadata
    assert probe.metrics is not None
    assert probe.metrics.requests_running == 7.0


def test_one_that_is_still_loading() -> None:
    with Loopback(lambda asked: nim(asked) if asked.path.endswith("live") else Reply(503, b"")) as server:
        probe = probe_nim(server.url)
    assert (probe.live, probe.ready, probe.models, probe.metrics, probe.detail) == (True, False, None, None, "")


def test_a_plain_vllm_without_the_calls_of_a_nim() -> None:
    def behave(asked: Asked) -> Reply:
        if asked.path == "/health":
            return Reply(200, b"")
        if asked.path == "/version":
            return Reply(200, b'{"version": "0.11.0"}')
        return nim(asked) if asked.path == "/v1/models" else Reply(404, b"")

    with Loopback(behave) as server:
        probe = probe_nim(server.url)
    assert (probe.live, probe.ready, probe.version, probe.metrics) == (True, True, "0.11.0", None)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(401, b""), "check the API key"),
        (Reply(200, b"<html>sign in</html>"), "answered HTML"),
        (Reply(200, b"{}"), "no list of models"),
        (Reply(500, b""), "answered 500"),
    ],
)
def test_what_is_wrong_is_one_line(reply: Reply, says: str) -> None:
    with Loopback(lambda asked: reply) as server:
        probe = probe_nim(server.url, Secret("hidden"))
    assert probe.reachable
    assert probe.models is None
    assert says in probe.detail
    assert "hidden" not in probe.detail


def test_a_call_that_hangs_costs_only_its_own_part() -> None:
    def behave(asked: Asked) -> Reply:
        if asked.path == "/v1/metrics":
            server.release.wait(10)
        return nim(asked)

    server = Loopback(behave)
    with server:
        probe = probe_nim(server.url.replace("http://", "http://eve:hidden@"), timeout=0.3)
    assert (probe.ready, probe.version, probe.metrics) == (True, "1.8.4", None)
    assert "did not answer within 0.3 s" in probe.detail
    assert "hidden" not in probe.detail


def test_certificates_are_read_once_and_for_plain_http_never(monkeypatch: pytest.MonkeyPatch) -> None:
    """A benchmark looks every two seconds: the system's certificates cost more than all the questions."""
    read: list[object] = []
    real = ssl.create_default_context
    monkeypatch.setattr("tui.sources.nim.ssl.create_default_context", lambda **given: (read.append(given), real())[1])
    _tls.cache_clear()
    address = f"127.0.0.1:{free_port()}"
    assert [probe_nim(f"http://{address}").reachable for _ in range(2)] == [False, False] and not read
    assert [probe_nim(f"https://{address}").reachable for _ in range(2)] == [False, False] and len(read) == 1
    _tls.cache_clear()


def test_not_reachable_and_not_an_address() -> None:
    probe = probe_nim(f"http://127.0.0.1:{free_port()}")
    assert not probe.reachable
    assert "refused the connection" in probe.detail
    assert "is not an address" in probe_nim("llama:8000").detail

    def hang(asked: Asked) -> Reply:
        server.release.wait(10)
        return Reply()

    server = Loopback(hang)
    with server:
        probe = probe_nim(server.url, timeout=0.2)
    assert "did not answer within 0.2 s" in probe.detail
