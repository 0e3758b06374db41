"""The Kubernetes API: client, list and watch, source. Importing this does not import the official client."""

from tui.sources.kubernetes.attach import Attached
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.errors import (
    BadAnswer,
    BadConfig,
    Forbidden,
    Gone,
    KubeError,
    NotFound,
    Refused,
    Unauthorized,
    Unreachable,
)
from tui.sources.kubernetes.kubeconfig import ContextInfo, contexts
from tui.sources.kubernetes.ondemand import LogLines
from tui.sources.kubernetes.portforward import Forward
from tui.sources.kubernetes.source import KubernetesSource

__all__ = [
    "Attached",
    "BadAnswer",
    "BadConfig",
    "ContextInfo",
    "Forbidden",
    "Forward",
    "Gone",
    "KubeClient",
    "KubeError",
    "KubernetesSource",
    "LogLines",
    "NotFound",
    "Refused",
    "Unauthorized",
    "Unreachable",
    "contexts",
]
