"""The app in a terminal: whenever it is left, the terminal is as it was and no process stays behind."""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.process import environment, processes_with
from tests.e2e.terminal import ENTER_SCREEN, HIDE_CURSOR, LEAVE_SCREEN, SHOW_CURSOR, Terminal

CTRL_C, A_NODE = b"\x03", b"node001"
Open = Callable[..., Terminal]


@pytest.fixture
def marker() -> str:
    return f"e2e-{uuid.uuid4()}"


@pytest.fixture
def demo(tmp_path: Path, marker: str) -> Iterator[Open]:
    """Starts the demo in a terminal; whatever it starts carries the marker in its environment."""
    opened: list[Terminal] = []

    def start(*arguments: str) -> Terminal:
        environ = environment(tmp_path, TMPDIR=str(tmp_path), OF_TEST=marker)
        opened.append(Terminal(tmp_path, environ, *(arguments or ("demo", "--nodes", "4"))))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.__exit__(None, None, None)


def assert_left(terminal: Terminal, marker: str, *codes: int) -> None:
    """It has ended with one of ``codes``, the terminal is as before, nothing runs and nothing lies about."""
    code, written = terminal.end()
    assert code in codes, written[-2000:]
    assert b"Traceback" not in written
    assert terminal.modes_now == terminal.modes
    assert_screen_left(written)
    end = time.monotonic() + 10
    while left := processes_with(marker):
        assert time.monotonic() < end, f"still running: {left}"
        os.sched_yield()


def assert_screen_left(written: bytes) -> None:
    for entered, left in ((ENTER_SCREEN, LEAVE_SCREEN), (HIDE_CURSOR, SHOW_CURSOR)):
        assert written.rfind(left) >= written.rfind(entered), f"{entered!r} without {left!r}"


def test_q_leaves_a_terminal_as_it_was(demo: Open, marker: str, tmp_path: Path) -> None:
    terminal = demo()
    terminal.wait_for(ENTER_SCREEN)
    terminal.wait_for(A_NODE)
    terminal.press(b"q")
    assert_left(terminal, marker, 0)
    assert LEAVE_SCREEN in terminal.seen and SHOW_CURSOR in terminal.seen
    assert not list(tmp_path.glob("nimdeck-lab-*"))


def test_ctrl_c_in_the_middle_of_a_command(demo: Open, marker: str) -> None:
    terminal = demo()
    terminal.wait_for(A_NODE)
    terminal.press(b":theme" + CTRL_C)
    assert_left(terminal, marker, 130)
    assert LEAVE_SCREEN in terminal.seen and SHOW_CURSOR in terminal.seen


@pytest.mark.parametrize("keys", [CTRL_C, b"q"])
def test_before_the_first_data(demo: Open, marker: str, keys: bytes) -> None:
    terminal = demo()
    terminal.wait_for(ENTER_SCREEN)
    terminal.wait_for(b"starting demo")
    terminal.press(keys)
    assert_left(terminal, marker, 130 if keys == CTRL_C else 0)
    assert LEAVE_SCREEN in terminal.seen


def test_ctrl_c_before_anything_is_drawn(demo: Open, marker: str) -> None:
    terminal = demo()
    end = time.monotonic() + 20
    while len(processes_with(marker)) < 2:  # the embedded cluster has been started, the app is about to be
        assert time.monotonic() < end
    terminal.press(CTRL_C)
    assert_left(terminal, marker, 130)


def test_a_very_small_terminal_is_no_reason_to_fall(demo: Open, marker: str) -> None:
    terminal = demo()
    terminal.wait_for(A_NODE)
    terminal.resize(40, 10)
    terminal.press(b"2")
    terminal.wait_for(b"Running")
    terminal.press(b"1")
    terminal.wait_for(b"node00")
    terminal.resize(200, 60)
    terminal.wait_for(b"node004")
    terminal.press(b"?")
    terminal.wait_for(b"closes")
    terminal.press(CTRL_C)  # a dialog does not keep it to itself
    assert_left(terminal, marker, 130)
