"""Rows of text of which nothing is cut, whatever the width."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.widgets.examples import Stage
from widgets.flow_drawing import flow
from widgets.flow_list import FlowList
from widgets.rows import Cell, FlowRow

TEXT = st.lists(st.sampled_from("ab cé漢字 -"), max_size=60).map("".join)


@given(st.lists(TEXT, max_size=4), st.integers(16, 60))
def test_no_letter_is_lost_and_no_line_is_too_wide(texts: list[str], width: int) -> None:
    lines = flow([Cell(text) for text in texts], width)
    shown = ["  ".join(text for text, _ in line) for line in lines]
    assert all(cell_len(line.rstrip()) <= width for line in shown)
    assert "".join("".join(shown).split()) == "".join("".join(texts).split())


def test_lines_of_a_message_stay_lines() -> None:
    assert [[text for text, _ in line] for line in flow([Cell("one\ntwo three")], 40)] == [["one"], ["two three"]]


async def test_another_width_breaks_elsewhere_and_the_cursor_stays() -> None:
    long = FlowRow("a", (Cell("word " * 30),), Cell("LEAD"))
    async with Stage(FlowList("Title")).run_test(size=(100, 20)) as pilot:
        found = pilot.app.query_one(FlowList)
        found.set_rows([long, FlowRow("b", (Cell("after"),))])
        found.focus()
        await pilot.press("down")
        wide = found.virtual_size.height
        await pilot.resize_terminal(50, 20)
        await pilot.pause()
        assert found.virtual_size.height > wide and found.cursor_key == "b"
        text = [strip.text.rstrip() for strip in pilot.app.screen._compositor.render_strips()]
        assert text[0].strip() == "Title" and text[1].startswith(" LEAD      word word")
        assert any(line.startswith("▌") and "after" in line for line in text)
