"""What waits is asked about while somebody listens: at once when there is more to ask, else now and then."""

import threading
from collections.abc import Callable, Iterator

import pytest

from tests.store.builders import NOW
from tui.model.circumstances import Circumstances, Inquiry, LogQuestion
from tui.model.clock import SystemClock
from tui.model.ids import ObjectKey
from tui.model.snapshot import ClusterInfo, Snapshot
from tui.store import Investigator

LATER = 60.0  # longer than any test


def snapshot(sequence: int) -> Snapshot:
    return Snapshot(NOW + sequence, sequence, ClusterInfo())


class Desk:
    """Says what is to be asked, answers, and can be waited on."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.wanted = Inquiry()
        self.reads: list[Inquiry] = []
        self.looks = 0
        self.can_read = True
        self.told: list[Circumstances] = []

    def inquire(self, seen: Snapshot) -> Inquiry:
        with self.changed:
            self.looks += 1
            self.changed.notify_all()
            return self.wanted

    def read(self, inquiry: Inquiry) -> Circumstances | None:
        with self.changed:
            self.reads.append(inquiry)
            self.changed.notify_all()
            return Circumstances(NOW + len(self.reads)) if self.can_read else None

    def tell(self, found: Circumstances) -> None:
        with self.changed:
            self.told.append(found)
            self.changed.notify_all()

    def wait(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, 5.0), (self.looks, self.reads, self.told)


@pytest.fixture
def desk() -> Desk:
    return Desk()


Make = Callable[..., Investigator]


@pytest.fixture
def make(desk: Desk) -> Iterator[Make]:
    made: list[Investigator] = []

    def start(refresh_seconds: float = LATER, settle_seconds: float = 0.0) -> Investigator:
        made.append(Investigator(desk.inquire, desk.read, SystemClock(), refresh_seconds, settle_seconds))
        return made[-1]

    yield start
    for investigator in made:
        investigator.stop()
        investigator.join(5.0)


def test_nothing_is_asked_while_nothing_waits(desk: Desk, make: Make) -> None:
    investigator = make()
    investigator.on_change(desk.tell)
    for number in range(3):
        investigator.see(snapshot(number))
        desk.wait(lambda number=number: desk.looks == number + 1)
    assert desk.reads == []
    assert investigator.latest is None


def test_nothing_is_looked_at_while_nobody_listens(desk: Desk, make: Make) -> None:
    desk.wanted = Inquiry(("a",))
    investigator = make()
    investigator.see(snapshot(1))
    assert (desk.looks, investigator.latest) == (0, None)
    investigator.on_change(desk.tell)  # what was seen before is looked at now
    desk.wait(lambda: len(desk.told) >= 1)
    assert investigator.latest is desk.told[0]


def test_more_to_ask_is_asked_at_once_and_the_same_or_less_is_not(desk: Desk, make: Make) -> None:
    log = LogQuestion(ObjectKey("a", "p"), "main")
    steps = [
        (Inquiry(("a",)), 1),
        (Inquiry(("a",)), 1),
        (Inquiry(("a", "b")), 2),
        (Inquiry(("b",)), 2),
        (Inquiry(("b",), (log,)), 3),
        (Inquiry(), 3),
        (Inquiry(("b",)), 4),  # it waits anew: what was read before is old
    ]
    investigator = make()
    investigator.on_change(desk.tell)
    for number, (wanted, reads) in enumerate(steps, 1):
        desk.wanted = wanted
        investigator.see(snapshot(number))
        desk.wait(lambda number=number, reads=reads: desk.looks == number and len(desk.told) == reads)
    assert len(desk.reads) == 4


def test_while_it_waits_it_is_read_again_though_nothing_changes(desk: Desk, make: Make) -> None:
    desk.wanted = Inquiry(("a",))
    investigator = make(refresh_seconds=0.01)
    investigator.on_change(desk.tell)
    investigator.see(snapshot(1))
    desk.wait(lambda: len(desk.told) >= 3)
    assert desk.told[0].at < desk.told[1].at < desk.told[2].at


def test_what_comes_to_wait_with_time_alone_is_found(desk: Desk, make: Make) -> None:
    investigator = make(refresh_seconds=0.01)
    investigator.on_change(desk.tell)
    investigator.see(snapshot(1))
    desk.wait(lambda: desk.looks >= 1)
    desk.wanted = Inquiry(("a",))
    desk.wait(lambda: len(desk.told) >= 1)


def test_what_no_longer_waits_leaves_nothing_old_behind(desk: Desk, make: Make) -> None:
    desk.wanted = Inquiry(("a",))
    investigator = make()
    investigator.on_change(desk.tell)
    investigator.see(snapshot(1))
    desk.wait(lambda: len(desk.told) >= 1)
    desk.wanted = Inquiry()
    investigator.see(snapshot(2))
    investigator.see(snapshot(3))
    desk.wait(lambda: desk.looks >= 2)
    investigator.stop()
    investigator.join(5.0)
    assert investigator.latest is None


def test_what_can_not_be_read_yet_is_tried_with_the_next_snapshot(desk: Desk, make: Make) -> None:
    desk.wanted, desk.can_read = Inquiry(("a",)), False
    investigator = make()
    investigator.on_change(desk.tell)
    investigator.see(snapshot(1))
    desk.wait(lambda: len(desk.reads) == 1)
    desk.can_read = True
    investigator.see(snapshot(2))
    desk.wait(lambda: len(desk.told) >= 1)


def test_a_listener_taken_back_is_told_no_more(desk: Desk, make: Make) -> None:
    desk.wanted = Inquiry(("a",))
    investigator = make(refresh_seconds=0.01)
    others: list[Circumstances] = []
    take_back = investigator.on_change(others.append)
    take_back()
    investigator.on_change(desk.tell)
    investigator.see(snapshot(1))
    desk.wait(lambda: len(desk.told) >= 2)
    assert others == []


def test_stopping_ends_the_thread_and_a_reading_under_way_is_told_to_nobody(desk: Desk, make: Make) -> None:
    entered, leave = threading.Event(), threading.Event()

    def read(inquiry: Inquiry) -> Circumstances:
        entered.set()
        assert leave.wait(5)
        return Circumstances(NOW)

    investigator = Investigator(lambda seen: Inquiry(("a",)), read, SystemClock())
    investigator.on_change(desk.tell)
    investigator.see(snapshot(1))
    assert entered.wait(5)
    investigator.stop()
    leave.set()
    investigator.join(5.0)
    assert not investigator.is_running
    assert (desk.told, investigator.latest) == ([], None)
