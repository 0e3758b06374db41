"""What the preflight looks at beside the Snapshot: the operators, settings, addresses and rights of one installation.

Read on demand. ``None`` in place of a value means *not known*, and ``unknown`` says why in one line, by the field's
name, by ``field/part``, or by ``*`` for all; an empty tuple or mapping means that there is none. What RBAC hides is
told with ``hidden``: it is neither there nor missing. A part is a namespace (``deployments``, ``claims``, ``secrets``,
``config_maps``), ``namespace/name`` (``config_maps``) or a field (``cluster_url/addresses``). Values of Secrets have no
place here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tui.model.ids import ObjectKey
from tui.model.surroundings import Claim, SecretInfo, StorageClass

HIDDEN = "hidden: needs the right to "


def hidden(verb: str, resource: str, namespace: str = "") -> str:
    """The line for what RBAC denies: ``hidden: needs the right to list deployments.apps in knative-serving``."""
    return f"{HIDDEN}{verb} {resource}" + (f" in {namespace}" if namespace else "")


@dataclass(frozen=True, slots=True)
class Policy:
    """A ClusterPolicy or NicClusterPolicy; ``state`` is the operator's word (``ready``, ``notReady``, ``ignored``)."""

    name: str
    state: str | None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A Deployment (or StatefulSet) of an operator. ``wanted`` and ``ready`` are replicas."""

    name: str
    wanted: int | None
    ready: int | None
    version: str | None = None  # the label app.kubernetes.io/version, else the tag of its first image


@dataclass(frozen=True, slots=True)
class PrometheusObject:
    """A ``prometheuses.monitoring.coreos.com`` object: replicas wanted and available."""

    key: ObjectKey
    wanted: int | None
    available: int | None


@dataclass(frozen=True, slots=True)
class ServiceFact:
    """A Service; ``addresses`` are the IPs or host names of its load balancer."""

    key: ObjectKey
    type: str | None
    ports: tuple[int, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """One scrape target of Prometheus, as ``/api/v1/targets`` or the series ``up`` tells."""

    job: str
    instance: str
    up: bool | None
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class MetricSeen:
    """A metric that ``config/queries.toml`` needs; ``family`` is its variant's source (``dcgm``, ``runai`` ...).

    ``age_seconds`` is that of the newest sample; ``None``: not known, or there is no sample.
    """

    name: str
    family: str
    present: bool | None
    age_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class RunaiCluster:
    """A cluster at the control plane; ``state`` is its word: ``Connected``, ``Disconnected``, ``ServiceIssues`` ..."""

    uuid: str
    name: str
    state: str | None
    version: str | None
    url: str | None  # ``domain`` at the control plane
    last_liveness_at: float | None  # Unix seconds
    missing: tuple[str, ...] = ()  # required dependencies that the control plane does not find


@dataclass(frozen=True, slots=True)
class RunaiPool:
    """A node pool at the control plane; placements are the wire values ``spread`` and ``binpack``."""

    name: str
    gpu_placement: str | None
    cpu_placement: str | None
    phase: str | None = None
    cluster: str | None = None  # the uuid of the cluster that it belongs to


@dataclass(frozen=True, slots=True)
class ControlPlaneFacts:
    """Run:ai's control plane. ``reachable`` False: it was asked and did not answer, ``problem`` says how."""

    url: str
    reachable: bool
    version: str | None = None
    clusters: tuple[RunaiCluster, ...] | None = None
    node_pools: tuple[RunaiPool, ...] | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class IngressClass:
    name: str
    controller: str | None
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the cluster's URL answers with on its TLS port. ``names``: alternative names, else the common name."""

    names: tuple[str, ...]
    not_after: float | None  # Unix seconds
    self_signed: bool | None
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class ClusterUrl:
    """The cluster's URL, what its name resolves to (empty: it does not), and the certificate that is served there."""

    url: str
    host: str
    addresses: tuple[str, ...] | None = None
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """Whether the user may do it. ``resource`` is the plural with its group and subresource (``pods/log``);
    ``namespace`` is ``""`` for all or for what has none. ``allowed`` ``None``: the API did not say."""

    capability: str
    verb: str
    resource: str
    namespace: str
    allowed: bool | None


@dataclass(frozen=True, slots=True)
class Installation:
    """All facts at ``at`` (Unix seconds, our clock). What each key of a mapping by namespace lacks is not known there.

    ``api`` maps an API group (``""`` is the core) to the plural names it serves. ``deployments`` maps a namespace to
    what runs there, empty where the namespace is not there. ``config_maps`` holds the real keys of ``data`` alone,
    never ``_example``; a ConfigMap that is known to be missing is mapped to ``None``. ``claims`` and ``secrets`` map a
    namespace to what it holds. ``project_namespaces`` maps namespace to project (the label ``runai/queue``).
    ``skew_seconds`` is the other clock less ours, by source (``Kubernetes``, ``Prometheus``, ``Run:ai``).
    """

    at: float
    context: str = ""
    api: Mapping[str, frozenset[str]] | None = None
    kubernetes_version: str | None = None
    cluster_policies: tuple[Policy, ...] | None = None
    nic_policies: tuple[Policy, ...] | None = None
    deployments: Mapping[str, tuple[Deployed, ...]] = field(default_factory=dict)
    prometheuses: tuple[PrometheusObject, ...] | None = None
    monitoring_services: tuple[ServiceFact, ...] | None = None
    targets: tuple[Target, ...] | None = None
    metrics: tuple[MetricSeen, ...] | None = None
    control_plane: ControlPlaneFacts | None = None
    runai_cluster: str | None = None  # name or uuid of this cluster at the control plane, from settings or runaiconfig
    runai_version: str | None = None  # of the cluster's side
    namespaces: frozenset[str] | None = None
    project_namespaces: Mapping[str, str] | None = None
    config_maps: Mapping[ObjectKey, Mapping[str, str] | None] = field(default_factory=dict)
    storage_classes: tuple[StorageClass, ...] | None = None
    claims: Mapping[str, tuple[Claim, ...]] = field(default_factory=dict)
    secrets: Mapping[str, tuple[SecretInfo, ...]] = field(default_factory=dict)
    load_balancers: tuple[ServiceFact, ...] | None = None
    ingress_classes: tuple[IngressClass, ...] | None = None
    cluster_url: ClusterUrl | None = None
    skew_seconds: Mapping[str, float] | None = None
    access: tuple[Access, ...] | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)
    prometheus_address: str | None = None  # of the server that answers nimdeck
    prometheus_found: str | None = None  # ``settings``, or the Service that it was found by
    prometheus_version: str | None = None
    address_pools: tuple[str, ...] | None = None  # the ranges of MetalLB's pools

    def why(self, name: str, part: str = "") -> str:
        """Why this is not known: of the part if told, else of the field, of all, else that it was not read."""
        told = self.unknown.get(f"{name}/{part}") if part else None
        return told or self.unknown.get(name) or self.unknown.get("*") or "not read"
