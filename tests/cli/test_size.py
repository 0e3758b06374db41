"""``nimdeck size``: the answer in three formats, exit codes, and bad input in one line."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.plans.made import LLAMA, point
from tests.plans.test_sizing_reference import VERDICT, run_at

DEEPSEEK = "deepseek-r1-distill-llama-8b"


def test_the_guides_own_example(nimdeck) -> None:
    answer = nimdeck("size", "--users", f"{LLAMA.name}=137", "--users", f"{DEEPSEEK}=141", "-o", "json")
    assert (answer.code, answer.err) == (0, "")
    document = json.loads(answer.out)
    assert document["schema"] == "nimdeck.size/1" and document["sources"] == {} and len(document["items"]) == 1
    item = document["items"][0]
    assert (item["gpus"], item["servers"], item["extrapolated"]) == (2, 1, False)
    assert [one["model"] for one in item["models"]] == [LLAMA.name, f"deepseek-ai/{DEEPSEEK}"]
    assert [(one["name"], one["gpus"], one["servers"]) for one in item["alternatives"]] == [
        ("separate", 2, 1),
        ("mixed", 1, 1),
    ]
    assert any("contradicts its own figure 21" in note for note in item["notes"])
    assert item["packing"][1] == {
        "server": 1,
        "gpu": 1,
        "parts": [{"model": f"deepseek-ai/{DEEPSEEK}", "replica": 1, "fraction": 1.0}],
    }


def test_for_eyes(nimdeck, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    answer = nimdeck("size", "--users", f"{LLAMA.name}=1000", "--headroom-fraction", "0.2", "--gpus-per-server", "8")
    assert answer.code == 0
    for words in (
        "9 GPUs on 2 servers of 8: 1,000 users and 20 % head-room at 2000:200, TTFT mean",
        "server 1          AAAAAAAA AAAAAAAA",
        "server 2          AAAAAAAA ········",
        "TTFT 500 ms      –        –  not published",
        "linear scaling is assumed",
    ):
        assert words in answer.out, answer.out
    assert all(len(line) <= 80 for line in answer.out.splitlines())


def test_a_spreadsheet(nimdeck) -> None:
    answer = nimdeck("size", "--users", f"{LLAMA.name}=1000", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(answer.out)))
    assert len(rows) == 1 and (rows[0]["gpus"], rows[0]["servers"]) == ("8", "2")


def test_from_a_run(nimdeck, tmp_path: Path) -> None:
    run = run_at(tmp_path / "r", point(64, 500.0), point(128, 1100.0), verdict=VERDICT)
    answer = nimdeck("size", "--users", f"{LLAMA.name}=360", "--reference", str(run), "-o", "json")
    item = json.loads(answer.out)["items"][0]
    assert (answer.code, item["gpus"], item["reference"]) == (0, 3, "r")
    changed = {one["name"]: one["gpus"] for one in item["sensitivity"]}
    assert changed["TTFT 500 ms"] == 6 and changed["TTFT 2000 ms"] == 3, "64 users; at least 128, said as a note"


@pytest.mark.parametrize("flags", [("--ttft-ms", "500"), ("--isl", "100"), ("--osl", "1000")])
def test_what_the_reference_does_not_know_is_a_no(nimdeck, flags) -> None:
    answer = nimdeck("size", "--users", f"{LLAMA.name}=10", *flags, "-o", "json")
    item = json.loads(answer.out)["items"][0]
    assert answer.code == 1 and item["gpus"] is None and item["servers"] is None and item["notes"]
    assert answer.err.startswith("nimdeck: it can't be sized from guide: ") and answer.err.count("\n") == 1


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--users", "gpt-9=5"), f"'gpt-9' is not in the reference guide; it knows {LLAMA.name}, deepseek-ai/"),
        (("--users", "llama"), "'llama' is not MODEL=N"),
        (("--users", "=5"), "'=5' is not MODEL=N"),
        (("--users", f"{LLAMA.name}=0"), "'0' is not a whole number"),
        (("--users", f"{LLAMA.name}=1e3"), "'1e3' is not a whole number"),
        (("--users", f"{LLAMA.name}=99999999999999999999999999"), "is not a whole number"),
        (("--users", f"{LLAMA.name}=1", "--users", "llama-3.1-8b-instruct=2"), "asked twice"),
        (("--users", f"{LLAMA.name}=1", "--ttft-ms", "nan"), "'nan' is not a number above 0"),
        (("--users", f"{LLAMA.name}=1", "--headroom-fraction", "-0.1"), "is not a number from 0 to 10"),
        (("--users", f"{LLAMA.name}=1", "--gpus-per-server", "0"), "'0' is not a whole number"),
        (("--users", f"{LLAMA.name}=1", "--reference", "nowhere"), "nowhere is no folder"),
        (("--users", f"{LLAMA.name}=1", "--reference", "guide", "--reference", "."), "guide or folders, not both"),
        ((), "--users"),
    ],
)
def test_bad_input_is_one_line(nimdeck, flags, said) -> None:
    answer = nimdeck("size", *flags)
    assert answer.code == 2 and answer.out == "" and answer.err.count("\n") == 1
    assert said in answer.err, answer.err
