"""What a scale test is begun with: plans to choose from, and the parts that carry one out. Heavy rooms come in late."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tui.screens.scale_test_job import RememberingFolder, ScaleJob

if TYPE_CHECKING:
    from tui.plans.cluster_change import PlanCluster
    from tui.plans.plan_time import PlanTime
    from tui.plans.stage import Loader, Stage
    from tui.plans.values import ScalePlan
    from tui.session import Feed

_MOST_FILES = 50
_MOST_BYTES = 256 * 1024
_MARK = "[[tests]]"
_FIRST = "guide-table-4"


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


def performer(feed: "Feed | None") -> Callable[[ScaleJob], Awaitable[None]]:
    """Carries a job out: on the cluster that ``feed`` watches, or simulated."""

    async def perform(job: ScaleJob) -> None:
        from tui.plans.carry_out import PlanRunner
        from tui.plans.plan_time import RealTime

        order = job.order
        folder = RememberingFolder(order.folder, job)
        try:
            stage, loader, time = _simulated(job) if order.simulate else _real(job, feed)
            time = time or RealTime()
            began, about = time.now(), _environment(job, feed)
            folder.begin(order.plan, order.cells, about, order.simulate, began)
            job.begun(began, about)
            runner = PlanRunner(order.plan, order.cells, stage, loader, folder, job.controls, job.tell, time)
            job.left_over = (await runner.run()).left_over
        finally:
            folder.close()

    return perform


def _simulated(job: ScaleJob) -> "tuple[Stage, Loader, PlanTime | None]":
    from tui.plans.plan_run import simulated_parts

    plan = job.order.plan
    most = max((cell.gpus for cell in job.order.cells if not cell.why_not), default=1.0)
    gpus = job.order.gpus or plan.cluster_gpus or max(1, round(most))
    return simulated_parts(plan, gpus, plan.load.seed)(job.order.folder)


def _real(job: ScaleJob, feed: "Feed | None") -> "tuple[Stage, Loader, PlanTime | None]":
    from tui.plans.real_plan import real_parts

    if feed is None:
        raise ValueError("no cluster is connected: nothing was started")
    return (*real_parts(job.order.plan, cast("PlanCluster", feed), job.order.folder), None)


def _environment(job: ScaleJob, feed: "Feed | None") -> tuple[tuple[str, str], ...]:
    if job.order.simulate or feed is None:
        return (("cluster", "simulated"),)
    from tui.plans.real_plan import environment

    return environment(job.order.plan, cast("PlanCluster", feed))
