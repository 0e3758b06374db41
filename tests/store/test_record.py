"""A recording plays what was written, up to where it breaks; what is no recording is refused in one line."""

import json
import threading
import zlib
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests.store.builders import (
    HALF,
    NOW,
    WHOLE,
    HeldClock,
    batch,
    column,
    dcgm,
    node,
    nodes,
    pod,
    pods,
    reservation,
    store_of,
)
from tui.model.changes import Batch
from tui.model.pod import Container, NeighbourRule, NodeRequirement
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.model.status import SourceState, SourceStatus
from tui.sources.kinds.pods import PodItem, to_model
from tui.store import Recorder, RecordError, Replay, SnapshotSource, Store
from tui.store.record import MAGIC, PREFIX
from tui.store.recording import Recording


def _recorded(path: Path, frames: int = 6, step: float = 15.0) -> list[Snapshot]:
    """A store that lives for some frames, each recorded."""
    clock = HeldClock()
    store = Store(clock)
    sharer = pod("half", HALF, gpu_groups=("g",))
    whole = pod("whole", WHOLE, containers=())
    store.put(nodes(node("n1"), node("n2")))
    store.put(pods(sharer, whole, reservation("r", "g", "2")))
    store.put(dcgm({0: None, 1: whole, 2: None, 3: None}))
    store.put(SourceStatus("prometheus", SourceState.LIVE, NOW, "2.42"))
    seen = []
    with Recorder(path) as recorder:
        for number in range(frames):
            clock.at = NOW + step * number
            store.put(column("gpu_utilization_fraction", {i: (number + i) / 20 for i in range(4)}, clock.at))
            if number == 2:
                store.put(Batch("pods", ((whole.key, None),)))
            if number == 3:
                store.put(batch("pods", replace(pod("late"), resource_version="9")))
            diff = store.drain()
            recorder.write(store.snapshot, diff)
            seen.append(store.snapshot)
    return seen


def test_every_frame_is_played_as_it_was(tmp_path: Path) -> None:
    seen = _recorded(tmp_path / "r.deck", frames=8)
    replay = Replay(tmp_path / "r.deck")
    assert replay.frames == len(seen)
    assert not replay.damage
    assert replay.snapshot == seen[0]
    for number in range(1, len(seen)):
        diff = replay.step()
        assert replay.snapshot == seen[number]
        before = seen[number - 1]
        assert diff.nodes == {n for n in seen[number].nodes if seen[number].nodes[n] != before.nodes.get(n)}
    replay.step(-len(seen))
    assert replay.snapshot == seen[0]
    replay.seek(NOW + 15.0 * 4 + 1)
    assert replay.snapshot == seen[4]
    replay.seek(NOW + 1e6)
    assert replay.snapshot == seen[-1]
    assert replay.span == (seen[0].at, seen[-1].at)
    replay.stop()


def test_what_a_pod_needs_is_played_as_it_was(tmp_path: Path) -> None:
    pool = NodeRequirement("runai/node-pool", "In", ("a100",))
    needy = pod(
        "needy",
        containers=(Container("c", "i", started=False, last_finished_at=NOW),),
        pull_secrets=("ngc",),
        config_maps=("m",),
        node_terms=((pool,), (NodeRequirement("gpu", "Exists"),)),
        neighbours=(NeighbourRule(True, "zone", (("app", "nim"),), (pool,), ("n",), any_namespace=True),),
        ephemeral_request_bytes=2.0**30,
        other_requests={"rdma/ib": 1.0},
        finalizers=("f",),
        nominated_node="n1",
        priority=0,
        gates=("g",),
    )
    store = Store(HeldClock())
    store.put(nodes(node("n1", other_allocatable={"rdma/ib": 0.0})))
    store.put(pods(needy))
    store.drain()
    with Recorder(tmp_path / "r.deck") as recorder:
        recorder.write(store.snapshot)
    replay = Replay(tmp_path / "r.deck")
    assert replay.snapshot == store.snapshot
    assert replay.snapshot.pods[needy.key] == needy
    replay.stop()


def test_what_the_interval_held_back_is_written_at_the_end(tmp_path: Path) -> None:
    seen = _recorded(tmp_path / "r.deck", frames=6, step=0.3)
    replay = Replay(tmp_path / "r.deck")
    replay.seek(NOW + 1e6)
    assert replay.frames < len(seen)
    assert replay.snapshot == seen[-1]
    replay.stop()


