"""The schema of settings: every option with its kind, its environment variable, its flag and its help.

Data only: reading values is ``values.py``, precedence is ``load.py``. The commented ``default.toml`` says the same for
eyes, and a test holds the two and ``settings.py`` together.
"""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a value must be; the member's value is how an error names it."""

    TEXT = "a text"
    TEXTS = "a list of texts"
    LABELS = "a list of key=value"
    TOLERATIONS = "a list of key, key=value or key=value:Effect"
    SWITCH = "true or false"
    SECONDS = "a number of seconds above 0"
    NUMBER = "a number above 0"
    COUNT = "a whole number above 0"
    URL = "an http or https address"
    FILE = "the path of a file that exists"
    PATH = "a path"
    SECRET = "a secret"


@dataclass(frozen=True, slots=True)
class Option:
    """One setting. ``key`` is its dotted place in the file and in ``Settings``; ``flag`` is ``""`` where it has none.

    ``choices`` limits a text; ``maximum`` bounds a number.
    """

    key: str
    kind: Kind
    env: str
    help: str
    flag: str = ""
    choices: tuple[str, ...] = ()
    maximum: float | None = None

    @property
    def table(self) -> str:
        """The TOML table it stands in; ``""`` is the top."""
        return self.key.rpartition(".")[0]

    @property
    def name(self) -> str:
        return self.key.rpartition(".")[2]


THEME_NAMES = ("nimdeck-dark", "nimdeck-light", "nimdeck-colourblind", "nimdeck-16", "nimdeck-mono")
SCREEN_NAMES = ("nodes", "workloads", "events")

