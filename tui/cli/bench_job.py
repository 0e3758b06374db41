"""``--workers job:N``: the cluster that the workers' Job is made in, for the time of one run."""

import argparse
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tui.bench.engine.controls import Controls
from tui.bench.engine.run import NewWorker
from tui.bench.spec import LoadSpec
from tui.cli.exits import BAD_INPUT, NO_ANSWER, ExitError, complain

if TYPE_CHECKING:
    from config.settings import Settings


def job_settings(arguments: argparse.Namespace, load: LoadSpec) -> "Settings | None":
    """The settings of this command line where the workers run in a Job, else ``None``.

    Raises ``ExitError`` (2) for what can be known to be wrong before anything is sent.
    """
    if load.place != "job":
        return None
    from tui.cli.launching_do import refuse_read_only
    from tui.cli.watching import settings_of

    for flag, file in (("--prompts", load.prompts.dataset), ("--ca-file", load.target.ca_file)):
        if file is not None:
            line = f"{flag} {file} lies on this machine, where workers in pods can't read it; leave it out"
            raise ExitError(BAD_INPUT, f"{line}, or use --workers local:{load.workers}")
    settings = settings_of(arguments)
    refuse_read_only(settings)
    if settings.load.image is None:
        line = "load.image is not set: build the image (docs/load-jobs.md) and name it there or in NIMDECK_LOAD_IMAGE"
        raise ExitError(BAD_INPUT, line)
    return settings


@asynccontextmanager
async def job_workers(
    settings: "Settings", load: LoadSpec, controls: Controls, say: Callable[[str], None]
) -> AsyncIterator[NewWorker]:
    """Pods that run, as workers for the engine; the Job is gone at the end. Raises ``ExitError`` and ``OSError``."""
    import asyncio

    from tui.cli.launching_do import exit_error
    from tui.cli.watching import watched
    from tui.plans.job_session import session_pods
    from tui.plans.job_workers import JobError

    with watched(settings) as session:
        kubernetes = session.kubernetes
        if kubernetes is None or not await asyncio.to_thread(kubernetes.wait_connected, settings.timeout_seconds):
            raise ExitError(NO_ANSWER, "--workers job: the Kubernetes API is not connected: nimdeck preflight says why")
        say(f"starting {load.workers} pods that make load")
        try:
            async with session_pods(session, load.workers, controls, complain) as new_worker:
                yield new_worker
        except JobError as error:
            raise (exit_error(error.refusal) if error.refusal else ExitError(NO_ANSWER, str(error))) from None
