"""Load from many machines, whole: the Job, its pods as processes, commands by attach, windows by their logs."""

import asyncio
import json
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from config.load import load
from config.settings import LoadSettings
from tests.cli_bench.command import Answer, wait_until
from tests.plans.lab import IMAGE, Lab, processes, running_lab
from tui.model.ids import ObjectKey
from tui.plans import job_worker
from tui.plans.job_manifest import job_change
from tui.plans.job_worker import JobWorker
from tui.plans.job_workers import JobError, JobPool, explained
from tui.session import Session
from tui.sources.kubernetes import KubeError, NotFound

WELL, KILLED = "default", "monitoring"  # a namespace for each run, so that their Jobs are told apart
KEY = ObjectKey("here", "nimdeck-load-1")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab")) as found:
        yield found


@pytest.fixture(scope="module", autouse=True)
def runs(lab: Lab) -> Iterator[dict[str, Future[Answer]]]:
    """Two runs, under way while other tests run: one goes well, one of two points loses a pod in its first."""
    with ThreadPoolExecutor(2) as threads:
        yield {
            WELL: threads.submit(lab.bench, WELL, "--concurrency", "6", "--duration", "2"),
            KILLED: threads.submit(bench_with_a_death, lab),
        }


def bench_with_a_death(lab: Lab) -> Answer:
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(lab.bench, KILLED, "--concurrency", "6,3", "--duration", "3")
        beats = lab.folder / KILLED / "beats.jsonl"
        wait_until(lambda: answer.done() or (beats.exists() and beats.read_bytes().count(b"\n") >= 2), "no load")
        assert not answer.done(), answer.result().err
        (job,) = lab.jobs(KILLED)
        pods = processes(job)
        assert len(pods) == 3
        os.kill(pods[min(pods)], signal.SIGKILL)
        return answer.result()


def test_read_only_makes_no_job(lab: Lab) -> None:
    answer = lab.bench("kube-public", "--concurrency", "1", NIMDECK_READ_ONLY="true")
    answer.refused(2, "read-only", "nothing was changed")
    assert not (lab.folder / "kube-public").exists()
    assert lab.audit("kube-public") == []


def test_what_lies_on_this_machine_is_refused(lab: Lab) -> None:
    lab.bench("kube-public", "--concurrency", "1", "--ca-file", "ca.pem").refused(2, "--ca-file ca.pem", "local:3")


@pytest.fixture
def session(lab: Lab) -> Iterator[Session]:
    session = Session(load(environ=lab.settings("gpu-operator")).settings)
    session.start()
    try:
        assert session.kubernetes is not None
        assert session.kubernetes.wait_connected(20)
        session.wait_first(20)
        yield session
    finally:
        session.stop()


def pool(session: Session, **settings: object) -> JobPool:
    chosen = LoadSettings(IMAGE, "gpu-operator", **settings)  # type: ignore[arg-type]
    assert session.kubernetes is not None
    return JobPool(2, chosen, session.kubernetes, session.writer, explained(lambda: session.store.snapshot))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"node_selector": ("no=where",), "start_seconds": 1.0}, ("0 of 2 pods", "node")),
        ({"cpu": "900", "start_seconds": 1.0}, ("0 of 2 pods", "CPU")),
        ({"cpu": "much", "start_seconds": 1.0}, ("cpu", "much")),
    ],
)
async def test_pods_that_do_not_come_are_explained_and_taken_back(
    lab: Lab, session: Session, settings: dict[str, object], words: tuple[str, ...]
) -> None:
    with pytest.raises(JobError) as caught:
        async with pool(session, **settings):
            pass
    assert "\n" not in str(caught.value)
    for word in words:
        assert word.lower() in str(caught.value).lower()
    assert lab.jobs("gpu-operator") == []


async def test_an_interrupt_ends_the_wait(lab: Lab, session: Session) -> None:
    assert session.kubernetes is not None
    settings = LoadSettings(IMAGE, "gpu-operator", node_selector=("no=where",))
    with pytest.raises(JobError, match="interrupted"):
        async with JobPool(1, settings, session.kubernetes, session.writer, cancelled=lambda: True):
            pass
    assert lab.jobs("gpu-operator") == []


async def test_a_worker_speaks_until_it_is_told_to_stop(session: Session) -> None:
    async with pool(session, start_seconds=20.0) as jobs:
        worker = jobs.new_worker(0)
        await worker.start()
        await worker.send(b'{"schema":"nimdeck.worker/1","kind":"ping","id":7}\n')
        lines = worker.lines()
        said = json.loads(await asyncio.wait_for(anext(lines), 10))
        assert (said["kind"], said["id"], said["seq"]) == ("pong", 7, 0)
        assert await worker.stop(5) == ""
        assert [json.loads(line)["kind"] async for line in lines] == ["bye"]
        with pytest.raises(OSError, match="input"):
            await worker.send(b"{}\n")


async def test_only_a_container_that_runs_has_an_input(session: Session) -> None:
    assert session.kubernetes is not None
    with pytest.raises(NotFound):
        await asyncio.to_thread(session.attach, ObjectKey("default", "nobody"), "worker")
    pod = next(pod for pod in session.store.snapshot.pods.values() if pod.key.namespace == "runai")
    with pytest.raises(KubeError, match="container"):
        await asyncio.to_thread(session.attach, pod.key, pod.containers[0].name)


class Log:
    def __init__(self, *lines: str) -> None:
        self._lines = lines

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def close(self) -> None:
        pass


