"""Projects with their quotas, and node pools with where GPUs are placed, as rows. Unknown is a dash, unlimited is ∞."""

from tui.model.tenancy import NodePool, Project
from tui.present import format as fmt
from tui.present.filter import FieldValue, Subject
from widgets.rows import Cell, Column, Row, Tone

COLUMNS = (
    Column("name", "PROJECT", 20, sort_letter="n", flexible=True, max_width=36),
    Column("namespace", "NAMESPACE", 20, sort_letter="p", priority=3, flexible=True, max_width=36),
    Column("department", "DEPARTMENT", 12, sort_letter="d", priority=4),
    Column("quota", "QUOTA", 7, "right", sort_letter="q"),
    Column("limit", "LIMIT", 7, "right", sort_letter="l", priority=2),
    Column("given", "GIVEN", 7, "right", sort_letter="g"),
    Column("ask", "GPU ASK", 8, "right", sort_letter="a"),
    Column("over", "OVER QUOTA", 10, "right", sort_letter="o", priority=1),
    Column("source", "FROM", 10, priority=5),
)
FIELDS = frozenset({"name", "namespace", "department", "quota", "limit", "given", "ask", "over", "source"})

POOL_COLUMNS = (
    Column("name", "NODE POOL", 20, flexible=True, max_width=36),
    Column("placement", "PLACEMENT", 10),
    Column("nodes", "NODES", 6, "right"),
    Column("label", "LABEL", 30, priority=1, flexible=True, max_width=52),
    Column("phase", "PHASE", 10, priority=2),
)

PLACEMENT_WORDS = {
    "spread": "new pods go first to the GPUs and nodes with the most room; what runs stays where it is",
    "binpack": "new pods go first to GPUs that are partly taken, so whole ones stay free; what runs stays where it is",
}


def over_quota(project: Project) -> float | None:
    """GPUs held beyond the quota; ``None`` where either is not known."""
    if project.gpu_quota is None or project.gpu_allocated is None:
        return None
    return max(0.0, project.gpu_allocated - project.gpu_quota)


def project_row(project: Project) -> Row:
    """Its line."""
    over = over_quota(project)
    cells = (
        Cell(project.name),
        Cell(project.namespace or fmt.UNKNOWN, Tone.DIM),
        Cell(project.department or fmt.UNKNOWN, Tone.DIM),
        Cell(fmt.gpus(project.gpu_quota)),
        Cell(fmt.gpus(project.gpu_limit)),
        Cell(fmt.gpus(project.gpu_allocated)),
        Cell(fmt.gpus(project.gpu_requested)),
        Cell(fmt.gpus(over) if over != 0 else "no", Tone.WARN if over else Tone.DIM),
        Cell(project.source, Tone.DIM),
    )
    return Row(project.name, cells)


def pool_row(pool: NodePool, nodes: int | None) -> Row:
    """A node pool's line. ``nodes`` None: not known."""
    label = f"{pool.label_key}={pool.label_value}" if pool.label_key else fmt.UNKNOWN
    cells = (
        Cell(pool.name),
        Cell(pool.placement_strategy or fmt.UNKNOWN, Tone.ACCENT if pool.placement_strategy else Tone.DIM),
        Cell(fmt.number(nodes)),
        Cell(label, Tone.DIM),
        Cell(pool.phase or fmt.UNKNOWN, Tone.DIM),
    )
    return Row(pool.name, cells)


def field(project: Project, name: str) -> FieldValue:
    """A value for sorting and comparing."""
    values: dict[str, FieldValue] = {
        "name": project.name,
        "namespace": project.namespace,
        "department": project.department,
        "quota": project.gpu_quota,
        "limit": project.gpu_limit,
        "given": project.gpu_allocated,
        "ask": project.gpu_requested,
        "over": over_quota(project),
        "source": project.source,
    }
    return values.get(name)


def subject(project: Project) -> Subject:
    """What a filter sees of it."""
    words = " ".join(part for part in (project.name, project.namespace, project.department) if part)
    return Subject(lambda: words, lambda name: field(project, name))


def quota_means(project: Project | None, gpus: float) -> tuple[str, ...]:
    """What another quota means for what the project holds. ``gpus`` -1 is unlimited."""
    given = project.gpu_allocated if project is not None else None
    if given is None or gpus < 0 or given <= gpus:
        return ()
    return (f"it holds {fmt.gpus(given)} GPUs: {fmt.gpus(given - gpus)} of them are over quota then, and may be taken",)
