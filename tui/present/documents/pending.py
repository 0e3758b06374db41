"""Items of ``nimdeck.pending/1``: what waits, worst and oldest first, and why. Finding out why is ``tui/diagnose``."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tui.model.cause import Cause
from tui.model.ids import WorkloadKey
from tui.model.pending import PendingItem
from tui.present.documents.causes import CauseItem, cause_items
from tui.present.documents.figures import age


@dataclass(frozen=True, slots=True)
class WaitingItem:
    pod: str | None
    namespace: str
    workload: str | None
    workload_kind: str | None
    project: str | None
    age_seconds: float | None
    phase: str
    lacking: int
    causes: tuple[CauseItem, ...]


def waiting_within(
    waiting: Iterable[PendingItem], project: str | None, namespaces: Collection[str] = ()
) -> tuple[PendingItem, ...]:
    """Those of one project and of these namespaces, in their order; ``None`` and nothing stand for all."""
    return tuple(
        item for item in waiting if project in (None, item.project) and (not namespaces or item.namespace in namespaces)
    )


def waiting_items(waiting: Iterable[PendingItem], now: float) -> tuple[WaitingItem, ...]:
    """The items in their order; their age is that of the trouble."""
    return tuple(_item(one, now) for one in waiting)


def causes_by_workload(waiting: Iterable[PendingItem]) -> Mapping[WorkloadKey, tuple[CauseItem, ...]]:
    """What keeps each workload from the pods it wants: the causes of all that waits of it, each code once."""
    found: dict[WorkloadKey, dict[str, Cause]] = {}
    for item in waiting:
        if item.workload is not None:
            known = found.setdefault(item.workload, {})
            for cause in item.causes:
                known.setdefault(cause.code, cause)
    return {key: cause_items(causes.values()) for key, causes in found.items()}


def _item(one: PendingItem, now: float) -> WaitingItem:
    return WaitingItem(
        pod=one.pod.name if one.pod is not None else None,
        namespace=one.namespace,
        workload=one.workload.name if one.workload is not None else None,
        workload_kind=one.workload.kind if one.workload is not None else None,
        project=one.project,
        age_seconds=age(one.since, now),
        phase=one.phase,
        lacking=one.lacking,
        causes=cause_items(one.causes),
    )
