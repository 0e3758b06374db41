"""Ctrl-C once and twice, a kill, a stalled worker: finished points are never lost, no process stays."""

import json
import os
import signal
import subprocess
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.cli_bench.command import Bench, Scenario, aimed, wait_until
from tests.truth.build import TruthServer
from tui.bench.results.reader import read_records, read_run
from tui.bench.results.windows import recomputed

ALONE = ("--workers", "local:1")
"""On a busy machine a point would be begun anew with more workers, and the second one not be that of two users."""


def in_the_second_point(bench: Bench, process: subprocess.Popen[str]) -> None:
    """Until a second of it is told in which requests were measured."""
    beats = bench.folder / "beats.jsonl"

    def measured() -> bool:
        lines = [json.loads(line) for line in beats.read_bytes().splitlines()] if beats.is_file() else []
        return any(line["point"] == 2 and line["beat"]["ttft_mean_ms"] for line in lines)

    wait_until(measured, "the second point was not measured")
    assert process.poll() is None, "it is over already"


def is_pending(pid: int, number: signal.Signals) -> bool:
    """Whether the kernel still holds the signal for the process; one that is gone holds none."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    masks = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith(("SigPnd", "ShdPnd"))]
    return any(mask & 1 << number - 1 for mask in masks)


def beats_of(bench: Bench) -> int:
    """How many whole seconds the run has told of."""
    kept = bench.folder / "beats.jsonl"
    return kept.read_bytes().count(b"\n") if kept.is_file() else 0


def press_ctrl_c(folder: Path, times: int) -> None:
    bench = aimed(folder)
    with bench.started("--concurrency", "1,2,3", "--duration", "4", *ALONE, "-o", "json") as process:
        in_the_second_point(bench, process)
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            # Two that are pending at once would be one.
            wait_until(lambda: not is_pending(process.pid, signal.SIGINT), "the signal was not taken")
        out, err = process.communicate(timeout=20)
    items = json.loads(out)["items"]
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert [item["concurrency"] for item in items] == [1, 2]
    assert [item["ended"] for item in items] == ["duration", "interrupted"]
    assert [point["concurrency"] for point in bench.points()] == [1, 2]


def ctrl_c_once(folder: Path) -> None:
    press_ctrl_c(folder, 1)


def ctrl_c_twice(folder: Path) -> None:
    press_ctrl_c(folder, 2)


def ctrl_c_twice_cuts_a_long_request(folder: Path) -> None:
    with TruthServer(ttft_ms=20, itl_ms=1, fault="stall", fault_after=6) as server:
        bench = Bench(server.url, folder / "run")
        with bench.started("--concurrency", "2", "--duration", "30") as process:
            wait_until(lambda: server.truth().in_flight == 2, "no request is under way")
            wait_until(lambda: beats_of(bench) >= 1, "the point did not begin")
            told = beats_of(bench)
            process.send_signal(signal.SIGINT)
            wait_until(lambda: beats_of(bench) >= told + 2, "it did not wait for what is in flight")
            assert process.poll() is None
            process.send_signal(signal.SIGINT)
            sent = time.monotonic()
            _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert time.monotonic() - sent < 8.0


def a_kill_leaves_a_readable_run_that_goes_on(folder: Path) -> None:
    bench = aimed(folder)
    with bench.started("--concurrency", "1,2", "--duration", "3", *ALONE) as process:
        in_the_second_point(bench, process)
        process.kill()
        process.communicate(timeout=20)
    wait_until(lambda: not bench.processes(), "a worker outlived its engine")
    run = read_run(bench.folder)
    assert [point.concurrency for point in run.points] == [1]
    assert sum(b'"point":1,' in line for line in read_records(bench.folder)) >= run.points[0].requests
    again = bench.run("--concurrency", "1,2", "--duration", "3", *ALONE, "--resume", "-o", "json")
    assert again.well, again.err
    assert [item["concurrency"] for item in again.items] == [1, 2]
    assert [point["concurrency"] for point in bench.points()] == [1, 2]
    numbers = {point["number"] for point in bench.points()}
    recorded = {json.loads(line)["point"] for line in read_records(bench.folder)}
    assert numbers <= recorded
    run = read_run(bench.folder)
    assert recomputed(bench.folder) == dict(zip(run.numbers, run.points, strict=True))
    other = bench.run("--concurrency", "1,2", "--resume", "--isl", "41")
    other.refused(2, "isl 40, not 41")


def a_worker_that_stood_still_makes_the_point_invalid(folder: Path) -> None:
    bench = aimed(folder)
    with bench.started("--concurrency", "4", "--duration", "4", "--workers", "local:1", "-o", "json") as process:
        wait_until(lambda: beats_of(bench) >= 2, "the point did not begin")
        (worker,) = bench.processes()
        os.kill(worker, signal.SIGSTOP)
        time.sleep(0.3)  # this is the stall itself
        os.kill(worker, signal.SIGCONT)
        out, err = process.communicate(timeout=30)
    (item,) = json.loads(out)["items"]
    assert (process.returncode, item["valid"]) == (1, False), err
    assert item["client"]["loop_lag_p99_ms"] > 25
    assert item["client"]["added_p99_ms"] >= item["client"]["loop_lag_p99_ms"]
    assert "INVALID" in err


def a_worker_that_is_killed_is_replaced_and_its_point_begun_anew(folder: Path) -> None:
    bench = aimed(folder)
    with bench.started("--concurrency", "1,2", "--duration", "3", "--workers", "local:1", "-o", "json") as process:
        in_the_second_point(bench, process)
        for worker in bench.processes():
            os.kill(worker, signal.SIGKILL)
        out, err = process.communicate(timeout=30)
    assert process.returncode in (0, 1), err  # 1: a busy machine makes points invalid
    assert "Traceback" not in err
    assert "worker local-0 was lost (it ended): begun anew with 1 worker" in err
    assert [item["concurrency"] for item in json.loads(out)["items"]] == [1, 2]
    assert not bench.processes()


SCENARIOS: list[Scenario] = [
    ctrl_c_once,
    ctrl_c_twice,
    ctrl_c_twice_cuts_a_long_request,
    a_kill_leaves_a_readable_run_that_goes_on,
    a_worker_that_stood_still_makes_the_point_invalid,
    a_worker_that_is_killed_is_replaced_and_its_point_begun_anew,
]


@pytest.mark.parametrize("name", [scenario.__name__ for scenario in SCENARIOS])
def test_scenario(name: str, played: dict[str, Future[None]]) -> None:
    played[name].result(120)
