"""What the set-up form offers to measure, and what its plan will do in words. Pure; it asks no endpoint."""

from dataclasses import dataclass

from tui.bench.spec import LimitSpec, LoadSpec, SearchPlan, SweepPlan
from tui.model.snapshot import Snapshot
from tui.model.workload import Workload
from tui.present.bench_words import goal_words

Plan = SweepPlan | SearchPlan


@dataclass(frozen=True, slots=True)
class EndpointChoice:
    """A running workload that can be measured."""

    label: str
    url: str
    model: str
    workload: Workload


def endpoint_choices(snapshot: Snapshot) -> tuple[EndpointChoice, ...]:
    """The workloads that run and have an address, by name."""
    found = [
        EndpointChoice(f"{work.key.name}  {work.endpoint}", work.endpoint, work.model or "", work)
        for work in snapshot.workloads.values()
        if work.endpoint and work.running_pods != 0
    ]
    return tuple(sorted(found, key=lambda choice: choice.label))


def workload_at(snapshot: Snapshot, url: str) -> Workload | None:
    """The workload whose address this is."""
    bare = _bare(url)
    return next((work for work in snapshot.workloads.values() if work.endpoint and _bare(work.endpoint) == bare), None)


def plan_words(plan: Plan) -> str:
    """What will happen, in a sentence."""
    return f"{_measured(plan)}{_from_pods(plan.load)}"


def _measured(plan: Plan) -> str:
    until = _until(plan.load.limits)
    if isinstance(plan, SweepPlan):
        return f"{_points(plan)}, each {until}."
    goal, most = goal_words(plan.statistic, plan.ttft_seconds * 1000.0), f"{plan.max_users:,} users"
    if plan.attainment is not None:
        goal = f"{plan.attainment:.4g} of the requests within their limits (TTFT {plan.ttft_seconds * 1000.0:,.0f} ms)"
    how = "Doubles from 1 to at most {}, then halves to"
    if plan.adaptive:
        how = "Grows from 1 to at most {}, backs off and sustains"
    budget = f" Ends after {plan.budget_seconds:g} s at the latest." if plan.budget_seconds is not None else ""
    return f"{how.format(most)} the most that hold {goal}; each point {until}.{budget}"


def _from_pods(load: LoadSpec) -> str:
    if load.place != "job":
        return ""
    return f" Loaded by {load.workers:,} pod{'' if load.workers == 1 else 's'} of a Job."


def _until(limits: LimitSpec) -> str:
    if limits.requests is not None:
        return f"{limits.requests:,} requests"
    return f"{limits.duration_seconds:g} s" if limits.duration_seconds is not None else "until it is steady"


def _points(plan: SweepPlan) -> str:
    count = f"{len(plan.points)} point{'' if len(plan.points) == 1 else 's'}"
    if plan.points and plan.points[0].rate is not None:
        rates = ", ".join(f"{point.rate:g}" for point in plan.points)
        return f"{count}: {rates} requests a second ({plan.points[0].arrival})"
    return f"{count}: {', '.join(f'{point.users:,}' for point in plan.points)} users"


def _bare(url: str) -> str:
    return url.strip().rstrip("/").removesuffix("/v1").rstrip("/").removeprefix("http://")
