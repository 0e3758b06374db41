"""A run on its own thread, and what is watched beside it: what is told arrives, what breaks is said, nothing stays."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.screens_bench.engine import METRICS, measurable
from tests.screens_bench.made import LOAD, SWEEP, beats, point, progress
from tests.store.builders import HeldClock
from tui.bench.engine.progress import Progress
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.nim import NimMetrics
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot
from tui.plans.observe import ServerObserver, changes, environment_of
from tui.plans.run import BenchRun

LLAMA = WorkloadKey("runai-team", "llama-half", "InferenceWorkload")


async def nothing(run: BenchRun) -> None: ...


def joined(run: BenchRun) -> BenchRun:
    run.start()
    assert run.close(5)
    return run


# -- the run -----------------------------------------------------------------------------------------------------------


def test_it_has_a_loop_of_its_own_and_what_it_tells_arrives(tmp_path: Path) -> None:
    threads: list[str] = []

    async def perform(run: BenchRun) -> None:
        assert asyncio.get_running_loop().is_running()
        threads.append(threading.current_thread().name)
        run.tell(progress(point(1), points=4))

    run = BenchRun(SWEEP, tmp_path / "r", perform=perform)
    assert run.latest().phase == "probing" and run.latest().points == 4 and not run.running
    run.start()
    assert run._thread is not None
    run._thread.join(5)
    state = run.state()
    assert threads == ["benchmark"] and state.progress.finished == (point(1),) and not state.running


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("model 'x' is not served; there are: y"), "model 'x' is not served; there are: y"),
        (OSError("http://h:1 refused the connection"), "http://h:1 refused the connection"),
        (KeyError("choices"), "the benchmark broke off: KeyError: 'choices'"),
    ],
)
def test_what_breaks_it_is_one_line_and_no_traceback(tmp_path: Path, error: Exception, line: str) -> None:
    async def perform(run: BenchRun) -> None:
        raise error

    state = joined(BenchRun(SWEEP, tmp_path / "r", perform=perform)).state()
    assert state.problem == line and not state.running


def test_the_last_figures_of_a_point_stand_until_the_next_ones(tmp_path: Path) -> None:
    run = BenchRun(SWEEP, tmp_path / "r", perform=nothing)
    run.tell(progress(point(1), partial=point(8)))
    run.tell(Progress("paused", 2, 4, 8, None, 3.0, finished=(point(1),)))
    assert run.latest().partial == point(8) and run.latest().phase == "paused"
    run.tell(Progress("warming", 3, 4, 64, None, 0.0, finished=(point(1), point(8))))
    assert run.latest().partial is None


def test_closing_stops_at_once_even_a_paused_run(tmp_path: Path) -> None:
    async def perform(run: BenchRun) -> None:
        while run.controls.paused or run.controls.interrupts < 2:
            await asyncio.to_thread(never.wait, 0.005)

    never = threading.Event()

    run = BenchRun(SWEEP, tmp_path / "r", perform=perform)
    run.controls.paused = True
    run.start()
    assert run.label() == "BENCH probing"
    run.stop()
    assert run.label() == "BENCH stopping" and run.close(5) and run.label() == ""


def test_a_wrong_address_is_said_and_leaves_no_folder(tmp_path: Path) -> None:
    """The real way: the endpoint is probed before anything is written."""
    load = replace(LOAD, target=replace(LOAD.target, url="http://127.0.0.1:1"))
    run = BenchRun(replace(SWEEP, load=load), tmp_path / "r")
    run.start()
    assert run._thread is not None
    run._thread.join(20)
    assert "127.0.0.1:1" in run.state().problem and "\n" not in run.state().problem
    assert not (tmp_path / "r").exists()


# -- the observer ------------------------------------------------------------------------------------------------------


class Hand:
    """A snapshot that the test changes, and what the endpoint says."""

    def __init__(self) -> None:
        self.snapshot: Snapshot = measurable().store.snapshot
        self.metrics: NimMetrics | None = METRICS
        self.asked: list[tuple[Pod, ...]] = []

    def look(self, pods: tuple[Pod, ...]) -> NimMetrics | None:
        self.asked.append(pods)
        return self.metrics

    def change(self, *pods: Pod) -> None:
        """These pods of the workload, and no other."""
        works = dict(self.snapshot.workloads)
        works[LLAMA] = replace(works[LLAMA], pods=tuple(pod.key for pod in pods))
        known = {**self.snapshot.pods, **{pod.key: pod for pod in pods}}
        self.snapshot = replace(self.snapshot, pods=known, workloads=works)


def test_a_sample_holds_the_endpoint_the_gpus_and_the_pods() -> None:
    hand, clock = Hand(), HeldClock()
    watching = ServerObserver(hand.look, lambda: hand.snapshot, LLAMA, clock)
    assert watching.sample()["requests_running"] is None, "before the first look nothing is known"
    watching.look_once()
    sample = watching.sample()
    assert sample["requests_running"] == 128.0 and sample["kv_cache_used_fraction"] == 0.71
    assert sample["pods_ready"] == 2 and sample["gpu_utilization_fraction"] == pytest.approx(0.15)
    assert [pod.key.name for pod in hand.asked[0]] == ["half-1", "half-2"]
    clock.at += 11
    assert watching.sample()["requests_running"] is None, "an old figure is not a figure"
    clock.at += 60
    assert watching.sample()["gpu_utilization_fraction"] is None


def test_what_happens_to_the_pods_is_counted_and_told() -> None:
    hand = Hand()
    watching = ServerObserver(hand.look, lambda: hand.snapshot, LLAMA, HeldClock())
    watching.look_once()
    watching.look_once()
    assert "events" not in watching.sample()
    one, two = (hand.snapshot.pods[ObjectKey("runai-team", f"half-{n}")] for n in (1, 2))
    hand.change(one, two, replace(one, key=ObjectKey("runai-team", "half-3")))
    watching.look_once()
    assert watching.sample()["events"] == 1 and watching.sample()["event"] == "pod added (3 ready)"
    restarted = replace(one, containers=(replace(one.containers[0], restarts=1),))
    hand.change(restarted)
    watching.look_once()
    assert watching.sample()["events"] == 2
    assert watching.sample()["event"] == "pod gone (1 ready), pod gone (1 ready), half-1 restarted"
    assert changes({"a": 2}, {"a": 0}) == [], "a pod replaced under its name has restarted less, not more"


def test_its_thread_asks_on_its_own_and_ends() -> None:
    hand, asked = Hand(), threading.Event()

    def look(pods: tuple[Pod, ...]) -> NimMetrics | None:
        if hand.asked:
            asked.set()
        return hand.look(pods)

    watching = ServerObserver(look, lambda: hand.snapshot, None, every_seconds=0.01)
    watching.start()
    assert asked.wait(5)
    watching.stop()
    assert watching._thread is not None and not watching._thread.is_alive()
    assert hand.asked[0] == () and "pods_ready" not in watching.sample(), "an endpoint of no workload has no pods"


def test_the_environment_tells_what_is_known_of_the_server() -> None:
    snapshot = Hand().snapshot
    told = dict(environment_of(snapshot.workloads[LLAMA], snapshot))
    assert told["workload"] == "runai-team/llama-half" and told["GPU fraction"] == "0.5" and told["pods ready"] == "2"
    assert told["Kubernetes"] == "v1.34.2" and all(told.values()) and len(beats(3)) == 3
