"""A cluster that is not there, for plans whose autoscalers are left on: pods come and go as the loader says."""

from tui.bench.nim.gpu import gpu_speed
from tui.plans.simulated_places import Place
from tui.plans.simulated_stage import SimulatedStage
from tui.plans.stage import StageError
from tui.plans.values import Cell, ScalePlan


class SimulatedRampStage(SimulatedStage):
    """Begins with the least pods of each model. Places are those that all of its pods would have."""

    def __init__(self, plan: ScalePlan, gpus: int, gpus_per_server: int, seed: int) -> None:
        super().__init__(plan, gpus, gpus_per_server, seed)
        self._places: dict[tuple[str, int], Place] = {}
        self._starts: dict[str, int] = {}  # of each model so far: each start has a jitter of its own

    async def scale(self, cell: Cell) -> None:
        await super().scale(cell)  # that all of them fit
        self._places = {key: pod.place for key, pod in self._pods.items()}
        self._pods = {}
        for model in cell.models:
            for _ in range(min(cell.pods, self.least(model))):
                self.start(model)

    def least(self, model: str) -> int:
        """The minimum of the model's autoscaler."""
        spec = next((one.spec for one in self._plan.models if one.key == model), None)
        return spec.replicas.min if spec is not None else 1

    def start(self, model: str) -> tuple[int, float]:
        """One pod more: its number, and when it will serve, in seconds of the clock. ``StageError``: no place."""
        free = [number for key, number in self._places if key == model and (key, number) not in self._pods]
        if not free:
            raise StageError(f"{model} has no place for a pod more")
        number, starts = min(free), self._starts.get(model, 0)
        self._starts[model] = starts + 1
        pod = self.started(f"{model} {starts}", self._places[model, number])
        self._pods[model, number] = pod
        return number, pod.serves_at

    def stop(self, model: str, number: int) -> None:
        """It is gone, and its GPU free."""
        del self._pods[model, number]

    def pods(self, model: str) -> dict[int, float]:
        """When each pod that there is serves, by number."""
        return {number: pod.serves_at for (key, number), pod in self._pods.items() if key == model}

    def speed(self, model: str, number: int, gpu_per_pod: float) -> float:
        """The part of a whole GPU's speed that it has, with all those beside it that may ever be there."""
        place = self._places[model, number]
        beside = sum(other.gpus == place.gpus for other in self._places.values()) - 1
        return gpu_speed(min(1.0, gpu_per_pod), float(beside))
