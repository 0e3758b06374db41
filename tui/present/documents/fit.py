"""The one item of ``nimdeck.fit/1``: whether a spec fits, where, and what stands in the way."""

from dataclasses import dataclass

from tui.model.fit import Fit, QuotaRoom
from tui.model.launch_spec import LaunchSpec
from tui.present.documents.causes import CauseItem, cause_items
from tui.present.documents.figures import figure, limit


@dataclass(frozen=True, slots=True)
class FitGpuItem:
    replica: int
    node: str
    index: int | None
    fraction: float | None


@dataclass(frozen=True, slots=True)
class FitQuotaItem:
    project: str
    gpu_quota: float | None
    gpu_limit: float | None
    gpu_allocated: float | None
    gpu_asked: float | None


@dataclass(frozen=True, slots=True)
class FitItem:
    name: str
    project: str
    namespace: str
    fits: bool | None
    wanted: int
    replicas_now: int | None
    over_quota_replicas: int | None
    strategy: str | None
    gpus: tuple[FitGpuItem, ...]
    blockers: tuple[CauseItem, ...]
    notes: tuple[CauseItem, ...]
    quota: FitQuotaItem | None


def fit_item(spec: LaunchSpec, namespace: str, fit: Fit) -> FitItem:
    """The item for this spec, which would go into ``namespace``."""
    return FitItem(
        name=spec.name,
        project=spec.project,
        namespace=namespace,
        fits=fit.fits,
        wanted=fit.wanted,
        replicas_now=fit.replicas_now,
        over_quota_replicas=fit.over_quota_replicas,
        strategy=fit.strategy,
        gpus=tuple(
            FitGpuItem(number, share.gpu.node, share.gpu.gpu if share.gpu.gpu >= 0 else None, figure(share.fraction))
            for number, placement in enumerate(fit.placements, 1)
            for share in placement.shares
        ),
        blockers=cause_items(fit.blockers),
        notes=cause_items(fit.notes),
        quota=_quota(fit.quota),
    )


def _quota(room: QuotaRoom | None) -> FitQuotaItem | None:
    if room is None:
        return None
    return FitQuotaItem(room.project, limit(room.quota), limit(room.limit), figure(room.allocated), figure(room.asked))
