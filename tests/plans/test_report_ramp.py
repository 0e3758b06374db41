"""A ramp in a report: its sentence, its section with the curves, and nothing of the guide's tables from it."""

from dataclasses import replace
from xml.etree import ElementTree

import msgspec

from tests.plans import ramp_made
from tests.plans.report_made import carried_out
from tui.plans.report import build_report
from tui.plans.report_data import csv_text, json_text
from tui.plans.report_html import html
from tui.plans.report_markdown import markdown
from tui.plans.report_page import page_of
from tui.plans.report_ramp import CURVE_SECONDS
from tui.plans.report_ramp_chart import ramp_chart

REPORT = build_report([ramp_made.run()])
NONE_TO_FOUR = (
    "Llama 3.1 8B, auto-x4: from none to the first pod 32 s; 0 to 1 pods at 2 s (4 users), serving 30 s later, "
    "TTFT 31500 > 30000 > 200 ms; 1 to 4 pods at 66 s (20 users), serving 24 s later, TTFT 485 > 1880 > 320 ms; "
    "4 to 0 pods at 150 s (4 users); its GPUs were back 61 s after the load ended."
)


def test_its_sentence_comes_first_and_no_row_of_the_guide_is_asked_of_it() -> None:
    assert REPORT.findings == (NONE_TO_FOUR,)
    titles = [section.title for section in page_of(REPORT).sections]
    assert "A: Llama 3.1 8B under its autoscaler, auto-x4" in titles
    assert not any("Table" in title or "Figure" in title or "guide" in title.lower() for title in titles)
    problems = next(section for section in page_of(REPORT).sections if section.title == "Problems")
    assert problems.grid is None, "what was found is no problem"


def test_each_change_is_a_row_with_what_users_felt() -> None:
    section = next(one for one in page_of(REPORT).sections if "autoscaler" in one.title)
    assert section.grid is not None
    assert section.grid.rows[:2] == (
        ("2", "0 to 1", "4", "30", "31500", "30000", "200", "0", "more were wanted"),
        ("66", "1 to 4", "20", "24", "485", "1880", "320", "0", "more were wanted"),
    )
    assert [row[-1] for row in section.grid.rows[2:]] == ["given back", "given back"]
    assert any("The first pod served 32 s after" in line for line in section.lines)


def test_beside_a_plan_of_the_guides_kind_its_tables_stay() -> None:
    both = build_report([carried_out(), ramp_made.run()])
    titles = [section.title for section in page_of(both).sections]
    assert any(title.startswith("Table 5") for title in titles) and any("autoscaler" in title for title in titles)
    assert [one.side for one in both.ramps] == ["B"]
    assert not any(one.side == "B" and one.users.measured is not None for one in both.tables)
    assert not any(line.startswith("B:") for line in both.findings)


def test_one_that_was_broken_off_before_its_first_cell_was_done_asks_nothing_of_the_guide_either() -> None:
    report = build_report([replace(ramp_made.run(), results=(), autoscaled=())])
    assert not report.scaled and report.findings == () and report.ramps == ()
    assert [(one.cell, one.kind) for one in report.sides[0].problems] == [("auto-x4", "not run")]


def test_its_drawing_has_three_panels_and_breaks_where_nothing_is_known() -> None:
    (ramp,) = REPORT.ramps
    gap = tuple(replace(one, ttft_ms=None) if 100 <= one.seconds < 110 else one for one in ramp.curve)
    drawn = ElementTree.fromstring(ramp_chart(replace(ramp, curve=gap)))
    texts = {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert {"Users", "Pods and GPUs", "TTFT (ms, cut at 4,000)", "target 1,000", "pods wanted"} <= texts
    paths = [path.get("d", "") for path in drawn.iter("{http://www.w3.org/2000/svg}path")]
    (ttft,) = [path for path in paths if path.count("M") == 2 and path.count("L") > 50]
    assert ttft.count("L") == 180 - 10 - 2, "one second a place, less those not known, less the first of each part"
    assert ramp_chart(replace(ramp, curve=())) == ""


def test_a_long_ramp_is_thinned_for_its_curve_and_not_for_its_words() -> None:
    longer = tuple(
        replace(second, seconds=second.seconds + 250.0 * turn, at=second.at + 250.0 * turn)
        for turn in range(8)
        for second in ramp_made.SECONDS
    )
    run = ramp_made.run()
    (ramp,) = build_report([replace(run, autoscaled=(replace(run.autoscaled[0], seconds=longer),))]).ramps
    assert len(ramp.curve) <= CURVE_SECONDS < len(longer)
    assert len(ramp.seen.changes) == 8 * 4


def test_all_formats_hold_it_twice_alike() -> None:
    for render in (markdown, html, csv_text, json_text):
        assert render(REPORT) == render(build_report([ramp_made.run()]))
    document = msgspec.json.decode(json_text(REPORT))
    assert document["ramps"][0]["seen"]["changes"][1]["serving_after_seconds"] == 24.0
    assert document["items"][0]["answer"] is False
    assert "<svg" in html(REPORT) and "| 66 | 1 to 4 | 20 |" in markdown(REPORT)
