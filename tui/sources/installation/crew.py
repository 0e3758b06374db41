"""A few daemon threads that answer many questions within one deadline; what gets no answer gets a line why."""

import threading
import time
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from types import TracebackType
from typing import Generic, Self, TypeVar

from tui.model.installation import HIDDEN
from tui.sources.kubernetes.errors import Forbidden, KubeError, Unauthorized, Unreachable
from tui.sources.prometheus.fault import PrometheusError, one_line
from tui.sources.runai.fault import RunaiError

THREADS = 8

T = TypeVar("T")
K = TypeVar("K")


class NotKnown(Exception):  # noqa: N818
    """A question that has no answer here; the text is the line that says why."""


class Asked(Generic[T]):
    """A question on its way: ``value`` is ``None`` until it is answered, and for good where it can't be."""

    __slots__ = ("name", "value")

    def __init__(self, name: str) -> None:
        self.name = name
        self.value: T | None = None


class Crew:
    """Use it as a context manager. ``unknown`` has a line for each question that was asked in vain, by its name.

    Threads are daemons and are not waited for: a server that hangs holds neither the answer nor the process's end.
    """

    def __init__(self, seconds: float, threads: int = THREADS) -> None:
        self.unknown: dict[str, str] = {}
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._changed = threading.Condition()
        self._waiting: dict[int, str] = {}
        self._lost = ""  # why the Kubernetes API is out of reach
        self._reached = False  # it answered something, so one broken connection is only that
        self._closed = False
        self._threads = threads
        for number in range(threads):
            threading.Thread(target=self._work, name=f"installation-{number}", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._closed = True
        for _ in range(self._threads):
            self._jobs.put(None)

    @property
    def seconds_left(self) -> float:
        return max(0.0, self._end - time.monotonic())

    def ask(self, name: str, question: Callable[[], T], *, of_kubernetes: bool = True) -> Asked[T]:
        """Have it answered. ``of_kubernetes``: not asked any more once the API itself is found to be out of reach."""
        asked: Asked[T] = Asked(name)

        def job() -> None:
            line = self._lost if of_kubernetes else ""
            value = None
            if not line:
                try:
                    value = question()
                    self._reached |= of_kubernetes
                except Exception as error:  # whatever one answer is like, the others count
                    line = line_of(error)
                    if of_kubernetes and not self._reached and is_lost(error):
                        self._lost = line
            self._done(asked, value, line)

        with self._changed:
            self._waiting[id(asked)] = name
        self._jobs.put(job)
        return asked

    def note(self, name: str, line: str) -> None:
        """Say why something is not known that was not asked; what was said first stays."""
        with self._changed:
            self.unknown.setdefault(name, line)

    def wait(self) -> None:
        """Until everything asked is answered, or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting, self.seconds_left)
            for name in self._waiting.values():
                self.unknown.setdefault(name, f"no answer within {self._seconds:g} s: is it overloaded or far away?")
            self._waiting.clear()

    def _done(self, asked: Asked[T], value: T | None, line: str) -> None:
        with self._changed:
            if self._waiting.pop(id(asked), None) is None:
                return  # too late: it was told to be unknown
            if line:
                self.unknown.setdefault(asked.name, line)
            else:
                asked.value = value
            self._changed.notify_all()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not self._closed:
                job()


def known(asked: Mapping[K, Asked[T]]) -> dict[K, T]:
    """The answers that came."""
    return {key: one.value for key, one in asked.items() if one.value is not None}


def is_lost(error: Exception) -> bool:
    """Whether the Kubernetes API itself is out of reach, rather than this one answer."""
    return isinstance(error, Unauthorized) or (isinstance(error, Unreachable) and error.code is None)


def line_of(error: Exception) -> str:
    """Why there is no answer, on one line and without a secret."""
    if isinstance(error, Forbidden):
        right = error.right.replace(" at the cluster scope", "").replace(" in namespace ", " in ")
        return f"{HIDDEN}{right}"
    if isinstance(error, KubeError | NotKnown):
        return str(error)
    if isinstance(error, PrometheusError | RunaiError):
        return error.line
    if isinstance(error, OSError):
        return one_line(error.strerror or str(error) or type(error).__name__)
    return f"an answer could not be used ({type(error).__name__})"  # its text may hold what was answered
