"""Workers of a run as pods of the cluster that is watched. What makes the Job is imported when one is asked for."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.plans.run import BenchRun, WorkersOf
from tui.present.bench_job import NO_CLUSTER, NO_IMAGE
from tui.session import Feed
from tui.sources.kubernetes import KubeClient, KubeError

if TYPE_CHECKING:
    from tui.bench.engine.run import NewWorker


def no_jobs(feed: Feed | None) -> str:
    """Why workers can't be pods, in one line with the mend; ``""`` where they can."""
    if feed is None or feed.kubernetes is None or feed.writer is None:
        return NO_CLUSTER
    return "" if feed.settings.load.image is not None else NO_IMAGE


def client_of(feed: Feed | None) -> KubeClient | None:
    """The connected client, if there is one."""
    try:
        return feed.kubernetes.client if feed is not None and feed.kubernetes is not None else None
    except KubeError:
        return None


def namespace_of(feed: Feed) -> str:
    """Where the Job will be made."""
    client = client_of(feed)
    return feed.settings.load.namespace or (client.namespace if client is not None else None) or "default"


def pods_of(feed: Feed) -> WorkersOf:
    """Gives a run its workers: a Job with a pod for each, gone when the run has ended."""

    def workers(run: BenchRun) -> "AbstractAsyncContextManager[NewWorker]":
        return _pods(feed, run)

    return workers


@asynccontextmanager
async def _pods(feed: Feed, run: BenchRun) -> "AsyncIterator[NewWorker]":
    """``OSError`` (``JobError``) with one line where they can't be had."""
    from tui.plans.job_session import session_pods

    count = run.plan.load.workers
    run.tell(replace(run.latest(), phase="starting", text=f"starting {count:,} pods that make load"))
    async with session_pods(feed, count, run.controls, run.note) as new_worker:
        yield new_worker
