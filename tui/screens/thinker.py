"""Questions that take too long for the event loop, answered one after the other on one thread.

The thread is there only while there is something to answer. It knows no screen: who asked, takes the future's result.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Thinker:
    """``ask`` from the event loop. ``wake`` is called on the thread after each answer; it must not wait."""

    def __init__(self, wake: Callable[[], object]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._asked: dict[str, tuple[Callable[[], Any], Future[Any]]] = {}
        self._busy = False
        self._closed = False

    def ask(self, who: str, question: Callable[[], T]) -> Future[T]:
        """The answer to come. An earlier question of the same asker that was not begun yet is cancelled."""
        future: Future[T] = Future()
        with self._lock:
            if earlier := self._asked.pop(who, None):
                earlier[1].cancel()
            if self._closed:
                future.cancel()
                return future
            self._asked[who] = (question, future)
            if not self._busy:
                self._busy = True
                # A daemon: no question that is being answered keeps the program from its end.
                threading.Thread(target=self._answer_all, name="nimdeck-thinker", daemon=True).start()
        return future

    def close(self) -> None:
        """Begin nothing more, and wake nobody: the thread ends with the question that it is at."""
        with self._lock:
            self._closed = True
            for _, future in self._asked.values():
                future.cancel()
            self._asked.clear()

    def _answer_all(self) -> None:
        while (asked := self._next()) is not None:
            question, future = asked
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(question())
            except Exception as error:  # raised anew where the answer is taken
                future.set_exception(error)
            with self._lock:
                if not self._closed:
                    self._wake()

    def _next(self) -> tuple[Callable[[], Any], Future[Any]] | None:
        with self._lock:
            if not self._asked:
                self._busy = False
                return None
            return self._asked.pop(next(iter(self._asked)))
