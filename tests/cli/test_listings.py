"""nodes, workloads, projects, events on a cluster of our own: what eyes see, what programs read, the exit codes."""

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.cli.cluster import NOW, SourceState, node, snapshot, status
from tui.cli.table import Column, lay_out
from tui.model.status import SourceStatus


def test_nodes_as_a_table(nimdeck, session) -> None:
    answer = nimdeck("nodes")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        "NODE     STATE    POOL     GIVEN  FREE  UTIL  MEM  GIVEN OF EACH GPU",
        "node001  ready    default  1.8/4   2.2   36%  21%  0.50 0.30 0.00 0.00",
        "node002  unknown  –          –/–     –     –    –  –",
    ]


@pytest.mark.parametrize("kind", ["nodes", "workloads", "projects", "events"])
def test_every_table_fits_80_columns_of_a_terminal_and_obeys_no_escape(nimdeck, session, monkeypatch, kind) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    answer = nimdeck(kind)
    assert answer.code == 0
    assert max(map(len, answer.out.splitlines())) <= 80
    assert "\x1b" not in answer.out


def test_a_pipe_gets_whole_lines(nimdeck, session) -> None:
    assert "http://llama.runai-test.svc.cluster.local" in nimdeck("workloads").out


def test_states_of_nodes_and_approximate_figures(nimdeck, session) -> None:
    session.shown = snapshot(
        nodes={
            "a": node("a", ready=False),
            "b": node("b", schedulable=False),
            "c": node("c", approximate=True, schedulable=None),
        }
    )
    lines = nimdeck("nodes").out.splitlines()
    assert "not ready" in lines[1]
    assert "cordoned" in lines[2]
    assert "ready" in lines[3]
    assert "~1.8/4" in lines[3]


def test_nothing_to_list_is_said_in_words_and_is_no_error(nimdeck, session) -> None:
    session.shown = snapshot(projects={})
    answer = nimdeck("projects")
    assert (answer.code, answer.out) == (0, "no projects\n")
    assert json.loads(nimdeck("projects", "-o", "json").out)["items"] == []


def test_json_is_the_document(nimdeck, session) -> None:
    document = json.loads(nimdeck("nodes", "-o", "json").out)
    assert document["schema"] == "nimdeck.nodes/1"
    assert [item["name"] for item in document["items"]] == ["node001", "node002"]
    assert document["sources"]["prometheus"]["age_seconds"] == 2.0


def test_csv_has_every_field_raw(nimdeck, session) -> None:
    rows = list(csv.DictReader(io.StringIO(nimdeck("nodes", "-o", "csv").out)))
    assert rows[0]["gpu_allocated"] == "1.8"
    assert rows[0]["ready"] == "true"
    assert json.loads(rows[0]["gpus"])[0]["slices"][0]["pod"] == "llama-0"
    assert rows[1]["gpu_allocated"] == ""


def test_when_some_sources_fail_the_rest_is_shown_and_one_line_says_so(nimdeck, session) -> None:
    sources = {
        **snapshot().sources,
        "prometheus": status("prometheus", SourceState.FAILED, "http://prom refused; is it running?"),
        "kubernetes/projects.run.ai": status(
            "kubernetes/projects.run.ai", SourceState.DENIED, "may not list projects.run.ai"
        ),
        "kubernetes/queues.scheduling.run.ai": status("kubernetes/queues.scheduling.run.ai", SourceState.ABSENT),
    }
    session.shown = snapshot(sources=sources)
    answer = nimdeck("nodes", "-o", "json")
    assert answer.code == 0
    assert json.loads(answer.out)["sources"]["prometheus"]["state"] == "failed"
    assert answer.err == (
        "nimdeck: not everything could be read: prometheus failed: http://prom refused; is it running?; "
        "kubernetes/projects.run.ai denied: may not list projects.run.ai\n"
    )


