"""A few daemon threads that run blocking calls: bounded, and never in the way of the process's end."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

from tui.sources.prometheus.fault import Kind, PrometheusError, one_line

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What a job came to: exactly one of ``value`` and ``error``; ``cpu_seconds`` is what its thread burned."""

    value: T | None
    error: PrometheusError | None
    cpu_seconds: float = 0.0

    def get(self) -> T:
        """The value; raises the error."""
        if self.value is None:
            raise self.error or PrometheusError(Kind.ANSWER, "no answer")
        return self.value


class Pool:
    """At most ``size`` threads, started when first needed.

    ``concurrent.futures`` joins its threads at exit, which a hanging server would make long.
    """

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._lock = threading.Lock()
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._waiting: set[SimpleQueue[bool]] = set()
        self._closed = False

    def run(self, jobs: Sequence[Callable[[], T]]) -> list[Outcome[T]]:
        """Runs all jobs and waits for them; outcomes in the order of the jobs. Ends early when the pool is closed."""
        stopped: Outcome[T] = Outcome(None, PrometheusError(Kind.UNREACHABLE, "stopped"))
        outcomes = [stopped for _ in jobs]
        done: SimpleQueue[bool] = SimpleQueue()

        def put(place: int, job: Callable[[], T]) -> None:
            def call() -> None:
                outcomes[place] = _outcome(job)
                done.put(True)

            self._jobs.put(call)

        with self._lock:
            if self._closed:
                return outcomes
            self._waiting.add(done)
            self._start_threads()
            for place, job in enumerate(jobs):
                put(place, job)
        for _ in jobs:
            if not done.get():
                break
        with self._lock:
            self._waiting.discard(done)
        return list(outcomes)

    def close(self) -> None:
        """Lets waiters go and ends the threads once what they are doing is done; does not wait."""
        with self._lock:
            self._closed = True
            for done in self._waiting:
                done.put(False)
            for _ in self._threads:
                self._jobs.put(None)

    def _start_threads(self) -> None:
        while len(self._threads) < self._size:
            name = f"{self._name}-{len(self._threads)}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not self._closed:
                job()


def _outcome(job: Callable[[], T]) -> Outcome[T]:
    started = time.thread_time()
    try:
        return Outcome(job(), None, time.thread_time() - started)
    except PrometheusError as error:
        return Outcome(None, error, time.thread_time() - started)
    except Exception as error:
        line = f"an answer could not be used ({type(error).__name__}: {one_line(str(error))})"
        return Outcome(None, PrometheusError(Kind.ANSWER, line), time.thread_time() - started)
