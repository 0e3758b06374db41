"""What Run:ai's control plane says of its clusters and node pools, and what the cluster's own RunaiConfig says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tui.model.installation import ControlPlaneFacts, RunaiCluster, RunaiPool
from tui.sources.installation.crew import Asked, Crew
from tui.sources.kinds.loose import dig, list_at, text_at
from tui.sources.kinds.text import moment
from tui.sources.runai.control_plane import ControlPlane
from tui.sources.runai.fault import Kind, RunaiError

T = TypeVar("T")
NOT_SET = "not configured: set runai.url, runai.client_id and runai.client_secret_file"
PAGE_ITEMS = 500
_NO_ANSWER = (Kind.UNREACHABLE, Kind.BUSY)
_URL_PATHS = (
    ("global", "clusterURL"), ("global", "clusterUrl"), ("global", "cluster", "url"), ("cluster", "url"),
    ("global", "clusterDomain"), ("global", "domain"),
)  # fmt: skip
_UID_PATHS = (
    ("global", "clusterUID"), ("global", "clusterUid"), ("global", "clusterId"), ("global", "cluster", "uid"),
    ("cluster", "uid"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunaiConfig:
    """As far as the ``runaiconfigs.run.ai`` object of this cluster tells; its form differs between versions."""

    url: str | None
    uid: str | None
    version: str | None


class ControlPlanePart:
    """The questions, on their way; without a control plane only the reason."""

    def __init__(self, crew: Crew, plane: ControlPlane | None) -> None:
        self._crew = crew
        self._plane = plane
        self._errors: list[RunaiError] = []
        if plane is None:
            crew.note("control_plane", NOT_SET)
            return
        self._clusters: Asked[tuple[RunaiCluster, ...]] = self._ask("clusters", lambda: read_clusters(plane))
        self._pools: Asked[tuple[RunaiPool, ...]] = self._ask("node_pools", lambda: read_pools(plane))

    @property
    def skew(self) -> float | None:
        """Its clock less ours, in seconds, good to half a second."""
        return self._plane.clock_ahead_seconds if self._plane is not None else None

    @property
    def facts(self) -> ControlPlaneFacts | None:
        if self._plane is None:
            return None
        clusters, pools = self._clusters.value, self._pools.value
        reachable = clusters is not None or pools is not None
        reachable = reachable or any(error.kind not in _NO_ANSWER and error.status != 401 for error in self._errors)
        told = (self._crew.unknown.get(f"control_plane/{name}", "") for name in ("clusters", "node_pools"))
        problem = next((line for line in told if line), "")
        return ControlPlaneFacts(self._plane.address, reachable, None, clusters, pools, problem)

    def _ask(self, name: str, question: Callable[[], T]) -> Asked[T]:
        def asked() -> T:
            try:
                return question()
            except RunaiError as error:
                self._errors.append(error)
                raise

        return self._crew.ask(f"control_plane/{name}", asked, of_kubernetes=False)


def read_clusters(plane: ControlPlane) -> tuple[RunaiCluster, ...]:
    """All clusters of the tenant. Raises RunaiError."""
    answer = plane.read("/api/v1/clusters", {"verbosity": "full"})
    return tuple(cluster_of(item) for item in list_at(answer, "items") if text_at(item, "deletedAt") is None)


def read_pools(plane: ControlPlane) -> tuple[RunaiPool, ...]:
    """The node pools of all clusters. Raises RunaiError."""
    answer = plane.read("/api/v1/node-pools", {"offset": 0, "limit": PAGE_ITEMS})
    return tuple(map(pool_of, list_at(answer, "nodepools")))


def cluster_of(item: object) -> RunaiCluster:
    """Of a cluster as the API tells it."""
    required = dig(item, "status", "dependencies", "required")
    missing = required.items() if isinstance(required, dict) else ()
    return RunaiCluster(
        uuid=text_at(item, "uuid") or "",
        name=text_at(item, "name") or "",
        state=text_at(item, "status", "state"),
        version=text_at(item, "version"),
        url=text_at(item, "domain"),
        last_liveness_at=moment(text_at(item, "lastLiveness")),
        missing=tuple(str(name) for name, told in missing if dig(told, "available") is False),
    )


def pool_of(item: object) -> RunaiPool:
    """Of a node pool; older control planes have the placement at its top alone."""
    placement = dig(item, "schedulingConfiguration", "placementStrategy") or dig(item, "placementStrategy")
    return RunaiPool(
        text_at(item, "name") or "", text_at(placement, "gpu"), text_at(placement, "cpu"), text_at(item, "phase")
    )


def config_of(item: object) -> RunaiConfig:
    """Of a RunaiConfig."""
    spec, labels = dig(item, "spec"), dig(item, "metadata", "labels")
    return RunaiConfig(_first(spec, _URL_PATHS), _first(spec, _UID_PATHS), text_at(labels, "app.kubernetes.io/version"))


def this_cluster(clusters: tuple[RunaiCluster, ...] | None, wanted: str | None) -> RunaiCluster | None:
    """The one that is ours: the wanted one, else the only one."""
    found = [one for one in clusters or () if wanted in (None, one.uuid, one.name)]
    return found[0] if len(found) == 1 else None


def _first(spec: object, paths: tuple[tuple[str, ...], ...]) -> str | None:
    return next((text for path in paths if (text := text_at(spec, *path))), None)
