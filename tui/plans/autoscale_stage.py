"""The real stage of an autoscaling plan: the autoscaler stays on, between the workload's least and the cell's pods."""

import asyncio
from dataclasses import replace
from pathlib import Path

from tui.launch.scale import Scale
from tui.model.launch_spec import LaunchSpec
from tui.plans.autoscale_watch import Pods
from tui.plans.cluster_change import PlanCluster, spec_for
from tui.plans.cluster_stage import ClusterStage
from tui.plans.placing import pods_of
from tui.plans.values import Cell, Placed, PlanTest, ScalePlan


class AutoscaleStage(ClusterStage):
    """As ``ClusterStage``, but minimum and maximum stay apart. The minimum is the spec's, or what the workload had."""

    def __init__(self, plan: ScalePlan, session: PlanCluster, folder: Path) -> None:
        super().__init__(plan, session, folder)
        self._least: dict[str, int] = {}

    def spec(self, spec: LaunchSpec, test: PlanTest) -> LaunchSpec:
        """With the spec's own replicas, metric and target."""
        most = max(test.pods, default=spec.replicas.max)
        return replace(spec_for(spec, test), replicas=replace(spec.replicas, max=max(most, spec.replicas.min)))

    async def scale(self, cell: Cell) -> None:
        for model in cell.models:
            key = self._keys[model]
            now = await asyncio.to_thread(self._changes.scale_now, key)
            self._kept.note_scale(key, now)
            least = self._least[model] = min(now.min if now.min is not None else 1, cell.pods)
            await asyncio.to_thread(self._changes.scale, key, Scale(least, cell.pods))

    def least(self, model: str) -> int:
        """The minimum of pods that the model's autoscaler has in the cell under way."""
        return self._least[model]

    def placed(self, cell: Cell) -> Placed:
        """Where the pods lie at first; how many there are is the autoscaler's."""
        return replace(super().placed(cell), problem="")

    def look(self, model: str) -> Pods:
        """What the snapshot says of the model's pods."""
        workload = self.workload_of(model)
        if workload is None:
            return Pods(None, None, None)
        pods = pods_of(self._snapshot(), self._keys[model])
        alive = [pod for pod in pods if pod.phase not in ("Succeeded", "Failed")]
        wanted = len([pod for pod in alive if pod.deleting_at is None])
        return Pods(wanted, sum(pod.ready and pod.deleting_at is None for pod in alive), workload.gpu_allocated)

    def _is_ready(self, cell: Cell) -> bool:
        """All pods that are there are ready; with a minimum of none there may be none."""
        pods = [pod for model in cell.models for pod in pods_of(self._snapshot(), self._keys[model])]
        return all(pod.ready and pod.deleting_at is None for pod in pods)
