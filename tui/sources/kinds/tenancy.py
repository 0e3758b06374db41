"""How Kubernetes objects say which project they belong to."""

from collections.abc import Mapping

QUEUE_LABELS = ("project", "runai/queue", "kai.scheduler/queue")
PROJECT_NAMESPACE = "runai-"
SYSTEM_NAMESPACES = frozenset({"runai-reservation", "runai-backend", "runai-system", "runai-scale-adjust"})


def project_of(labels: Mapping[str, str], namespace: str) -> str | None:
    """The project: a label says it, else the namespace ``runai-<project>``."""
    for label in QUEUE_LABELS:
        if labels.get(label):
            return labels[label]
    if namespace.startswith(PROJECT_NAMESPACE) and namespace not in SYSTEM_NAMESPACES:
        return namespace[len(PROJECT_NAMESPACE) :] or None
    return None
