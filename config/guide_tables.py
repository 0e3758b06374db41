"""The figures that the guide publishes, from ``guide_tables.toml``: tables 2 to 8 and what is said of figures 17 to 21.

Data only: what was published, in the units of the file (TTFT in milliseconds, output tokens a second, users). What the
guide shows as a picture alone has no number here, and nothing here makes one up.
"""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

MIXED = "mixed"
"""What the guide calls the row of both models at once in table 8."""


class GuideCluster(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Table 2 and the hardware around it."""

    nodes: int
    gpus_per_node: int
    gpu: str
    cpu: str
    host_memory_gib: int
    storage_class: str

    @property
    def gpus(self) -> int:
        """Of the whole cluster: 64."""
        return self.nodes * self.gpus_per_node


class GuideMethod(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the guide measured: tokens, target of TTFT, numbers of pods."""

    isl: int
    isl_stddev: int
    osl: int
    ignore_eos: bool
    endpoint: str
    streaming: bool
    ttft_target_ms: float
    num_prompts: int
    precision: str
    pod_scale: tuple[int, ...]
    pod_scale_mixed: tuple[int, ...]


class GuideModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Table 3. ``name`` is the one that requests carry."""

    name: str
    title: str
    nim_version: str
    image: str


class SingleGpu(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of table 5 (no Run:ai), 6 (Run:ai, whole GPU) or 7 (Run:ai, half a GPU without a neighbour)."""

    table: int
    scheduler: str  # as a PlanTest's: runai, none
    model: str
    gpu_per_pod: float
    pods: int
    ccu: int
    output_tokens_per_second: float
    ttft_ms: float


class SizingRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of table 8: one GPU; ``model`` is ``mixed`` for both at once."""

    model: str
    ccu: int
    output_tokens_per_second: float
    ttft_ms: float


class HalfGpuDrop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At 64 GPUs, half a GPU a pod against a whole one: shares that are lost."""

    ccu_drop_fraction: float
    throughput_drop_fraction: float


class MixedFactors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Both models at once on all GPUs against one model alone. Of throughput the guide says two things that differ."""

    ccu_factor: float
    ttft_factor: float
    throughput_note: str


class Observations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the text says around figures 17 to 21, which have no numbers of their own."""

    scaling: str
    half_gpu_at_64_gpus: HalfGpuDrop
    mixed_at_128_half_pods: MixedFactors


class GuideTables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it."""

    cluster: GuideCluster
    method: GuideMethod
    models: tuple[GuideModel, ...]
    single_gpu: tuple[SingleGpu, ...]
    sizing: tuple[SizingRow, ...]
    observations: Observations

    def title_of(self, model: str) -> str:
        """The guide's title of a model; its own name where the guide has none."""
        return next((one.title for one in self.models if one.name == model), model)

    def row(self, scheduler: str, gpu_per_pod: float, model: str, pods: int = 1) -> SingleGpu | None:
        """What was published for one model under these conditions; ``None`` where no number was."""
        wanted = scheduler, gpu_per_pod, model, pods
        rows = (row for row in self.single_gpu if (row.scheduler, row.gpu_per_pod, row.model, row.pods) == wanted)
        return next(rows, None)

    def sizing_row(self, model: str) -> SizingRow | None:
        """The row of table 8 for a model or ``mixed``."""
        return next((row for row in self.sizing if row.model == model), None)


@cache
def guide_tables() -> GuideTables:
    """The tables as published."""
    document = tomllib.loads(files("config").joinpath("guide_tables.toml").read_text(encoding="utf-8"))
    return msgspec.convert(document, GuideTables)
