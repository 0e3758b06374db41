"""--watch: a line at once, a line for each change that the document tells, no line for others."""

import json
import threading
from dataclasses import replace

import pytest

from tests.cli.cluster import FakeSession, node, snapshot
from tui.cli import output, watch
from tui.cli.main import main
from tui.model.ids import ObjectKey
from tui.model.snapshot import SnapshotDiff


class Reader:
    """Takes the lines that a watch writes; after ``most`` of them it is gone, like ``head``."""

    def __init__(self, most: int) -> None:
        self.lines: list[dict] = []
        self.most = most
        self.arrived = threading.Condition()

    def __call__(self, text: str) -> None:
        if len(self.lines) >= self.most:
            raise BrokenPipeError
        with self.arrived:
            self.lines.append(json.loads(text))
            self.arrived.notify_all()

    def wait_for(self, count: int) -> None:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.lines) >= count, 10)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    reader = Reader(most=2)
    monkeypatch.setattr(watch, "write", reader)
    monkeypatch.setattr(output, "write", reader)
    monkeypatch.setattr("tui.cli.main._close_stdout", lambda: None)
    monkeypatch.setenv("NIMDECK_REFRESH", "0.001")
    return reader


def test_a_change_makes_a_line_and_a_reader_that_leaves_ends_it_quietly(session, reader, capsys) -> None:
    codes: list[int] = []
    watcher = threading.Thread(target=lambda: codes.append(main(["nodes", "--watch"])))
    watcher.start()
    reader.wait_for(1)
    shown: FakeSession = session.made[0]
    shown.publish(snapshot(nodes={"new": node("new")}), SnapshotDiff(events=True))  # not told in nodes
    shown.publish(snapshot(nodes={"new": node("new")}), SnapshotDiff(nodes=frozenset({"new"})))
    reader.wait_for(2)
    shown.publish(snapshot(), SnapshotDiff(nodes=frozenset({"new"})))
    watcher.join(10)
    assert codes == [0]
    assert [[item["name"] for item in line["items"]] for line in reader.lines] == [["node001", "node002"], ["new"]]
    assert capsys.readouterr().err == ""


def test_what_waits_hears_of_pods_of_workloads_and_of_what_they_wait_for() -> None:
    nothing = SnapshotDiff()
    heard = (
        replace(nothing, pods=frozenset({ObjectKey("runai-test", "llama-0")})),
        replace(nothing, workloads=frozenset({next(iter(snapshot().workloads))})),
        replace(nothing, placed=frozenset({"node001"})),
        replace(nothing, projects=True),
        replace(nothing, events=True),
        replace(nothing, sources=True),
    )
    assert all(watch.concerns("pending", diff) for diff in heard)
    assert not watch.concerns("pending", replace(nothing, nodes=frozenset({"node001"})))  # figures only


@pytest.mark.parametrize("kind", ["nodes", "workloads", "projects", "events"])
def test_each_kind_hears_of_its_own_changes_and_of_sources(kind: str) -> None:
    nothing = SnapshotDiff()
    own = {
        "nodes": replace(nothing, nodes=frozenset({"n"})),
        "workloads": replace(nothing, workloads=frozenset({next(iter(snapshot().workloads))})),
        "projects": replace(nothing, projects=True),
        "events": replace(nothing, events=True),
    }
    assert [name for name, diff in own.items() if watch.concerns(kind, diff)] == [kind]
    assert watch.concerns(kind, replace(nothing, sources=True))
    assert not watch.concerns(kind, nothing)


def test_nothing_readable_ends_a_watch_too(nimdeck, session) -> None:
    session.shown = snapshot(sources={})
    answer = nimdeck("events", "--watch")
    assert (answer.code, answer.out) == (3, "")
