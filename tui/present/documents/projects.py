"""Items of ``nimdeck.projects/1``."""

from dataclasses import dataclass

from tui.model.snapshot import Snapshot
from tui.model.tenancy import Project
from tui.present.documents.figures import figure, limit


@dataclass(frozen=True, slots=True)
class ProjectItem:
    name: str
    namespace: str | None
    department: str | None
    gpu_quota: float | None
    gpu_limit: float | None
    gpu_allocated: float | None
    gpu_requested: float | None
    source: str


def project_items(snapshot: Snapshot, project: str | None) -> tuple[ProjectItem, ...]:
    """All projects, or the one named, in the snapshot's order."""
    return tuple(_item(one) for one in snapshot.projects.values() if project in (None, one.name))


def _item(project: Project) -> ProjectItem:
    return ProjectItem(
        name=project.name,
        namespace=project.namespace,
        department=project.department,
        gpu_quota=limit(project.gpu_quota),
        gpu_limit=limit(project.gpu_limit),
        gpu_allocated=figure(project.gpu_allocated),
        gpu_requested=figure(project.gpu_requested),
        source=project.source,
    )
