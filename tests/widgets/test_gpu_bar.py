"""The laws of a bar: it has its width, it loses no slice, and what is free never looks held."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.gpu_bar import FREE_GLYPH, SEPARATOR, UNKNOWN_GLYPH, bar_runs, share
from widgets.rows import GpuSegment, SegmentKind

FRACTIONS = st.sampled_from([0.05, 0.1, 0.125, 0.2, 0.25, 1 / 3, 0.5, 0.75, 1.0])


@st.composite
def held(draw: st.DrawFn) -> tuple[GpuSegment, ...]:
    """Slices of different workloads that fit on one GPU."""
    found: list[GpuSegment] = []
    for fraction in draw(st.lists(FRACTIONS, max_size=10)):
        if sum(s.fraction or 0 for s in found) + fraction <= 1:
            found.append(GpuSegment(chr(65 + len(found)), len(found), fraction))
    return tuple(found)


def text_of(segments: tuple[GpuSegment, ...], width: int) -> str:
    return "".join(run.text for run in bar_runs(segments, width))


@given(held(), st.integers(1, 40))
def test_a_bar_is_exactly_as_wide_as_asked(segments: tuple[GpuSegment, ...], width: int) -> None:
    assert len(text_of(segments, width)) == width


@given(held(), st.integers(12, 40))
def test_every_slice_is_seen_and_keeps_its_order(segments: tuple[GpuSegment, ...], width: int) -> None:
    text = text_of(segments, width)
    places = [text.find(segment.letter) for segment in segments]
    assert -1 not in places
    assert places == sorted(places)


@given(held(), st.integers(12, 40))
def test_free_is_drawn_exactly_where_something_is_free(segments: tuple[GpuSegment, ...], width: int) -> None:
    free = 1 - sum(segment.fraction or 0 for segment in segments)
    assert (FREE_GLYPH in text_of(segments, width)) == (free > 0.005)


@given(held(), st.integers(12, 40))
def test_a_slice_is_never_more_than_a_cell_from_its_share_unless_it_must_be_seen(
    segments: tuple[GpuSegment, ...], width: int
) -> None:
    runs = bar_runs(segments, width)
    parts = len(runs)
    for run, segment in zip(runs, segments, strict=False):
        exact = (segment.fraction or 0) * width
        assert len(run.text) <= max(1, exact + 1)
        assert len(run.text) >= exact - parts  # neighbours that must be seen take at most a cell each


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.integers(8, 60))
def test_shares_sum_to_the_width(fractions: list[float], width: int) -> None:
    cells = share(fractions, width)
    assert sum(cells) == width
    assert min(cells) >= 1


@pytest.mark.parametrize(
    ("segments", "width", "text"),
    [
        ((GpuSegment("A", 0, 1.0),), 10, "AAAAAAAAAA"),
        ((GpuSegment("B", 0, 0.5), GpuSegment("C", 1, 0.5)), 10, "BBBBB│CCCC"),
        ((GpuSegment("D", 0, 0.5),), 10, "DDDDD│····"),
        ((GpuSegment("E", 0, 0.3),), 6, "EE····"),
        ((), 6, "······"),
        ((GpuSegment("K", 0, 0.1),), 6, "K·····"),
        ((GpuSegment("A", 0, 0.5), GpuSegment("A", 0, 0.5)), 6, "AAA│AA"),
        ((GpuSegment("", 0, 1.0, SegmentKind.UNKNOWN),), 4, "────"),
    ],
)
def test_as_in_the_sketch(segments: tuple[GpuSegment, ...], width: int, text: str) -> None:
    assert text_of(segments, width) == text


def test_where_a_fraction_is_unknown_nothing_is_called_free() -> None:
    text = text_of((GpuSegment("A", 0, 0.25), GpuSegment("B", 1, None)), 12)
    assert FREE_GLYPH not in text
    assert UNKNOWN_GLYPH in text
    assert "B" in text


def test_more_slices_than_cells_are_counted_in_not_lost() -> None:
    tenths = tuple(GpuSegment(chr(65 + place), place, 0.1) for place in range(10))
    assert text_of(tenths, 6) == "ABCDE+"


def test_two_that_claim_more_than_a_gpu_share_its_bar() -> None:
    both = (GpuSegment("G", 0, 0.9, SegmentKind.OVERCOMMITTED), GpuSegment("H", 1, 0.9, SegmentKind.OVERCOMMITTED))
    runs = bar_runs(both, 10)
    assert "".join(run.text for run in runs) == f"GGGGG{SEPARATOR}HHHH"
    assert {run.kind for run in runs} == {SegmentKind.OVERCOMMITTED}
