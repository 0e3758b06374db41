"""Run:ai Projects and NodePools. Their fields are documented nowhere: Queues and labels are trusted before them."""

from tui.model.tenancy import NodePool, ProjectObject
from tui.sources.kinds.base import Kind, Loose
from tui.sources.kinds.loose import list_at, number_at, text_at

GROUP = "run.ai"
_QUOTA = (("resources", "gpu", "quota"), ("deservedGpus",), ("gpuQuota",), ("gpu", "quota"))
_LIMIT = (("resources", "gpu", "limit"), ("maxAllowedGpus",), ("gpuLimit",), ("gpu", "limit"))
_SPACE = ("namespace",)


def project(item: Loose) -> ProjectObject:
    """-1 means unlimited: an infinite quota, no limit."""
    meta, spec, status = item.metadata, item.spec, item.status
    quota = _first(spec, _QUOTA)
    limit = _first(spec, _LIMIT)
    phase = text_at(status, "phase")
    return ProjectObject(
        name=meta.name,
        namespace=text_at(status, *_SPACE) or text_at(spec, *_SPACE),
        department=text_at(spec, "department") or text_at(spec, "departmentName") or text_at(spec, "parent"),
        gpu_quota=float("inf") if quota is not None and quota < 0 else quota,
        gpu_limit=None if limit is not None and limit < 0 else limit,
        phase=phase,
        source="kubernetes",
    )


def node_pool(item: Loose) -> NodePool:
    """``placementStrategy`` is a word or an object with one word a resource."""
    spec = item.spec
    strategy = text_at(spec, "placementStrategy", "gpu") or text_at(spec, "placementStrategy")
    labels = list_at(spec, "labels")
    first = labels[0] if labels else None
    return NodePool(
        name=item.metadata.name,
        label_key=text_at(spec, "labelKey") or text_at(first, "key"),
        label_value=text_at(spec, "labelValue") or text_at(first, "value"),
        placement_strategy=strategy.lower().replace("-", "") if strategy else None,
        phase=text_at(item.status, "phase"),
    )


def _first(spec: object, paths: tuple[tuple[str, ...], ...]) -> float | None:
    return next((number for path in paths if (number := number_at(spec, *path)) is not None), None)


KINDS = (
    Kind(GROUP, "projects", Loose, project, namespaced=False),
    Kind(GROUP, "nodepools", Loose, node_pool, namespaced=False),
)
