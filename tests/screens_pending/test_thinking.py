"""A large cluster: the engine thinks on a thread; the screen goes on, with the last answer until the next is there."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from tests.screens.stage import Deck, deck
from tests.screens_changes.made import go_to
from tests.screens_pending.made import feed, waiting
from tui.diagnose import pending, why
from tui.model.pending import PendingItem
from tui.screens import waiting_book
from tui.screens.thinker import Thinker
from tui.screens.why_screen import WhyScreen

SECONDS = 10.0


class HeldEngine:
    """Finds what it is told to, but not before it may; notes on which threads, and how many at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.finds: Sequence[PendingItem] = waiting()
        self.may, self.begun = threading.Event(), threading.Event()
        self.now = self.most = 0  # askers at once
        self.times = 0
        self.threads: set[threading.Thread] = set()
        monkeypatch.setattr(waiting_book, "LARGE", 1)
        monkeypatch.setattr(pending, "pending_items", self)

    def __call__(self, *_: object) -> tuple[PendingItem, ...]:
        found = tuple(self.finds)
        self.threads.add(threading.current_thread())
        self.now, self.times = self.now + 1, self.times + 1
        self.most = max(self.most, self.now)
        self.begun.set()
        assert self.may.wait(SECONDS), "nobody let the engine go on"
        self.now -= 1
        return found

    def hold(self) -> None:
        self.may.clear()
        self.begun.clear()

    def end(self) -> None:
        """Let it go on, and see its threads end."""
        self.may.set()
        for thread in self.threads:
            thread.join(SECONDS)
            assert not thread.is_alive()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Any:
    held = HeldEngine(monkeypatch)
    yield held
    held.end()


async def answered(on: Deck, edition: int) -> None:
    """Beats of the clock until the book has that answer."""
    for _ in range(400):
        await on.tick()
        if on.app.waiting.edition >= edition:
            return
        await on.pilot.pause(0.01)
    raise AssertionError("no answer came")


async def test_the_screen_goes_on_and_does_not_say_that_nothing_waits(engine: HeldEngine) -> None:
    async with deck(feed()) as on:
        await on.press("3")
        assert engine.begun.wait(SECONDS) and threading.main_thread() not in engine.threads
        assert "finding out what waits among" in on.text() and "nothing waits" not in on.text()
        on.app.look_out()
        assert not on.app.alerts.history, "what waited before the first answer is no news after it"
        engine.may.set()
        await answered(on, on.app.waiting.edition + 1)
        assert "3 pods: no GPU is free for it" in on.text()
        on.app.look_out()
        assert not on.app.alerts.shown


async def test_the_last_answer_stands_until_the_next_is_taken_and_never_are_two_asked_at_once(
    engine: HeldEngine,
) -> None:
    async with deck(feed()) as on:
        await on.press("3")
        engine.may.set()
        await answered(on, on.app.waiting.edition + 1)
        engine.hold()
        engine.finds = waiting()[:1]
        on.app.waiting.note(None)
        await on.tick()
        assert engine.begun.wait(SECONDS)
        edition, times = on.app.waiting.edition, engine.times
        for _ in range(3):
            on.app.waiting.note(None)
            await on.tick()
        assert "3 pods: no GPU is free for it" in on.text()
        assert (on.app.waiting.edition, engine.times, engine.most) == (edition, times, 1)
        engine.may.set()
        await answered(on, edition + 1)
        assert "no GPU is free" not in on.text() and "1 workload: its pods were refused" in on.text()


async def test_an_answer_that_the_lookout_takes_is_drawn_too(engine: HeldEngine) -> None:
    async with deck(feed()) as on:
        await on.press("3")
        assert engine.begun.wait(SECONDS)
        engine.may.set()

        def taken() -> bool:
            on.app.look_out()
            return on.app.waiting.picture is not None

        await on.until(taken)
        await on.tick()
        assert "3 pods: no GPU is free for it" in on.text()


async def test_why_shows_what_the_book_knows_then_the_whole_answer(
    engine: HeldEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.may.set()
    asked, may, whole = threading.Event(), threading.Event(), why.why_workload

    def held_why(*arguments: Any) -> Any:
        asked.set()
        assert may.wait(SECONDS)
        return whole(*arguments)

    monkeypatch.setattr(why, "why_workload", held_why)
    async with deck(feed()) as on:
        await on.press("3")
        await answered(on, 2)
        await go_to(on, "too-big")
        await on.press("w")
        assert isinstance(on.app.screen, WhyScreen)
        assert asked.wait(SECONDS)
        assert "its pods were refused when they were made" in on.text() and "TIMELINE" not in on.text()
        may.set()
        for _ in range(400):
            await on.tick()
            if "TIMELINE" in on.text():
                break
            await on.pilot.pause(0.01)
        assert "TIMELINE" in on.text()


async def test_the_app_ends_while_the_engine_thinks(engine: HeldEngine) -> None:
    async with deck(feed()) as on:
        await on.press("3")
        assert engine.begun.wait(SECONDS)
        app = on.app
    edition = app.waiting.edition
    engine.end()
    assert app.waiting.edition == edition and app.thinker.ask("late", lambda: 1).cancelled()


def test_the_newest_question_of_an_asker_wins_and_an_error_is_raised_where_it_is_taken() -> None:
    may, woken = threading.Event(), threading.Semaphore(0)
    thinker = Thinker(woken.release)
    first = thinker.ask("a", lambda: may.wait(SECONDS))
    while not first.running() and not first.done():
        may.wait(0.001)
    passed, newest = thinker.ask("a", lambda: 2), thinker.ask("a", lambda: 3)
    wrong = thinker.ask("b", lambda: 1 // 0)
    may.set()
    assert (first.result(SECONDS), newest.result(SECONDS), passed.cancelled()) == (True, 3, True)
    with pytest.raises(ZeroDivisionError):
        wrong.result(SECONDS)
    assert all(woken.acquire(timeout=SECONDS) for _ in range(3)) and not woken.acquire(blocking=False)
