"""Preflight, section Run:ai: control plane, the cluster's side, versions, project, quota, placement."""

import shlex

from tui.diagnose.preflight_gpus import allocatable_gpus
from tui.diagnose.preflight_kubernetes import minor_version
from tui.diagnose.preflight_rule import (
    API,
    RUNAI,
    Finding,
    Ground,
    Rule,
    counted,
    failed,
    named,
    passed,
    running,
    unknown,
    warned,
)
from tui.model.check import ScreenFix
from tui.model.installation import RunaiCluster, RunaiPool, hidden
from tui.model.status import SourceState
from tui.model.tenancy import Project

SECTION = "Run:ai"
CONTROL_PLANE = "runai.control_plane"
PROJECT = "runai.project"
LIVE_SECONDS = 120.0
OLDEST = (2, 20)  # the guide's
SPREAD = "spread"
QUEUES = "queues.scheduling.run.ai"

_TELL_PROJECTS = ("runai", f"kubernetes/{QUEUES}", "kubernetes/projects.run.ai")

_IN_PROJECT = "Create a Project in Run:ai"


def _control_plane(ground: Ground) -> Finding:
    plane = ground.facts.control_plane
    if plane is None:
        return unknown(ground.facts.why("control_plane"))
    if not plane.reachable:
        return failed(f"{plane.url}: {plane.problem or 'no answer'}")
    return passed(f"{plane.url}" + (f", version {plane.version}" if plane.version else ""))


def _components(ground: Ground) -> Finding:
    return running(ground, (RUNAI,))


def _cluster(ground: Ground) -> RunaiCluster | Finding:
    """This cluster at the control plane, or why it can't be told."""
    facts = ground.facts
    clusters = facts.control_plane.clusters if facts.control_plane is not None else None
    if clusters is None:
        return unknown(facts.why("control_plane", "clusters"))
    if not clusters:
        return failed("the control plane has no cluster")
    wanted = facts.runai_cluster
    found = [one for one in clusters if wanted in (None, one.uuid, one.name)]
    if len(found) == 1:
        return found[0]
    if found:
        return unknown(
            f"the control plane has {len(clusters)} clusters ({named(one.name for one in clusters)}): "
            "set runai.cluster to the one that is meant"
        )
    return failed(f"the control plane has no cluster {wanted}, only {named(one.name for one in clusters)}")


def _connected(ground: Ground) -> Finding:
    found = _cluster(ground)
    if isinstance(found, Finding):
        return found
    seen = found.last_liveness_at
    age = None if seen is None else max(0.0, ground.facts.at - seen)
    since = "" if age is None else f", last heard of {age:.0f} s ago"
    missing = f"; missing: {named(found.missing)}" if found.missing else ""
    evidence = f"{found.name} is {found.state or 'in an unknown state'}{since}{missing}"
    if found.state is None or found.state == "Unknown":
        return warned(evidence)
    if found.state != "Connected" or missing:
        return failed(evidence)
    return warned(evidence) if age is not None and age > LIVE_SECONDS else passed(evidence)


def _versions(ground: Ground) -> Finding:
    facts, plane = ground.facts, ground.facts.control_plane
    found = _cluster(ground)
    told = facts.runai_version or (found.version if isinstance(found, RunaiCluster) else None)
    mine = minor_version(told)
    if told is None or mine is None:
        return unknown(facts.unknown.get("runai_version") or "neither the cluster nor the control plane tells it")
    theirs = minor_version(plane.version) if plane is not None else None
    evidence = f"cluster {told}" + (f", control plane {plane.version}" if plane is not None and plane.version else "")
    if theirs is not None and mine > theirs:
        return failed(f"{evidence}: the cluster is newer than its control plane")
    if mine < OLDEST:
        return warned(f"{evidence}: older than 2.20, the guide's")
    return passed(evidence)


def _project(ground: Ground) -> Finding:
    projects, known = ground.projects(), ground.snapshot.projects
    if projects:
        return passed(f"{len(projects)} of {len(known)} projects: {named(one.name for one in projects)}")
    if not known and (why := _projects_unread(ground)):
        return unknown(why)
    if ground.project is None:
        return failed("there is no project")
    return failed(f"no project {ground.project}" + (f", only {named(known)}" if known else ""))


def _projects_unread(ground: Ground) -> str:
    """Why no project may only mean that none was read; ``""`` where somebody who knows them answered."""
    told = [status for name in _TELL_PROJECTS if (status := ground.snapshot.sources.get(name)) is not None]
    if any(status.state == SourceState.LIVE for status in told):
        return ""
    if any(status.state == SourceState.DENIED for status in told):
        return hidden("list", QUEUES)
    return next((status.detail for status in told if status.detail), "no project was read")


def _namespace(ground: Ground) -> Finding:
    labelled = ground.facts.project_namespaces
    if labelled is None:
        return unknown(ground.facts.why("project_namespaces"))
    projects = ground.projects()
    bare = [one for one in projects if one.name not in labelled.values()]
    if bare:
        where = named(f"{one.namespace or 'runai-' + one.name} ({one.name})" for one in bare)
        return failed(
            f"{len(bare)} of {len(projects)} projects without a namespace labelled runai/queue: {where}",
            None,
            tuple(_label(one) for one in bare),
        )
    names = {one.name for one in projects}
    spaces = [space for space, project in labelled.items() if project in names]
    return passed(f"{counted(len(spaces), 'namespace')} with the label runai/queue: {named(spaces)}")


