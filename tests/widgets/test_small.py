"""Header, footer, bars, legend, tabs, states, viewers and the command line, driven as a user would."""

import pytest

from tests.widgets.examples import Stage
from widgets import plot
from widgets.command_line import CommandLine
from widgets.footer import Footer
from widgets.header import Header
from widgets.help_panel import HelpPanel
from widgets.legend import Legend
from widgets.log_view import LogView
from widgets.plot import Chart
from widgets.rows import (
    BadgeState,
    BarView,
    Cell,
    ChartView,
    FooterKey,
    HeaderView,
    HelpEntry,
    HelpSection,
    LegendItem,
    PanelPhase,
    PanelState,
    Series,
    SourceBadge,
    Spark,
    Tab,
    Tone,
)
from widgets.slice_bar import SliceBar
from widgets.spark import SparkLine
from widgets.state_panel import StatePanel
from widgets.tabs import SectionTabs
from widgets.text_view import TextView

HEADER = HeaderView(
    "era-prod",
    "test-era",
    "Nodes",
    badges=(
        SourceBadge("prometheus", BadgeState.STALE, "stale 40 s"),
        SourceBadge("kubernetes", BadgeState.LIVE, "live"),
        SourceBadge("runai", BadgeState.LIVE, "2.20"),
    ),
    flags=(Cell("PAUSED", Tone.WARN),),
    clock="12:04:31",
)
KEYS = (
    FooterKey("1", "nodes", "screen.nodes", active=True),
    FooterKey("2", "workloads", "screen.workloads"),
    FooterKey("3", "pending", "screen.pending", badge="②"),
    FooterKey("/", "filter", "filter", side="right"),
    FooterKey("?", "help", "help", side="right"),
    FooterKey("q", "", "quit", side="right"),
)


def lines(app: Stage) -> list[str]:
    return [strip.text for strip in app.screen._compositor.render_strips()]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
async def test_the_header_keeps_trouble_and_flags_at_any_width(width: int) -> None:
    app = Stage(header := Header())
    async with app.run_test(size=(width, 5)) as pilot:
        header.set_view(HEADER)
        await pilot.pause()
        text = lines(app)[0]
        assert len(text) == width
        assert "PAUSED" in text
        assert "◐" in text
        assert ("nimdeck" in text) == (width >= 120)
        assert ("era-prod" in text) == (width >= 60)
        assert ("stale 40 s" in text) == (width >= 80)


async def test_a_click_on_a_key_asks_for_its_action() -> None:
    class Pressing(Stage):
        def on_footer_pressed(self, event: Footer.Pressed) -> None:
            self.heard.append(("pressed", event.action))

    app = Pressing(footer := Footer())
    async with app.run_test(size=(80, 5)) as pilot:
        footer.set_keys(KEYS)
        await pilot.pause()
        text = lines(app)[-1]
        assert "pending ②" in text
        await pilot.click(footer, offset=(text.index("pending"), 0))
        await pilot.click(footer, offset=(text.index("?"), 0))
        await pilot.click(footer, offset=(text.index("②") + 4, 0))  # between the groups: nothing
        assert app.heard == [("pressed", "screen.pending"), ("pressed", "help")]
        await pilot.resize_terminal(30, 5)
        await pilot.pause()
        assert "nodes" in lines(app)[-1]
        assert "workloads" not in lines(app)[-1]


async def test_the_bar_leaves_out_facts_before_it_leaves_out_itself() -> None:
    app = Stage(bar := SliceBar())
    view = BarView(
        (Cell("64 GPUs", Tone.STRONG), Cell("48 given")),
        0.75,
        (Cell("9 whole free"), Cell("3.5 in fractions"), Cell("largest 1.00"), Cell("idle-but-held 4", Tone.WARN)),
    )
    async with app.run_test(size=(120, 3)) as pilot:
        bar.set_view(view)
        await pilot.pause()
        text = lines(app)[0]
        assert "idle-but-held 4" in text
        assert abs(text.count("█") - 3 * text.count("░")) <= 3
        await pilot.resize_terminal(50, 3)
        await pilot.pause()
        assert "idle-but-held" not in lines(app)[0]
        assert lines(app)[0].count("█") >= 6
        bar.set_view(BarView((Cell("GPUs –"),), None))
        await pilot.pause()
        assert "█" not in lines(app)[0]
        assert "░" not in lines(app)[0]


