"""One reading of the installation: which questions hang on which answers, and the facts put together."""

from dataclasses import dataclass, replace

from config.settings import Settings
from tui.model.clock import Clock
from tui.model.installation import Installation
from tui.model.snapshot import Snapshot
from tui.sources.http_date import ahead_seconds
from tui.sources.installation.access import AccessPart
from tui.sources.installation.config_maps import ConfigMapsPart, runai_version
from tui.sources.installation.crew import Asked, Crew, known
from tui.sources.installation.network import NetworkPart, UrlPart
from tui.sources.installation.operators import Namespaces, OperatorsPart, served
from tui.sources.installation.prometheus_facts import PrometheusPart
from tui.sources.installation.runai_facts import ControlPlanePart, RunaiConfig, config_of, this_cluster
from tui.sources.installation.secrets import SecretsPart
from tui.sources.kinds.loose import text_at
from tui.sources.kubernetes.client import KubeClient, decoded
from tui.sources.kubernetes.source import KubernetesSource
from tui.sources.prometheus.source import PrometheusSource
from tui.sources.runai.control_plane import ControlPlane

SECONDS = 10.0
CONNECT_SECONDS = 3.0
MOST_PROJECTS = 40
RUNAI_NAMESPACE = "runai"
SWITCHED_OFF = "Kubernetes is switched off: set kubernetes.enabled"


def read_installation(
    kubernetes: KubernetesSource | None,
    prometheus: PrometheusSource | None,
    control_plane: ControlPlane | None,
    snapshot: Snapshot,
    settings: Settings,
    project: str | None,
    clock: Clock,
    seconds: float = SECONDS,
) -> Installation:
    """All facts that can be had within ``seconds``. Blocks, so call it in a worker thread; raises no source's error.

    ``project`` narrows claims, Secrets and rights to its namespace; ``None``: all projects, the first forty.
    """
    with Crew(seconds) as crew:
        far = _Far(
            PrometheusPart(crew, prometheus, snapshot, clock),
            ControlPlanePart(crew, control_plane),
        )
        client = _client(crew, kubernetes, snapshot)
        if client is None:
            crew.wait()
            return _put_together(crew, far, None, UrlPart(crew, None), settings, clock.now())
        near = _Near(crew, client, clock)
        crew.wait()
        near.second(project, snapshot)
        crew.wait()
        url = UrlPart(crew, near.url() or far.url(near.wanted_cluster(settings)))
        near.secrets.second()
        crew.wait()
        return _put_together(crew, far, near, url, settings, clock.now())


@dataclass(frozen=True, slots=True)
class _Far:
    """What lies outside the cluster's API."""

    prometheus: PrometheusPart
    control_plane: ControlPlanePart

    def url(self, wanted: str | None) -> str | None:
        """The cluster's URL as the control plane has it."""
        facts = self.control_plane.facts
        found = this_cluster(facts.clusters if facts else None, wanted)
        return found.url if found is not None else None


class _Near:
    """What the cluster's API tells."""

    def __init__(self, crew: Crew, client: KubeClient, clock: Clock) -> None:
        self._crew = crew
        self._client = client
        self.context = client.context
        self.version: Asked[tuple[str | None, float | None]] = crew.ask(
            "kubernetes_version", lambda: _version(client, clock)
        )
        self.operators = OperatorsPart(crew, client)
        self.config_maps = ConfigMapsPart(crew, client)
        self.network = NetworkPart(crew, client)

    def second(self, project: str | None, snapshot: Snapshot) -> None:
        """What hangs on discovery and on the namespaces."""
        crew, client = self._crew, self._client
        api, namespaces = self.operators.api.value, self.operators.namespaces.value
        for group, line in (api.troubles if api is not None else {}).items():
            crew.note(f"api/{group}", line)
        if namespaces is None:
            crew.note("project_namespaces", crew.unknown.get("namespaces", "not read"))
        spaces = project_namespaces(project, namespaces, snapshot)
        for name in spaces[MOST_PROJECTS:]:
            for what in ("claims", "secrets"):
                crew.note(
                    f"{what}/{name}", f"only the first {MOST_PROJECTS} projects are read: name one with --project"
                )
        spaces = spaces[:MOST_PROJECTS]
        self.operators.second(api, namespaces, spaces)
        self.network.second(api)
        self.secrets = SecretsPart(crew, client, tuple(dict.fromkeys((*spaces, RUNAI_NAMESPACE))))
        self.access = AccessPart(crew, client, spaces[0] if project or len(spaces) == 1 else "")
        self.configs: Asked[tuple[RunaiConfig, ...]] = crew.ask(
            "runai_config", lambda: tuple(map(config_of, served(client, api, "run.ai", "runaiconfigs")))
        )

    def config(self) -> RunaiConfig:
        return next(iter(self.configs.value or ()), RunaiConfig(None, None, None))

    def url(self) -> str | None:
        return self.config().url

    def wanted_cluster(self, settings: Settings) -> str | None:
        return settings.runai.cluster or self.config().uid


