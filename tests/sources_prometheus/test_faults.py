"""Every way a Prometheus can fail: the right state and one line that helps, at the first failure."""

import re
from pathlib import Path

import pytest

from config.secret import Secret
from tests.sources_prometheus.kit import Kept, poller, settings
from tests.sources_prometheus.server import Asked, FakePrometheus, FaultServer, Reply, Rows, error, free_port, vector
from tui.model.status import SourceState, SourceStatus
from tui.sources.prometheus import Endpoint

SERIES: dict[str, Rows] = {"DCGM_FI_DEV_GPU_UTIL": [({"Hostname": "node001", "gpu": "0"}, "44")]}
HTML = Reply(200, b"<!DOCTYPE html><html><title>Sign in</title></html>", {"Content-Type": "text/html"})


def first_status(url: str | None, **changes: object) -> SourceStatus:
    with poller(settings(url, **changes)) as polled:
        kept = Kept()
        polled.step(kept)
    assert len(kept.statuses) == 1
    assert "\n" not in kept.status.detail
    assert "Traceback" not in kept.status.detail
    return kept.status


def test_refused() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    status = first_status(url)
    assert (status.state, status.last_good_at) == (SourceState.FAILED, None)
    assert status.detail.startswith(f"{url} refused the connection")


def test_times_out() -> None:
    server = FaultServer(lambda asked: vector([]))

    def hang(asked: Asked) -> Reply:
        server.release.wait(10)
        return vector([])

    server.behave = hang
    with server:
        status = first_status(server.url, timeout_seconds=0.3)
    assert status.state is SourceState.FAILED
    assert "did not answer within 0.3 s" in status.detail


def test_a_name_that_does_not_resolve() -> None:
    status = first_status("http://prometheus.invalid:9090")
    assert status.state is SourceState.FAILED
    assert "prometheus.invalid:9090" in status.detail


@pytest.mark.parametrize("url", ["prom:9090", "ftp://prom", "http://", "http://[::1"])
def test_an_address_that_is_none(url: str) -> None:
    status = first_status(url)
    assert status.state is SourceState.FAILED
    assert "http://host:9090" in status.detail


@pytest.mark.parametrize(
    ("reply", "state", "says"),
    [
        (HTML, SourceState.FAILED, "HTML"),
        (Reply(200, b""), SourceState.FAILED, "empty answer"),
        (Reply(200, b"hello"), SourceState.FAILED, "'hello', not JSON"),
        (Reply(200, b'{"status":"success","data":{"resultType":"ve'), SourceState.FAILED, "cut off"),
        (Reply(200, b"[1]", promised_bytes=1000), SourceState.FAILED, "broke off"),
        (Reply(401, b"no"), SourceState.DENIED, "401"),
        (Reply(403, b"<html>no</html>"), SourceState.DENIED, "403"),
        (Reply(404, b"404 page not found"), SourceState.FAILED, "path prefix"),
        (Reply(502, b"<html>Bad gateway</html>"), SourceState.FAILED, "502: an HTML page"),
        (error(503, "starting up", "unavailable"), SourceState.FAILED, "unavailable: starting up"),
        (error(400, "parse error\nat 1:9"), SourceState.FAILED, "parse error at 1:9"),
        (error(200, "odd"), SourceState.FAILED, "odd"),
    ],
)
def test_answers_that_are_none(reply: Reply, state: SourceState, says: str) -> None:
    with FaultServer(lambda asked: reply) as server:
        status = first_status(server.url)
    assert status.state is state
    assert says in status.detail
    assert server.url in status.detail


def test_too_large_an_answer_names_the_setting() -> None:
    with FaultServer(lambda asked: Reply(200, b" " * 300_000)) as server:
        status = first_status(server.url, max_response_bytes=100_000)
    assert status.state is SourceState.FAILED
    assert "prometheus.max_response_bytes" in status.detail


def test_a_path_prefix_is_kept() -> None:
    fake = FakePrometheus(SERIES)

    def behave(asked: Asked) -> Reply:
        return fake(asked) if asked.path.startswith("/tools/prom/api/v1/") else Reply(404, b"")

    with FaultServer(behave) as server:
        assert first_status(f"{server.url}/tools/prom/").state is SourceState.LIVE
        assert "path prefix" in first_status(server.url).detail


def test_bearer_token_and_its_renewed_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    with FaultServer(FakePrometheus(SERIES)) as server:
        with poller(settings(server.url, token_file=file)) as polled:
            kept = Kept()
            polled.step(kept)
            file.write_text("second, longer\n")
            polled.all_due()
            polled.step(kept)
        sent = [asked.headers.get("Authorization") for asked in server.asked]
        assert (sent[0], sent[-1]) == ("Bearer first", "Bearer second, longer")


def test_a_token_file_that_is_missing_names_field_and_file(tmp_path: Path) -> None:
    with FaultServer(FakePrometheus(SERIES)) as server:
        status = first_status(server.url, token_file=tmp_path / "absent")
    assert "prometheus.token_file" in status.detail
    assert str(tmp_path / "absent") in status.detail


def test_basic_auth_and_no_secret_in_a_status() -> None:
    with FaultServer(lambda asked: Reply(401, b"")) as server:
        address = server.url.replace("http://", "http://eve:hidden@")
        status = first_status(address, username="eve", password=Secret("hidden"))
        assert server.asked[0].headers["Authorization"] == "Basic ZXZlOmhpZGRlbg=="
    assert status.state is SourceState.DENIED
    assert "hidden" not in status.detail
    assert "prometheus.username" in status.detail


def test_a_ca_file_that_is_missing() -> None:
    status = first_status("https://127.0.0.1:1", ca_file=Path("/nonexistent/ca.pem"))
    assert "prometheus.ca_file '/nonexistent/ca.pem' is not a file" in status.detail


def test_no_address_at_all_is_absent() -> None:
    status = first_status(None)
    assert status.state is SourceState.ABSENT
    assert "--prometheus" in status.detail


def test_discovered_address_is_used_and_lost_ones_looked_for_again() -> None:
    found: list[Endpoint | None] = [None]
    with FaultServer(FakePrometheus(SERIES)) as server, poller(settings(None), discover=lambda: found[0]) as polled:
        kept = Kept()
        polled.step(kept)
        assert kept.status.state is SourceState.ABSENT
        found[0] = Endpoint(server.url, None, "Service monitoring/prom")
        polled.step(kept)
        assert kept.status.state is SourceState.LIVE
        assert ("found by", "Service monitoring/prom") in polled.facts


def test_denied_after_it_was_good_keeps_the_time() -> None:
    fake = FakePrometheus(SERIES)
    with FaultServer(fake) as server, poller(settings(server.url)) as polled:
        kept = Kept()
        polled.step(kept)
        server.behave = lambda asked: Reply(403, b"")
        polled.all_due()
        polled.step(kept)
    assert kept.status.state is SourceState.DENIED
    assert kept.status.last_good_at is not None


def test_lines_of_every_fault_are_plain_text() -> None:
    with FaultServer(lambda asked: Reply(500, b"\x1b[2Jboom\x00\n\nsecond")) as server:
        status = first_status(server.url)
    assert not re.search(r"[\x00-\x1f]", status.detail)
