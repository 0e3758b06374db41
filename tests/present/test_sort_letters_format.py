"""Sort order, workload letters and figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.model.ids import WorkloadKey
from tui.present import format as fmt
from tui.present.letters import LetterBook, Sign
from tui.present.sort import ordered, press
from widgets.rows import SortKey


def test_pressing_a_column_sorts_then_turns_then_moves_on() -> None:
    keys = press((), "util")
    assert keys == (SortKey("util"),)
    assert press(keys, "util") == (SortKey("util", descending=True),)
    assert press(keys, "name") == (SortKey("name"),)
    assert press(keys, "name", add=True) == (SortKey("util"), SortKey("name"))
    assert press((SortKey("util"), SortKey("name")), "util", add=True) == (SortKey("util", True), SortKey("name"))


Row = dict[str, float | str | None]


@given(
    st.lists(
        st.fixed_dictionaries({"a": st.none() | st.integers(0, 3), "b": st.none() | st.sampled_from(["x", "Y", "z"])}),
        max_size=12,
    ),
    st.booleans(),
    st.booleans(),
)
def test_sorting_is_lexicographic_and_unknown_is_last(rows: list[Row], a_down: bool, b_down: bool) -> None:
    got = ordered(rows, (SortKey("a", a_down), SortKey("b", b_down)), lambda row, column: row[column])
    assert sorted(map(repr, got)) == sorted(map(repr, rows))
    known = [row["a"] is not None for row in got]
    assert known == sorted(known, reverse=True)
    firsts = [row["a"] for row in got if row["a"] is not None]
    assert firsts == sorted(firsts, reverse=a_down)  # type: ignore[type-var]
    for first in set(firsts):
        seconds = [str(row["b"]).lower() for row in got if row["a"] == first and row["b"] is not None]
        assert seconds == sorted(seconds, reverse=b_down)


def key(number: int) -> WorkloadKey:
    return WorkloadKey("ns", f"w{number}", "InferenceWorkload")


def test_a_letter_stays_as_long_as_its_workload_lives_and_then_comes_free() -> None:
    book = LetterBook(colours=16)
    book.update([key(1), key(2), key(3)])
    assert [book.sign(key(n)).letter for n in (1, 2, 3)] == ["A", "B", "C"]
    book.update([key(3), key(1)])
    assert book.sign(key(3)) == Sign("C", 2)
    assert book.sign(key(2)).letter == "?"
    book.update([key(3), key(1), key(4), key(5)])
    assert [book.sign(key(n)).letter for n in (4, 5)] == ["B", "D"]


@given(st.lists(st.sets(st.integers(0, 120), max_size=70), max_size=6))
def test_living_workloads_keep_their_sign_and_the_first_52_differ(rounds: list[set[int]]) -> None:
    book = LetterBook(colours=16)
    before: dict[int, Sign] = {}
    for alive in rounds:
        book.update(key(n) for n in sorted(alive))
        now = {n: book.sign(key(n)) for n in alive}
        assert all(now[n] == before[n] for n in alive & before.keys())
        if len(alive | before.keys()) <= 52:
            assert len({sign.letter for sign in now.values()}) == len(alive)
        before = now


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        (fmt.gpus(None), "–"),
        (fmt.gpus(3.0), "3"),
        (fmt.gpus(2.5), "2.5"),
        (fmt.gpus(0.25), "0.25"),
        (fmt.gpus(0.0), "0"),
        (fmt.gpus(float("inf")), "∞"),
        (fmt.gpus(1, digits=2), "1.00"),
        (fmt.percent(0.714), "71%"),
        (fmt.percent(None), "–"),
        (fmt.size(81_600_000_000), "81.6 GB"),
        (fmt.size(188e9), "188 GB"),
        (fmt.size(0), "0 B"),
        (fmt.age(59.9), "59 s"),
        (fmt.age(240), "4 min"),
        (fmt.age(14_760), "4 h 6 m"),
        (fmt.age(90_000), "1 d 1 h"),
        (fmt.age(-3), "0 s"),
        (fmt.short_age(7200), "2h"),
        (fmt.number(1310.4), "1,310"),
    ],
)
def test_figures_for_eyes(got: str, wanted: str) -> None:
    assert got == wanted
