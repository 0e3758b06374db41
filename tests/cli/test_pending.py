"""``pending`` for eyes and for programs, and the causes in ``workloads``; the engine has tests of its own."""

import csv
import io
import json
import threading
from dataclasses import replace

import pytest

from tests.cli.cluster import LIVE, LLAMA, NOW, OTHER, WORKLOAD, FakeSession, snapshot, status
from tests.cli.test_watch import Reader, reader  # noqa: F401 - a fixture
from tui.cli import waiting
from tui.cli.main import main
from tui.cli.pending_shown import shown
from tui.cli.waiting import Waiting
from tui.diagnose.causes import cause
from tui.model.cause import Evidence, Remedy
from tui.model.circumstances import Inquiry
from tui.model.ids import ObjectKey
from tui.model.pending import PendingItem
from tui.model.snapshot import SnapshotDiff
from tui.model.status import SourceState
from tui.present.documents import build
from tui.present.documents.pending import causes_by_workload, waiting_within

NO_GPU = cause(
    "no_free_gpu",
    evidence=(Evidence("node/node001", "0 of 4 GPUs are free", "status.allocatable", NOW, 3),),
    remedies=(Remedy("Scale runai-lab/other down: it has not used its GPU for 2 h.", command="nimdeck scale other 0"),),
)
NO_SECRET = cause(
    "secret_missing",
    evidence=(Evidence("pod/llama-3", "secret ngc-key is not there"),),
    confidence="likely",
    namespace="runai-test",
)


def item(name: str | None = "llama-3", **changes: object) -> PendingItem:
    pod = None if name is None else ObjectKey("runai-test", name)
    plain = PendingItem(pod, "runai-test", LLAMA, "test", NOW - 600, "Pending", (NO_GPU,))
    return replace(plain, **changes)  # type: ignore[arg-type]


LACKS = item(None, namespace="runai-lab", workload=OTHER.key, project="lab", phase="Creating", lacking=2,
             causes=(NO_SECRET, NO_GPU))  # fmt: skip


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch, session) -> list[PendingItem]:
    """What the engine is to find; its questions are recorded by the session."""
    found = [item(), LACKS]
    monkeypatch.setattr("tui.diagnose.pending.inquiry", lambda _: Inquiry(("runai-test",)))
    monkeypatch.setattr("tui.diagnose.pending.pending_items", lambda _, around=None: tuple(found))
    return found


def test_json_tells_each_with_its_causes_in_order(nimdeck, waits) -> None:
    answer = nimdeck("pending", "-o", "json")
    document = json.loads(answer.out)
    assert (answer.code, answer.err, document["schema"]) == (0, "", "nimdeck.pending/1")
    first, second = document["items"]
    assert (first["pod"], first["namespace"], first["workload"]) == ("llama-3", "runai-test", "llama")
    assert (first["age_seconds"], first["phase"], first["lacking"]) == (600.0, "Pending", 0)
    assert first["causes"] == [
        {
            "code": "no_free_gpu",
            "title": NO_GPU.title,
            "evidence": "node/node001: 0 of 4 GPUs are free",
            "remedy": " ".join(remedy.text for remedy in NO_GPU.remedies),
            "source": "snapshot",
            "confidence": "certain",
            "command": "nimdeck scale other 0",
            "guide": NO_GPU.guide,
        }
    ]
    assert (second["pod"], second["workload"], second["workload_kind"]) == (None, "other", "Deployment")
    assert [one["code"] for one in second["causes"]] == ["secret_missing", "no_free_gpu"]


def test_csv_has_the_causes_as_json(nimdeck, waits) -> None:
    rows = list(csv.DictReader(io.StringIO(nimdeck("pending", "-o", "csv").out)))
    assert [row["pod"] for row in rows] == ["llama-3", ""]
    assert json.loads(rows[0]["causes"])[0]["code"] == "no_free_gpu"


def test_what_waits_is_read_once_and_handed_to_the_engine(session, monkeypatch) -> None:
    given = []
    monkeypatch.setattr("tui.diagnose.pending.inquiry", lambda _: Inquiry(("runai-test",)))
    monkeypatch.setattr(
        "tui.diagnose.pending.pending_items", lambda one, around=None: given.append((one.at, around)) or ()
    )
    made = FakeSession(settings=None)
    waits = Waiting(made)
    for _ in range(2):
        waits.items(snapshot(at=NOW - 3600))
    assert made.inquiries == [Inquiry(("runai-test",))]
    assert given == [(NOW, made.around)] * 2  # an old picture is judged by the time it is now
    monkeypatch.setattr(waiting, "READ_AGAIN_SECONDS", 0.0)
    waits.items(snapshot())
    assert len(made.inquiries) == 2
    monkeypatch.setattr("tui.diagnose.pending.inquiry", lambda _: Inquiry())
    waits.items(snapshot())
    assert (len(made.inquiries), waits.circumstances) == (2, None)


