"""Carrying out ``bench run`` and ``bench search``: probe, engine, run directory, one live line, one document."""

import argparse
import asyncio
import dataclasses
import signal
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tui.bench.engine.controls import Controls
from tui.bench.engine.run import Engine
from tui.bench.engine.search import failed_too_many
from tui.bench.engine.search import search as search_users
from tui.bench.figures import PointResult, Verdict
from tui.bench.probe import Probe, ProbeError
from tui.bench.results.document import document_json, points_document
from tui.bench.results.reader import read_run
from tui.bench.results.rundir import RunDirectory, RunError
from tui.bench.setup import prepare
from tui.bench.spec import LimitSpec, LoadSpec, PointSpec, PromptSpec, SearchPlan, Slo, Target
from tui.cli.bench_line import LiveLine, points_table, verdict_line
from tui.cli.exits import BAD_INPUT, DONE, INTERRUPTED, NO, NO_ANSWER, ExitError, complain
from tui.cli.output import write

T = TypeVar("T")
Work = Callable[[Engine, tuple[PointResult, ...]], Awaitable[Verdict | None]]


def run(arguments: argparse.Namespace) -> int:
    """``bench run``."""
    if (arguments.concurrency is None) == (arguments.rate is None):
        raise ExitError(BAD_INPUT, "say either --concurrency 1,8,64 or --rate R")
    if arguments.rate is not None:
        points = [PointSpec(rate=arguments.rate, arrival=arguments.arrival)]
    else:
        points = [PointSpec(users=users) for users in arguments.concurrency]

    async def work(engine: Engine, done: tuple[PointResult, ...]) -> Verdict | None:
        left = list(points)
        for result in done:
            left = [spec for spec in left if (spec.users, spec.rate) != (result.concurrency, result.rate)]
        engine.results.extend(done)
        await engine.sweep(left)
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
        budget_seconds=arguments.budget_seconds,
        started_at=started_at,
    )

    async def work(engine: Engine, done: tuple[PointResult, ...]) -> Verdict | None:
        engine.results.extend(done)
        return await search_users(engine, plan, done)

    return _carry_out(arguments, "search", load, work)


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
        max_failed_fraction=arguments.max_failed_fraction,
    )
    return LoadSpec(target, prompts, limits, arguments.start, arguments.workers, slo)


def _carry_out(arguments: argparse.Namespace, command: str, load: LoadSpec, work: Work) -> int:
    if load.prompts.dataset is not None:
        from tui.bench.prompts.dataset import read_dataset

        _or_bad_input(lambda: read_dataset(arguments.prompts))
    folder = _or_bad_input(lambda: RunDirectory(arguments.folder, command, resume=arguments.resume))
    try:
        done = read_run(arguments.folder).points if arguments.resume else ()
        line = LiveLine(sys.stderr)
        line.say(f"probing {load.target.url}")
        probe, setup = _probed(load)
        for note in probe.notes:
            complain(note)
        folder.begin(load, dataclasses.asdict(probe))
        results, verdict, interrupted = asyncio.run(_engine(load, probe, setup, folder, line, work, done))
    except OSError as error:
        raise ExitError(NO_ANSWER, f"{error.strerror or error}") from None
    finally:
        folder.close()
    _print(arguments, load, results, verdict)
    return _exit_code(load, results, verdict, interrupted)


async def _engine(
    load: LoadSpec,
    probe: Probe,
    setup: dict[str, object],
    folder: RunDirectory,
    line: LiveLine,
    work: Work,
    done: tuple[PointResult, ...],
) -> tuple[list[PointResult], Verdict | None, bool]:
    controls = Controls()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, controls.interrupt)
    loop.add_signal_handler(signal.SIGTERM, controls.interrupt)
    run_id = uuid.uuid4().hex[:12]
    async with Engine(load, probe, setup, folder, line, controls, run=run_id) as engine:
        verdict = await work(engine, done)
    line.close()
    return engine.results, verdict, controls.interrupts > 0


def _probed(load: LoadSpec) -> tuple[Probe, dict[str, object]]:
    try:
        return prepare(load)
    except ProbeError as error:
        bad = error.status in (401, 403, 404) or str(error).startswith("--")
        raise ExitError(BAD_INPUT if bad else NO_ANSWER, str(error)) from None
    except ValueError as error:
        raise ExitError(BAD_INPUT, str(error)) from None


def _or_bad_input(make: Callable[[], T]) -> T:
    try:
        return make()
    except (RunError, ValueError) as error:
        raise ExitError(BAD_INPUT, str(error)) from None


def _print(arguments: argparse.Namespace, load: LoadSpec, results: list[PointResult], verdict: Verdict | None) -> None:
    if arguments.output == "json":
        write(document_json(points_document(results, verdict, load.target.url, time.time())))
        return
    write(points_table(results))
    if verdict is not None:
        write(verdict_line(verdict) + "\n")


def _exit_code(load: LoadSpec, results: list[PointResult], verdict: Verdict | None, interrupted: bool) -> int:
    """A search is done if its bracket stands, whatever its other points were; a run only if all of them are good."""
    if interrupted:
        return INTERRUPTED
    if verdict is not None:
        return NO if verdict.concurrency is None else DONE
    bad = [result for result in results if not result.valid or failed_too_many(result, load)]
    return NO if bad or not results else DONE


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000.0
