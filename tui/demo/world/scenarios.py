"""The scenarios by name: how full the cluster is, what is planted in it, and what happens as it runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.demo.world import api
from tui.demo.world.catalogue import BASE, EMBEDDER, LLAMA, Kind, WorkloadPlan, projects, stretched
from tui.demo.world.context import Context
from tui.demo.world.corners import make_corners
from tui.demo.world.planted import TROUBLE_PROJECTS, Play, stage_pending
from tui.demo.world.script import Act
from tui.demo.world.seed import Seeder
from tui.demo.world.tenancy import ProjectPlan

if TYPE_CHECKING:
    from tui.demo.objects import Json
    from tui.demo.world.world import World

_SCALE_STEPS = (1, 2, 4, 8, 16, 32, 64, 128)
_SCALE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """``fill`` seeds; ``stage`` plants troubles and returns what it planted; ``script`` is what happens later.

    ``given_fraction`` bounds how much of the GPUs is given away, ``swing`` how far the load drifts.
    """

    name: str
    about: str
    fill: Callable[[Seeder], None]
    given_fraction: float = 0.85
    swing: float = 0.2
    spread: bool = True
    autoscales: bool = False
    stage: Callable[[Context, Play], dict[str, str]] | None = None
    rehearsal_seconds: float = 2400.0
    preempts: bool = False
    script: Sequence[Act] = ()


def _fill(seeder: Seeder, plans: Sequence[WorkloadPlan], tenants: Sequence[ProjectPlan]) -> None:
    seeder.platform(list(tenants))
    for plan in sorted(plans, key=lambda plan: -plan.gpu if plan.gpu >= 2 else 0.0):
        seeder.workload(plan)


def _calm(seeder: Seeder) -> None:
    _fill(seeder, stretched(BASE, seeder.total_gpus), projects(seeder.total_gpus))


def _busy(seeder: Seeder) -> None:
    """More of everything, and a load that the autoscaler must follow into the last free GPUs."""
    plans = [
        replace(plan, replicas=max(1, round(plan.replicas * 1.15)), max_replicas=plan.max_replicas * 2)
        for plan in stretched(BASE, seeder.total_gpus)
    ]
    tenants = [replace(plan, gpu_quota=float(seeder.total_gpus)) for plan in projects(seeder.total_gpus)]
    _fill(seeder, plans, tenants)


def _fragmented(seeder: Seeder) -> None:
    """Every GPU is shared by one pod that leaves too little for a second: much is free, and no whole GPU."""
    half = seeder.total_gpus // 2
    plans = [
        WorkloadPlan("llama-31-8b-wide", "test", Kind.INFERENCE, LLAMA, 0.6, half, 0.6, half),
        WorkloadPlan("embed-e5-wide", "team-a", Kind.INFERENCE, EMBEDDER, 0.7, seeder.total_gpus - half, 0.4, half),
    ]
    _fill(seeder, [plan for plan in plans if plan.replicas], projects(seeder.total_gpus))


def _pending(seeder: Seeder) -> None:
    gpus = seeder.total_gpus
    tenants = [replace(plan, gpu_quota=plan.gpu_quota + 8) for plan in projects(gpus)] + list(TROUBLE_PROJECTS)
    make_corners(seeder)
    each = seeder.size.gpus
    corners = [
        WorkloadPlan("nightly-train", "lab", Kind.JOB, "nvcr.io/nvidia/nemo:24.09", 1, 1, 0.9, pool="full"),
        WorkloadPlan("fills-the-pool", "research", Kind.DEPLOYMENT, LLAMA, 1, each - 1, 0.7, pool="full"),
        WorkloadPlan("leaves-fragments", "research", Kind.DEPLOYMENT, EMBEDDER, 0.6, each, 0.4, pool="fragments"),
    ]
    _fill(seeder, [*corners, *stretched(BASE, max(1, round(gpus * 0.4)))], tenants)


def _scale_test(seeder: Seeder) -> None:
    """Room for the whole cluster to be one workload's."""
    plans = [WorkloadPlan("llama-scale", "test", Kind.INFERENCE, LLAMA, 0.5, 1, 0.6, 2 * seeder.total_gpus, 1000)]
    _fill(seeder, plans, [ProjectPlan("test", float(seeder.total_gpus)), ProjectPlan("team-a", 0.0)])


def _scale_step(replicas: int) -> Callable[["World"], None]:
    def act(world: "World") -> None:
        total = sum(len(states) for states in world.context.ledger.nodes.values())

        def edit(workload: "Json") -> None:
            workload["spec"]["minScale"] = {"value": min(replicas, 2 * total)}

        world.context.api.change(api.INFERENCE, "runai-test", "llama-scale", edit)

    return act


def _lose_a_pod(world: "World") -> None:
    """One served pod dies; its ReplicaSet makes another."""
    now = world.context.clock.now()
    served = [pod for pod in world.context.inventory.bound() if pod.ready and pod.ask.gpus and pod.owner]
    if served:
        chosen = served[int(world.context.names.number("loses a pod", int(now)) * len(served))]
        world.context.api.delete(api.POD, *chosen.key)


def _prometheus(available: bool) -> Callable[["World"], None]:
    return lambda world: world.script.prometheus_available(available)


# Real seconds of a cluster; at the default speed of 10 an outage begins after 15 s and lasts 45 s.
_OUTAGE = (Act(150.0, _prometheus(False)), Act(600.0, _prometheus(True)))
_SCALING = tuple(Act(_SCALE_SECONDS * turn, _scale_step(count)) for turn, count in enumerate(_SCALE_STEPS) if turn)

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario("calm", "everything placed and ready; the load drifts", _calm),
        Scenario(
            "busy",
            "near full; the autoscaler follows the load, and pods fail",
            _busy,
            given_fraction=0.97,
            swing=0.6,
            autoscales=True,
            script=(Act(1200.0, _lose_a_pod, repeats=True),),
        ),
        Scenario("fragmented", "much is free in fractions, no whole GPU", _fragmented, given_fraction=1.0),
        Scenario("pending", "one workload for each cause of waiting", _pending, stage=stage_pending, preempts=True),
        Scenario("outage", "Prometheus refuses after a while, and returns", _calm, script=_OUTAGE),
        Scenario("scale-test", "one workload of half GPUs doubles step by step", _scale_test, script=_SCALING),
    )
}
