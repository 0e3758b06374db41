"""What is written is read back, whatever ended the writing."""

import gzip
import json
import os
import resource
import select
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench_results.made import LOAD, POINT, VERDICT, beat, point, write
from tui.bench.results.reader import list_runs, read_records, read_run
from tui.bench.results.rundir import RunDirectory, RunError
from tui.bench.spec import PromptSpec, Target

ROOT = Path(__file__).parents[2]


def records(path: Path) -> list[dict]:
    return [json.loads(line) for line in read_records(path)]


def test_a_run_comes_back_as_it_was(tmp_path: Path) -> None:
    points = (point(1), point(64, ttft_ms=replace(POINT.ttft_ms, interval=None)), point(128, valid=False))
    run = read_run(write(tmp_path / "r", *points, verdict=VERDICT))
    assert run.points == points
    assert run.verdict == VERDICT
    assert run.head.load == LOAD
    assert ("server", "vllm 0.33") in run.head.environment
    assert json.loads(bytes(run.head.probe)) == {"usage": True}
    assert [one.at for one in run.beats] == [1.0, 2.0, 3.0]
    assert (run.numbers, run.damage, run.target_ms) == ((1, 2, 3), "", 1000.0)
    assert [line["point"] for line in records(run.path)] == [1, 2, 3]


def test_paths_in_the_load_come_back_as_paths(tmp_path: Path) -> None:
    load = replace(LOAD, prompts=PromptSpec(tokenizer=Path("tok"), dataset=Path("prompts.jsonl")))
    assert read_run(write(tmp_path / "r", load=load)).head.load == load


def test_a_point_and_its_records_are_readable_before_the_run_is_closed(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "r", "run")
    run.begin(LOAD)
    run.record(1, b'{"user":1}')
    run.point(1, POINT)
    assert read_run(tmp_path / "r").points == (POINT,)
    assert records(tmp_path / "r") == [{"point": 1, "record": {"user": 1}}]
    run.close()
    run.close()


def test_a_point_measured_again_has_the_number_of_its_last_attempt(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "r", "run")
    run.begin(LOAD)
    for attempt in (1, 2):
        run.record(attempt, b"{}")
        run.beat(attempt, beat(1.0))
    run.point(1, POINT)
    run.close()
    assert read_run(tmp_path / "r").numbers == (2,)


CHILD = """
import sys
from pathlib import Path
from tests.bench_results.made import LOAD, beat, point
from tui.bench.results import rundir
rundir._MEMBER_BYTES = 2000
run = rundir.RunDirectory(Path(sys.argv[1]), "run")
run.begin(LOAD)
n = 0
def load(number, count):
    global n
    for _ in range(count):
        run.record(number, b'{"n":%d}' % n)
        n += 1
        if n % 50 == 0:
            run.beat(number, beat(n / 50))
load(1, 500); run.point(1, point(1))
load(2, 500); run.point(2, point(8))
print("two", flush=True)
while True:
    load(3, 50)
"""


