"""The kinds of objects that run a NIM, and what of each can be changed in place."""

from collections.abc import Mapping
from typing import NamedTuple

from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.json_value import JsonObject, JsonValue

INFERENCE = "InferenceWorkload"
DEPLOYMENT = "Deployment"
KNATIVE = "Service"
NIM_SERVICE = "NIMService"

RESOURCES = {
    INFERENCE: "inferenceworkloads.run.ai",
    DEPLOYMENT: "deployments.apps",
    KNATIVE: "services.serving.knative.dev",
    NIM_SERVICE: "nimservices.apps.nvidia.com",
    "StatefulSet": "statefulsets.apps",
    "Job": "jobs.batch",
    "Pod": "pods",
    "TrainingWorkload": "trainingworkloads.run.ai",
    "InteractiveWorkload": "interactiveworkloads.run.ai",
    "DistributedWorkload": "distributedworkloads.run.ai",
    "DistributedInferenceWorkload": "distributedinferenceworkloads.run.ai",
    "ExternalWorkload": "externalworkloads.run.ai",
}


class Target(NamedTuple):
    """An object that was read to be changed."""

    key: WorkloadKey
    resource: str
    body: JsonObject

    @property
    def object_key(self) -> ObjectKey:
        return ObjectKey(self.key.namespace, self.key.name)

    def __str__(self) -> str:
        return f"{self.key.kind} {self.key}"


class CannotChange(Exception):  # noqa: N818
    """What is asked can't be done in place; ``str`` says why, and what to do instead."""


def resource_of(kind: str) -> str:
    """``<plural>.<group>`` of a workload's kind. Raises ``CannotChange`` for a kind that nimdeck does not know."""
    try:
        return RESOURCES[kind]
    except KeyError:
        raise CannotChange(f"nimdeck can't change a {kind}: use kubectl") from None


def at(value: JsonValue, *path: str) -> JsonValue:
    """What lies at ``path``; ``None`` where nothing does."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def whole(value: JsonValue) -> int | None:
    """A whole number, as a number or as text; ``None`` for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    return value if isinstance(value, int) else None
