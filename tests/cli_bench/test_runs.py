"""``bench run`` and ``bench search`` against a server whose figures are known."""

import json
import os
import pty
import re
import subprocess
from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.cli_bench.command import ROOT, Scenario, aimed

FIELDS = {
    "model", "concurrency", "requests", "failed", "isl", "osl", "seconds", "ttft_ms", "itl_ms", "e2e_ms",
    "output_tokens_per_second", "requests_per_second", "steady", "valid", "client",
}  # fmt: skip
STATISTICS = {"mean", "p50", "p90", "p95", "p99", "min", "max"}
CLIENT = {
    "cpu_fraction", "loop_lag_mean_ms", "loop_lag_p99_ms", "receive_lag_mean_ms", "receive_lag_p99_ms",
    "added_mean_ms", "added_p99_ms", "meter",
}  # fmt: skip


def a_sweep_of_exact_requests_in_json(folder: Path) -> None:
    bench = aimed(folder)
    answer = bench.run("--concurrency", "1,4", "--requests", "30", "-o", "json")
    assert answer.well, answer.err
    document = answer.document
    assert document["schema"] == "nimdeck.points/1"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["generated_at"])
    assert document["sources"]["endpoint"]["state"] == "live"
    assert document["verdict"] is None
    assert [item["concurrency"] for item in answer.items] == [1, 4]
    for item in answer.items:
        assert item.keys() >= FIELDS
        assert all(item[name].keys() >= STATISTICS for name in ("ttft_ms", "itl_ms", "e2e_ms"))
        assert item["client"].keys() >= CLIENT
        assert (item["requests"], item["failed"]) == (30, 0)
        assert item["isl"] == pytest.approx(40, rel=0.05)
        assert item["osl"] == 8
        assert item["ttft_ms"]["mean"] == pytest.approx(20, abs=8)
        assert item["itl_ms"]["mean"] == pytest.approx(2, abs=1)
        users, cycle = item["concurrency"], item["e2e_ms"]["mean"] / 1000
        assert item["requests_per_second"] == pytest.approx(users / cycle, rel=0.2)
        assert item["output_tokens_per_second"] == pytest.approx(users * 8 / cycle, rel=0.2)
    assert [point["requests"] for point in bench.points()] == [30, 30]


def a_rate(folder: Path) -> None:
    bench = aimed(folder)
    answer = bench.run("--rate", "60", "--duration", "2", "--arrival", "constant", "-o", "json")
    item = answer.items[0]
    assert answer.well, answer.err
    assert item["concurrency"] is None
    assert item["requests"] == pytest.approx(120, abs=65)
    assert item["requests_per_second"] == pytest.approx(60, rel=0.1)


def users_that_are_fewer_than_the_workers(folder: Path) -> None:
    bench = aimed(folder)
    answer = bench.run("--concurrency", "1", "--workers", "local:2", "--requests", "5", "-o", "json")
    assert answer.well, answer.err
    assert answer.items[0]["requests"] == 5


def a_search_answers_within_its_budget(folder: Path) -> None:
    bench = aimed(folder)
    answer = bench.run("--ttft-ms", "500", "--budget-seconds", "5", "-o", "json", part="search")
    verdict = answer.document["verdict"]
    assert answer.code == 0, answer.err
    assert verdict.keys() >= {"concurrency", "low", "high", "statistic", "target_ms", "reason"}
    assert (verdict["reason"], verdict["statistic"], verdict["target_ms"]) == ("budget", "mean", 500)
    assert verdict["concurrency"] >= 1
    assert json.loads((bench.folder / "verdict.json").read_bytes())["reason"] == "budget"


def a_terminal_sees_one_line_that_lives_and_stdout_stays_clean(folder: Path) -> None:
    bench = aimed(folder)
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        bench.arguments("run", "--concurrency", "2", "--duration", "2", "-o", "json"),
        cwd=ROOT, env=bench.environment(), stdout=subprocess.PIPE, stderr=follower,
    )  # fmt: skip
    os.close(follower)
    seen = b""
    with process:
        try:
            while piece := os.read(leader, 65536):
                seen += piece
        except OSError:  # how a terminal tells its end
            pass
        assert process.stdout is not None
        out = process.stdout.read()
    os.close(leader)
    assert process.returncode == 0, seen
    assert json.loads(out)["items"][0]["concurrency"] == 2
    text = seen.decode()
    assert "Traceback" not in text
    assert text.count("\r\x1b[K") >= 4
    assert re.search(r"point 1/1  2 users  measuring \d s  in flight 2", text)
    stays = [line for line in re.sub(r"[^\n]*\r\x1b\[K", "", text.replace("\r\n", "\n")).splitlines() if line]
    assert [line for line in stays if "TTFT mean" in line] == [
        line for line in stays if not line.startswith("nimdeck:")
    ]


SCENARIOS: list[Scenario] = [
    a_sweep_of_exact_requests_in_json,
    a_rate,
    users_that_are_fewer_than_the_workers,
    a_search_answers_within_its_budget,
    a_terminal_sees_one_line_that_lives_and_stdout_stays_clean,
]


@pytest.mark.parametrize("name", [scenario.__name__ for scenario in SCENARIOS])
def test_scenario(name: str, played: dict[str, Future[None]]) -> None:
    played[name].result(120)
