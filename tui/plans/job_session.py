"""Workers as pods of the cluster that a session watches: one way for plans, the Bench screen and the command line."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from config.settings import Settings
from tui.bench.engine.controls import Controls
from tui.bench.engine.run import NewWorker
from tui.plans.job_workers import JobError, JobPool, explained
from tui.sources.kubernetes import KubernetesSource
from tui.sources.writing import Writer
from tui.store import SnapshotSource


class JobSession(Protocol):
    """The part of a session that a Job needs."""

    settings: Settings
    kubernetes: KubernetesSource | None

    @property
    def store(self) -> SnapshotSource: ...

    @property
    def writer(self) -> Writer | None: ...


@asynccontextmanager
async def session_pods(
    session: JobSession, count: int, controls: Controls, note: Callable[[str], None]
) -> AsyncIterator[NewWorker]:
    """``count`` pods for the time of one run; ``note`` gets a line about a Job that could not be cleared away.

    An interrupt ends the wait for them. Raises ``JobError`` with one line.
    """
    if session.kubernetes is None or session.writer is None:
        raise JobError("no cluster is connected: workers can't be pods of it")
    pool = JobPool(
        count,
        session.settings.load,
        session.kubernetes,
        session.writer,
        explained(lambda: session.store.snapshot),
        cancelled=lambda: controls.interrupts > 0,
    )
    try:
        async with pool:
            yield pool.new_worker
    finally:
        for line in pool.notes:
            note(line)