def test_kill_9_keeps_finished_points_and_records_to_the_last_whole_member(tmp_path: Path) -> None:
    path = tmp_path / "r"
    with subprocess.Popen([sys.executable, "-c", CHILD, str(path)], cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert select.select([child.stdout], [], [], 20.0)[0], "the child never got to its second point"
        assert child.stdout.readline() == b"two\n"
        size = (path / "records.jsonl.gz").stat().st_size
        while (path / "records.jsonl.gz").stat().st_size == size and child.poll() is None:
            pass
        os.kill(child.pid, signal.SIGKILL)
    run = read_run(path)
    assert run.points == (point(1), point(8))
    seen = [line["record"]["n"] for line in records(path)]
    assert len(seen) > 1000
    assert seen == list(range(len(seen)))

    again = RunDirectory(path, "run", resume=True)
    again.begin(LOAD)
    again.record(1, b'{"n":-1}')
    again.point(1, point(32))
    again.close()
    resumed = read_run(path)
    assert resumed.points == (point(1), point(8), point(32))
    assert records(path)[-1] == {"point": 4, "record": {"n": -1}}
    assert resumed.damage == ""


def test_half_written_ends_are_left_out_said_and_cut_on_resume(tmp_path: Path) -> None:
    path = write(tmp_path / "r", point(1), point(8))
    for name in ("points.jsonl", "beats.jsonl"):
        whole = (path / name).read_bytes()
        (path / name).write_bytes(whole + whole[: len(whole) // 4])
    packed = (path / "records.jsonl.gz").read_bytes()
    (path / "records.jsonl.gz").write_bytes(packed + gzip.compress(b'{"point":9,"record":{}}\n' * 50)[:-12])
    run = read_run(path)
    assert run.points == (point(1), point(8))
    assert run.damage == "points.jsonl line 3 is cut off; beats.jsonl line 3 is cut off"
    assert [line["point"] for line in records(path)][:2] == [1, 2]

    again = RunDirectory(path, "run", resume=True)
    again.begin(LOAD)
    again.record(1, b"{}")
    again.beat(1, beat(1.0))
    again.point(1, point(64))
    again.close()
    run = read_run(path)
    assert (run.points, run.damage) == ((point(1), point(8), point(64)), "")
    assert [line["point"] for line in records(path)] == [1, 2, 3]
    assert [one.at for one in run.beats] == [1.0, 2.0, 3.0], "a resumed run's clock goes on"


def test_a_line_spoilt_in_the_middle_costs_that_line_only(tmp_path: Path) -> None:
    path = write(tmp_path / "r", point(1), point(8), point(64))
    lines = (path / "points.jsonl").read_bytes().splitlines(keepends=True)
    (path / "points.jsonl").write_bytes(lines[0] + lines[1][:40] + b"\n" + lines[2])
    run = read_run(path)
    assert (run.points, run.numbers) == ((point(1), point(64)), (1, 3))
    assert run.damage == "points.jsonl line 2 is cut off"


def test_a_run_that_never_began_leaves_nothing_and_blocks_nothing(tmp_path: Path) -> None:
    RunDirectory(tmp_path / "r", "run").close()
    assert not (tmp_path / "r").exists()
    (tmp_path / "s").mkdir()
    killed = RunDirectory(tmp_path / "s", "run")  # killed before begin: empty files stay
    RunDirectory(tmp_path / "s", "run").close()
    assert list((tmp_path / "s").iterdir()) == []
    killed.close()


@pytest.mark.parametrize(
    ("prepare", "resume", "line"),
    [
        (lambda at: at.write_text("mine"), False, "is a file; name a folder with -O"),
        (lambda at: (at.mkdir(), (at / "thesis.tex").touch()), False, "holds something that is no run of nimdeck"),
        (lambda at: (at.mkdir(), (at / "thesis.tex").touch()), True, "holds something that is no run of nimdeck"),
        (lambda at: write(at, POINT), False, "holds a run already; go on with it by --resume"),
        (lambda at: None, True, "does not exist; leave --resume out"),
    ],
)
def test_a_folder_that_is_not_ours_is_refused_in_one_line(tmp_path: Path, prepare, resume: bool, line: str) -> None:
    at = tmp_path / "place"
    prepare(at)
    before = sorted(at.rglob("*")) if at.is_dir() else None
    with pytest.raises(RunError) as refused:
        RunDirectory(at, "run", resume=resume)
    assert line in str(refused.value)
    assert str(at) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert before is None or sorted(at.rglob("*")) == before, "nothing of the user's may change"


def test_a_place_below_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match=r"name a folder that can be written with -O"):
        RunDirectory(tmp_path / "file" / "run", "run")


def test_permission_denied_by_the_system_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(RunError, match=r"r: Permission denied; name a folder that can be written with -O$"):
        RunDirectory(tmp_path / "r", "run")


@pytest.mark.parametrize(
    "load",
    [
        replace(LOAD, target=Target(LOAD.target.url, "other")),
        replace(LOAD, target=Target("http://elsewhere:8000", LOAD.target.model)),
        replace(LOAD, prompts=replace(LOAD.prompts, osl=64)),
        replace(LOAD, start="burst"),
        replace(LOAD, target=replace(LOAD.target, headers=(("X-Team", "blue"),))),
        replace(LOAD, limits=replace(LOAD.limits, stall_seconds=5.0)),
        replace(LOAD, limits=replace(LOAD.limits, duration_seconds=60.0)),
    ],
)
def test_a_run_is_not_resumed_with_another_measurement(tmp_path: Path, load) -> None:
    path = write(tmp_path / "r", POINT)
    again = RunDirectory(path, "run", resume=True)
    with pytest.raises(RunError, match=r"measured with \w+ .*, not .*; name another folder with -O"):
        again.begin(load)
    again.close()
    assert read_run(path).points == (POINT,)


@contextmanager
def disk_of(size: int):
    """Every file of this process ends at ``size`` bytes: a write beyond fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_costs_no_finished_point_and_leaves_no_half_line(tmp_path: Path) -> None:
    path = tmp_path / "r"
    run = RunDirectory(path, "run")
    run.begin(LOAD)
    run.point(1, point(1))
    with disk_of((path / "points.jsonl").stat().st_size + 100), pytest.raises(RunError) as full:
        run.point(2, point(8))
    assert "points.jsonl: File too large; all finished points before are kept: make room" in str(full.value)
    run.point(3, point(64))
    run.close()
    assert (read_run(path).points, read_run(path).damage) == ((point(1), point(64)), "")


def test_records_and_beats_that_find_no_room_do_not_stop_the_measurement(tmp_path: Path, monkeypatch) -> None:
    run = RunDirectory(tmp_path / "r", "run")
    run.begin(LOAD)
    run.beat(1, beat(1.0))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(run._beats, "add", full)
        patched.setattr(run._records, "add", full)
        run.record(1, b"{}")
        run.beat(1, beat(2.0))
        run.server({"at": 2.0, "queue": 3.0})
        run.point(1, POINT)
    run.close()
    assert run.problem.startswith(str(tmp_path / "r" / "beats.jsonl") + ": No space left on device; ")
    saved = read_run(tmp_path / "r")
    assert (saved.points, len(saved.beats), saved.server) == ((POINT,), 1, ({"at": 2.0, "queue": 3.0},))


def test_a_head_or_a_verdict_that_finds_no_room_leaves_the_old_one(tmp_path: Path) -> None:
    path = write(tmp_path / "r", POINT, verdict=VERDICT)
    run = RunDirectory(path, "search", resume=True)
    run.begin(LOAD)
    with disk_of(10), pytest.raises(RunError, match=r"verdict\.json: File too large"):
        run.verdict(replace(VERDICT, concurrency=1))
    run.close()
    assert read_run(path).verdict == VERDICT
    assert not list(path.glob("*.part"))
    other = RunDirectory(tmp_path / "s", "run")
    with disk_of(10), pytest.raises(RunError, match=r"run\.json: File too large"):
        other.begin(LOAD)
    other.close()


KEY = 'nvapi-"Geheim\\1'
HEADER = "tenant-secret-77"


def test_no_secret_is_in_any_file(tmp_path: Path) -> None:
    key_file, header_file = tmp_path / "key", tmp_path / "headers"
    target = Target(
        "http://user:hunter22@nim.example:8000", "m", headers=(("X-Auth-Token", "t0psecret"), ("X-Team", "blue")),
        api_key_file=key_file, header_file=header_file,
    )  # fmt: skip
    run = RunDirectory(tmp_path / "r", "run", secrets=(KEY, HEADER))
    run.begin(replace(LOAD, target=target), {"error": f"bad {HEADER}"}, (("server", f"said {KEY}"),))
    run.record(1, json.dumps({"kind": "http_401", "message": f"key {KEY} is wrong", "status": 401}).encode())
    run.server({"at": 1.0, "text": f"key {HEADER}"})
    run.point(1, replace(POINT, notes=(f"refused {KEY}",)))
    run.close()
    for file in (tmp_path / "r").iterdir():
        text = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        for secret in ("Geheim", HEADER, "hunter22", "t0psecret"):
            assert secret.encode() not in text, (file.name, secret)
    saved = read_run(tmp_path / "r")
    assert saved.points[0].notes == ("refused ***",)
    assert saved.head.load.target.url == "http://nim.example:8000"
    assert saved.head.load.target.headers == (("X-Auth-Token", "***"), ("X-Team", "blue"))
    assert records(tmp_path / "r")[0]["record"] == {"kind": "http_401", "message": "key *** is wrong", "status": 401}


def test_a_resumed_run_with_a_password_in_its_url_is_the_same_measurement(tmp_path: Path) -> None:
    headers = (("X-Auth-Token", "t0psecret"),)
    load = replace(LOAD, target=Target("http://user:hunter22@nim.example:8000", "m", headers=headers))
    again = RunDirectory(write(tmp_path / "r", POINT, load=load), "run", resume=True)
    again.begin(load)
    again.close()


def test_runs_are_listed_newest_first_and_broken_ones_are_named(tmp_path: Path) -> None:
    for name, at in (("old", 100.0), ("new", 200.0)):
        path = write(tmp_path / name, POINT)
        head = json.loads((path / "run.json").read_text())
        (path / "run.json").write_text(json.dumps({**head, "started_at": at}))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{")
    (tmp_path / "else").mkdir()
    refused: list[str] = []
    assert [run.name for run in list_runs(tmp_path, refused)] == ["new", "old"]
    assert len(refused) == 1
    assert "broken/run.json can't be read" in refused[0]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "is no run of nimdeck: it has no run.json"),
        ('{"schema":"nimdeck.run/1"', "can't be read"),
        ('{"schema":"nimdeck.run/1"}', "can't be read: Object missing required field"),
    ],
)
def test_what_is_no_run_is_one_line(tmp_path: Path, content: str | None, line: str) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(RunError) as refused:
        read_run(tmp_path)
    assert line in str(refused.value)


def test_a_run_of_a_later_nimdeck_is_refused_by_its_schema(tmp_path: Path) -> None:
    path = write(tmp_path / "r", POINT)
    (path / "run.json").write_text((path / "run.json").read_text().replace("nimdeck.run/1", "nimdeck.run/2"))
    with pytest.raises(RunError, match=r"has schema 'nimdeck.run/2'; this nimdeck reads nimdeck.run/1"):
        read_run(path)
