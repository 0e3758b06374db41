"""A report as Markdown, HTML, CSV and JSON, and the command that writes them."""

import csv
import json
import re
import typing
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench_results.made import VERDICT, write
from tests.bench_results.made import point as run_point
from tests.plans.report_made import BEGAN, CELLS, PLAN, carried_out, changed, found
from tui.cli.main import main
from tui.plans.folder import PlanFolder
from tui.plans.report import build_report
from tui.plans.report_chart import chart
from tui.plans.report_data import COLUMNS, ReportDocument, csv_text, json_text
from tui.plans.report_html import html
from tui.plans.report_markdown import markdown
from tui.plans.values import PlanRun

DOCS = Path(__file__).parents[2] / "docs" / "json.md"
_VOID = {"meta", "br", "hr"}


def with_faults() -> PlanRun:
    """One figure invalid, one name that could be markup."""
    run = carried_out(simulated=True)
    was = found(run, "llama-runai-1.0-x32")
    models = tuple(replace(one, point=replace(one.point, valid=False)) for one in was.models if one.point is not None)
    return changed(run, was.cell.id, replace(was, models=models, note="<b>odd</b> | line\nand more"))


def on_disk(path: Path) -> Path:
    run = with_faults()
    folder = PlanFolder(path)
    folder.begin(PLAN, CELLS, run.environment, True, BEGAN)
    for result in run.results:
        folder.cell(result)
    folder.close()
    return path


