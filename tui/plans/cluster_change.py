"""The changes that a plan makes in a cluster: launch, scale, delete, each through the one writer. Blocking.

Every error is a ``StageError`` of one line.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from config.settings import Settings
from tui.launch import change
from tui.launch.apply import apply
from tui.launch.checks import check_against
from tui.launch.expose import expose_changes
from tui.launch.kinds import DEPLOYMENT, INFERENCE, CannotChange, Target, resource_of
from tui.launch.manifests import manifests, namespace_of
from tui.launch.projects import NotThere, Read
from tui.launch.requests import delete_request, plan_launch, scale_requests
from tui.launch.scale import Scale, scale_of
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.json_value import JsonObject
from tui.model.launch_spec import GpuAsk, LaunchSpec, Replicas
from tui.model.manifest import Change
from tui.model.surroundings import Surroundings
from tui.plans.stage import StageError
from tui.plans.values import PlanTest
from tui.sources.kubernetes import Forbidden, KubeError, KubernetesSource
from tui.sources.runai import ControlPlane
from tui.sources.runai.fault import RunaiError
from tui.sources.writing import Changed, NotAllowed, WriteError, Writer
from tui.store import SnapshotSource

_TRIES = 4  # of a patch whose object was changed meanwhile by its controller: it is read again


def spec_for(spec: LaunchSpec, test: PlanTest) -> LaunchSpec:
    """The spec as this test launches it; its name tells tests apart that could not be the same object."""
    whole = test.gpu_per_pod >= 1
    gpu = GpuAsk(devices=round(test.gpu_per_pod)) if whole else GpuAsk(1, portion=test.gpu_per_pod)
    mark = f"{'r' if test.scheduler == 'runai' else 'k'}{round(test.gpu_per_pod * 100):03d}"
    return replace(
        spec,
        name=f"{spec.name}-{mark}",
        gpu=gpu,
        scheduler="runai" if test.scheduler == "runai" else "kubernetes",
        replicas=Replicas(1, 1),
    )


class PlanCluster(Protocol):
    """The part of a session that a plan needs."""

    settings: Settings
    kubernetes: KubernetesSource | None
    control_plane: ControlPlane | None

    @property
    def store(self) -> SnapshotSource: ...

    @property
    def writer(self) -> Writer: ...

    def surroundings(self, namespace: str) -> Surroundings | None: ...

    def object(self, resource: str, key: ObjectKey) -> JsonObject | None: ...


class ClusterChanges:
    """Changes of one cluster. Whoever calls decides which, and notes before what it will have to take back."""

    def __init__(self, session: PlanCluster) -> None:
        self._session = session

    def key_of(self, spec: LaunchSpec) -> WorkloadKey:
        namespace = namespace_of(spec, self._session.store.snapshot)
        return WorkloadKey(namespace, spec.name, DEPLOYMENT if spec.scheduler == "kubernetes" else INFERENCE)

    def is_there(self, key: WorkloadKey) -> bool:
        return self._object(resource_of(key.kind), ObjectKey(key.namespace, key.name)) is not None

    def launch(self, spec: LaunchSpec) -> None:
        """Everything that the spec needs; what is there already is used."""
        session, snapshot = self._session, self._session.store.snapshot
        namespace = namespace_of(spec, snapshot)
        surroundings = session.surroundings(namespace)
        plane = session.control_plane
        errors = check_against(spec, snapshot, surroundings, plane is not None)
        if errors:
            raise StageError(f"{spec.name}: {errors[0]}")
        made = manifests(spec, namespace)
        read, cluster = (plane.read if plane is not None else None), session.settings.runai.cluster or None
        try:
            changes, _ = plan_launch(spec, made, self._object, surroundings, read, cluster)
        except NotThere as error:
            raise StageError(str(error)) from None
        except RunaiError as error:
            raise StageError(error.line) from None
        self._make(changes)

    def expose(self, key: WorkloadKey) -> None:
        """A LoadBalancer Service of its pods, as the guide has it."""
        try:
            self._make(expose_changes(self.target(key), self._object))
        except CannotChange as error:
            raise StageError(str(error)) from None

    def scale_now(self, key: WorkloadKey) -> Scale:
        return scale_of(self.target(key))

    def scale(self, key: WorkloadKey, scale: Scale) -> None:
        """Pin it to these numbers; Run:ai's control plane is asked where Kubernetes may not be written to."""
        for left in reversed(range(_TRIES)):
            try:
                for one in change.scale(self.target(key), scale.min, scale.max):
                    self._session.writer.write(one)
                return
            except CannotChange as error:
                raise StageError(str(error)) from None
            except Changed as error:
                if not left:
                    raise StageError(str(error)) from None
            except NotAllowed as error:
                self._by_control_plane(key, error, lambda read: scale_requests(key, scale, read))
                return
            except WriteError as error:
                raise StageError(str(error)) from None

    def delete(self, key: WorkloadKey) -> None:
        """It and what was made beside it; what is gone already is fine. Its volume stays."""
        body = self._object(resource_of(key.kind), ObjectKey(key.namespace, key.name))
        if body is None:
            return
        target = Target(key, resource_of(key.kind), body)
        beside = change.companions(target, self._object)
        try:
            self._session.writer.write(change.delete(target))
        except NotAllowed as error:
            self._by_control_plane(key, error, lambda read: (delete_request(key, read),))
        except WriteError as error:
            raise StageError(str(error)) from None
        self._make(beside)

    def target(self, key: WorkloadKey) -> Target:
        resource = resource_of(key.kind)
        body = self._object(resource, ObjectKey(key.namespace, key.name))
        if body is None:
            raise StageError(f"{key.kind} {key} is not there: was it deleted meanwhile?")
        return Target(key, resource, body)

    def object(self, resource: str, key: ObjectKey) -> JsonObject | None:
        """What is there; what may not be read is taken as not there."""
        return self._object(resource, key)

    def _object(self, resource: str, key: ObjectKey) -> JsonObject | None:
        try:
            return self._session.object(resource, key)
        except Forbidden:
            return None
        except KubeError as error:
            raise StageError(f"{resource} {key}: {error}") from None

    def _make(self, changes: Sequence[Change]) -> None:
        for one in apply(changes, self._session.writer.write):
            if one.error is not None:
                raise StageError(str(one.error))

    def _by_control_plane(self, key: WorkloadKey, why: WriteError, plan: Callable[[Read], Sequence[Change]]) -> None:
        plane = self._session.control_plane
        if plane is None or key.kind != INFERENCE:
            raise StageError(str(why)) from None
        try:
            changes = plan(plane.read)
        except (NotThere, CannotChange) as error:
            raise StageError(str(error)) from None
        except RunaiError as error:
            raise StageError(error.line) from None
        self._make(changes)
