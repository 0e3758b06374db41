"""Many questions to one API server at once, within one span of time. Knows nothing of what is asked."""

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from typing import Generic, TypeGuard, TypeVar

from tui.sources.kubernetes.errors import KubeError, Unauthorized, Unreachable

K = TypeVar("K", bound=Hashable)
Question = Callable[[], object]

LATE = "not answered in time"


class Gather(Generic[K]):
    """Questions by key. A question may raise a ``KubeError``, which is then its answer, and may ``add`` others.

    Its threads are daemons and end by themselves: a server that never answers holds up neither the caller, who gets
    what there is after ``seconds``, nor the end of the program.
    """

    def __init__(self, seconds: float, workers: int) -> None:
        self._end = time.monotonic() + seconds
        self._workers = workers
        self._changed = threading.Condition()
        self._waiting: deque[tuple[K, Question]] = deque()
        self._keys: dict[K, None] = {}  # in the order in which they were added
        self._answers: dict[K, object] = {}
        self._lost: KubeError | None = None  # the server itself is the trouble: the rest is not asked
        self._closed = False

    def left(self, at_most: float | None = None) -> float:
        """Seconds that a request may still take. Raises ``Unreachable`` when there are none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise Unreachable(LATE)
        return seconds if at_most is None else min(seconds, at_most)

    def add(self, key: K, question: Question, soon: bool = False) -> None:
        """Ask this too; ``soon``: before what waits already."""
        with self._changed:
            self._keys[key] = None
            if soon:
                self._waiting.appendleft((key, question))
            else:
                self._waiting.append((key, question))
            self._changed.notify()

    def answers(self) -> dict[K, object]:
        """Ask, wait, and give for every key its answer or the ``KubeError`` that stands for it."""
        for number in range(self._workers):
            threading.Thread(target=self._work, name=f"gather-{number}", daemon=True).start()
        with self._changed:
            self._changed.wait_for(self._is_done, max(0.0, self._end - time.monotonic()))
            self._closed = True
            self._changed.notify_all()
            none = self._lost or Unreachable(LATE)
            return {key: self._answers.get(key, none) for key in self._keys}

    def _is_done(self) -> bool:
        return self._lost is not None or len(self._answers) == len(self._keys)

    def _work(self) -> None:
        while (asked := self._next()) is not None:
            key, question = asked
            answer: object
            try:
                answer = question()
            except KubeError as error:
                answer = error
            self._note(key, answer)

    def _next(self) -> tuple[K, Question] | None:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or self._closed or self._is_done())
            return self._waiting.popleft() if self._waiting and not self._closed and self._lost is None else None

    def _note(self, key: K, answer: object) -> None:
        with self._changed:
            if not self._closed:
                self._answers[key] = answer
                if _means_all(answer):
                    self._lost = answer
            self._changed.notify_all()


def _means_all(answer: object) -> TypeGuard[KubeError]:
    """Whether this answer is what every other question would get too."""
    return isinstance(answer, Unauthorized) or (isinstance(answer, Unreachable) and not answer.was_sent)
