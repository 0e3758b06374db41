"""The one item of ``nimdeck.size/1``: GPUs and servers for given users, and what that rests on."""

from dataclasses import dataclass

from tui.plans.sizing_values import Bottleneck, FractionSize, ModelSize, PackedGpu, Sizing
from tui.present.documents.figures import figure


@dataclass(frozen=True, slots=True)
class SizeFractionItem:
    gpu_fraction: float | None
    replicas_measured: int
    shared: bool | None
    users_per_replica: float | None
    users_per_gpu: float | None
    note: str


@dataclass(frozen=True, slots=True)
class SizeModelItem:
    model: str
    peak_users: int
    sized_users: float | None
    gpu_fraction: float | None
    gpu_held: float | None
    users_per_replica: float | None
    users_per_gpu: float | None
    replicas: int | None
    gpus: int | None
    ttft_ms: float | None
    replicas_measured: int | None
    extrapolated: bool
    basis: str
    fractions: tuple[SizeFractionItem, ...]


@dataclass(frozen=True, slots=True)
class SizePartItem:
    model: str
    replica: int
    fraction: float | None


@dataclass(frozen=True, slots=True)
class SizeGpuItem:
    server: int
    gpu: int
    parts: tuple[SizePartItem, ...]


@dataclass(frozen=True, slots=True)
class SizeAlternativeItem:
    name: str
    gpus: int | None
    servers: int | None
    saved_gpus: int | None
    exact: bool
    note: str


@dataclass(frozen=True, slots=True)
class SizeSensitivityItem:
    name: str
    users_factor: float
    ttft_ms: float | None
    gpus: int | None
    servers: int | None
    note: str


@dataclass(frozen=True, slots=True)
class SizeBottleneckItem:
    model: str
    gpus: int
    share_fraction: float | None
    figure: str


@dataclass(frozen=True, slots=True)
class SizeItem:
    gpus: int | None
    servers: int | None
    reference: str
    simulated: bool
    extrapolated: bool
    ttft_ms: float | None
    statistic: str
    isl: int
    osl: int
    headroom_fraction: float | None
    gpus_per_server: int
    bottleneck: SizeBottleneckItem | None
    models: tuple[SizeModelItem, ...]
    packing: tuple[SizeGpuItem, ...]
    alternatives: tuple[SizeAlternativeItem, ...]
    sensitivity: tuple[SizeSensitivityItem, ...]
    notes: tuple[str, ...]


def size_item(sizing: Sizing) -> SizeItem:
    """The item of an answer, or of a question that the reference can't answer (``gpus`` is ``None``)."""
    question, reference = sizing.question, sizing.reference
    return SizeItem(
        gpus=sizing.gpus,
        servers=sizing.servers,
        reference=reference.name,
        simulated=reference.simulated,
        extrapolated=sizing.extrapolated,
        ttft_ms=figure(question.ttft_ms),
        statistic=reference.statistic,
        isl=question.isl,
        osl=question.osl,
        headroom_fraction=figure(question.headroom_fraction),
        gpus_per_server=question.gpus_per_server,
        bottleneck=_bottleneck(sizing.bottleneck),
        models=tuple(map(_model, sizing.models)),
        packing=tuple(map(_gpu, sizing.packing)),
        alternatives=tuple(
            SizeAlternativeItem(one.name, one.gpus, one.servers, one.saved_gpus, one.exact, one.note)
            for one in sizing.alternatives
        ),
        sensitivity=tuple(
            SizeSensitivityItem(one.name, one.users_factor, figure(one.ttft_ms), one.gpus, one.servers, one.note)
            for one in sizing.sensitivity
        ),
        notes=sizing.notes,
    )


def _bottleneck(most: Bottleneck | None) -> SizeBottleneckItem | None:
    if most is None:
        return None
    return SizeBottleneckItem(most.model, most.gpus, figure(most.share_fraction), most.figure)


def _model(model: ModelSize) -> SizeModelItem:
    return SizeModelItem(
        model=model.model,
        peak_users=model.peak_users,
        sized_users=figure(model.sized_users),
        gpu_fraction=figure(model.gpu_fraction),
        gpu_held=figure(model.gpu_held),
        users_per_replica=figure(model.users_per_replica),
        users_per_gpu=figure(model.users_per_gpu),
        replicas=model.replicas,
        gpus=model.gpus,
        ttft_ms=figure(model.ttft_ms),
        replicas_measured=model.measured_pods,
        extrapolated=model.extrapolated,
        basis=model.basis,
        fractions=tuple(map(_fraction, model.fractions)),
    )


def _fraction(one: FractionSize) -> SizeFractionItem:
    return SizeFractionItem(
        gpu_fraction=figure(one.gpu_fraction),
        replicas_measured=one.pods,
        shared=one.shared,
        users_per_replica=figure(one.users_per_replica),
        users_per_gpu=figure(one.users_per_gpu),
        note=one.note,
    )


def _gpu(gpu: PackedGpu) -> SizeGpuItem:
    parts = tuple(SizePartItem(part.model, part.replica, figure(part.fraction)) for part in gpu.parts)
    return SizeGpuItem(gpu.server, gpu.gpu, parts)
