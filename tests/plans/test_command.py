"""``nimdeck bench plan``: what it refuses, and a whole rehearsal."""

import json
from pathlib import Path

import pytest

from tests.plans.test_plan_file import GOOD
from tui.cli.main import main
from tui.plans.folder import read_plan


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = main(["bench", "plan", *arguments])
    except SystemExit as leave:
        code = int(leave.code or 0)
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return code, captured.out, captured.err


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NIMDECK_CONFIG", raising=False)
    path = tmp_path / "mine.toml"
    text = GOOD.replace("isl = 100", "isl = 100\nusers_per_pod = [4]").replace("pods = [1, 16]", "pods = [1, 2]")
    path.write_text(text.replace("pods = [8, 9]", "pods = [2, 9]"))
    return str(path)


def test_an_estimate_needs_no_cluster(plan: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, plan, "--estimate", "-o", "json")
    document = json.loads(out)
    assert code == 0
    assert document["estimate"]["cells"] == 3 and document["folder"] is None
    assert [item["state"] for item in document["items"]] == ["planned", "planned", "planned", "skipped"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("-O", "{folder}"), "there is no terminal to ask at; give --yes"),
        (("-O", "{folder}", "--read-only", "--yes"), "read-only: nothing was changed"),
        ((), "name a new folder for the plan with -O"),
        (("--workers", "pod:3", "-O", "{folder}"), "is neither local:N nor job:N"),
        (("--simulate", "--resume", "-O", "{folder}"), "is no plan"),
    ],
)
def test_refused_in_one_line(
    plan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], line: str
) -> None:
    code, out, err = run(capsys, plan, *(text.format(folder=tmp_path / "p") for text in arguments))
    assert code == 2 and out == ""
    assert len(err.splitlines()) == 1
    assert line in err or "holds no plan" in err
    assert not (tmp_path / "p").exists()


def test_a_rehearsal_says_everywhere_that_it_is_one(
    plan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "p"
    code, out, err = run(capsys, plan, "--simulate", "-O", str(folder), "--read-only")
    assert code == 0, err
    assert out.startswith("SIMULATED")
    assert all(text.startswith("simulated: ") for text in err.splitlines())
    kept = read_plan(folder)
    assert kept.simulated and all(one.simulated for result in kept.results for one in result.models)