class Cluster:
    """A pod whose log breaks off twice; then it has died."""

    def __init__(self) -> None:
        self.logs_left = [Log(line(0), line(1)), Log("Traceback", line(1), line(2)), Log(line(2), "MemoryError")]
        self.since: list[int | None] = []

    def attach(self, pod: ObjectKey, container: str) -> object:
        return self

    def logs(self, *_: object, since_seconds: int | None, **__: object) -> Log:
        self.since.append(since_seconds)
        return self.logs_left.pop(0)

    def get_object(self, kind: str, key: ObjectKey) -> object:
        ended = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
        state = {"running": {}} if self.logs_left else ended
        return {"status": {"phase": "Running", "containerStatuses": [{"state": state}]}}


def line(seq: int) -> str:
    return json.dumps({"schema": "nimdeck.worker/1", "kind": "beat", "seq": seq})


async def test_a_log_that_breaks_off_is_followed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_worker, "_PAUSE_SECONDS", 0.0)
    cluster = Cluster()
    worker = JobWorker(cluster, ObjectKey("here", "pod"))  # type: ignore[arg-type]
    await worker.start()
    heard: list[int] = []
    with pytest.raises(OSError, match="OOMKilled, exit code 137: MemoryError"):
        async for said in worker.lines():
            heard += [json.loads(said)["seq"]]
    assert heard == [0, 1, 2]
    assert cluster.since[0] is None
    assert all(cluster.since[1:])
    for thread in threading.enumerate():
        if thread.name.startswith("log here/pod"):
            thread.join(5)


def test_what_stands_in_the_job() -> None:
    settings = LoadSettings(
        IMAGE, tolerations=("gpu", "dedicated=load:NoSchedule"), node_selector=("role=cpu",), image_pull_secret="pull"
    )
    job = job_change(settings, KEY, 16).body
    assert job is not None
    spec = json.loads(json.dumps(job))["spec"]
    assert (spec["completionMode"], spec["completions"], spec["parallelism"]) == ("Indexed", 16, 16)
    assert (spec["backoffLimitPerIndex"], "backoffLimit" in spec) == (0, False)
    pod = spec["template"]["spec"]
    assert pod["tolerations"] == [
        {"key": "gpu", "operator": "Exists"},
        {"key": "dedicated", "operator": "Equal", "value": "load", "effect": "NoSchedule"},
    ]
    assert (pod["nodeSelector"], pod["imagePullSecrets"]) == ({"role": "cpu"}, [{"name": "pull"}])
    (container,) = pod["containers"]
    assert (container["stdin"], container["stdinOnce"], "env" in container) == (True, False, False)


def test_without_an_image_there_is_no_job() -> None:
    with pytest.raises(ValueError, match=r"load\.image is not set"):
        job_change(LoadSettings(), KEY, 1)


def test_a_point_over_three_pods(lab: Lab, runs: dict[str, Future[Answer]]) -> None:
    answer = runs[WELL].result()
    assert answer.well, answer.err
    (point,) = answer.items
    assert (point["concurrency"], point["failed"], point["client"]["workers"]) == (6, 0, 3)
    assert point["requests"] > 20
    windows = [json.loads(line) for line in (lab.folder / WELL / "windows.jsonl").read_bytes().splitlines()]
    assert {window["worker"] for window in windows if "worker" in window} == {0, 1, 2}
    assert (lab.folder / WELL / "records.jsonl.gz").stat().st_size == 0  # windows only


def test_the_job_is_made_and_deleted_through_the_writer(lab: Lab, runs: dict[str, Future[Answer]]) -> None:
    for namespace, run in runs.items():
        run.result()
        assert lab.jobs(namespace) == []
        made, deleted = lab.audit(namespace)
        assert (made["verb"], deleted["verb"]) == ("create", "delete")
        assert made["object"] == deleted["object"]
        assert {made["result"], deleted["result"]} == {"ok"}
        job = made["object"].rpartition("/")[2]
        wait_until(lambda job=job: not processes(job), "a process outlived its pod")


def test_the_users_of_a_pod_that_dies_go_to_the_others(runs: dict[str, Future[Answer]]) -> None:
    answer = runs[KILLED].result()
    assert answer.well, answer.err
    first, second = answer.items
    (note,) = [note for note in first["notes"] if "was lost" in note]
    assert "begun anew with 2 workers" in note
    assert "exit code 137" in note or "its input" in note  # whichever was noticed first
    assert [(point["concurrency"], point["client"]["workers"]) for point in (first, second)] == [(6, 2), (3, 2)]
    assert first["in_flight_mean"] > 5.5
    assert first["failed"] == second["failed"] == 0


async def test_the_lab_takes_its_processes_with_it(tmp_path: Path) -> None:
    with running_lab(tmp_path) as own:
        session = Session(load(environ=own.settings("gpu-operator")).settings)
        session.start()
        try:
            assert session.kubernetes is not None
            assert await asyncio.to_thread(session.kubernetes.wait_connected, 20)
            async with pool(session, start_seconds=20.0) as jobs:
                (job,) = own.jobs("gpu-operator")
                pods = processes(job)
                assert len(pods) == 2
                os.kill(parent_of(pods.popitem()[1]), signal.SIGKILL)
                await asyncio.to_thread(wait_until, lambda: not processes(job), "a process outlived its cluster")
            (note,) = jobs.notes  # the Job could not be deleted: that is said, with the mend
            assert f"kubectl -n gpu-operator delete job {job}" in note
        finally:
            session.stop()


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