def test_other_kinds_ask_nothing(nimdeck, waits, session) -> None:
    nimdeck("nodes")
    assert session.made[0].inquiries == []


@pytest.mark.parametrize(
    ("flags", "pods"),
    [(("--project", "test"), ["llama-3"]), (("--namespace", "runai-lab"), [None]), (("--project", "none"), [])],
)
def test_a_project_and_namespaces_narrow_it(nimdeck, waits, flags, pods) -> None:
    assert [one["pod"] for one in json.loads(nimdeck("pending", *flags, "-o", "json").out)["items"]] == pods
    eyes = nimdeck("pending", *flags).out
    assert ("runai-test/llama-3: Pending" in eyes, "runai-lab/other: Creating" in eyes) == (
        "llama-3" in pods,
        None in pods,
    )


def test_workloads_carry_the_causes_of_all_that_waits_of_them(nimdeck, waits) -> None:
    waits.append(item("llama-4", causes=(NO_SECRET, NO_GPU)))
    items = json.loads(nimdeck("workloads", "-o", "json").out)["items"]
    assert [[one["code"] for one in item["causes"]] for item in items] == [
        ["no_free_gpu", "secret_missing"],
        ["secret_missing", "no_free_gpu"],
    ]
    running = replace(WORKLOAD, key=LLAMA)
    assert build("workloads", snapshot(workloads={LLAMA: running}), NOW).items[0].causes == ()


def test_for_eyes_the_cause_comes_first_then_why_what_to_do_and_who(nimdeck, waits) -> None:
    answer = nimdeck("pending")
    assert answer.code == 0
    lines = answer.out.splitlines()
    why, do, who = (
        next(n for n, line in enumerate(lines) if line.startswith(f"  {word}")) for word in ("why", "do", "who")
    )
    assert 0 < why < do < who
    assert "0 of 4 GPUs are free (×3)" in answer.out
    assert "        $ nimdeck scale other 0" in lines
    assert "this is likely, not certain" in answer.out
    assert "runai-test/llama-3: Pending, 10 min" in answer.out
    assert "runai-lab/other: Creating, lacks 2 pods, 10 min" in answer.out


def test_eighty_columns_hold_all_but_commands_and_nothing_that_a_terminal_obeys(waits) -> None:
    wild = replace(NO_GPU, evidence=(Evidence("node/n", "x" * 300 + "\x1b[31m " + "words " * 40),))
    text = shown([item(f"p{number}", causes=(wild,)) for number in range(12)], LIVE, NOW, 80)
    lines = text.splitlines()
    assert max(len(line) for line in lines if "$ " not in line) <= 80
    assert "\x1b" not in text
    assert "and 4 more (see -o json)" in text


def test_nothing_waits_and_what_can_not_be_seen_is_not_nothing(nimdeck, waits, session) -> None:
    waits.clear()
    answer = nimdeck("pending")
    assert (answer.code, answer.out) == (0, "nothing waits\n")
    session.shown = snapshot(sources={**LIVE, "kubernetes/pods": status("kubernetes/pods", SourceState.DENIED, "no")})
    answer = nimdeck("pending")
    assert (answer.code, answer.out) == (0, "nothing is known to wait: kubernetes/pods is denied\n")
    assert "kubernetes/pods denied" in answer.err
    assert shown((), {"prometheus": LIVE["prometheus"]}, NOW, None) == "nothing is known to wait: pods are not read\n"


def test_without_circumstances_what_can_be_told_is_told(nimdeck, waits, session) -> None:
    session.around = None
    assert len(json.loads(nimdeck("pending", "-o", "json").out)["items"]) == 2


def test_a_watch_tells_news_and_not_the_time(session, waits, reader, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setattr("tui.cli.watch.READ_AGAIN_SECONDS", 0.001)
    codes: list[int] = []
    watcher = threading.Thread(target=lambda: codes.append(main(["pending", "--watch"])))
    watcher.start()
    reader.wait_for(1)
    first: FakeSession = session.made[0]
    waits[0] = item(since=NOW - 700)  # only older
    first.publish(snapshot(), SnapshotDiff(events=True))
    waits[0] = item(causes=(NO_SECRET,))  # without any change of the snapshot
    reader.wait_for(2)
    waits.clear()
    watcher.join(10)
    assert codes == [0]
    told = [[one["causes"][0]["code"] for one in line["items"]] for line in reader.lines]
    assert told == [["no_free_gpu", "secret_missing"], ["secret_missing", "secret_missing"]]


def test_within_and_by_workload_keep_the_order() -> None:
    both = (item(), LACKS, item("alone", workload=None))
    assert waiting_within(both, None) == both
    assert list(causes_by_workload(both)) == [LLAMA, OTHER.key]