class Balanced(HTMLParser):
    """Refuses tags that are not closed in order, and remembers what would be loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [
            value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "style", "onclick")
        ]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_html_is_one_whole_file_that_loads_nothing() -> None:
    text = html(build_report([with_faults()]))
    page = Balanced()
    page.feed(text)
    assert page.open == []
    assert page.loads == []
    assert not page.tags & {"script", "link", "img", "iframe", "b"}
    assert "url(" not in text
    assert "@import" not in text
    assert "&lt;b&gt;odd" in text, "what a cluster says stays words"
    assert text.count("<svg") == 7


def test_charts_are_xml_and_hold_invalid_and_derived_marks() -> None:
    figures = build_report([with_faults()]).figures
    drawn = [chart(figure) for figure in figures]
    for text in drawn:
        ElementTree.fromstring(text)
    assert 'class="invalid"' in drawn[0]
    assert "not published as numbers" in drawn[0]
    assert all('class="derived"' in text for text in drawn)


@pytest.mark.parametrize("render", [markdown, html, json_text, csv_text])
def test_the_same_twice_and_simulated_is_said(render: typing.Callable[..., str]) -> None:
    first, second = (render(build_report([with_faults()])) for _ in range(2))
    assert first == second
    assert "simulated" in first
    assert "INVALID" in first


def test_nothing_says_simulated_of_a_real_plan() -> None:
    for render in (markdown, html):
        assert "simulated" not in render(build_report([carried_out()])).lower()


def test_markdown_tables_have_as_many_cells_as_columns() -> None:
    text = markdown(build_report([with_faults(), carried_out(folder="other")]))
    assert text.startswith("# Report: The guide's Table 4")
    assert "SIMULATED in A" in text
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(counts) == 1, block.splitlines()[0]
    assert "not published as numbers" in text
    for table in range(5, 9):
        assert f"## Table {table}." in text


def test_all_figures_stand_with_their_intervals_and_how_to_read_them() -> None:
    text = markdown(build_report([carried_out()]))
    row = next(line for line in text.splitlines() if "llama-runai-1.0-x1 " in line)
    assert "| 130 (127 to 133) | 2977 (2947 to 3007) | 900 (888 to 912) | 873 | 1350 |" in row
    assert "by batch means of its seconds" in text
    unknown = carried_out()
    was = found(unknown, "llama-runai-1.0-x1")
    point = replace(was.models[0].point, output_tokens_per_second_interval=None)  # type: ignore[type-var]
    other = changed(unknown, was.cell.id, replace(was, models=(replace(was.models[0], point=point),)))
    row = next(line for line in markdown(build_report([other])).splitlines() if "llama-runai-1.0-x1 " in line)
    assert "| 2977 | 900 (888 to 912) |" in row
    assert "what other seeds would give" in markdown(build_report([with_faults()]))


def test_csv_has_a_line_for_each_model_of_each_cell() -> None:
    lines = list(csv.DictReader(csv_text(build_report([with_faults()])).splitlines()[: len(CELLS) * 2 + 1]))
    assert tuple(lines[0]) == COLUMNS
    whole = list(csv.DictReader(csv_text(build_report([carried_out()])).splitlines()))
    assert len(whole) == sum(len(cell.models) for cell in CELLS)
    one = next(line for line in whole if line["cell"] == "llama-runai-1.0-x64")
    assert (one["users"], one["ttft_ms_mean"], one["users_low"], one["pods"]) == ("8320", "900.0", "8317.0", "64")
    assert (one["output_tokens_per_second_low"], one["requests_per_second_high"]) == ("188622.72", "15.3")
    unfit = next(line for line in whole if line["cell"] == "mixed-runai-0.5-x128")
    assert (unfit["state"], unfit["users"], unfit["valid"]) == ("does not fit", "", "")


def test_the_document() -> None:
    document = json.loads(json_text(build_report([with_faults()])))
    assert list(document)[:4] == ["schema", "generated_at", "sources", "simulated"]
    assert (document["schema"], document["simulated"]) == ("nimdeck.report/1", True)
    assert document["generated_at"] == "2025-10-09T09:44:50Z", "when the last cell ended, not now"
    assert document["sources"] == {"A": {"state": "stale", "age_seconds": None, "detail": "guide"}}
    item = next(one for one in document["items"] if one["cell"] == "llama-runai-1.0-x32")
    assert (item["point"]["valid"], item["users"], item["pods"]) == (False, 4160, 32)
    assert len(document["tables"]) == 9


def test_the_page_and_the_code_name_the_same_fields_in_the_same_order() -> None:
    told: dict[str, list[str]] = {}
    for section in DOCS.read_text(encoding="utf-8").split("\n## ")[1:]:
        if section.startswith("report."):
            told[section.splitlines()[0].strip()] = re.findall(r"^\| `([a-z0-9_]+)` \|", section, re.MULTILINE)
    modules = ("tui.plans.report_values", "tui.plans.report_ramp", "tui.plans.autoscale")
    hints = typing.get_type_hints(ReportDocument)
    coded: dict[str, list[str]] = {}

    def walk(name: str, kind: type) -> None:
        coded[name] = [field.name for field in fields(kind)]
        for inner in typing.get_type_hints(kind).values():
            for part in (inner, *typing.get_args(inner)):
                if isinstance(part, type) and is_dataclass(part) and part.__module__ in modules:
                    walk(f"report.{part.__name__.lower()}", part)

    for name in ("items", "tables", "figures", "linearity", "effects", "pairs", "ramps", "sides"):
        walk(f"report.{name}", typing.get_args(hints[name])[0])
    assert told == coded


def test_the_command_writes_once_and_never_over_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan, page = on_disk(tmp_path / "plan"), tmp_path / "page.html"
    assert main(["report", str(plan), "--format", "html", "-O", str(page)]) == 0
    first = page.read_bytes()
    assert "1 figure is INVALID" in capsys.readouterr().err
    assert main(["report", str(plan), "--format", "html", "-O", str(page)]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert main(["report", str(plan), "--format", "html", "-O", str(page), "--overwrite"]) == 0
    assert page.read_bytes() == first, "byte for byte"


def test_the_command_takes_a_plan_and_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write(tmp_path / "run", run_point(137), verdict=VERDICT)
    assert main(["report", str(on_disk(tmp_path / "plan")), str(run), "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [(side["kind"], side["name"]) for side in document["sides"]] == [("plan", "plan"), ("run", "run")]


@pytest.mark.parametrize("wrong", ["empty", "missing"])
def test_what_is_no_run_gets_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: str) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["report", str(tmp_path / wrong)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "neither plan.json nor run.json" in error


def test_a_broken_plan_gets_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan.json").write_text("{", encoding="utf-8")
    assert main(["report", str(tmp_path), "-O", str(tmp_path / "out.md")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out.md").exists()