async def test_the_legend_counts_what_it_cannot_show() -> None:
    app = Stage(legend := Legend())
    async with app.run_test(size=(40, 5)) as pilot:
        legend.set_items(tuple(LegendItem(chr(65 + n), n, f"workload-{n}") for n in range(9)), max_lines=2)
        await pilot.pause()
        assert legend.size.height == 2
        shown = "".join(lines(app)).count("workload-")
        assert f"+{9 - shown} more" in lines(app)[1]


async def test_sections_are_switched_by_key_and_click() -> None:
    class Switching(Stage):
        def on_section_tabs_switched(self, event: SectionTabs.Switched) -> None:
            self.heard.append(("switched", event.key))

    app = Switching(tabs := SectionTabs())
    async with app.run_test(size=(60, 3)) as pilot:
        tabs.set_tabs((Tab("p", "Pods", "4"), Tab("y", "YAML"), Tab("l", "Logs")))
        tabs.focus()
        await pilot.press("right", "right", "right", "left")
        assert tabs.active == "l"
        await pilot.click(tabs, offset=(lines(app)[0].index("YAML"), 0))
        assert app.heard[-1] == ("switched", "y")
        assert len(app.heard) == 5


async def test_a_panel_shows_content_or_why_not() -> None:
    app = Stage(panel := StatePanel(text := TextView()))
    async with app.run_test(size=(70, 12)) as pilot:
        text.set_text("the content")
        for phase, seen, gone in (
            (PanelPhase.LOADING, "asking prometheus", "the content"),
            (PanelPhase.EMPTY, "no GPU nodes", "the content"),
            (PanelPhase.FAILED, "kubectl auth can-i", "the content"),
            (PanelPhase.STALE, "stale 40 s", "can-i"),
            (PanelPhase.LIVE, "the content", "stale"),
        ):
            said = {"loading": "asking prometheus", "empty": "no GPU nodes", "failed": "nodes: forbidden"}
            remedy = "check with kubectl auth can-i list nodes" if phase is PanelPhase.FAILED else ""
            panel.set_state(PanelState(phase, said.get(phase.value, ""), "40 s", remedy))
            await pilot.pause()
            shown = "\n".join(lines(app))
            assert seen in shown
            assert gone not in shown
            assert ("the content" in shown) == (phase in (PanelPhase.LIVE, PanelPhase.STALE))


async def test_a_log_follows_until_the_reader_scrolls_up() -> None:
    app = Stage(view := LogView(max_lines=100))
    async with app.run_test(size=(60, 10)) as pilot:
        view.focus()
        view.append(f"line {n}" for n in range(50))
        await pilot.pause()
        assert "line 49" in lines(app)[-1]
        await pilot.press("pageup")
        await pilot.pause()
        assert not view.following
        top = lines(app)[0]
        view.append(f"line {n}" for n in range(50, 120))
        await pilot.pause()
        assert lines(app)[0] == top
        assert (len(view.lines), view.dropped) == (100, 20)
        await pilot.press("f")
        await pilot.pause()
        assert view.following
        assert "line 119" in lines(app)[-1]


async def test_search_goes_round_and_wrapping_keeps_the_place() -> None:
    class Searching(Stage):
        def on_line_view_searched(self, event: LogView.Searched) -> None:
            self.heard.append(("found", (event.place, event.total)))

    app = Searching(view := TextView())
    async with app.run_test(size=(40, 10)) as pilot:
        view.set_text("\n".join(f"{n}: " + ("needle " if n % 40 == 5 else "") + "hay " * 20 for n in range(100)))
        view.focus()
        assert view.search("needle") == 3
        await pilot.press("n", "n", "n", "N")
        await pilot.pause()
        assert [place for _, place in app.heard] == [(1, 3), (2, 3), (3, 3), (1, 3), (3, 3)]
        assert any("85: needle" in line for line in lines(app))
        top = lines(app)[0].split(":")[0]
        await pilot.press("w")
        await pilot.pause()
        assert lines(app)[0].startswith(f"{top}:")
        assert view.search("(") == 0  # no regular expression: searched as it is written


async def test_the_selected_text_can_be_copied() -> None:
    app = Stage(view := TextView())
    async with app.run_test(size=(40, 10)) as pilot:
        view.set_text("apiVersion: v1\nkind: Pod\nmetadata:\n", "yaml")
        await pilot.pause()
        view.text_select_all()
        await pilot.pause()
        assert app.screen.get_selected_text() == "apiVersion: v1\nkind: Pod\nmetadata:"