def test_a_file_cut_anywhere_plays_up_to_its_break(tmp_path: Path) -> None:
    whole = tmp_path / "whole.deck"
    seen = _recorded(whole)
    data = whole.read_bytes()
    cut = tmp_path / "cut.deck"
    ends = []
    replay = Replay(whole)
    ends = [mark.offset + mark.length for mark in replay.recording.marks]
    replay.stop()
    near_ends = {end + off for end in ends for off in (-1, 0, 1) if end + off <= len(data)}
    for length in sorted({*range(0, len(data), 37), *near_ends}):
        cut.write_bytes(data[:length])
        complete = sum(end <= length for end in ends)
        if not complete:
            with pytest.raises(RecordError) as caught:
                Replay(cut)
            assert "\n" not in str(caught.value)
            assert str(cut) in str(caught.value)
            continue
        replay = Replay(cut)
        assert replay.frames == complete
        assert bool(replay.damage) == (length not in ends)
        replay.seek(NOW + 1e6)
        assert replay.snapshot == seen[complete - 1]
        replay.stop()


def test_a_flipped_bit_ends_the_recording_there(tmp_path: Path) -> None:
    path = tmp_path / "r.deck"
    _recorded(path)
    replay = Replay(path)
    third = replay.recording.marks[2]
    replay.stop()
    data = bytearray(path.read_bytes())
    data[third.offset + third.length // 2] ^= 0x10
    path.write_bytes(data)
    replay = Replay(path)
    assert replay.frames == 2
    assert "damaged" in replay.damage
    replay.stop()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a nimdeck recording"),
        (b"PK\x03\x04" + b"x" * 100, "not a nimdeck recording"),
        (MAGIC, "no whole frame"),
        (MAGIC + PREFIX.pack(2**31, 0, 1, 0.0) + b"short", "no whole frame"),
    ],
)
def test_what_is_no_recording_is_refused_in_one_line(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.deck"
    path.write_bytes(content)
    with pytest.raises(RecordError, match=says) as caught:
        Replay(path)
    assert "\n" not in str(caught.value)


def test_a_newer_schema_names_both_and_the_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r.deck"
    monkeypatch.setattr("tui.store.record.SCHEMA", 7)
    _recorded(path, frames=1)
    with pytest.raises(RecordError, match=r"schema 7 is newer than 1; replay it with a newer nimdeck"):
        Replay(path)


def test_paths_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="No such file"):
        Replay(tmp_path / "absent.deck")
    with pytest.raises(RecordError, match="directory"):
        Replay(tmp_path)
    with pytest.raises(RecordError, match="can't be written"):
        Recorder(tmp_path / "no" / "folder" / "r.deck")


def test_a_recording_is_its_owners_alone_and_knows_no_more_than_the_screens(tmp_path: Path) -> None:
    """A token in an annotation or an environment variable never reaches the model, so it can't reach the file."""
    secret = "nvapi-0123456789abcdef"
    raw = {
        "metadata": {"name": "p", "namespace": "team", "annotations": {"kubectl.kubernetes.io/last-applied": secret}},
        "spec": {"containers": [{"name": "c", "image": "i", "env": [{"name": "NGC_API_KEY", "value": secret}]}]},
        "status": {"phase": "Running"},
    }
    item = msgspec.json.decode(json.dumps(raw), type=PodItem)
    path = tmp_path / "r.deck"
    with Recorder(path) as recorder:
        recorder.write(store_of(pods(to_model(item))).snapshot)
    assert path.stat().st_mode & 0o077 == 0
    recording = Recording(path)
    mark = recording.marks[0]
    plain = zlib.decompress(path.read_bytes()[mark.offset : mark.offset + mark.length])
    assert b"team" in plain
    assert secret.encode() not in plain
    recording.close()


def test_playing_calls_the_listener_until_paused_and_after_a_step(tmp_path: Path) -> None:
    path = tmp_path / "r.deck"
    seen = _recorded(path, frames=5, step=2.0)
    replay = Replay(path)
    source: SnapshotSource = replay
    heard: list[Snapshot] = []
    moved = threading.Condition()

    def on_change(snapshot: Snapshot, diff: SnapshotDiff) -> None:
        with moved:
            heard.append(snapshot)
            moved.notify_all()

    replay.pause()
    source.start(on_change, min_interval_seconds=0.0)
    replay.step()
    with moved:
        assert moved.wait_for(lambda: bool(heard), 5.0)
    assert heard[-1] == seen[1]
    replay.speed = 1000.0
    assert replay.speed == 60.0
    replay.resume()
    with moved:
        assert moved.wait_for(lambda: heard[-1] == seen[-1], 5.0)
    source.stop()


def test_curves_come_back_after_a_seek(tmp_path: Path) -> None:
    path = tmp_path / "r.deck"
    _recorded(path, frames=12, step=60.0)
    replay = Replay(path)
    replay.seek(NOW + 60.0 * 11)
    points = replay.history.node("n1", "gpu_utilization_fraction")
    assert len(points) == 12
    assert points[-1][1] == pytest.approx(sum((11 + i) / 20 for i in range(4)) / 4)
    replay.seek(NOW + 60.0 * 3)
    assert len(replay.history.node("n1", "gpu_utilization_fraction")) == 4
    replay.stop()
