"""What a scale test is begun with: plans to choose from, and the parts that carry one out. Heavy rooms come in late."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from tui.plans.cluster_change import PlanCluster
    from tui.plans.plan_run import Parts, PlanJob
    from tui.plans.plan_time import PlanTime
    from tui.plans.stage import Loader, Stage
    from tui.plans.values import Cell, ScalePlan
    from tui.session import Feed

_MOST_FILES = 50
_MOST_BYTES = 256 * 1024
_MARK = "[[tests]]"
_FIRST = "guide-table-4"


@dataclass(frozen=True, slots=True)
class ScaleOrder:
    """What the form asks for. ``gpus`` of a simulated cluster, ``None``: as the plan says."""

    plan: "ScalePlan"
    cells: "tuple[Cell, ...]"
    folder: Path
    simulate: bool
    gpus: int | None = None


def plan_choices() -> tuple[tuple[str, str], ...]:
    """(label, name or path): plans that come with nimdeck, then the plans of the current folder."""
    from tui.plans.plan_file import shipped_plans

    found = [(name, name) for name in sorted(shipped_plans(), key=lambda name: (name != _FIRST, name))]
    with suppress(OSError):
        here = sorted(Path.cwd().glob("*.toml"))[:_MOST_FILES]
        found += [(path.name, str(path)) for path in here if _is_plan(path)]
    return tuple(found)


def _is_plan(path: Path) -> bool:
    return path.stat().st_size <= _MOST_BYTES and _MARK in path.read_text(encoding="utf-8", errors="replace")


def earlier_plans(folder: Path) -> tuple[tuple[str, str], ...]:
    """(label, path) of the plans that lie in ``folder``, the newest first."""
    from tui.plans.folder import HEAD_FILE

    try:
        found = [path for path in folder.iterdir() if (path / HEAD_FILE).is_file()]
    except OSError:
        return ()
    return tuple((path.name, str(path)) for path in sorted(found, reverse=True))


def read_choice(name: str) -> "ScalePlan | str":
    """The plan, or in one line why it can't be used."""
    from tui.plans.plan_file import load_plan

    try:
        return load_plan(name)
    except (ValueError, OSError) as error:
        return str(error)


def job_of(order: ScaleOrder, feed: "Feed | None") -> "PlanJob":
    """What is to be carried out: on the cluster that ``feed`` watches, or simulated."""
    from tui.plans.plan_run import PlanJob, simulated_parts

    plan, cells = order.plan, order.cells
    if not order.simulate:
        return PlanJob(plan, cells, order.folder, _real_parts(order, feed), lambda: _environment(order, feed))
    most = max((cell.gpus for cell in cells if not cell.why_not), default=1.0)
    parts = simulated_parts(plan, order.gpus or plan.cluster_gpus or max(1, round(most)), plan.load.seed)
    return PlanJob(plan, cells, order.folder, parts, lambda: (("cluster", "simulated"),), simulated=True)


def _real_parts(order: ScaleOrder, feed: "Feed | None") -> "Parts":
    def parts(folder: Path) -> "tuple[Stage, Loader, PlanTime]":
        from tui.plans.plan_time import RealTime
        from tui.plans.real_plan import real_parts

        if feed is None:
            raise ValueError("no cluster is connected: nothing was started")
        return (*real_parts(order.plan, cast("PlanCluster", feed), folder), RealTime())

    return parts


def _environment(order: ScaleOrder, feed: "Feed | None") -> tuple[tuple[str, str], ...]:
    from tui.plans.real_plan import environment

    return environment(order.plan, cast("PlanCluster", feed)) if feed is not None else ()
