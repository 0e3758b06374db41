"""How nimdeck marks what it made: in the metadata only, so that the spec stays the guide's."""

from collections.abc import Mapping

from tui.model.json_value import JsonObject, JsonValue
from tui.model.launch_spec import LaunchSpec

MANAGED_BY = "app.kubernetes.io/managed-by"
NIMDECK = "nimdeck"
CREATED_BY = "nimdeck.io/created-by"
PROJECT = "nimdeck.io/project"
MODEL = "nimdeck.io/model"
SUSPENDED_SCALE = "nimdeck.io/suspended-scale"
OURS = "nimdeck.io/"


def is_ours(body: JsonObject) -> bool:
    """Whether nimdeck made the object."""
    metadata = body.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, Mapping) else None
    return isinstance(labels, Mapping) and labels.get(MANAGED_BY) == NIMDECK


def metadata(name: str, namespace: str, author: str = "", notes: dict[str, str] | None = None) -> dict[str, JsonValue]:
    """Name, namespace (none for ``""``), our label, and as annotations the author and ``notes``."""
    annotations = {**({CREATED_BY: author} if author else {}), **(notes or {})}
    return {
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        "labels": {MANAGED_BY: NIMDECK},
        **({"annotations": annotations} if annotations else {}),
    }


def workload_notes(spec: LaunchSpec, namespace: str) -> dict[str, str]:
    """What the object's own fields can't tell again: the project of a namespace of another name, the model of an
    image of one's own."""
    notes = {}
    if namespace != project_namespace(spec.project):
        notes[PROJECT] = spec.project
    if spec.image and spec.model:
        notes[MODEL] = spec.model
    return notes


def project_namespace(project: str) -> str:
    """The namespace that Run:ai gives a project unless it was told another."""
    return f"runai-{project}"
