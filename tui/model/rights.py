"""What nimdeck can do, and the right at the Kubernetes API that each thing needs: the questions to RBAC."""

from dataclasses import dataclass
from enum import StrEnum


class Where(StrEnum):
    """For which namespace the right is asked."""

    CLUSTER = "cluster"  # all namespaces, or what has none
    PROJECT = "project"  # the namespace of the project
    KNATIVE = "knative-serving"  # Knative's own


@dataclass(frozen=True, slots=True)
class Right:
    """``resource`` is the plural with its group and subresource: ``deployments.apps``, ``pods/log``."""

    capability: str
    verb: str
    resource: str
    where: Where


RIGHTS: tuple[Right, ...] = (
    Right("see nodes", "list", "nodes", Where.CLUSTER),
    Right("see pods", "list", "pods", Where.CLUSTER),
    Right("see workloads", "list", "inferenceworkloads.run.ai", Where.CLUSTER),
    Right("see workloads", "list", "services.serving.knative.dev", Where.CLUSTER),
    Right("see workloads", "list", "deployments.apps", Where.CLUSTER),
    Right("see events", "list", "events", Where.CLUSTER),
    Right("see queues", "list", "queues.scheduling.run.ai", Where.CLUSTER),
    Right("see queues", "list", "podgroups.scheduling.run.ai", Where.CLUSTER),
    Right("read logs", "get", "pods/log", Where.PROJECT),
    Right("launch", "create", "inferenceworkloads.run.ai", Where.PROJECT),
    Right("launch without Knative", "create", "deployments.apps", Where.PROJECT),
    Right("scale and edit", "patch", "inferenceworkloads.run.ai", Where.PROJECT),
    Right("scale and edit", "patch", "deployments.apps", Where.PROJECT),
    Right("delete", "delete", "inferenceworkloads.run.ai", Where.PROJECT),
    Right("delete", "delete", "deployments.apps", Where.PROJECT),
    Right("expose", "create", "services", Where.PROJECT),
    Right("forward and probe", "create", "pods/portforward", Where.PROJECT),
    Right("make claims", "create", "persistentvolumeclaims", Where.PROJECT),
    Right("make NFS volumes", "create", "persistentvolumes", Where.CLUSTER),
    Right("see secrets", "list", "secrets", Where.PROJECT),
    Right("see secrets", "get", "secrets", Where.PROJECT),
    Right("make secrets", "create", "secrets", Where.PROJECT),
    Right("set Knative", "get", "configmaps", Where.KNATIVE),
    Right("set Knative", "patch", "configmaps", Where.KNATIVE),
)
