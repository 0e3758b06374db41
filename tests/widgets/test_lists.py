"""Lists by keys and mouse: the cursor and the marks stay with their row, only lines that differ are drawn."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from textual import events
from textual.pilot import Pilot

from tests.widgets.examples import COLUMNS, Stage, node, nodes, workload
from widgets.gpu_map import GpuMap
from widgets.lazy_rows import LazyRows
from widgets.line_list import LineList
from widgets.rows import NodeRow, SortKey
from widgets.table import LiveTable


class MapStage(Stage):
    def on_line_list_opened(self, event: LineList.Opened) -> None:
        self.heard.append(("opened", event.key))

    def on_line_list_selected(self, event: LineList.Selected) -> None:
        self.heard.append(("selected", event.key))

    def on_line_list_sort_requested(self, event: LineList.SortRequested) -> None:
        self.heard.append(("sort", (event.column, event.additive)))

    def on_line_list_marked(self, event: LineList.Marked) -> None:
        self.heard.append(("marked", sorted(event.keys)))


def lines(app: Stage) -> list[str]:
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


@contextmanager
def drawn_lines(widget: LineList, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Which lines of the view are asked for while the block runs."""
    asked: list[int] = []
    draw = widget.render_line

    def counted(y: int) -> object:
        asked.append(y)
        return draw(y)

    with monkeypatch.context() as patch:
        patch.setattr(widget, "render_line", counted)
        yield asked


async def show(pilot: Pilot[None], widget: GpuMap, count: int = 100) -> None:
    widget.set_rows(nodes(count))
    widget.focus()
    await pilot.pause()


async def test_keys_move_page_and_open() -> None:
    app = MapStage(grid := GpuMap())
    async with app.run_test(size=(80, 24)) as pilot:
        await show(pilot, grid)
        await pilot.press("down", "down", "enter")
        assert ("opened", "n3") in app.heard
        await pilot.press("end")
        assert grid.cursor_key == "n100"
        assert "node100" in lines(app)[-1]
        await pilot.press("pageup", "home")
        assert (grid.cursor_key, grid.scroll_y) == ("n1", 0)
        await pilot.press("pagedown")
        assert grid.cursor_key == "n23"


async def test_the_header_stays_while_rows_scroll() -> None:
    app = MapStage(grid := GpuMap())
    async with app.run_test(size=(80, 24)) as pilot:
        await show(pilot, grid)
        await pilot.press("end")
        await pilot.pause()
        assert lines(app)[0].startswith(" NODE")
        assert grid.scroll_y == 100 - 23


async def test_the_cursor_and_marks_stay_with_their_rows_when_the_order_changes() -> None:
    app = MapStage(grid := GpuMap())
    async with app.run_test(size=(80, 24)) as pilot:
        await show(pilot, grid, 20)
        await pilot.press("down", "space", "down")
        assert (grid.cursor_key, grid.marked_keys) == ("n4", {"n2"})
        grid.set_rows(reversed(nodes(20)))
        await pilot.pause()
        assert (grid.cursor_key, grid.cursor_index) == ("n4", 16)
        text = lines(app)
        assert text[17].startswith("▌node004")
        assert text[19].startswith("✓node002")


async def test_a_row_that_goes_leaves_the_cursor_in_its_place() -> None:
    app = MapStage(grid := GpuMap())
    async with app.run_test(size=(80, 24)) as pilot:
        await show(pilot, grid, 5)
        await pilot.press("end")
        grid.set_rows(nodes(3))
        await pilot.pause()
        assert grid.cursor_key == "n3"
        grid.set_rows([])
        await pilot.press("down", "enter", "space", "end")
        assert grid.cursor_key is None
        assert app.heard[-1] == ("selected", None)


async def test_a_click_selects_two_open_and_the_header_sorts() -> None:
    app = MapStage(grid := GpuMap())
    async with app.run_test(size=(80, 24)) as pilot:
        await show(pilot, grid)
        await pilot.click(grid, offset=(10, 5))
        assert grid.cursor_key == "n5"
        await pilot.click(grid, offset=(10, 7), times=2)
        assert app.heard[-1] == ("opened", "n7")
        await pilot.click(grid, offset=(3, 0))
        await pilot.click(grid, offset=(75, 0), control=True)
        assert app.heard[-2:] == [("sort", ("name", False)), ("sort", ("utilization", True))]


async def test_the_wheel_scrolls_and_leaves_the_cursor() -> None:
    app = MapStage(grid := GpuMap())
    async with app.run_test(size=(80, 24)) as pilot:
        await show(pilot, grid)
        await pilot._post_mouse_events([events.MouseScrollDown], grid, offset=(5, 5))
        await pilot.pause()
        assert grid.scroll_y > 0
        assert grid.cursor_key == "n1"


async def test_only_lines_that_differ_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = MapStage(grid := GpuMap())
    async with app.run_test(size=(120, 40)) as pilot:
        await show(pilot, grid)
        with drawn_lines(grid, monkeypatch) as asked:
            grid.set_row(7, node(8, utilization="99%"))
            grid.set_row(90, node(91, utilization="99%"))  # out of sight
            await pilot.pause()
            assert set(asked) == {8}
            asked.clear()
            grid.set_rows(grid.rows)
            await pilot.pause()
            assert asked == []
            changed = list(grid.rows)
            changed[2], changed[4] = node(3, memory="1%"), node(5, memory="1%")
            grid.set_rows(changed)
            await pilot.pause()
            assert set(asked) == {3, 5}
            asked.clear()
            grid.set_sort((SortKey("name"),))
            await pilot.pause()
            assert set(asked) == {0}
        assert "99%" in lines(app)[8]
        assert lines(app)[0].startswith(" NODE▲")


