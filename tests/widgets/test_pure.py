"""The drawing functions that know no widget: fitting, sparks, layouts, ticks, highlighting."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from widgets import braille
from widgets.chart_data import plan, round_ticks, runs, thin, tick_text
from widgets.columns import header_text, order_mark
from widgets.glyphs import fit, meter_text, printable, spark_text
from widgets.gpu_layout import fit_map
from widgets.highlight import log, yaml
from widgets.line_diff import changed_width
from widgets.line_view import clean
from widgets.rows import ChartView, Column, Series, SortKey, Tone
from widgets.spark import spark_rows
from widgets.table_drawing import place_columns
from widgets.tight_strip import tight


@given(st.text(max_size=30), st.integers(0, 20), st.sampled_from(["left", "right", "center"]))
def test_fitted_text_has_its_width(text: str, width: int, align: str) -> None:
    assert cell_len(fit(printable(text), width, align)) == width  # type: ignore[arg-type]


def test_what_a_cluster_says_may_not_steer_the_terminal() -> None:
    assert "\x1b" not in printable("a\x1b[2Jb") + clean("\x1b[31mred\x1b[0m\x07")
    assert clean("\x1b[31mred\x1b[0m\tx") == "red     x"


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=60), st.integers(1, 30))
def test_a_spark_line_has_its_width_and_blanks_only_for_gaps(values: list[float | None], width: int) -> None:
    text = spark_text(values, width)
    assert len(text) == width
    if values and all(value is not None for value in values):
        assert text.strip() == text.lstrip()
        assert len(text.strip()) == min(len(values), width)


def test_a_spark_tells_idle_from_unknown() -> None:
    assert spark_text([0.0, None, 1.0], 3) == "▁ ▇"
    assert spark_rows([0.0, None, 1.0], 3, 2, 1.0) == ["  █", "▁ █"]


def test_a_meter_tells_empty_from_unknown() -> None:
    assert meter_text(0.5, 4) == "━━╌╌"
    assert meter_text(0.0, 4) == "╌╌╌╌"
    assert "╌" not in meter_text(None, 4)


@given(st.integers(30, 250), st.integers(1, 16), st.integers(4, 40))
def test_the_map_never_needs_more_than_its_width_where_a_gpu_has_two_cells(width: int, gpus: int, name: int) -> None:
    layout = fit_map(width, gpus, name)
    used = 2 + layout.name + layout.gpus_width + layout.fill + sum(c.width for c in layout.before + layout.after)
    assert used <= width or layout.gpu == 1
    assert layout.bar >= 1


@pytest.mark.parametrize(("width", "bar"), [(79, 6), (99, 10), (119, 15), (199, 13)])
def test_bars_grow_with_the_terminal(width: int, bar: int) -> None:
    layout = fit_map(width, 4, 7)
    assert layout.bar == bar
    assert bool(layout.spark) == (width > 180)


def test_columns_drop_by_priority_and_the_flexible_one_takes_the_rest() -> None:
    columns = (Column("a", "A", 10, flexible=True), Column("b", "B", 10, priority=2), Column("c", "C", 10, priority=1))
    assert [c.key for _, c in place_columns(columns, 40)] == ["a", "b", "c"]
    assert [(c.key, c.width) for _, c in place_columns(columns, 30)] == [("a", 18), ("c", 10)]
    assert [(c.key, c.width) for _, c in place_columns(columns, 15)] == [("a", 15)]


def test_order_marks_count_only_where_there_are_several() -> None:
    assert order_mark("b", (SortKey("b", True),)) == "▼"
    two = (SortKey("a"), SortKey("b", True))
    assert (order_mark("a", two), order_mark("b", two), order_mark("c", two)) == ("▲1", "▼2", "")
    assert header_text("b", "UTILIZATION", 6, "right", two).endswith("▼2")
    assert len(header_text("b", "UTILIZATION", 6, "left", two)) == 6


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=500), st.integers(4, 80))
def test_thinning_keeps_the_extremes_and_the_order(ys: list[float], most: int) -> None:
    points = list(enumerate(ys))
    kept = thin([(float(x), y) for x, y in points], most)
    assert len(kept) <= most
    assert [x for x, _ in kept] == sorted(x for x, _ in kept)
    assert {min(ys), max(ys)} <= {y for _, y in kept}


def test_gaps_part_a_series_and_nothing_is_drawn_across_them() -> None:
    series = Series("s", (0, 1, 2, 3, 4, 5), (1, None, 2, math.nan, math.inf, 3))
    assert runs(series) == [[(0, 1)], [(2, 2)], [(5, 3)]]
    assert plan(ChartView("t", (Series("s", (0, 1), (None, None)),)), 40, 10) is None


@given(st.floats(-1e5, 1e5), st.floats(0.001, 1e6), st.integers(2, 10))
def test_round_ticks_cover_the_range(low: float, span: float, count: int) -> None:
    ticks = round_ticks(low, low + span, count)
    slack = span * 1e-6 + abs(low) * 1e-9
    assert ticks[0] <= low + slack
    assert ticks[-1] >= low + span - slack
    assert len(ticks) <= count * 2.5 + 2


def test_ticks_are_written_short() -> None:
    assert [tick_text(v) for v in (0, 1500, 0.25, 2e6)] == ["0", "1,500", "0.25", "2M"]


def test_our_own_braille_chart_fills_its_place() -> None:
    planned = plan(ChartView("t", (Series("s", (0, 1, 2), (0, 5, 3)),), target=4), 40, 10)
    assert planned is not None
    lines = ["".join(text for text, _ in line) for line in braille.draw(planned, 40, 10)]
    assert len(lines) == 10
    assert {len(line) for line in lines} == {40}
    assert any(ord("⠀") < ord(char) <= 0x28FF for line in lines for char in line)


def test_yaml_marks_keys_not_the_colons_in_values() -> None:
    line = '  image: "nvcr.io/nim:1.8"  # latest'
    assert [(line[a:b], tone) for a, b, tone in yaml(line)] == [
        ("image:", Tone.ACCENT),
        ('"nvcr.io/nim:1.8"', Tone.GOOD),
        ("  # latest"[1:], Tone.DIM),
    ]


def test_a_log_line_shows_its_level() -> None:
    line = "2026-11-24T06:00:00Z ERROR engine died"
    assert (Tone.BAD in {tone for _, _, tone in log(line)}) and Tone.DIM in {tone for _, _, tone in log(line)}
    assert log("no errors here") == []


STYLES = [None, Style(color="red"), Style(bold=True), Style(color="#010203", bgcolor="blue"), Style(dim=True)]


@given(st.lists(st.tuples(st.text("abX ", min_size=1, max_size=5), st.sampled_from(STYLES)), max_size=12))
def test_a_tight_strip_looks_the_same(parts: list[tuple[str, Style | None]]) -> None:
    strip = Strip([Segment(text, style) for text, style in parts])
    console = Console(color_system="truecolor", force_terminal=True)
    usual, short = strip.render(console), tight(strip).render(console)
    assert looks(usual) == looks(short)
    assert len(short) <= len(usual) + 6 * len(parts)  # a colour taken back may cost more than a reset


def test_a_tight_strip_saves_bytes_where_neighbours_share_a_ground() -> None:
    letters, figures = Style(color="#5fafff", bgcolor="#121212"), Style(color="#e0e0e0", bgcolor="#121212")
    strip = Strip([Segment("AAAA", letters), Segment(" 71%", figures)] * 8)
    console = Console(color_system="truecolor", force_terminal=True)
    assert len(tight(strip).render(console)) < 0.6 * len(strip.render(console))


def looks(ansi: str) -> list[tuple[str, object, object, bool, bool]]:
    console = Console()
    text = Text.from_ansi(ansi)
    found = []
    for place, char in enumerate(text.plain):
        style = text.get_style_at_offset(console, place)
        plain = [None if c is None or c.is_default else c for c in (style.color, style.bgcolor)]
        found.append((char, *plain, bool(style.bold), bool(style.dim)))
    return found


def test_only_what_lies_right_of_the_last_difference_is_spared() -> None:
    red = Style(color="red")
    old = Strip([Segment("node 71%", red), Segment("    ")])
    assert changed_width(old, Strip([Segment("node 71%", red), Segment("    ")])) == 0
    assert changed_width(old, Strip([Segment("node 72%", red), Segment("    ")])) == 7
    assert changed_width(old, Strip([Segment("node 71%", red), Segment("    ", red)])) == 12
