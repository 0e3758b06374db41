"""The real stage and loader of a plan, put together from a session."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from config.secret import Secret
from tui.bench.engine.controls import Controls
from tui.bench.engine.run import NewWorker
from tui.bench.spec import Target
from tui.model.snapshot import Snapshot
from tui.plans.autoscale_load import RampLoader
from tui.plans.autoscale_stage import AutoscaleStage
from tui.plans.cluster_change import PlanCluster
from tui.plans.cluster_stage import ClusterStage
from tui.plans.engine_for import About, Means, Workers, local_workers
from tui.plans.engine_load import EngineLoader
from tui.plans.job_session import session_pods
from tui.plans.observe import ServerObserver, endpoint_look, environment_of
from tui.plans.stage import Loader, Reach, StageError
from tui.plans.values import Cell, ScalePlan


def real_parts(
    plan: ScalePlan, session: PlanCluster, folder: Path, api_key: Secret | None = None
) -> tuple[ClusterStage, Loader]:
    """``folder`` is the plan's, already there. Raises ``StageError`` where the workers can't be had."""
    scaled = AutoscaleStage(plan, session, folder) if plan.kind == "autoscale" else None
    stage = scaled if scaled is not None else ClusterStage(plan, session, folder)
    kind, _, number = plan.load.workers.partition(":")
    is_job = kind == "job"
    workers = _job_workers(session, stage.left_over) if is_job else local_workers
    means = Means(workers, int(number), api_key, "job" if is_job else "local")

    def about(cell: Cell, model: str, reach: Reach) -> About:
        workload = stage.workload_of(model)
        if workload is None:
            return About()
        snapshot = session.store.snapshot
        kubernetes = session.kubernetes
        look = endpoint_look(
            Target(reach.urls[0], reach.model, headers=reach.headers),
            lambda: kubernetes.client if kubernetes is not None and kubernetes.wait_connected(0) else None,
            api_key,
            wakes=plan.load.through == "route",
        )
        observer = ServerObserver(look, lambda: session.store.snapshot, workload.key)
        return About(observer, (("plan", plan.name), ("cell", cell.id), *environment_of(workload, snapshot)))

    if scaled is not None:
        return scaled, RampLoader(plan, scaled.look, scaled.least, about, means)
    return stage, EngineLoader(plan, about, means, stage.counts)


def gpus_of(snapshot: Snapshot) -> float | None:
    """Allocatable GPUs of the cluster; ``None`` where not known."""
    known = [node.gpu_allocatable for node in snapshot.nodes.values() if node.gpu_allocatable is not None]
    return sum(known) if known else None


def environment(plan: ScalePlan, session: PlanCluster) -> tuple[tuple[str, str], ...]:
    """What ``plan.json`` says of where it ran: (what, value) pairs; what is not known is left out."""
    from tui.bench.results.rundir import client_machine

    snapshot = session.store.snapshot
    models = sorted({node.gpu_model for node in snapshot.nodes.values() if node.gpu_model})
    known = [node.gpu_allocatable for node in snapshot.nodes.values() if node.gpu_allocatable]
    found = {
        "cluster": snapshot.cluster.context,
        "Kubernetes": snapshot.cluster.kubernetes_version,
        "Run:ai": snapshot.cluster.runai_version,
        "nodes with GPUs": str(len(known)) if known else None,
        "GPUs": f"{sum(known):g}" if known else None,
        "GPU": ", ".join(models) or None,
        "workers": plan.load.workers,
        "load goes": plan.load.through,
    }
    return (*client_machine(), *((what, value) for what, value in found.items() if value))


def _job_workers(session: PlanCluster, left_over: list[str]) -> Workers:
    """A Job for each run; ``left_over`` gets a line about one that could not be cleared away."""
    if session.kubernetes is None or session.settings.load.image is None:
        raise StageError("workers job:N need an image: set load.image (see docs), or use --workers local:0")

    def pods(count: int, controls: Controls) -> AbstractAsyncContextManager[NewWorker]:
        return session_pods(session, count, controls, left_over.append)

    return pods