async def test_a_node_that_outgrows_the_layout_is_given_room() -> None:
    app = MapStage(grid := GpuMap())
    async with app.run_test(size=(120, 24)) as pilot:
        await show(pilot, grid, 4)
        grid.set_row(1, node(2, gpus=8))
        await pilot.pause()
        assert "GPU 7" in lines(app)[0] or " 7 " in lines(app)[0]


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 60), (10, 3)])
async def test_any_size_is_survived(size: tuple[int, int]) -> None:
    app = MapStage(grid := GpuMap())
    async with app.run_test(size=(120, 40)) as pilot:
        grid.set_rows(nodes(30, gpus=16))
        await pilot.pause()
        await pilot.resize_terminal(*size)
        await pilot.press("down", "end")
        await pilot.pause()
        assert all(len(line) <= size[0] for line in lines(app))
        assert grid.cursor_key == "n30"


async def test_notes_stand_under_their_row_and_scroll_with_it() -> None:
    app = MapStage(table := LiveTable(COLUMNS))
    async with app.run_test(size=(80, 10)) as pilot:
        table.set_rows([workload(place, waiting=place % 3 == 0) for place in range(1, 31)])
        table.focus()
        await pilot.pause()
        text = lines(app)
        assert "llama-00003" in text[3]
        assert "└ no GPU with 0.50 free" in text[4]
        assert "llama-00004" in text[5]
        await pilot.press("end")
        await pilot.pause()
        assert "└ no GPU" in lines(app)[-1]
        await pilot.click(table, offset=(5, 9))  # a click on the note is a click on its row
        assert table.cursor_key == "w30"


async def test_a_note_that_comes_makes_room_for_itself() -> None:
    app = MapStage(table := LiveTable(COLUMNS))
    async with app.run_test(size=(80, 10)) as pilot:
        table.set_rows([workload(1), workload(2)])
        await pilot.pause()
        table.set_row(0, workload(1, waiting=True))
        await pilot.pause()
        assert ["└" in line or "llama-00002" in line for line in lines(app)[2:4]] == [True, True]


async def test_columns_drop_where_it_is_narrow() -> None:
    app = MapStage(table := LiveTable(COLUMNS))
    async with app.run_test(size=(150, 10)) as pilot:
        table.set_rows([workload(1)])
        await pilot.pause()
        assert "ENDPOINT" in lines(app)[0]
        await pilot.resize_terminal(80, 10)
        await pilot.pause()
        assert "ENDPOINT" not in lines(app)[0]
        assert "GPU ask" in lines(app)[0]
        table.set_sort((SortKey("given", True), SortKey("name")))
        await pilot.pause()
        assert "given▼1" in lines(app)[0]
        assert "WORKLOAD▲2" in lines(app)[0]


async def test_ten_thousand_rows_are_drawn_by_the_screenful(monkeypatch: pytest.MonkeyPatch) -> None:
    app = MapStage(table := LiveTable(COLUMNS))
    async with app.run_test(size=(100, 30)) as pilot:
        table.set_rows([workload(place) for place in range(10_000)])
        table.focus()
        await pilot.pause()
        drawn = 0
        draw = table.drawing.row

        def counted(*args: object) -> object:
            nonlocal drawn
            drawn += 1
            return draw(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(table.drawing, "row", counted)
        await pilot.press("end")
        await pilot.pause()
        assert "llama-09999" in lines(app)[-1]
        assert drawn <= 31


def lazy(count: int, made: list[int]) -> LazyRows[NodeRow]:
    def make(place: int) -> NodeRow:
        made.append(place)
        return node(place + 1)

    return LazyRows([f"n{place + 1}" for place in range(count)], make, (count - 1,))


async def test_of_lazy_rows_only_those_in_view_are_made() -> None:
    app, made = MapStage(grid := GpuMap()), []
    async with app.run_test(size=(100, 30)) as pilot:
        grid.set_rows(lazy(1250, made))
        grid.focus()
        await pilot.pause()
        assert "node001" in lines(app)[1]
        assert set(made) <= {*range(30), 1249}  # and the widest, by which the columns are laid out
        made.clear()
        grid.set_rows(lazy(1250, made))
        await pilot.pause()
        assert len(made) <= 31
        await pilot.press("end")
        assert "node1250" in lines(app)[-1]
        assert grid.cursor_key == "n1250"
        assert len(made) <= 61


async def test_lazy_rows_may_have_notes_under_them() -> None:
    app = MapStage(table := LiveTable(COLUMNS))
    async with app.run_test(size=(120, 12)) as pilot:
        rows = [workload(place) for place in range(40)]
        notes = [len(row.sub) for row in rows]
        table.set_rows(rows)
        await pilot.pause()
        plain = lines(app)
        table.set_rows(LazyRows([row.key for row in rows], rows.__getitem__, (0,), notes))
        table.focus()
        await pilot.pause()
        assert lines(app) == plain
        await pilot.press("end")
        assert table.cursor_key == rows[-1].key
        assert "llama-00039" in "\n".join(lines(app)[-2:])
