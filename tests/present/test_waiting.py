"""What waits as lines, and why as rows: grouping, order, words, and that nothing of a message is lost."""

from dataclasses import replace

from tests.store.builders import NOW
from tui.diagnose.pending import grouped
from tui.model.cause import Cause, Evidence, Remedy
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.pending import PendingItem, Stage, WhatIf, Why
from tui.model.snapshot import ClusterInfo, Snapshot
from tui.present.explained import cause_rows, does_something, entry_page, stage_rows, what_if_rows, why_page
from tui.present.filter import parse_filter
from tui.present.header import count_badge
from tui.present.waiting import Entry, alikes, entries, entry_row, group_key, notes, since_text, subject
from widgets.rows import FlowRow, Tone

EMPTY = Snapshot(NOW, 0, ClusterInfo())
LLAMA = WorkloadKey("runai-team", "llama", "InferenceWorkload")


def cause(code: str = "no_free_gpu", detail: str = "1 GPU in pool a100", **fields: object) -> Cause:
    return replace(Cause(code, "no GPU is free for it", detail=detail), **fields)


def item(name: str, *causes: Cause, ago: float = 60.0, workload: WorkloadKey | None = LLAMA) -> PendingItem:
    pod = ObjectKey("runai-team", name)
    return PendingItem(pod, "runai-team", workload, "team", NOW - ago, "Pending", causes or (cause(),))


def lacking(count: int) -> PendingItem:
    refused = Cause("admission_refused", "its pods were refused when they were made")
    return PendingItem(None, "runai-team", LLAMA, "team", NOW - 90, "Failed", (refused,), count)


def words(row: FlowRow) -> str:
    return " | ".join(cell.text for cell in row.cells)


def test_a_group_keeps_its_key_while_its_number_changes() -> None:
    more, fewer = grouped([item("a"), item("b")]), grouped([item("a")])
    assert more[0].headline.startswith("2 pods: ") and fewer[0].headline.startswith("1 pod: ")
    assert group_key(more[0]) == group_key(fewer[0])
    assert group_key(grouped([item("a", cause(detail="pool b"))])[0]) != group_key(more[0])


def test_pods_that_are_alike_stand_on_one_line_and_others_do_not() -> None:
    other = item("c", cause(), Cause("preempted", "it was preempted"))
    assert [len(alike) for alike in alikes([item("a"), item("b"), other, item("d", workload=None)])] == [2, 1, 1]


def test_an_opened_group_shows_its_pods_and_a_filter_puts_the_number_right() -> None:
    groups = grouped([item("a"), item("b"), item("c", workload=None)])
    key = group_key(groups[0])
    assert [entry.key for entry in entries(groups, ())] == [key]
    lines = entries(groups, {key}, lambda one: one.name.endswith("c"))
    assert [len(entry.items) for entry in lines] == [1, 1]
    assert lines[0].group.headline.startswith("1 pod: ")
    row = entry_row(lines[0], EMPTY, NOW, True)
    assert row.cells[0].text.startswith("▾ 1 pod") and row.cells[-1].text == "1 min"


def test_a_filter_sees_cause_evidence_and_age() -> None:
    one = item("a", cause(evidence=(Evidence("podgroup/pg", "0/16 nodes"),)), ago=600)
    fields = frozenset({"cause", "age", "name"})
    for text, kept in (
        ("0/16", True),
        ("cause=no_free_gpu", True),
        ("age>900", False),
        ("name=a", True),
        ("pull", False),
    ):
        assert parse_filter(text, fields).matches(subject(one, NOW)) is kept, text


def test_the_note_under_a_workload_is_the_worst_cause_with_its_number() -> None:
    groups = grouped([item("a"), item("b")])
    assert notes(groups) == {LLAMA: "no GPU is free for it (1 GPU in pool a100): 2 pods wait"}
    assert notes(grouped([lacking(2)]))[LLAMA].endswith("made: 2 pods lacking")
    assert notes(grouped([lacking(1)]))[LLAMA].endswith("1 pod lacking")


def test_unknown_times_stay_unknown() -> None:
    assert since_text(None, NOW) == "–" and since_text(NOW + 5, NOW) == "0 s"


def test_a_circle_holds_numbers_up_to_twenty() -> None:
    assert [count_badge(count) for count in (0, 1, 20, 21)] == ["", "①", "⑳", "21"]


