"""PodGroups: what waits in the queues, and the scheduler's structured reasons why."""

from collections.abc import Iterator

from tui.model.tenancy import PodGroup, SchedulingReason
from tui.sources.kinds.base import Kind, Loose
from tui.sources.kinds.loose import conditions_at, count_at, list_at, text_at
from tui.sources.kinds.text import moment


def to_model(item: Loose) -> PodGroup:
    """Newest scheduling condition first, each with all its reasons."""
    meta, spec, status = item.metadata, item.spec, item.status
    return PodGroup(
        key=meta.key,
        uid=meta.uid,
        owner=meta.owner,
        queue=text_at(spec, "queue") or meta.shared_labels.get("runai/queue"),
        min_member=count_at(spec, "minMember"),
        priority_class=text_at(spec, "priorityClassName"),
        preemptibility=text_at(spec, "preemptibility"),
        phase=text_at(status, "phase"),
        created_at=meta.created_at,
        reasons=tuple(sorted(_reasons(status), key=lambda reason: -(reason.at or 0.0))),
        conditions=conditions_at(status, "conditions"),
    )


def _reasons(status: object) -> Iterator[SchedulingReason]:
    """The ``reasons`` of each condition; an old scheduler has only the condition's own reason and message."""
    for condition in list_at(status, "schedulingConditions"):
        pool = text_at(condition, "nodePool")
        at = moment(text_at(condition, "lastTransitionTime"))
        reasons = list_at(condition, "reasons") or [condition]
        for reason in reasons:
            yield SchedulingReason(
                node_pool=pool,
                reason=text_at(reason, "reason") or "",
                message=text_at(reason, "message") or "",
                queue=text_at(reason, "details", "queueDetails", "name"),
                at=at,
            )


KINDS = (Kind("scheduling.run.ai", "podgroups", Loose, to_model),)
