"""``bench run``, ``search`` and ``plan``: the grammar. The work is imported when a command runs."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

STARTED_AT = time.monotonic()  # of the process, near enough: a search's budget covers everything from here


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add ``bench`` and its parts to the grammar."""
    bench = commands.add_parser(
        "bench", help="Measure an endpoint: run, search, plan", description="Measure an OpenAI-compatible endpoint."
    )
    parts = bench.add_subparsers(dest="part", metavar="COMMAND", required=True)
    run = parts.add_parser("run", help="The figures at given numbers of users, or rates")
    _add_load(run)
    run.add_argument("--concurrency", type=_numbers, metavar="N,N,...", help="Concurrent users of each point")
    run.add_argument("--rate", type=_above_zero, metavar="R", help="Open loop: requests a second instead of users")
    run.add_argument("--arrival", choices=("constant", "poisson"), default="poisson", help="With --rate (poisson)")
    run.set_defaults(run=run_bench)
    search = parts.add_parser("search", help="The most users that hold a TTFT")
    _add_load(search)
    search.add_argument("--ttft-ms", type=_above_zero, required=True, metavar="MS", help="What TTFT must stay within")
    search.add_argument("--itl-ms", type=_above_zero, metavar="MS", help="What ITL must stay within as well")
    search.add_argument(
        "--e2e-ms", type=_above_zero, metavar="MS", help="What a whole request must stay within as well"
    )
    search.add_argument(
        "--statistic", choices=("mean", "p50", "p90", "p99"), default="mean", help="Of TTFT over requests (mean)"
    )
    search.add_argument("--max-users", type=_whole(1), default=16_384, metavar="N", help="No more than (16384)")
    search.add_argument(
        "--budget-seconds", type=_above_zero, metavar="S", help="End with the best answer after so long"
    )
    search.add_argument(
        "--attainment", type=_share, metavar="F", help="Goodput: this share of requests within the limits, say 0.95"
    )
    search.add_argument(
        "--adaptive", action="store_true", help="One run that grows, backs off and sustains, instead of a bracket"
    )
    search.set_defaults(run=run_search)
    _add_plan(parts.add_parser("plan", help="A scale plan: models x GPU per pod x pods x scheduler, cell by cell"))
    worker = parts.add_parser("worker", help=argparse.SUPPRESS)
    worker.set_defaults(run=run_worker)


def _add_load(part: argparse.ArgumentParser) -> None:
    add = part.add_argument
    add("--url", required=True, metavar="URL", help="Base address, with or without /v1")
    add("--model", required=True, metavar="NAME", help="As the endpoint serves it")
    add("--isl", type=_whole(1), required=True, metavar="N", help="Input tokens a request, mean")
    add("--osl", type=_whole(1), required=True, metavar="N", help="Output tokens a request, mean")
    add("--isl-stddev", type=_from_zero, default=0.0, metavar="N", help="Standard deviation of ISL (0)")
    add("--osl-stddev", type=_from_zero, default=0.0, metavar="N", help="Standard deviation of OSL (0)")
    add("--requests", type=_whole(1), metavar="N", help="Measured requests a point; it does not end early then")
    add("--duration", type=_above_zero, metavar="S", help="Seconds a point; it does not end early then")
    add(
        "--stall-seconds",
        type=_above_zero,
        default=60.0,
        metavar="S",
        help="A stream that says nothing for so long is cut and counts as a failure of kind timeout (60)",
    )
    add("--header", type=_header, action="append", default=[], metavar="K=V", help="A header; no secret, repeatable")
    add("--header-file", type=Path, metavar="FILE", help="Headers that are secret, a line 'Name: value' each")
    add("--api-key-file", type=Path, metavar="FILE", help="Sent as a bearer token")
    add(
        "--workers",
        type=_workers,
        default=("local", 0),
        metavar="local:N|job:N",
        help="Worker processes of this machine (as many as are needed), or pods of a Job in the cluster",
    )
    add("--shared-prefix-tokens", type=_whole(0), default=0, metavar="N", help="Begin all prompts alike, on purpose")
    add(
        "--max-failed-fraction",
        type=_fraction,
        default=0.01,
        metavar="F",
        help="More failures are an answer of no (0.01)",
    )
    add("--start", choices=("staggered", "burst"), default="staggered", help="How users come (staggered)")
    add("--tokenizer", type=Path, metavar="PATH", help="tokenizer.json or its folder; without, usage is calibrated on")
    add("--prompts", type=Path, metavar="FILE", help="Prompts from a JSONL file instead of synthetic ones")
    add("--endpoint", choices=("chat", "completions"), default="chat", help="Which call (chat)")
    add("--extra", type=_extra, action="append", default=[], metavar="K=JSON", help="A field of the body, repeatable")
    add("--ca-file", type=Path, metavar="FILE", help="CA certificate of the endpoint")
    add("--insecure", action="store_true", help="Do not check the endpoint's certificate")
    add("--seed", type=_whole(0), default=1, metavar="N", help="Of prompts and arrivals (1)")
    add("--resume", action="store_true", help="Go on with the run in -O; finished points are kept")
    add("-O", dest="folder", type=Path, required=True, metavar="DIR", help="A new folder for the run")
    add("-o", "--output", choices=("table", "json"), default="table", help="table (for eyes) or json (a contract)")


