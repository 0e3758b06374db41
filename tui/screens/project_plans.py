"""What is asked and planned for projects and node pools, at Run:ai's control plane."""

from collections.abc import Sequence

from tui.launch.projects import (
    STRATEGIES,
    NotThere,
    Strategy,
    create_project,
    find_cluster,
    find_pool,
    find_project,
    placement_of,
    set_placement,
    set_quota,
)
from tui.launch.rules import label
from tui.model.json_value import JsonObject
from tui.model.snapshot import Snapshot
from tui.model.tenancy import Project
from tui.present import format as fmt
from tui.present.changes import Step
from tui.present.projects import PLACEMENT_WORDS, quota_means
from tui.screens.change_form import NO_CONTROL_PLANE
from tui.screens.change_prompt import Asked, Prompt
from tui.session import Feed
from tui.sources.runai import ControlPlane

_UNLIMITED = "unlimited"
_MOST_GPUS = 1_000_000


def gpus_of(text: str) -> float | None:
    """``4``, ``0.5``, ``unlimited`` (-1); ``None`` for anything else."""
    if text.lower() in (_UNLIMITED, "∞"):
        return -1.0
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value <= _MOST_GPUS else None


def _gpus_fault(text: str) -> str:
    return "" if gpus_of(text) is not None else f"{text!r} is no number of GPUs: write it as 4, 0.5 or unlimited"


def new_project_prompt(snapshot: Snapshot) -> Prompt:
    """Asks for a name and a quota."""

    def check(texts: Sequence[str]) -> str:
        name, gpus = texts
        if fault := label(name) if name else "is missing":
            return f"the name {fault}"
        return f"there is a project {name} already" if name in snapshot.projects else _gpus_fault(gpus)

    asked = (Asked("Name", "", "team-a"), Asked("GPUs", "", "4, 0.5 or unlimited"))
    return Prompt("new project", asked, check, "its namespace is runai-NAME; nothing is made before the review")


def quota_prompt(project: Project, snapshot: Snapshot) -> Prompt:
    """Asks for the quota and, where there are several, the node pool that it is for."""
    quota = project.gpu_quota
    now = "" if quota is None else _UNLIMITED if quota == float("inf") else fmt.gpus(quota)
    pools = list(snapshot.node_pools)

    def check(texts: Sequence[str]) -> str:
        if len(texts) > 1 and texts[1] not in pools:
            return f"there is no node pool {texts[1]!r}: there are {', '.join(pools)}"
        return _gpus_fault(texts[0])

    asked = [Asked("GPUs", now, "4, 0.5 or unlimited")]
    if len(pools) > 1:
        asked.append(Asked("Node pool", "default" if "default" in pools else pools[0], ", ".join(pools)))
    return Prompt(f"GPU quota of {project.name}", asked, check)


def plan_project(feed: Feed, name: str, gpus: float) -> list[Step]:
    """A new project, with the quota in the first node pool (``default`` where there is one). Raises ``NotThere``."""
    read = _connected(feed).read
    cluster = find_cluster(read, feed.settings.runai.cluster)
    pools = _pools(read("/api/v1/node-pools", {}))
    if not pools:
        raise NotThere("the control plane tells of no node pool, and a quota belongs to one")
    change = create_project(name, str(cluster.get("uuid")), pools, gpus)
    means = (f"its quota lies in node pool {pools[0].get('name')}", f"Run:ai makes the namespace runai-{name}")
    return [Step(name, change, means)]


def plan_quota(feed: Feed, name: str, pool: str | None, gpus: float) -> list[Step]:
    """Another quota. Raises ``NotThere``."""
    change = set_quota(find_project(_connected(feed).read, name), pool, gpus)
    return [Step(name, change, quota_means(feed.store.snapshot.projects.get(name), gpus))]


def plan_placement(feed: Feed, name: str) -> list[Step]:
    """The other placement than the pool has now. Raises ``NotThere``."""
    pool = find_pool(_connected(feed).read, name)
    other: Strategy = STRATEGIES[0] if placement_of(pool) == STRATEGIES[1] else STRATEGIES[1]
    change = set_placement(pool, other)
    if change is None:
        return [Step(f"node pool {name}", state="nothing", says=f"it is placed by {other} already")]
    return [Step(name, change, (PLACEMENT_WORDS[other],))]


def _connected(feed: Feed) -> ControlPlane:
    if feed.control_plane is None:
        raise NotThere(NO_CONTROL_PLANE)
    return feed.control_plane


def _pools(answer: JsonObject) -> list[JsonObject]:
    """The pools, ``default`` first: that is where work goes that names none."""
    found = answer.get("nodepools")
    pools: list[JsonObject] = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return sorted(pools, key=lambda pool: pool.get("name") != "default")