# -- the explanation --------------------------------------------------------------------------------------------------


def test_evidence_says_who_said_what_when_and_how_often() -> None:
    fact = Evidence("podgroup/pg-1", "Not enough resources: GPUs", "reasons", NOW - 12, 41)
    rows = cause_rows([cause(evidence=(fact,), source="kai", confidence="likely", guide="Create a Project")], NOW)
    told = [(row.lead.text, words(row)) for row in rows]
    assert told == [
        ("CAUSE", "no GPU is free for it (1 GPU in pool a100) | (likely, not certain) | [no_free_gpu]"),
        ("EVIDENCE", "podgroup/pg-1 reasons: | Not enough resources: GPUs | (kai, 12 s ago, ×41)"),
        ("GUIDE", "Create a Project"),
    ]


def test_what_keys_do_stands_beside_each_remedy_and_only_there() -> None:
    remedies = (Remedy("scale x", "workload.scale", "a/b"), Remedy("do", command="kubectl x"), Remedy("wait"))
    page = entry_page(Entry("k", grouped([item("a", cause(remedies=remedies))])[0]), (), EMPTY, NOW)
    shown = [words(row) for row in page.rows if row.key in page.does]
    assert shown == ["▸ scale x | enter: preview", "▸ do | $ kubectl x | enter: copy", "· wait"]
    assert [does_something(deed) for deed in page.does.values()] == [True, True, False]
    assert "kubectl x" in page.text and page.text.startswith("Why: 1 pod: ")


def test_of_many_that_wait_the_first_are_named_and_the_others_counted() -> None:
    many = [item(f"p{number}", workload=replace_name(number)) for number in range(11)]
    page = entry_page(Entry("k", grouped(many)[0]), (), EMPTY, NOW)
    who = [words(row) for row in page.rows if row.key.startswith("who")]
    assert len(who) == 9 and who[-1].startswith("and 3 more")


def replace_name(number: int) -> WorkloadKey:
    return LLAMA._replace(name=f"w{number}")


def test_a_stage_lies_where_its_time_was_and_says_what_siblings_took() -> None:
    stages = (
        Stage("created", NOW - 100, NOW - 100, 0.0),
        Stage("scheduled", NOW - 100, NOW - 50, 50.0, usual_seconds=2.0),
        Stage("pulled", NOW - 50, None, 50.0, "still pulling"),
        Stage("ready", None, None, None),
    )
    bars = [row.cells[1] for row in stage_rows(stages, NOW)]
    assert [bar.text for bar in bars] == ["▏" + "·" * 23, "█" * 12 + "·" * 12, "·" * 12 + "█" * 12, "·" * 24]
    assert [bar.tone for bar in bars] == [Tone.GOOD, Tone.WARN, Tone.WARN, Tone.DIM]
    told = [words(row) for row in stage_rows(stages, NOW)]
    assert told[1].endswith("50 s | usually 2 s") and told[2].endswith("50 s so far | still pulling")
    assert told[3].endswith("not yet")


def test_outcomes_are_marked_by_sign_and_not_by_colour_alone() -> None:
    made = [WhatIf("a", "it would run", True, 1), WhatIf("b", "4 of 6", False, 4), WhatIf("c", "no", False, 0)]
    made.append(WhatIf("d", "can't be known", None, None, command="kubectl x"))
    assert [row.cells[1].text[0] for row in what_if_rows(made)] == ["✓", "◐", "✗", "?"]
    assert words(list(what_if_rows(made))[3]).endswith("$ kubectl x | enter: copy")


def test_where_nothing_is_wrong_the_page_is_its_summary() -> None:
    page = why_page("team/llama", Why(None, LLAMA, "Running, 2 pods ready", (), ()), (), NOW)
    assert [words(row) for row in page.rows] == ["Running, 2 pods ready"] and not page.does


def test_keys_of_rows_are_unique() -> None:
    causes = (cause(evidence=(Evidence("a", "b"),) * 2, remedies=(Remedy("x"), Remedy("y")), guide="g"),) * 2
    stages = (Stage("created", NOW, NOW, 0.0),) * 6
    page = why_page("x", Why(None, LLAMA, "s", causes, stages), (WhatIf("a", "b", None, None),), NOW)
    keys = [row.key for row in page.rows]
    assert len(keys) == len(set(keys))