def _add_plan(part: argparse.ArgumentParser) -> None:
    add = part.add_argument
    add("plan", metavar="FILE|NAME", help="A plan's file, or a shipped one such as guide-table-4 (docs/plans.md)")
    add("--simulate", action="store_true", help="Rehearse it on a simulated cluster; nothing is launched or loaded")
    add("--estimate", action="store_true", help="Only tell cells, time and GPU-hours")
    add("--gpus", type=_whole(1), metavar="N", help="GPUs of the cluster (as it says, else as the plan says)")
    add("--workers", type=_plan_workers, metavar="local:N|job:N", help="Where load is made (as the plan says)")
    add("--seed", type=_whole(0), default=1, metavar="N", help="With --simulate (1)")
    add("--resume", action="store_true", help="Go on with the plan in -O; cells that are done are kept")
    add("--yes", action="store_true", help="Don't ask before the cluster is changed")
    add("-O", dest="folder", type=Path, metavar="DIR", help="A new folder for the plan")
    add("-o", "--output", choices=("table", "json"), default="table", help="table (for eyes) or json (a contract)")
    part.set_defaults(run=run_plan)


def run_plan(arguments: argparse.Namespace) -> int:
    """All cells of a plan; 1 if one of them was not measured."""
    from tui.cli.bench_plan import run

    return run(arguments)


def run_bench(arguments: argparse.Namespace) -> int:
    """The figures at each point; 1 if the client was too slow or too much failed."""
    from tui.cli.bench_run import run

    return run(arguments)


def run_search(arguments: argparse.Namespace) -> int:
    """The most users that hold the target."""
    from tui.cli.bench_run import search

    return search(arguments, STARTED_AT)


def run_worker(arguments: argparse.Namespace) -> int:
    """One load generator, commanded over stdin."""
    from tui.cli.worker import run_worker as work

    return work()


# -- values of flags ---------------------------------------------------------------------------------------------------


def _flag(reader: str, *bounds: int) -> Callable[[str], Any]:
    """A reader of ``tui.bench.texts``, imported when a flag is read: the grammar is built before the first picture.

    argparse repeats the words of its own error only.
    """

    def told(text: str) -> Any:
        from tui.bench import texts

        convert = getattr(texts, reader)(*bounds) if bounds else getattr(texts, reader)
        try:
            return convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return told


def _whole(least: int) -> Callable[[str], Any]:
    return _flag("whole", least)


def _plan_workers(text: str) -> str:
    from tui.plans.plan_fields import workers_text

    try:
        return workers_text(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


_numbers, _above_zero, _from_zero = _flag("numbers"), _flag("above_zero"), _flag("from_zero")
_fraction, _share = _flag("fraction"), _flag("share")
_header, _extra, _workers = _flag("header"), _flag("extra"), _flag("workers")