def project_namespaces(project: str | None, namespaces: Namespaces | None, snapshot: Snapshot) -> tuple[str, ...]:
    """The project's namespace, or those of all: by the label, by the project itself, else by Run:ai's habit."""
    labelled = {name: queue for name, queue in (namespaces or {}).items() if queue is not None}
    found = [name for name, queue in labelled.items() if project in (None, queue)]
    found += [
        known_one.namespace
        for known_one in snapshot.projects.values()
        if known_one.namespace and project in (None, known_one.name)
    ]
    if project is not None and not found:
        found = [f"runai-{project}"]
    return tuple(dict.fromkeys(found))


def _client(crew: Crew, source: KubernetesSource | None, snapshot: Snapshot) -> KubeClient | None:
    """The connected client; where there is none, ``unknown["*"]`` says why."""
    if source is None:
        crew.note("*", SWITCHED_OFF)
        return None
    if source.wait_connected(min(CONNECT_SECONDS, crew.seconds_left)):
        return source.client
    status = snapshot.sources.get(source.name)
    crew.note("*", (status.detail if status is not None else "") or "the Kubernetes API is not connected yet")
    return None


def _version(client: KubeClient, clock: Clock) -> tuple[str | None, float | None]:
    before = clock.now()
    answer = client.request("GET", "/version")
    middle = (before + clock.now()) / 2
    told = text_at(decoded(answer.body, client.server, "/version"), "gitVersion")
    return told, ahead_seconds(answer.headers.get("date"), middle)


def _put_together(
    crew: Crew, far: _Far, near: _Near | None, url: UrlPart, settings: Settings, at: float
) -> Installation:
    prometheus = far.prometheus
    clocks = {
        "Kubernetes": near.version.value[1] if near is not None and near.version.value is not None else None,
        "Prometheus": prometheus.skew.value,
        "Run:ai": far.control_plane.skew,
    }
    facts = Installation(
        at,
        targets=prometheus.targets.value,
        metrics=prometheus.metrics.value,
        control_plane=far.control_plane.facts,
        runai_cluster=settings.runai.cluster,
        skew_seconds={name: skew for name, skew in clocks.items() if skew is not None} or None,
        prometheus_address=prometheus.address,
        prometheus_found=prometheus.found,
        prometheus_version=prometheus.version,
    )
    if near is not None:
        facts = _with_cluster(facts, crew, near, url, settings)
    return replace(facts, unknown=dict(crew.unknown))


def _with_cluster(facts: Installation, crew: Crew, near: _Near, url: UrlPart, settings: Settings) -> Installation:
    operators, network = near.operators, near.network
    api, namespaces, version = operators.api.value, operators.namespaces.value, near.version.value
    config_maps, wanted = near.config_maps.maps(), near.wanted_cluster(settings)
    ours = this_cluster(facts.control_plane.clusters if facts.control_plane else None, wanted)
    if url.cluster_url is None:
        crew.note("cluster_url", "neither a RunaiConfig nor the control plane tells the cluster's URL")
    return replace(
        facts,
        context=near.context,
        api=api.plurals if api is not None else None,
        kubernetes_version=version[0] if version is not None else None,
        cluster_policies=operators.cluster_policies.value,
        nic_policies=operators.nic_policies.value,
        deployments=known(operators.deployments),
        prometheuses=operators.prometheuses.value,
        monitoring_services=network.monitoring_services.value,
        runai_cluster=wanted,
        runai_version=runai_version(config_maps) or near.config().version or (ours.version if ours else None),
        namespaces=None if namespaces is None else frozenset(namespaces),
        project_namespaces=None if namespaces is None else {name: of for name, of in namespaces.items() if of},
        config_maps=config_maps,
        storage_classes=operators.storage_classes.value,
        claims=known(operators.claims),
        secrets=near.secrets.secrets(),
        load_balancers=network.load_balancers.value,
        ingress_classes=network.ingress_classes.value,
        cluster_url=url.cluster_url,
        access=near.access.access,
        address_pools=network.address_pools.value,
    )
