"""The Pending screen as pictures, small and large: what is drawn is asserted on elsewhere."""

import pytest

from tests.screens.stage import held_app
from tests.screens.test_pictures import Compare, walk
from tests.screens_pending.made import feed, says, waiting

SIZES = {"small": (80, 24), "large": (200, 60)}


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, waiting())


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_groups_with_an_explanation(size: tuple[int, int], snap_compare: Compare) -> None:
    keys = walk("3", "down", "enter", "m", until="hungry-1")
    assert snap_compare(held_app(feed()), terminal_size=size, run_before=keys)


def test_what_would_help(snap_compare: Compare) -> None:
    assert snap_compare(held_app(feed()), terminal_size=(120, 40), run_before=walk("3", "down", "f", until="uncordon"))


def test_the_page_of_one_pod(snap_compare: Compare) -> None:
    keys = walk("3", "down", "enter", "down", "w", until="TIMELINE")
    assert snap_compare(held_app(feed()), terminal_size=(120, 40), run_before=keys)
