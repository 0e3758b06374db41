"""scale, delete, expose: names, refusals, documents."""

import json

import pytest


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (("scale", "llama-31-8b", "--yes"), "--min, --max or both"),
        (("scale", "llama-31-8b", "--min", "5", "--max", "2", "--yes"), "more than the maximum"),
        (("scale", "llama-31-8", "--min", "1", "--yes"), "did you mean llama-31-8b"),
        (("scale", "team-a/llama-31-8b", "--min", "1", "--yes"), "no workload"),
        (("scale", "llama-31-8b", "--min", "1", "--project", "team-a", "--yes"), "no workload"),
        (("scale", "notebook-ana", "--min", "1", "--yes"), "no number of replicas"),
        (("delete", "llama-31-8b"), "--yes"),
        (("delete", "llama-31-8b", "--yes", "--read-only"), "read-only"),
        (("resume", "llama-31-8b", "--yes"), "not suspended"),
    ],
)
def test_what_can_not_be_is_told_in_one_line(deck, line, words):
    answer = deck(*line)
    assert answer.code == 2
    assert answer.err.count("\n") == 1
    assert words in answer.err


def test_a_dry_run_shows_the_difference_and_changes_nothing(deck, audit):
    answer = deck("scale", "llama-31-8b", "--min", "1", "--max", "9", "--dry-run=client")
    assert answer.code == 0
    assert "+    value: 9" in answer.err
    assert audit() == []


def test_a_change_as_a_document(deck):
    answer = deck("scale", "llama-31-8b", "--max", "9", "--dry-run=client", "--yes", "-o", "json")
    assert answer.code == 0, answer.err
    document = json.loads(answer.out)
    assert document["schema"] == "nimdeck.change/1"
    (item,) = document["items"]
    assert (item["action"], item["dry_run"], item["namespace"]) == ("scale", "client", "runai-test")
    (change,) = item["changes"]
    assert (change["verb"], change["resource"]) == ("patch", "inferenceworkloads.run.ai")
