"""Carrying out ``bench run`` and ``bench search``: probe, engine, run directory, one live line, one document."""

import argparse
import asyncio
import dataclasses
import signal
import sys
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

from tui.bench.engine.controls import Controls
from tui.bench.engine.criteria import failed_too_many
from tui.bench.engine.left import not_yet
from tui.bench.engine.progress import Listener
from tui.bench.engine.ramp import ramp
from tui.bench.engine.run import Engine, NewWorker
from tui.bench.engine.search import search as search_users
from tui.bench.engine.search_watch import SearchWatch
from tui.bench.engine.transport import LocalWorker
from tui.bench.figures import PointResult, Verdict
from tui.bench.probe import Probe, ProbeError
from tui.bench.results.document import document_json, points_document
from tui.bench.results.reader import read_run
from tui.bench.results.rundir import RunDirectory, RunError
from tui.bench.setup import prepare, secret_headers, secret_words
from tui.bench.spec import LimitSpec, LoadSpec, PointSpec, PromptSpec, SearchPlan, Slo, Target
from tui.cli.bench_job import job_settings, job_workers
from tui.cli.bench_line import LiveLine, points_table, verdict_line
from tui.cli.exits import BAD_INPUT, DONE, INTERRUPTED, NO, NO_ANSWER, ExitError, complain
from tui.cli.output import write

T = TypeVar("T")
Work = Callable[[Engine, tuple[PointResult, ...]], Awaitable[Verdict | None]]


@dataclass
class Outcome:
    """What a run came to. ``failure`` ended it early; the points before it are there all the same."""

    results: list[PointResult] = field(default_factory=list)
    verdict: Verdict | None = None
    interrupted: bool = False
    client_limited: bool = False
    failure: ExitError | None = None


def run(arguments: argparse.Namespace) -> int:
    """``bench run``."""
    if (arguments.concurrency is None) == (arguments.rate is None):
        raise ExitError(BAD_INPUT, "say either --concurrency 1,8,64 or --rate R")
    if arguments.rate is not None:
        points = [PointSpec(rate=arguments.rate, arrival=arguments.arrival)]
    else:
        before: Counter[int] = Counter()
        points = []
        for users in arguments.concurrency:
            points.append(PointSpec(users=users, repeat=before[users]))
            before[users] += 1

    async def work(engine: Engine, done: tuple[PointResult, ...]) -> Verdict | None:
        engine.results.extend(done)
        await engine.sweep(not_yet(points, done))
        return None

    return _carry_out(arguments, "run", load_spec(arguments), work)


def search(arguments: argparse.Namespace, started_at: float) -> int:
    """``bench search``."""
    load = load_spec(arguments)
    plan = SearchPlan(
        load=load,
        ttft_seconds=arguments.ttft_ms / 1000.0,
        statistic=arguments.statistic,
        max_users=arguments.max_users,
        attainment=arguments.attainment,
        budget_seconds=arguments.budget_seconds,
        started_at=started_at,
        adaptive=arguments.adaptive,
    )

    async def work(engine: Engine, done: tuple[PointResult, ...]) -> Verdict | None:
        engine.results.extend(done)
        return await (ramp if plan.adaptive else search_users)(engine, plan, done)

    return _carry_out(arguments, "search", load, work, plan)


def load_spec(arguments: argparse.Namespace) -> LoadSpec:
    """The flags that both commands share."""
    given = vars(arguments)
    slo = Slo(
        ttft_seconds=_seconds(given.get("ttft_ms")),
        itl_seconds=_seconds(given.get("itl_ms")),
        e2e_seconds=_seconds(given.get("e2e_ms")),
    )
    target = Target(
        url=arguments.url,
        model=arguments.model,
        endpoint=arguments.endpoint,
        headers=tuple(arguments.header),
        api_key_file=arguments.api_key_file,
        header_file=arguments.header_file,
        ca_file=arguments.ca_file,
        insecure_skip_verify=arguments.insecure,
    )
    prompts = PromptSpec(
        isl=arguments.isl,
        osl=arguments.osl,
        isl_stddev=arguments.isl_stddev,
        osl_stddev=arguments.osl_stddev,
        tokenizer=arguments.tokenizer,
        dataset=arguments.prompts,
        shared_prefix_tokens=arguments.shared_prefix_tokens,
        extra=tuple(arguments.extra),
        seed=arguments.seed,
    )
    limits = LimitSpec(
        requests=arguments.requests,
        duration_seconds=arguments.duration,
        stall_seconds=arguments.stall_seconds,
        max_failed_fraction=arguments.max_failed_fraction,
    )
    place, workers = arguments.workers
    return LoadSpec(target, prompts, limits, arguments.start, workers, slo, keep_records=place == "local", place=place)


