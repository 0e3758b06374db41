"""Deployments, StatefulSets, Jobs and ReplicaSets: makers of pods that nobody else claims. Polled, because a cluster
has many of them, few ask for GPUs and none changes often. Of ReplicaSets only the owners are fetched."""

from collections.abc import Callable

from tui.model.ids import WorkloadKey
from tui.model.workload import WorkloadObject
from tui.sources.kinds.base import Item, Kind, Loose, Meta
from tui.sources.kinds.loose import conditions_at, count_at, dig
from tui.sources.kinds.pod_template import read_template
from tui.sources.kinds.tenancy import project_of

POLL_SECONDS = 30.0
OWNER_POLL_SECONDS = 60.0


def _maker(object_kind: str) -> Callable[[Loose], WorkloadObject]:
    def to_model(item: Loose) -> WorkloadObject:
        read = read_template(dig(item.spec, "template"))
        meta = item.metadata
        key = meta.key
        labels = meta.shared_labels
        return WorkloadObject(
            key=WorkloadKey(key.namespace, key.name, object_kind),
            uid=meta.uid,
            resource_version=meta.resource_version,
            owner=meta.owner,
            created_at=meta.created_at,
            deleting_at=meta.deleting_at,
            project=project_of(labels, key.namespace),
            image=read.image,
            model=read.model,
            gpu=read.gpu,
            desired_pods=pods_of_job(item.spec, item.status)
            if object_kind == "Job"
            else count_at(item.spec, "replicas"),
            conditions=conditions_at(item.status, "conditions"),
            labels=labels,
            has_status=bool(item.status),
        )

    return to_model


def pods_of_job(spec: object, status: object) -> int | None:
    """The pods of a Job that ought to run now; the API fills in 1 where nothing is written."""
    if dig(spec, "suspend") is True:
        return 0
    at_once, left = count_at(spec, "parallelism"), count_at(spec, "completions")
    if left is None:
        return at_once
    left = max(0, left - (count_at(status, "succeeded") or 0))
    return left if at_once is None else min(at_once, left)


def _replica_set(item: Item) -> WorkloadObject:
    meta: Meta = item.metadata
    key = meta.key
    return WorkloadObject(
        key=WorkloadKey(key.namespace, key.name, "ReplicaSet"),
        uid=meta.uid,
        resource_version=meta.resource_version,
        owner=meta.owner,
        created_at=meta.created_at,
        deleting_at=meta.deleting_at,
    )


KINDS = (
    Kind("apps", "deployments", Loose, _maker("Deployment"), poll_seconds=POLL_SECONDS, versions=("v1",)),
    Kind("apps", "statefulsets", Loose, _maker("StatefulSet"), poll_seconds=POLL_SECONDS, versions=("v1",)),
    Kind("batch", "jobs", Loose, _maker("Job"), poll_seconds=POLL_SECONDS, versions=("v1",)),
    Kind("apps", "replicasets", Item, _replica_set, poll_seconds=OWNER_POLL_SECONDS, partial=True, versions=("v1",)),
)