OPTIONS: tuple[Option, ...] = (
    Option("read_only", Kind.SWITCH, "NIMDECK_READ_ONLY", "Refuse every change to the cluster", "--read-only"),
    Option("project", Kind.TEXT, "NIMDECK_PROJECT", "Show and use only this Run:ai project", "--project"),
    Option("timeout_seconds", Kind.SECONDS, "NIMDECK_TIMEOUT",
           "How long a command waits for the first answers", "--timeout", maximum=3600),
    Option("log_file", Kind.PATH, "NIMDECK_LOG_FILE", "Write a log there; no log otherwise", "--log-file"),
    Option("audit_file", Kind.PATH, "NIMDECK_AUDIT_FILE",
           "Note every change there; otherwise audit.jsonl in nimdeck's state folder"),
    Option("kubernetes.enabled", Kind.SWITCH, "NIMDECK_KUBERNETES_ENABLED", "Ask the Kubernetes API at all"),
    Option("kubernetes.kubeconfig", Kind.FILE, "NIMDECK_KUBECONFIG",
           "The kubeconfig; otherwise KUBECONFIG, ~/.kube/config, then in-cluster", "--kubeconfig"),
    Option("kubernetes.context", Kind.TEXT, "NIMDECK_KUBE_CONTEXT",
           "The context of the kubeconfig; otherwise its current one", "--kube-context"),
    Option("kubernetes.namespaces", Kind.TEXTS, "NIMDECK_NAMESPACE",
           "Only these namespaces; otherwise all that RBAC lets you see", "--namespace"),
    Option("prometheus.enabled", Kind.SWITCH, "NIMDECK_PROMETHEUS_ENABLED", "Ask Prometheus at all"),
    Option("prometheus.url", Kind.URL, "NIMDECK_PROMETHEUS",
           "Address of Prometheus, path prefix kept; otherwise discovered in the cluster", "--prometheus"),
    Option("prometheus.token", Kind.SECRET, "NIMDECK_PROMETHEUS_TOKEN", "Bearer token"),
    Option("prometheus.token_file", Kind.FILE, "NIMDECK_PROMETHEUS_TOKEN_FILE", "File with the bearer token"),
    Option("prometheus.username", Kind.TEXT, "NIMDECK_PROMETHEUS_USERNAME", "User for basic authentication"),
    Option("prometheus.password", Kind.SECRET, "NIMDECK_PROMETHEUS_PASSWORD", "Password for basic authentication"),
    Option("prometheus.password_file", Kind.FILE, "NIMDECK_PROMETHEUS_PASSWORD_FILE", "File with the password"),
    Option("prometheus.ca_file", Kind.FILE, "NIMDECK_PROMETHEUS_CA_FILE", "Certificate authority to trust, PEM"),
    Option("prometheus.insecure_skip_verify", Kind.SWITCH, "NIMDECK_PROMETHEUS_INSECURE_SKIP_VERIFY",
           "Accept any certificate"),
    Option("prometheus.timeout_seconds", Kind.SECONDS, "NIMDECK_PROMETHEUS_TIMEOUT", "Limit of one query", maximum=600),
    Option("prometheus.max_response_bytes", Kind.COUNT, "NIMDECK_PROMETHEUS_MAX_RESPONSE_BYTES",
           "Largest answer that is read"),
    Option("prometheus.max_in_flight", Kind.COUNT, "NIMDECK_PROMETHEUS_MAX_IN_FLIGHT", "Queries at the same time",
           maximum=64),
    Option("runai.url", Kind.URL, "NIMDECK_RUNAI", "Address of the Run:ai control plane", "--runai"),
    Option("runai.cluster", Kind.TEXT, "NIMDECK_RUNAI_CLUSTER",
           "Name or uuid of the cluster, where the tenant has several"),
    Option("runai.client_id", Kind.TEXT, "NIMDECK_RUNAI_CLIENT_ID", "Client id of the application"),
    Option("runai.client_secret", Kind.SECRET, "NIMDECK_RUNAI_CLIENT_SECRET", "Secret of the application"),
    Option("runai.client_secret_file", Kind.FILE, "NIMDECK_RUNAI_CLIENT_SECRET_FILE", "File with that secret"),
    Option("runai.ca_file", Kind.FILE, "NIMDECK_RUNAI_CA_FILE", "Certificate authority to trust, PEM"),
    Option("runai.insecure_skip_verify", Kind.SWITCH, "NIMDECK_RUNAI_INSECURE_SKIP_VERIFY", "Accept any certificate"),
    Option("runai.timeout_seconds", Kind.SECONDS, "NIMDECK_RUNAI_TIMEOUT", "Limit of one request", maximum=600),
    Option("runai.refresh_seconds", Kind.SECONDS, "NIMDECK_RUNAI_REFRESH", "Time between two rounds", maximum=3600),
    Option("screen.theme", Kind.TEXT, "NIMDECK_THEME", "Colours", choices=THEME_NAMES),
    Option("screen.refresh_seconds", Kind.SECONDS, "NIMDECK_REFRESH",
           "Time between two pictures; otherwise 1 s, over SSH 2 s", maximum=600),
    Option("screen.presenter_seconds", Kind.SECONDS, "NIMDECK_PRESENTER",
           "How long the presenter stays on one screen", maximum=3600),
    Option("screen.startup_screen", Kind.TEXT, "NIMDECK_STARTUP_SCREEN", "The first screen", choices=SCREEN_NAMES),
    Option("alerts.bell", Kind.SWITCH, "NIMDECK_ALERTS_BELL", "Sound the terminal's bell at a new alert"),
    Option("alerts.pending_seconds", Kind.SECONDS, "NIMDECK_ALERTS_PENDING",
           "A workload that waits longer is an alert", maximum=86400),
    Option("alerts.temperature_celsius", Kind.NUMBER, "NIMDECK_ALERTS_TEMPERATURE",
           "A GPU of this temperature and above is an alert", maximum=200),
    Option("alerts.source_seconds", Kind.SECONDS, "NIMDECK_ALERTS_SOURCE",
           "A source that is silent longer is an alert", maximum=86400),
    Option("alerts.hold_seconds", Kind.SECONDS, "NIMDECK_ALERTS_HOLD",
           "How long something must last before it is an alert", maximum=3600),
    Option("alerts.clear_seconds", Kind.SECONDS, "NIMDECK_ALERTS_CLEAR",
           "How long it must be gone before the alert is cleared", maximum=3600),
    Option("load.image", Kind.TEXT, "NIMDECK_LOAD_IMAGE", "The image of workers that run as a Job"),
    Option("load.namespace", Kind.TEXT, "NIMDECK_LOAD_NAMESPACE",
           "Where the Job is made; otherwise the context's namespace, then default"),
    Option("load.cpu", Kind.TEXT, "NIMDECK_LOAD_CPU", "CPU of each worker, requested and at most"),
    Option("load.memory", Kind.TEXT, "NIMDECK_LOAD_MEMORY", "Memory of each worker, requested and at most"),
    Option("load.node_selector", Kind.LABELS, "NIMDECK_LOAD_NODE_SELECTOR", "Labels of the nodes for workers"),
    Option("load.tolerations", Kind.TOLERATIONS, "NIMDECK_LOAD_TOLERATIONS", "Taints that workers tolerate"),
    Option("load.service_account", Kind.TEXT, "NIMDECK_LOAD_SERVICE_ACCOUNT",
           "The workers' service account; they call no API with it"),
    Option("load.image_pull_secret", Kind.TEXT, "NIMDECK_LOAD_IMAGE_PULL_SECRET",
           "Name of the Secret to pull the image with"),
    Option("load.start_seconds", Kind.SECONDS, "NIMDECK_LOAD_START",
           "How long all workers may take to run", maximum=7200),
    Option("load.longest_seconds", Kind.SECONDS, "NIMDECK_LOAD_LONGEST",
           "The cluster ends the Job after so long, whatever becomes of nimdeck", maximum=604800),
)  # fmt: skip

BY_KEY = {option.key: option for option in OPTIONS}
BY_ENV = {option.env: option for option in OPTIONS}
TABLES = tuple(dict.fromkeys(option.table for option in OPTIONS if option.table))

# Read before there are settings: which file, which profile.
ENV_CONFIG = "NIMDECK_CONFIG"
ENV_PROFILE = "NIMDECK_PROFILE"