@pytest.mark.parametrize(
    "sources",
    [
        [status("kubernetes", SourceState.FAILED, "no kubeconfig"), status("prometheus", SourceState.ABSENT, "none")],
        [
            SourceStatus("kubernetes", SourceState.LIVE, NOW),
            status("kubernetes/nodes", SourceState.DENIED, "may not list nodes"),
            status("kubernetes/pods", SourceState.DENIED, "may not list pods"),
            status("prometheus", SourceState.FAILED, "refused"),
        ],
        [],
    ],
    ids=["no source", "every kind denied", "silence"],
)
def test_when_nothing_can_be_read_the_line_says_what_is_missing_and_3(nimdeck, session, sources) -> None:
    session.shown = snapshot(sources={one.name: one for one in sources})
    answer = nimdeck("nodes", "-o", "json")
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.count("\n") == 1
    for one in sources:
        if one.state in ("denied", "failed"):
            assert one.detail in answer.err
    if not sources:
        assert "kubernetes failed: no answer within 20 s; prometheus failed: no answer within 20 s" in answer.err


def test_everything_switched_off_is_bad_input(nimdeck, session, monkeypatch) -> None:
    monkeypatch.setenv("NIMDECK_KUBERNETES_ENABLED", "false")
    monkeypatch.setenv("NIMDECK_PROMETHEUS_ENABLED", "no")
    answer = nimdeck("nodes")
    assert answer.code == 2
    assert "both switched off" in answer.err


def test_a_project_narrows_the_list(nimdeck, session) -> None:
    items = json.loads(nimdeck("workloads", "--project", "lab", "-o", "json").out)["items"]
    assert [item["name"] for item in items] == ["other"]


def test_flags_reach_the_session(nimdeck, session) -> None:
    nimdeck("--namespace", "a,b", "nodes", "--prometheus", "http://x:9", "--read-only")
    settings = session.made[0].settings
    assert settings.kubernetes.namespaces == ("a", "b")
    assert settings.prometheus.url == "http://x:9"
    assert settings.read_only


def test_the_widest_column_gives_way_and_an_optional_one_goes_before_it_says_nothing() -> None:
    columns = [Column("A"), Column("B", flexible=True), Column("C", flexible=True, optional=True)]
    row = ["a" * 5, "b" * 20, "c" * 30]
    assert lay_out(columns, [row], None).splitlines()[1] == "  ".join(row)
    assert lay_out(columns, [row], 45).splitlines()[1] == f"aaaaa  {'b' * 17}…  {'c' * 17}…"
    assert lay_out(columns, [row], 30).splitlines() == ["A      B", f"aaaaa  {'b' * 20}"]
    assert lay_out(columns[:2], [row[:2]], 20).splitlines()[1] == f"aaaaa  {'b' * 12}…"


@given(
    st.lists(
        st.builds(Column, st.text(max_size=9), st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=7
    ),
    st.data(),
    st.integers(60, 200),
)
def test_no_line_is_longer_than_the_terminal(columns, data, width) -> None:
    row = data.draw(st.lists(st.text(max_size=40), min_size=len(columns), max_size=len(columns)))
    fixed = sum(
        max(len(column.title), len(cell)) if not column.flexible else 8
        for column, cell in zip(columns, row, strict=True)
    )
    assume(fixed + 2 * len(columns) <= width)
    assert all(len(line) <= width for line in lay_out(columns, [row], width).splitlines())


def test_a_long_name_keeps_its_column_aligned(nimdeck, session) -> None:
    session.shown = snapshot(nodes={"n": node("a-node-with-quite-a-long-name"), "m": node("m")})
    lines = nimdeck("nodes").out.splitlines()
    assert len({line.index("default") for line in lines[1:]}) == 1


def test_counted_events_and_silent_ones(nimdeck, session) -> None:
    lines = nimdeck("events").out.splitlines()
    assert "1m" in lines[1]
    assert "(×3)" in lines[1]
    assert lines[2].lstrip().startswith("–")


def test_an_unlimited_quota_is_a_word(nimdeck, session) -> None:
    assert "unlimited" in nimdeck("projects").out
    session.shown = snapshot(projects={"p": replace(next(iter(snapshot().projects.values())), gpu_quota=None)})
    assert "unlimited" not in nimdeck("projects").out