def _carry_out(
    arguments: argparse.Namespace, command: str, load: LoadSpec, work: Work, plan: SearchPlan | None = None
) -> int:
    _check(load)
    settings = job_settings(arguments, load)
    secrets = secret_words(_or_bad_input(lambda: secret_headers(load.target)))
    folder = _or_bad_input(lambda: RunDirectory(arguments.folder, command, resume=arguments.resume, secrets=secrets))
    line = LiveLine(sys.stderr)
    try:
        done = _or_bad_input(lambda: read_run(arguments.folder).points) if arguments.resume else ()
        done = tuple(result for result in done if result.ended != "interrupted")  # measured again
        line.say(f"probing {load.target.url}")
        probe, setup = _probed(load)
        line.close()
        _or_bad_input(lambda: folder.begin(load, dataclasses.asdict(probe)))
        for note in probe.notes:
            complain(note)
        controls = Controls()
        listener = SearchWatch(line, plan, controls) if plan is not None else line
        job = job_workers(settings, load, controls, line.say) if settings is not None else nullcontext(LocalWorker)
        outcome = asyncio.run(_engine(load, probe, setup, folder, listener, controls, work, done, job))
    finally:
        line.close()
        folder.close()
    if folder.problem:
        complain(folder.problem)
    _print(arguments, load, outcome)
    return _exit_code(load, outcome)


def _check(load: LoadSpec) -> None:
    """What can be known to be wrong before anything is touched."""
    if "@" in urlsplit(load.target.url).netloc:
        raise ExitError(
            BAD_INPUT, "--url holds a user or password, which would stand in the process list: --header-file"
        )
    if load.prompts.dataset is not None:
        from tui.bench.prompts.dataset import read_dataset

        dataset = load.prompts.dataset
        _or_bad_input(lambda: read_dataset(dataset))


async def _engine(
    load: LoadSpec,
    probe: Probe,
    setup: dict[str, object],
    folder: RunDirectory,
    listener: Listener,
    controls: Controls,
    work: Work,
    done: tuple[PointResult, ...],
    workers: AbstractAsyncContextManager[NewWorker],
) -> Outcome:
    """Never raises for what may happen to a run: the finished points have to be told in any case."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, controls.interrupt)
    loop.add_signal_handler(signal.SIGTERM, controls.interrupt)
    outcome = Outcome()
    engine: Engine | None = None
    try:
        async with workers as new_worker:
            run = uuid.uuid4().hex[:12]
            engine = Engine(load, probe, setup, folder, listener, controls, new_worker=new_worker, run=run)
            async with engine:
                outcome.verdict = await work(engine, done)
    except (RunError, OSError) as error:  # the disk is full, or no worker is left
        outcome.failure = ExitError(NO_ANSWER, str(error))
    except ExitError as error:  # what was to be had of the cluster
        outcome.failure = error
    outcome.results = engine.results if engine is not None else list(done)
    outcome.interrupted = controls.interrupts > 0
    if outcome.interrupted:  # a second Ctrl-C must not cut what is still to be printed
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    outcome.client_limited = engine is not None and engine.client_limited
    return outcome


def _probed(load: LoadSpec) -> tuple[Probe, dict[str, object]]:
    try:
        return prepare(load)
    except ProbeError as error:
        bad = error.status in (400, 401, 403, 404, 422) or str(error).startswith("--")
        raise ExitError(BAD_INPUT if bad else NO_ANSWER, str(error)) from None
    except ValueError as error:
        raise ExitError(BAD_INPUT, str(error)) from None
    except OSError as error:
        raise ExitError(NO_ANSWER, str(error.strerror or error)) from None


def _or_bad_input(make: Callable[[], T]) -> T:
    try:
        return make()
    except (RunError, ValueError) as error:
        raise ExitError(BAD_INPUT, str(error)) from None


def _print(arguments: argparse.Namespace, load: LoadSpec, outcome: Outcome) -> None:
    results, verdict = outcome.results, outcome.verdict
    if arguments.output == "json":
        problem = str(outcome.failure) if outcome.failure is not None else ""
        write(document_json(points_document(results, verdict, load.target.url, time.time(), problem)))
        return
    if results:
        write(points_table(results))
    if verdict is not None:
        write(verdict_line(verdict, client_limited=outcome.client_limited))
        write("\n")


def _exit_code(load: LoadSpec, outcome: Outcome) -> int:
    """A search is done if its bracket stands, whatever its other points were; a run only if all of them are good."""
    if outcome.failure is not None:
        raise outcome.failure
    if outcome.interrupted:
        return INTERRUPTED
    if outcome.verdict is not None:
        if outcome.client_limited:
            complain("more users could not be measured: the client was too slow; use more cores, or another machine")
        return NO if outcome.verdict.concurrency is None or outcome.client_limited else DONE
    bad = [result for result in outcome.results if not result.valid or failed_too_many(result, load)]
    return NO if bad or not outcome.results else DONE


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000.0
