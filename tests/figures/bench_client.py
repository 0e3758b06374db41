"""The benchmark client against the truth server: what it adds to TTFT, what an event costs it, beside its peers.

    python -m tests.figures.bench_client [--users 1,64,256,1024] [--large] [--tool nimdeck] [--tokenizer DIR]

Each row is one run of a whole tool as a user runs it, on the machine the truth server runs on. The errors are the
tool's reported TTFT minus the server's own, which runs from the kernel's receipt of a request to the write of its first
token. Where the server itself was late against its plan the machine was busy: such a row is marked and proves nothing
of the client. Peers run where they are on PATH; guidellm wants a tokenizer directory as well.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.figures import process_tree, tokenizer
from tests.figures.process_tree import Cost
from tests.figures.report import machine
from tests.truth.build import NO_COMPILER, Truth, TruthServer, compiler

ROOT = Path(__file__).parents[2]
USERS = (1, 64, 256, 1024)
LARGE = 8768
ROUNDS = {1: 3, 64: 4, 256: 3, 1024: 2, LARGE: 2}
"""Measured requests a user."""
ISL, OSL, TTFT_MS = 200, 200, 200.0
BUSY_SECONDS = 0.010
"""The server's own lateness (p99) beyond which it is no truth to within the errors that are to be shown."""


@dataclass(frozen=True, slots=True)
class Load:
    """One measurement: so many users, the server's beat, tokens a request."""

    users: int
    tokenizer: Path
    itl_ms: float = 10.0
    osl: int = OSL

    @property
    def requests(self) -> int:
        return self.users * ROUNDS.get(self.users, 2)

    @property
    def timeout_seconds(self) -> float:
        return 120 + 10 * self.requests / self.users * (TTFT_MS + self.itl_ms * self.osl) / 1000


@dataclass(frozen=True, slots=True)
class Report:
    """What a tool said of TTFT, in ms, and whether it stands by it; None where it cannot tell."""

    mean_ms: float
    p99_ms: float
    valid: bool | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """How a tool is started, and how its answer is read; ``starts`` is how its command begins."""

    name: str
    starts: tuple[str, ...]
    options: Callable[[str, Load, Path], list[str]]
    read: Callable[[Cost, Path], Report]
    environment: dict[str, str] = field(default_factory=dict)

    def version(self) -> str:
        """``0.13.0``, as the tool says it itself."""
        asked = subprocess.run(
            [*self.starts, "--version"], capture_output=True, text=True, check=True, env=os.environ | self.environment
        )
        return asked.stdout.split()[-1]


def _nimdeck(url: str, load: Load, folder: Path) -> list[str]:
    asked = [
        "--isl",
        str(ISL),
        "--osl",
        str(load.osl),
        "--concurrency",
        str(load.users),
        "--requests",
        str(load.requests),
    ]
    where = ["--url", url, "--model", "truth", "-O", str(folder / "run"), "-o", "json"]
    return ["bench", "run", *where, *asked]


def _read_nimdeck(cost: Cost, folder: Path) -> Report:
    point = json.loads(cost.stdout)["items"][0]
    return Report(point["ttft_ms"]["mean"], point["ttft_ms"]["p99"], point["valid"])


def _aiperf(url: str, load: Load, folder: Path) -> list[str]:
    sizes = ["--isl", str(ISL), "--osl", str(load.osl), "--extra-inputs", "ignore_eos:true"]
    tokens = ["--tokenizer", str(load.tokenizer), "--use-server-token-count"]
    amount = ["--concurrency", str(load.users), "--request-count", str(load.requests)]
    how = ["--endpoint-type", "chat", "--streaming", "--ui", "none", "--output-artifact-dir", str(folder / "run")]
    return ["profile", "-m", "truth", "--url", url, *sizes, *amount, *how, *tokens]


def _read_aiperf(cost: Cost, folder: Path) -> Report:
    found = next((folder / "run").rglob("profile_export_aiperf.json"))
    ttft = json.loads(found.read_text())["time_to_first_token"]
    return Report(ttft["avg"], ttft["p99"])


def _guidellm(url: str, load: Load, folder: Path) -> list[str]:
    asked = ["--backend", f"kind=openai_http,target={url}", "--profile", f"kind=concurrent,streams={load.users}"]
    amount = ["--constraint", f"kind=max_requests,count={load.requests}"]
    data = ["--data", f"kind=synthetic_text,prompt_tokens={ISL},output_tokens={load.osl}"]
    tokens = ["--tokenizer", f"kind=huggingface_auto,model={load.tokenizer}"]
    return ["run", *asked, *amount, *data, *tokens, "--disable-console-interactive"]


def _read_guidellm(cost: Cost, folder: Path) -> Report:
    benchmark = json.loads((folder / "benchmarks.json").read_text())["benchmarks"][0]
    ttft = benchmark["metrics"]["time_to_first_token_ms"]["successful"]
    return Report(ttft["mean"], ttft["percentiles"]["p99"])


