"""What can be set, with its defaults. Loading and checking it is ``config/load.py``."""

from dataclasses import dataclass, field
from pathlib import Path

from config.secret import Secret


@dataclass(frozen=True, slots=True)
class KubernetesSettings:
    """``kubeconfig`` None: the usual places, then in-cluster. ``namespaces`` empty: all that RBAC lets us see."""

    enabled: bool = True
    kubeconfig: Path | None = None
    context: str | None = None
    namespaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PrometheusSettings:
    """``url`` None: discovered among the Services of the cluster. A path prefix in it is kept."""

    enabled: bool = True
    url: str | None = None
    token: Secret | None = None
    token_file: Path | None = None
    username: str | None = None
    password: Secret | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    insecure_skip_verify: bool = False
    timeout_seconds: float = 10.0
    max_response_bytes: int = 64 * 2**20
    max_in_flight: int = 4


@dataclass(frozen=True, slots=True)
class RunaiSettings:
    """The Run:ai control plane; used when ``url``, ``client_id`` and a secret are given.

    ``cluster`` (name or uuid) narrows to one where a tenant has several.
    """

    url: str | None = None
    client_id: str | None = None
    client_secret: Secret | None = None
    client_secret_file: Path | None = None
    ca_file: Path | None = None
    insecure_skip_verify: bool = False
    timeout_seconds: float = 10.0
    refresh_seconds: float = 15.0
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """``refresh_seconds`` None: 1 s on a local terminal, 2 s over SSH."""

    theme: str = "nimdeck-dark"
    refresh_seconds: float | None = None
    presenter_seconds: float = 12.0
    startup_screen: str = "nodes"


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """When something is worth a line at the top: a workload that waits longer than ``pending_seconds``, a GPU of
    ``temperature_celsius`` and above, a source silent for ``source_seconds``; each raised once it has lasted
    ``hold_seconds`` and cleared once it has been gone for ``clear_seconds``. ``bell``: with the terminal's bell."""

    bell: bool = False
    pending_seconds: float = 120.0
    temperature_celsius: float = 90.0
    source_seconds: float = 30.0
    hold_seconds: float = 10.0
    clear_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """Workers that run as a Job in the cluster (``--workers job:N``). ``image`` None: there are none to be had.

    ``cpu`` and ``memory`` are Kubernetes quantities; ``node_selector`` holds ``key=value``, ``tolerations``
    ``key=value:Effect`` (a part left out matches all). The cluster ends the Job after ``longest_seconds``."""

    image: str | None = None
    namespace: str | None = None
    cpu: str = "1"
    memory: str = "1Gi"
    node_selector: tuple[str, ...] = ()
    tolerations: tuple[str, ...] = ()
    service_account: str | None = None
    image_pull_secret: str | None = None
    start_seconds: float = 300.0
    longest_seconds: float = 21600.0


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one run, of one profile. ``audit_file`` None: ``audit.jsonl`` in nimdeck's state folder."""

    profile: str = "default"
    read_only: bool = False
    project: str | None = None
    timeout_seconds: float = 20.0
    log_file: Path | None = None
    audit_file: Path | None = None
    kubernetes: KubernetesSettings = field(default_factory=KubernetesSettings)
    prometheus: PrometheusSettings = field(default_factory=PrometheusSettings)
    runai: RunaiSettings = field(default_factory=RunaiSettings)
    screen: ScreenSettings = field(default_factory=ScreenSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    keys: dict[str, str] = field(default_factory=dict)  # action id -> keys, from the [keys] table
    load: LoadSettings = field(default_factory=LoadSettings)
