"""``nimdeck runs ...`` as its users type it."""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench_results.made import INVALID_POINT, POINT, VERDICT, point, write
from tests.screens_scale import made
from tui.cli import runs
from tui.cli.exits import ExitError
from tui.plans.folder import PlanFolder


@pytest.fixture
def nimdeck(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """The group alone: (code, out, err), on a wide terminal. Its place in the whole grammar is the parser's."""
    monkeypatch.setenv("COLUMNS", "240")

    def run(*arguments: object) -> tuple[int, str, str]:
        parser = argparse.ArgumentParser()
        runs.add_commands(parser.add_subparsers(dest="command"))
        try:
            parsed = parser.parse_args([str(argument) for argument in arguments])
            code = parsed.run(parsed)
        except ExitError as error:
            captured = capsys.readouterr()
            return error.code, captured.out, captured.err + str(error)
        except SystemExit as leave:
            code = int(leave.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_list(nimdeck, tmp_path: Path) -> None:
    write(tmp_path / "one", POINT, INVALID_POINT, verdict=VERDICT)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.json").write_text("no")
    code, out, err = nimdeck("runs", "list", tmp_path)
    assert code == 0
    assert "137 users" in out
    assert "2000:200" in out
    assert err.count("\n") == 1
    assert "bad/run.json can't be read" in err
    item = json.loads(nimdeck("runs", "list", tmp_path, "-o", "json")[1])["items"][0]
    assert (item["command"], item["points"], item["invalid"], item["concurrency"]) == ("search", 2, 1, 137)
    assert item["path"] == str(tmp_path / "one")


def test_list_has_plans_below_the_runs(nimdeck, tmp_path: Path) -> None:
    write(tmp_path / "one", POINT)
    folder = PlanFolder(tmp_path / "two")
    folder.begin(made.PLAN, made.CELLS, (), True, made.BEGAN)
    for result in made.RESULTS:
        folder.cell(result)
    folder.close()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "plan.json").write_text("no")
    code, out, err = nimdeck("runs", "list", tmp_path)
    assert (code, err.count("\n")) == (0, 1)
    assert "bad/plan.json can't be read" in err
    first, second = out.split("\n\n")
    assert [line.split()[0] for line in first.splitlines()] == ["RUN", "one"]
    assert second.splitlines()[1].split()[-7:] == ["2000:200", "3/7", "4300", "93310", "broken", "off,", "simulated"]
    document = json.loads(nimdeck("runs", "list", tmp_path, "-o", "json")[1])
    assert [item["path"] for item in document["items"]] == [str(tmp_path / "one")]
    (plan,) = document["plans"]
    assert plan == {
        "path": str(tmp_path / "two"),
        "plan": "guide-table-4",
        "title": "The guide's Table 4",
        "started_at": "2027-01-15T08:00:00Z",
        "models": [model.name for model in made.PLAN.models],
        "isl": 2000,
        "osl": 200,
        "simulated": True,
        "state": "broken off",
        "cells": 7,
        "done": 3,
        "users": 4300,
        "output_tokens_per_second": pytest.approx(93310.0),
        "seconds": 290.0,
        "damage": "",
    }


def test_a_plan_is_read_by_the_report(nimdeck, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("{}")
    code, _, err = nimdeck("runs", "show", tmp_path)
    assert code == 2
    assert err.endswith("it is a scale plan: nimdeck report reads it")


def test_list_of_nothing(nimdeck, tmp_path: Path) -> None:
    assert nimdeck("runs", "list", tmp_path) == (0, "", f"nimdeck: no runs in {tmp_path}\n")
    code, _, err = nimdeck("runs", "list", tmp_path / "gone")
    assert (code, err) == (2, f"{tmp_path / 'gone'} is no folder; name the one that runs lie in")


def test_show(nimdeck, tmp_path: Path) -> None:
    path = write(tmp_path / "one", POINT, replace(INVALID_POINT, model="\x1b[31mred"), verdict=VERDICT)
    code, out, err = nimdeck("runs", "show", path)
    assert (code, err) == (0, "")
    header, first, second = [line for line in out.splitlines() if line.startswith(("LOAD", "64 users ", "256 users "))]
    assert header.split("  ")[0] == "LOAD"
    assert "TTFT MEAN MS" in header
    assert first.split()[:5] == ["64", "users", "987", "950", "1500"]
    assert second.endswith("INVALID")
    assert "137 concurrent users hold a mean TTFT within 1000 ms" in out
    assert "\x1b" not in out
    document = json.loads(nimdeck("runs", "show", path, "-o", "json")[1])
    assert (document["schema"], len(document["items"])) == ("nimdeck.points/1", 2)


def test_show_is_not_drowned_in_notes(nimdeck, tmp_path: Path) -> None:
    path = write(tmp_path / "one", point(8, notes=tuple(f"lines {n} are lost" for n in range(9))))
    told = [line for line in nimdeck("runs", "show", path)[1].splitlines() if line.startswith("8 users: ")]
    assert told[2:] == ["8 users: lines 2 are lost", "8 users: and 6 more notes like these, see -o json"]


def test_show_says_what_is_missing_and_what_is_no_run(nimdeck, tmp_path: Path) -> None:
    path = write(tmp_path / "one", POINT)
    with (path / "points.jsonl").open("ab") as file:
        file.write(b'{"number":2')
    code, out, err = nimdeck("runs", "show", path)
    assert (code, "64 users" in out) == (0, True)
    assert err == f"nimdeck: {path}: points.jsonl line 2 is cut off; the rest is whole\n"
    code, out, err = nimdeck("runs", "show", tmp_path)
    assert (code, out, err) == (2, "", f"{tmp_path} is no run of nimdeck: it has no run.json")


def test_compare(nimdeck, tmp_path: Path) -> None:
    a = write(tmp_path / "a", point(1), point(64))
    b = write(tmp_path / "b", point(64, output_tokens_per_second=2679.3), point(256, valid=False))
    code, out, _ = nimdeck("runs", "compare", a, b)
    assert code == 0
    rows = [line for line in out.splitlines() if " user" in line]
    assert rows[0].endswith("not in B")
    assert "overlap" in rows[1]
    assert "-10.0 %" in rows[1]
    assert rows[2].endswith("not in A, B INVALID")
    document = json.loads(nimdeck("runs", "compare", a, b, "-o", "json")[1])
    assert document["schema"] == "nimdeck.comparison/1"
    assert document["items"][1]["output_tokens_per_second_change_fraction"] == pytest.approx(-0.1)
    assert document["items"][2]["intervals"] is None


def test_export(nimdeck, tmp_path: Path) -> None:
    path = write(tmp_path / "one", POINT, INVALID_POINT)
    out = tmp_path / "x.svg"
    code, told, err = nimdeck("runs", "export", path, "--format", "svg", "-O", out)
    assert (code, told) == (0, f"{out}\n")
    assert err == "nimdeck: 1 of 2 points are INVALID (client too slow); they are marked\n"
    code, told, err = nimdeck("runs", "export", path, "--format", "svg", "-O", out)
    assert (code, told, err) == (2, "", f"{out} exists; name a new place with -O, or remove it first")
    assert nimdeck("runs", "export", path, "--format", "xlsx", "-O", out)[0] == 2
    assert nimdeck("runs", "export", path, "--format", "csv")[0] == 2