_OURS = (sys.executable, "-m", "tui.cli")
_OFFLINE = {"HF_HUB_OFFLINE": "1"}
"""Not for AIPerf: offline it takes a tokenizer's directory for a name on the hub, and refuses it."""
TOOLS = (
    Tool("nimdeck", _OURS, _nimdeck, _read_nimdeck, {"PYTHONPATH": str(ROOT)}),
    Tool("aiperf", ("aiperf",), _aiperf, _read_aiperf),
    Tool("guidellm", ("guidellm",), _guidellm, _read_guidellm, _OFFLINE),
)
HEAD = (
    "tool", "users", "TTFT mean", "p99", "error mean", "error p99", "server late p99", "in flight", "events",
    "CPU s/100k", "PSS MB", "first request", "valid", "exit", "machine",
)  # fmt: skip


def measure(tool: Tool, load: Load, core: int | None = None) -> tuple[str, ...]:
    """One row of the table; with ``core`` the whole tool has that one core, and the server the others."""
    with tempfile.TemporaryDirectory() as folder, TruthServer(ttft_ms=TTFT_MS, itl_ms=load.itl_ms) as server:
        path = Path(folder)
        pinned = [] if core is None else ["taskset", "-c", str(core)]
        command = [*pinned, *tool.starts, *tool.options(server.url, load, path)]
        cost = process_tree.run(command, path, load.timeout_seconds, os.environ | tool.environment)
        truth = server.truth()
        try:
            report = tool.read(cost, path)
        except (LookupError, ValueError, OSError, StopIteration):
            last = (cost.stderr.strip() or cost.stdout.strip() or "it said nothing").splitlines()[-1]
            return (tool.name, str(load.users), f"no figures, exit code {cost.exit_code}: {last[:160]}")
    return _row(tool, load, cost, truth, report)


def _row(tool: Tool, load: Load, cost: Cost, truth: Truth, report: Report) -> tuple[str, ...]:
    mean, p99 = 1000 * truth.ttft_mean_seconds, 1000 * truth.ttft_p99_seconds
    return (
        tool.name,
        str(load.users),
        f"{report.mean_ms:.1f}",
        f"{report.p99_ms:.1f}",
        f"{report.mean_ms - mean:+.1f}",
        f"{report.p99_ms - p99:+.1f}",
        f"{1000 * truth.late_p99_seconds:.1f}",
        f"{truth.max_in_flight}",
        f"{truth.events_written}",
        f"{100_000 * cost.cpu_seconds / max(1, truth.events_written):.2f}",
        f"{cost.pss_bytes / 1e6:.0f}",
        f"{truth.first_arrival_seconds - cost.began:.2f} s" if truth.requests else "none",
        {True: "yes", False: "no", None: "-"}[report.valid],
        str(cost.exit_code),
        "busy" if truth.late_p99_seconds > BUSY_SECONDS else "quiet",
    )


def installed(tools: Sequence[Tool]) -> list[Tool]:
    """Those that can be run; of the others it is said that they are left out."""
    found = [tool for tool in tools if shutil.which(tool.starts[0])]
    for tool in tools:
        if tool not in found:
            print(f"{tool.name}: not on PATH, left out", file=sys.stderr)
    return found


def _line(row: Sequence[str]) -> str:
    return f"| {' | '.join(cell.rjust(len(name)) for cell, name in zip(row, HEAD, strict=False))} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table as it comes; 1 if there is no compiler for the server."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=lambda text: tuple(map(int, text.split(","))), default=USERS)
    parser.add_argument("--large", action="store_true", help=f"{LARGE} users as well, ITL 200 ms, OSL 50")
    parser.add_argument("--tool", action="append", choices=[tool.name for tool in TOOLS], help="only this (repeatable)")
    parser.add_argument("--tokenizer", type=Path, help="a tokenizer directory for the peers")
    parser.add_argument("--core", type=int, help="give the tool this core alone: how many events one core sustains")
    given: Any = parser.parse_args(arguments)
    if compiler() is None:
        print(f"{NO_COMPILER}: the Python one is too slow to be the truth here", file=sys.stderr)
        return 1
    if given.core is not None:
        os.sched_setaffinity(0, os.sched_getaffinity(0) - {given.core})  # the server inherits it
    tools = installed([tool for tool in TOOLS if given.tool is None or tool.name in given.tool])
    with tempfile.TemporaryDirectory() as folder:
        tokens = given.tokenizer or tokenizer.write(Path(folder) / "tokenizer")
        loads = [Load(users, tokens) for users in given.users]
        if given.large:
            loads.append(Load(LARGE, tokens, 200.0, 50))
        _print_table(tools, loads, given.core)
    return 0


def _print_table(tools: Sequence[Tool], loads: Sequence[Load], core: int | None) -> None:
    print(f"{machine()}; {', '.join(f'{tool.name} {tool.version()}' for tool in tools)}")
    print(f"truth: TTFT {TTFT_MS:g} ms, ITL 10 ms, {OSL} tokens ({LARGE} users: 200 ms, 50); times in ms\n")
    print(_line(HEAD))
    print(_line(["-" * len(name) for name in HEAD]))
    for load in loads:
        for tool in tools:
            print(_line(measure(tool, load, core)), flush=True)


if __name__ == "__main__":
    sys.exit(main())
