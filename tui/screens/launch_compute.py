"""The form's GPUs and CPU, kept as a compute resource at Run:ai's control plane, as the guide's tiles are."""

from collections.abc import Mapping

from tui.launch.rest import COMPUTE_ASSETS, compute_asset
from tui.launch.sizes import size_text
from tui.model.launch_spec import GpuAsk, LaunchSpec
from tui.present.changes import Step
from tui.screens.change_assets import asset_step
from tui.screens.change_review import Review
from tui.session import Feed

COMPUTE_FIELDS = frozenset(
    {
        "project", "tile", "devices", "portion", "gpu_memory", "gpu_limit", "gpu_memory_limit",
        "cores", "cores_limit", "memory", "memory_limit",
    }
)  # fmt: skip
"""What it is made of; nothing else in the form needs to be right."""
_TILES: Mapping[GpuAsk, str] = {
    GpuAsk(0): "cpu-only",
    GpuAsk(1, 0.1): "small-fraction",
    GpuAsk(1, 0.5): "half-gpu",
    GpuAsk(1): "one-gpu",
    GpuAsk(2): "two-gpus",
}
"""The guide's own names."""


def compute_name(gpu: GpuAsk) -> str:
    """``half-gpu``, or what it is: ``2x25-percent``, ``1x20gi``, ``4-gpus``. A name as Run:ai takes it."""
    if gpu in _TILES:
        return _TILES[gpu]
    if gpu.memory_bytes is not None:
        return f"{gpu.devices}x{size_text(gpu.memory_bytes).lower().replace('.', '-')}"
    if gpu.portion is not None and gpu.portion < 1:
        return f"{gpu.devices}x{gpu.portion * 100:g}-percent".replace(".", "-")
    return f"{gpu.devices}-gpus"


def compute_review(feed: Feed, spec: LaunchSpec) -> Review:
    """The review of making it, in the spec's project."""
    name = compute_name(spec.gpu)

    def plan() -> list[Step]:
        return [
            asset_step(
                feed, spec.project, COMPUTE_ASSETS, name, "compute resource",
                lambda number, cluster: compute_asset(name, spec.gpu, spec.cpu, number, cluster),
            )
        ]  # fmt: skip

    return Review(f"Compute {name}", plan)
