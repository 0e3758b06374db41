"""``fit SPEC`` on a cluster of our own: the verdict for eyes, the document, the exit codes."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.cluster import status
from tests.diagnose.clusters import DEPARTMENT, queue, shared, snapshot, surroundings
from tests.store.builders import node
from tui.model.status import SourceState
from tui.model.surroundings import Surroundings

SPEC = """
name: llama-8b-single-gpu
project: test
model: meta/llama-3.1-8b-instruct
gpu: 0.5
storage: {pvc: nfs-pvc-nim}
ngc: {secret: ngc-api-key}
"""


@pytest.fixture
def around(session, monkeypatch) -> dict[str, Surroundings | None]:
    """What the session says of every namespace, and a cluster of one node with room for five halves."""
    known: dict[str, Surroundings | None] = {"now": surroundings()}
    asked: list[str] = []

    def answer(self, namespace: str) -> Surroundings | None:
        asked.append(namespace)
        return known["now"]

    monkeypatch.setattr(session, "surroundings", answer, raising=False)
    session.shown = snapshot([node("node001", 3)], shared("a", "node001", 0, 0.4), (queue(quota=2.0), DEPARTMENT))
    yield known
    assert set(asked) <= {"runai-test"}


@pytest.fixture
def spec(tmp_path) -> Path:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC)
    return path


def test_it_fits_and_says_where(nimdeck, around, spec) -> None:
    answer = nimdeck("fit", str(spec))
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        "llama-8b-single-gpu in project test: fits now",
        "  replicas   1 wanted, 4 fit now, 5 if it were preemptible",
        "  quota      quota 2, limit unlimited, 0 allocated, 0.5 asked (GPUs)",
        "  placement  binpack",
        "  GPUs       node001 GPU 0: 0.5",
    ]


def test_the_document(nimdeck, around, spec) -> None:
    document = json.loads(nimdeck("fit", str(spec), "-o", "json").out)
    assert document["schema"] == "nimdeck.fit/1"
    (item,) = document["items"]
    assert (item["fits"], item["wanted"], item["replicas_now"], item["over_quota_replicas"]) == (True, 1, 4, 5)
    assert item["gpus"] == [{"replica": 1, "node": "node001", "index": 0, "fraction": 0.5}]
    assert (item["blockers"], item["notes"], item["namespace"]) == ([], [], "runai-test")
    assert item["quota"]["gpu_limit"] == -1.0


def test_what_does_not_fit_leaves_1_and_says_what_mends_it_in_80_columns(nimdeck, around, spec, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    around["now"] = surroundings(claims=(), secrets=())
    spec.write_text(SPEC.replace("gpu: 0.5", "gpu: 3"))
    answer = nimdeck("fit", str(spec))
    assert answer.code == 1
    lines = answer.out.splitlines()
    assert lines[0] == "llama-8b-single-gpu in project test: does not fit now"
    assert max(map(len, lines)) <= 80
    blocked = [line for line in lines if line.startswith("blocked by: ")]
    assert len(blocked) == 4  # quota, GPUs, claim, secret
    assert "    $ kubectl -n runai-test get pvc" in lines
    codes = [one["code"] for one in json.loads(nimdeck("fit", str(spec), "-o", "json").out)["items"][0]["blockers"]]
    assert codes == ["over_quota_non_preemptible", "no_free_gpu", "pvc_missing", "secret_missing"]


def test_several_specs_of_a_file_are_to_fit_together(nimdeck, around, spec) -> None:
    second = SPEC.replace("llama-8b-single-gpu", "second")
    spec.write_text(SPEC + "---\n" + second)
    items = json.loads(nimdeck("fit", str(spec), "-o", "json").out)["items"]
    assert [(item["name"], item["fits"]) for item in items] == [("llama-8b-single-gpu", True), ("second", True)]
    assert [item["replicas_now"] for item in items] == [4, 3]
    assert [item["gpus"][0]["index"] for item in items] == [0, 1]
    whole = SPEC.replace("gpu: 0.5", "gpu: 2")
    spec.write_text(whole + "---\n" + second)
    assert nimdeck("fit", str(spec)).code == 1  # the quota is used up


def test_csv_has_one_line(nimdeck, around, spec) -> None:
    (row,) = csv.DictReader(io.StringIO(nimdeck("fit", str(spec), "-o", "csv").out))
    assert (row["name"], row["fits"], row["wanted"]) == ("llama-8b-single-gpu", "true", "1")


def test_every_fault_of_a_spec_is_a_line_and_2(nimdeck, around, spec) -> None:
    spec.write_text(SPEC + "colour: blue\nportt: 8000\n")
    answer = nimdeck("fit", str(spec))
    assert (answer.code, answer.out) == (2, "")
    assert len(answer.err.splitlines()) == 2
    assert "colour" in answer.err and "portt" in answer.err


def test_a_silent_cluster_is_3(nimdeck, around, session, spec) -> None:
    session.shown = snapshot([])
    gone = status("kubernetes", SourceState.FAILED, "connection refused")
    session.shown = type(session.shown)(0.0, 0, session.shown.cluster, sources={"kubernetes": gone})
    answer = nimdeck("fit", str(spec))
    assert (answer.code, answer.out) == (3, "")
    assert "connection refused" in answer.err


def test_nodes_that_may_not_be_read_leave_it_open_which_is_3(nimdeck, around, session, spec) -> None:
    sources = {
        "kubernetes/pods": status("kubernetes/pods", SourceState.LIVE),
        "kubernetes/nodes": status("kubernetes/nodes", SourceState.DENIED, "needs list nodes"),
    }
    session.shown = type(session.shown)(0.0, 0, session.shown.cluster, sources=sources)
    answer = nimdeck("fit", str(spec))
    assert answer.code == 3
    assert answer.out.splitlines()[0].endswith("can't be told")
    assert "needs list nodes" in answer.err.splitlines()[-1]
