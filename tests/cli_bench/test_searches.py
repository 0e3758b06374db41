"""``bench search`` in its three kinds, as a user runs it, against the embedded NIM and a server of known figures.

They mostly wait, so they run side by side; a point of few users lasts about 5 s.
"""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli_bench.command import Bench, Scenario, side_by_side
from tests.cli_bench.nim import MODEL, embedded_nim
from tests.truth.build import TruthServer
from tui.bench.engine.progress import Beat, Progress
from tui.bench.figures import ClientMeter, Distribution, PointResult, Verdict
from tui.cli.bench_line import point_line, progress_line, verdict_line

URLS: dict[str, str] = {}


def nim(folder: Path) -> Bench:
    return Bench(URLS["nim"], folder / "run", model=MODEL, isl=200, osl=10)


def truth(folder: Path) -> Bench:
    return Bench(URLS["truth"], folder / "run")


def an_adaptive_run_of_the_embedded_nim(folder: Path) -> None:
    bench = nim(folder)
    flags = ("--adaptive", "--ttft-ms", "40", "--max-users", "64", "--budget-seconds", "30", "-o", "json")
    answer = bench.run(*flags, part="search")
    verdict, items = answer.document["verdict"], answer.items
    assert "Traceback" not in answer.err
    assert items[0]["concurrency"] == 1
    assert len(items) > 1, "30 s are enough for more than one window, on a busy machine too"
    assert verdict["reason"] in ("bracket", "budget", "max_users", "hopeless")
    assert verdict["statistic"] == "mean"
    held = [item for item in items if item["valid"] and item["ttft_ms"]["mean"] <= 40.0]
    if verdict["concurrency"] is not None:
        assert verdict["low"] <= max(item["concurrency"] for item in held)
        assert answer.code in (0, 1)
    assert all(item["in_flight_mean"] <= item["concurrency"] + 0.01 for item in items)


def an_adaptive_run_sustains_the_most_users_and_goes_on(folder: Path) -> None:
    bench = truth(folder)
    flags = ("--adaptive", "--ttft-ms", "1000", "--max-users", "3", "-o", "json")
    answer = bench.run(*flags, part="search")
    verdict = answer.document["verdict"]
    assert (verdict["concurrency"], verdict["high"], verdict["reason"]) == (3, None, "max_users"), answer.err
    assert [item["concurrency"] for item in answer.items] == [1, 2, 3, 3, 3]
    assert [item["repeat"] for item in answer.items] == [0, 0, 0, 1, 2]
    assert all(item["ended"] in ("skipped", "steady") for item in answer.items)
    again = bench.run(*flags, "--resume", part="search")
    assert again.document["verdict"] == verdict, "all windows were there: nothing is measured again"
    assert len(bench.points()) == 5


def an_adaptive_run_without_hope(folder: Path) -> None:
    answer = truth(folder).run("--adaptive", "--ttft-ms", "5", "-o", "json", part="search")
    assert answer.document["verdict"]["reason"] == "hopeless", answer.err
    assert [item["concurrency"] for item in answer.items] == [1, 1]
    assert answer.code == 1


def goodput_on_the_embedded_nim(folder: Path) -> None:
    flags = ("--attainment", "0.9", "--ttft-ms", "500", "--e2e-ms", "2000", "--max-users", "4")
    answer = nim(folder).run(*flags, "-o", "json", part="search")
    verdict = answer.document["verdict"]
    assert (verdict["concurrency"], verdict["reason"]) == (4, "max_users"), answer.err
    assert all(item["goodput_fraction"] == 1.0 for item in answer.items)
    assert all(item["ended"] in ("skipped", "steady") for item in answer.items)


def goodput_that_nobody_gets(folder: Path) -> None:
    answer = truth(folder).run("--attainment", "0.95", "--ttft-ms", "5", "-o", "table", part="search")
    assert answer.code == 1
    assert "No number of users was found that holds 0.95 of the requests within their limits" in answer.out


def a_budget_covers_all_from_the_start(folder: Path) -> None:
    began = time.monotonic()
    answer = truth(folder).run("--statistic", "p99", "--ttft-ms", "1000", "--budget-seconds", "12", part="search")
    assert time.monotonic() - began < 12.0 + 6.0, "a point under way may end, no more"
    assert "The budget ended the search." in answer.out


SCENARIOS: tuple[Scenario, ...] = (
    an_adaptive_run_of_the_embedded_nim,
    an_adaptive_run_sustains_the_most_users_and_goes_on,
    an_adaptive_run_without_hope,
    goodput_on_the_embedded_nim,
    goodput_that_nobody_gets,
    a_budget_covers_all_from_the_start,
)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[None]]]:
    with ExitStack() as stack:
        URLS["nim"] = stack.enter_context(embedded_nim())
        URLS["truth"] = stack.enter_context(TruthServer(ttft_ms=20, itl_ms=2)).url
        yield stack.enter_context(side_by_side(SCENARIOS, tmp_path_factory.mktemp("searches")))


@pytest.mark.parametrize("name", [scenario.__name__ for scenario in SCENARIOS])
def test_a_search(found: dict[str, Future[None]], name: str) -> None:
    found[name].result(120)


# -- its words ---------------------------------------------------------------------------------------------------------


def test_the_line_tells_what_is_left_before_the_figures_that_may_be_cut_off() -> None:
    beat = Beat(4.0, 8, 8.0, 121.0, 3119.0, 0)
    line = progress_line(Progress("measuring", 3, None, 8, None, 12.0, beat=beat, eta_seconds=190.0))
    assert line.startswith("point 3  8 users  measuring 12 s  about 3 min left at most  in flight 8  TTFT 121 ms")
    assert "left" not in progress_line(Progress("measuring", 3, None, 8, None, 12.0, beat=beat)), "not known yet"


def test_a_point_cut_by_the_search_and_a_verdict_say_so() -> None:
    short = PointResult(
        "m", 8, None, 20, 0, 1.0, 1.0, 3.0, Distribution(mean=30.0, p99=40.0), Distribution(), Distribution(), 90.0,
        4.0, False, True, ClientMeter(), ended="skipped",
    )  # fmt: skip
    assert point_line(short).endswith("0 failed, cut short")
    verdict = Verdict(64, 64, None, "mean", 200.0, "max_users")
    assert verdict_line(verdict).endswith("More were not tried (--max-users).")
    assert verdict_line(verdict, client_limited=True).endswith("More could not be measured.")
    goodput = verdict_line(replace(verdict, attainment=0.95))
    assert goodput.startswith("64 users hold 0.95 of the requests within their limits (TTFT ≤ 200 ms).")
