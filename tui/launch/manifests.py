"""From a spec to the objects that make it: pure and deterministic, without a cluster. Secrets are only referred to."""

from tui.launch.deployment import cluster_service, deployment
from tui.launch.marks import project_namespace
from tui.launch.serving import inference_workload
from tui.launch.storage import storage_manifests
from tui.model.launch_spec import LaunchSpec
from tui.model.manifest import Manifest
from tui.model.snapshot import Snapshot


def manifests(spec: LaunchSpec, namespace: str, author: str = "") -> tuple[Manifest, ...]:
    """All objects of a checked spec, in the order of creation: volume, claim, then the workload."""
    before = storage_manifests(spec.storage, namespace, author) if spec.storage is not None else ()
    if spec.scheduler == "kubernetes":
        return (*before, deployment(spec, namespace, author), cluster_service(spec, namespace, author))
    return (*before, inference_workload(spec, namespace, author))


def namespace_of(spec: LaunchSpec, snapshot: Snapshot | None = None) -> str:
    """Where it goes: as the spec says, else as the project's status says, else ``runai-<project>``."""
    if spec.namespace:
        return spec.namespace
    project = snapshot.projects.get(spec.project) if snapshot is not None else None
    return project.namespace if project is not None and project.namespace else project_namespace(spec.project)