async def test_help_flows_over_columns_and_tears_no_section() -> None:
    sections = tuple(
        HelpSection(f"Part {n}", tuple(HelpEntry(chr(97 + k), f"action {n}{k}") for k in range(6))) for n in range(3)
    )
    app = Stage(panel := HelpPanel(sections))
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.pause()
        head = lines(app)[0]
        assert ("PART 0" in head, "PART 1" in head, "PART 2" in head) == (True, True, True)
        await pilot.resize_terminal(40, 12)
        await pilot.pause()
        assert panel.virtual_size.height == 24
        panel.focus()
        await pilot.press("end")
        await pilot.pause()
        assert "action 25" in "".join(lines(app))


class Commanding(Stage):
    def on_command_line_edited(self, event: CommandLine.Edited) -> None:
        self.heard.append(("edited", event.text))

    def on_command_line_submitted(self, event: CommandLine.Submitted) -> None:
        self.heard.append((event.prompt, event.text))

    def on_command_line_cancelled(self, event: CommandLine.Cancelled) -> None:
        self.heard.append(("cancelled", event.prompt))


def complete(prompt: str, text: str) -> list[str]:
    return ["nodes", "workloads"] if prompt == ":" else []


async def test_the_command_line_completes_remembers_and_points_at_mistakes() -> None:
    app = Commanding(line := CommandLine(complete))
    async with app.run_test(size=(60, 10)) as pilot:
        assert not line.is_open
        line.open(":")
        await pilot.press("w", "o", "tab", "enter")
        assert app.heard[-1] == (":", "workloads")
        line.close()
        line.open(":")
        await pilot.press("x", "enter", "up", "up")
        assert line.text == "workloads"
        await pilot.press("down", "down")
        assert line.text == ""
        line.open("/", "util>5o")
        line.show_error("'5o' is not a number", 5)
        await pilot.pause()
        text = [text.rstrip() for text in lines(app) if text.strip()]
        assert text[-2:] == [" /util>5o", "       ^ '5o' is not a number"]
        await pilot.press("backspace")
        await pilot.pause()
        assert not any("not a number" in text for text in lines(app))
        await pilot.press("escape")
        assert app.heard[-1] == ("cancelled", "/")
        assert not line.is_open


async def test_history_is_kept_by_prompt() -> None:
    app = Commanding(line := CommandLine())
    async with app.run_test(size=(60, 10)) as pilot:
        line.open(":")
        await pilot.press("a", "enter")
        line.open("/")
        await pilot.press("up")
        assert line.text == ""


@pytest.mark.parametrize("library", [True, False])
async def test_a_chart_shows_its_curves_target_and_gaps(library: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not library:
        monkeypatch.setattr(plot, "_plotext", lambda: None)
    xs = tuple(float(n) for n in range(100))
    view = ChartView(
        "TTFT",
        (Series("mean", xs, tuple(None if 40 <= n < 60 else 500.0 for n in range(100)), 0),),
        x_label="users",
        y_label="ms",
        target=1000,
    )
    app = Stage(chart := Chart())
    async with app.run_test(size=(80, 20)) as pilot:
        chart.set_view(ChartView("TTFT", ()))
        await pilot.pause()
        assert "no data yet" in "".join(lines(app))
        chart.set_view(view)
        await pilot.pause()
        text = lines(app)
        assert "mean" in text[0]
        assert "target" in text[0]
        assert any(line.startswith("1,000┤") for line in text)
        curve = next(line[6:] for line in text if line.startswith("  500┤"))
        middle = curve[len(curve) * 45 // 100 : len(curve) * 55 // 100]
        assert middle.strip() == ""
        assert curve[10:20].strip() != ""
        curves = [
            [piece for piece in line if "⠒" in piece.text or "⠤" in piece.text or "⣀" in piece.text]
            for line in chart.draw(80, 20)[1:]
        ]
        assert {piece.style for line in curves for piece in line} == {chart.paint.curve(0)}  # on both sides of the gap
        await pilot.resize_terminal(12, 4)
        await pilot.pause()


async def test_a_spark_line_stands_beside_or_under_its_name() -> None:
    app = Stage(spark := SparkLine())
    async with app.run_test(size=(30, 8)) as pilot:
        spark.set_spark(Spark("GPU 0", (0.1, 0.5, None, 1.0), "71%"))
        await pilot.pause()
        assert lines(app)[0].rstrip().endswith("▁▄ ▇ 71%")
        spark.styles.height = 4
        await pilot.pause()
        assert lines(app)[0].startswith("GPU 0")
        assert lines(app)[1].rstrip().endswith("█")
