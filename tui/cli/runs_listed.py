"""What lies in a folder of runs as text tables and JSON: benchmark runs, and below them scale plans."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tui.bench.results.reader import Run
from tui.bench.results.words import UNKNOWN, figure
from tui.cli.runs_shown import document
from tui.cli.table import Column, lay_out, width_of
from tui.plans.values import PlanRun
from tui.present.bench_plans import models_words, plan_facts

_RUNS = (
    Column("RUN", flexible=True), Column("STARTED (UTC)"), Column("COMMAND"), Column("MODEL", flexible=True),
    Column("ISL:OSL", right=True), Column("POINTS", right=True), Column("INVALID", right=True), Column("ANSWER"),
)  # fmt: skip
_PLANS = (
    Column("PLAN", flexible=True), Column("STARTED (UTC)"), Column("MODELS", flexible=True, optional=True),
    Column("ISL:OSL", right=True, optional=True), Column("CELLS", right=True), Column("USERS", right=True),
    Column("TOKENS/S", right=True), Column("STATE"),
)  # fmt: skip


class RunItem(msgspec.Struct, frozen=True):
    """An item of ``nimdeck.runs/1``."""

    path: Path
    command: str
    started_at: str
    model: str
    url: str
    isl: int
    osl: int
    points: int
    invalid: int
    concurrency: int | None
    damage: str


class PlanItem(msgspec.Struct, frozen=True):
    """One of the ``plans`` of ``nimdeck.runs/1``."""

    path: Path
    plan: str
    title: str
    started_at: str
    models: tuple[str, ...]
    isl: int
    osl: int
    simulated: bool
    state: str
    cells: int
    done: int
    users: int | None
    output_tokens_per_second: float | None
    seconds: float | None
    damage: str


def listing(runs: Sequence[Run], plans: Sequence[PlanRun]) -> str:
    """One line a run; then, where there are any, one line a plan."""
    tables = ((_RUNS, [_run_row(run) for run in runs]), (_PLANS, [_plan_row(plan) for plan in plans]))
    return "\n".join(lay_out(columns, rows, width_of(sys.stdout)) for columns, rows in tables if rows)


def listing_json(runs: Sequence[Run], plans: Sequence[PlanRun]) -> str:
    """``nimdeck.runs/1``: its items are runs, plans stand beside them."""
    return document("runs", [_run_item(run) for run in runs], {"plans": [_plan_item(plan) for plan in plans]})


def _run_item(run: Run) -> RunItem:
    load = run.head.load
    invalid = sum(not point.valid for point in run.points)
    users = run.verdict.concurrency if run.verdict is not None else None
    return RunItem(
        run.path, run.head.command, _instant(run.head.started_at), load.target.model, load.target.url,
        load.prompts.isl, load.prompts.osl, len(run.points), invalid, users, run.damage,
    )  # fmt: skip


def _run_row(run: Run) -> list[str]:
    item = _run_item(run)
    answer = f"{item.concurrency} users" if item.concurrency is not None else UNKNOWN
    counts = [str(item.points), str(item.invalid) if item.invalid else ""]
    return [
        item.path.name, _short(item.started_at), item.command, item.model, f"{item.isl}:{item.osl}", *counts, answer
    ]  # fmt: skip


def _plan_item(plan: PlanRun) -> PlanItem:
    facts, load = plan_facts(plan), plan.plan.load
    return PlanItem(
        Path(plan.folder), plan.plan.name, plan.plan.title, _instant(plan.started_at),
        tuple(model.name for model in plan.plan.models), load.isl, load.osl, plan.simulated, facts.state, facts.cells,
        facts.done, facts.users, facts.rate, facts.seconds, "; ".join(plan.damage),
    )  # fmt: skip


def _plan_row(plan: PlanRun) -> list[str]:
    item = _plan_item(plan)
    state = f"{item.state}{', simulated' if item.simulated else ''}"
    return [
        item.path.name, _short(item.started_at), models_words(plan), f"{item.isl}:{item.osl}",
        f"{item.done}/{item.cells}", figure(item.users), figure(item.output_tokens_per_second), state,
    ]  # fmt: skip


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _short(instant: str) -> str:
    return instant[:16].replace("T", " ")