def _label(project: Project) -> str:
    space = shlex.quote(project.namespace or f"runai-{project.name}")
    return f"kubectl label namespace {space} runai/queue={shlex.quote(project.name)}"


def _quota(ground: Ground) -> Finding:
    told = [(one, one.gpu_quota) for one in ground.projects() if one.gpu_quota is not None]
    if not told:
        return unknown("no project tells its GPU quota")
    project, quota = max(told, key=lambda item: item[1])
    total = allocatable_gpus(ground)
    unlimited = quota == float("inf")
    evidence = f"{project.name}: quota {'unlimited' if unlimited else f'{quota:g}'} of {total:g} GPUs of the cluster"
    fix = ScreenFix("project.quota", project.name)
    if quota <= 0:
        return failed(evidence, fix=fix)
    return passed(evidence) if quota >= total else warned(evidence, fix=fix)


def _placement(ground: Ground) -> Finding:
    told: dict[str, tuple[str | None, str | None]] = {
        name: (pool.placement_strategy, None) for name, pool in ground.snapshot.node_pools.items()
    }
    told |= {one.name: (one.gpu_placement, one.cpu_placement) for one in _pools(ground)}
    known = {name: pair for name, pair in told.items() if pair[0] is not None}
    if not known:
        return unknown(ground.facts.why("control_plane", "node_pools"))
    other = {name: pair for name, pair in known.items() if pair[0] != SPREAD or pair[1] not in (None, SPREAD)}
    if not other:
        return passed(f"{counted(len(known), 'node pool')}, all {SPREAD}: {named(known)}")
    texts = [f"{name} GPU {gpu}" + (f", CPU {cpu}" if cpu else "") for name, (gpu, cpu) in other.items()]
    fix = ScreenFix("pool.placement", next(iter(other)))
    return warned(f"{len(other)} of {len(known)} node pools: {named(texts)}", fix=fix)


def _pools(ground: Ground) -> tuple[RunaiPool, ...]:
    """This cluster's node pools at the control plane; those of other clusters have the same names."""
    plane, ours = ground.facts.control_plane, _cluster(ground)
    pools = (plane.node_pools if plane is not None else None) or ()
    if isinstance(ours, Finding):
        return pools
    return tuple(one for one in pools if one.cluster in (None, ours.uuid))


RULES: tuple[Rule, ...] = (
    Rule(
        CONTROL_PLANE,
        SECTION,
        "Run:ai's control plane answers",
        "it answers nimdeck",
        "it does not answer, or refuses the credentials",
        "Set runai.url, runai.client_id and the secret; the login is given by NVIDIA.",
        _control_plane,
        "Get the Run.ai SaaS Login",
        rests_on=(),
    ),
    Rule(
        "runai.components",
        SECTION,
        "Run:ai's Deployments run",
        "all Deployments in namespace runai are ready",
        "one is not, or there are none",
        "Install the cluster's side with the command that the control plane shows under New Cluster.",
        _components,
        "Install Run:ai Cluster",
        ("kubectl get pods -n runai", "helm list -n runai"),
    ),
    Rule(
        "runai.connected",
        SECTION,
        "The cluster is connected to the control plane",
        "its state is Connected; warns when it was last heard of more than 120 s ago",
        "it is in another state, misses prerequisites or is not known there",
        "See the cluster's conditions in Run:ai under Resources, Clusters, and the pods of namespace runai.",
        _connected,
        "Configure the addition of a cluster to Run.ai SaaS",
        ("kubectl get pods -n runai", "kubectl logs -n runai deployment/cluster-sync --tail=50"),
        rests_on=(CONTROL_PLANE,),
    ),
    Rule(
        "runai.version",
        SECTION,
        "Run:ai's versions fit together",
        "the cluster's side is no newer than the control plane; warns below 2.20",
        "the cluster's side is newer",
        "Upgrade the older side; the control plane goes first.",
        _versions,
        "Install Run:ai Cluster",
        ("helm list -n runai",),
        rests_on=(),
    ),
    Rule(
        PROJECT,
        SECTION,
        "There is a project",
        "the project that is meant exists; without one, any",
        "it does not",
        "Create it in nimdeck (Projects, New project) or in Run:ai under Organization.",
        _project,
        _IN_PROJECT,
        fix=ScreenFix("project.new"),
        rests_on=(),
    ),
    Rule(
        "runai.namespace",
        SECTION,
        "The project has its namespace",
        "a namespace carries the label runai/queue of each project",
        "a project has none",
        "Run:ai makes it with the project; an existing namespace is tied to it by the label.",
        _namespace,
        _IN_PROJECT,
        rests_on=(API, PROJECT),
    ),
    Rule(
        "runai.quota",
        SECTION,
        "The quota covers the cluster's GPUs",
        "it is at least the allocatable GPUs of the cluster, or unlimited; warns below",
        "it is 0",
        "The guide gives the project all GPUs of the cluster: set the quota so.",
        _quota,
        _IN_PROJECT,
        rests_on=("gpus.allocatable", PROJECT),
    ),
    Rule(
        "runai.placement",
        SECTION,
        "GPUs are placed by spread",
        "each node pool spreads GPUs and CPUs; warns of binpack",
        "never: binpack works, but the guide's scale tests want spread",
        "Set the node pool's placement to spread (Projects, Placement).",
        _placement,
        "Change the Placement Strategy",
        rests_on=(),
    ),
)
