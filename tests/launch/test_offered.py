"""Which fields a cluster can take, and what is said of those it can't."""

from dataclasses import replace

import pytest

from tests.launch.specs import GUIDE
from tui.launch.asked import asked
from tui.launch.checks import check_against
from tui.launch.manifests import manifests
from tui.launch.offered import FIELDS, NEEDS_REST, needs_rest, offered
from tui.launch.spec_fields import PATHS
from tui.model.launch_spec import CpuAsk, EnvVar, GpuAsk, LaunchSpec, Ngc, Replicas
from tui.model.snapshot import ClusterInfo, Snapshot
from tui.model.status import SourceState, SourceStatus
from tui.model.surroundings import Surroundings
from tui.model.tenancy import Project

GUIDES_FIELDS = frozenset(
    {"environment", "gpu", "image", "minScale", "maxScale", "metric", "target", "ports", "pvcs", "nodePools"}
)
SMALL = Surroundings("runai-test", namespace_exists=True, spec_fields=GUIDES_FIELDS, has_inference_workloads=True)
EVERYTHING = replace(
    GUIDE,
    gpu=GpuAsk(2, portion=0.5, portion_limit=1.0),
    cpu=CpuAsk(4, 8, 2**35, 2**36),
    replicas=Replicas(0, 2, "concurrency", 5, 1, 60),
    ngc=Ngc("ngc-api-key", registry_secret="ngc-registry"),
    environment=(EnvVar("A", "b"),),
    node_pools=("h100",),
    priority="inference",
    preemptible=True,
    delete_after_seconds=60,
    labels=(("a", "b"),),
    annotations=(("a", "b"),),
)
BY_MEMORY = replace(EVERYTHING, gpu=GpuAsk(1, memory_bytes=2**35, memory_limit_bytes=2**36))


def snapshot(**changes: object) -> Snapshot:
    project = Project("test", "runai-test", None, 8.0, None, None, None, "kubernetes")
    return replace(Snapshot(0.0, 0, ClusterInfo(), projects={"test": project}), **changes)


def test_every_name_that_a_manifest_uses_is_in_the_table() -> None:
    used = set()
    for spec in (EVERYTHING, BY_MEMORY, GUIDE):
        (manifest,) = manifests(spec, "runai-test")
        fields = {FIELDS[path].name for path in asked(spec)}
        assert fields == set(manifest.body["spec"])
        used |= fields
    assert used == {served.name for served in FIELDS.values()}


def test_without_a_cluster_everything_may_be_written_down() -> None:
    assert set(offered(None, has_rest=False).values()) == {""}
    assert set(PATHS) <= set(offered(None, has_rest=False))


def test_the_served_schema_decides() -> None:
    reasons = offered(SMALL, has_rest=False)
    assert reasons["gpu.portion"] == reasons["node_pools"] == reasons["storage"] == ""
    assert reasons["gpu.memory"] == reasons["gpu.shared_devices"] == reasons["priority"] == NEEDS_REST
    assert "no ttlAfterFinish" in reasons["delete_after"]
    rich = replace(SMALL, spec_fields=GUIDES_FIELDS | {"gpuMemory", "gpuDevices", "ttlAfterFinish"})
    assert offered(rich, has_rest=False)["gpu.memory"] == offered(rich, has_rest=False)["delete_after"] == ""


def test_the_control_plane_takes_what_the_kind_lacks() -> None:
    reasons = offered(SMALL, has_rest=True)
    assert [path for path, reason in reasons.items() if reason] == ["delete_after"]
    assert needs_rest(GUIDE, SMALL) == ()
    assert needs_rest(replace(GUIDE, priority="high", gpu=GpuAsk(2, portion=0.5)), SMALL) == (
        "gpu.shared_devices",
        "priority",
    )


def test_where_the_schema_is_not_known_only_published_names_are_used() -> None:
    unknown = replace(SMALL, spec_fields=None)
    reasons = offered(unknown, has_rest=False)
    assert reasons["gpu.memory"] == reasons["cpu.cores"] == ""
    assert reasons["gpu.shared_devices"] == NEEDS_REST
    assert "could not be read" in reasons["delete_after"]


def test_a_cluster_without_the_kind() -> None:
    bare = replace(SMALL, has_inference_workloads=False, spec_fields=None)
    assert "no InferenceWorkload" in offered(bare, has_rest=False)["scheduler.runai"]
    faults = check_against(GUIDE, snapshot(), bare)
    assert [fault.field for fault in faults] == ["scheduler"]
    plain = replace(GUIDE, scheduler="kubernetes", gpu=GpuAsk(1), replicas=Replicas())
    assert check_against(plain, snapshot(), bare) == ()
    assert needs_rest(plain, bare) == ()
    assert needs_rest(GUIDE, bare) == ("scheduler.runai",)


def test_what_is_asked_and_not_offered_is_a_fault_of_its_field() -> None:
    assert check_against(GUIDE, snapshot(), SMALL) == ()
    wants = replace(GUIDE, priority="high", delete_after_seconds=60)
    assert [fault.field for fault in check_against(wants, snapshot(), SMALL)] == ["priority", "delete_after"]
    live = {"runai": SourceStatus("runai", SourceState.LIVE)}
    assert [fault.field for fault in check_against(wants, snapshot(sources=live), SMALL)] == ["delete_after"]
    absent = {"runai": SourceStatus("runai", SourceState.ABSENT)}
    assert len(check_against(wants, snapshot(sources=absent), SMALL)) == 2


@pytest.mark.parametrize(
    ("spec", "exists", "said"),
    [
        (replace(GUIDE, project="tset"), False, "is not known here; use one of test"),
        (replace(GUIDE, project="tset"), None, "is not known here"),
        (replace(GUIDE, project="tset"), True, None),  # the namespace is there: we may not be let see all projects
        (GUIDE, False, "has no namespace runai-test"),
        (GUIDE, None, None),
    ],
)
def test_the_project(spec: LaunchSpec, exists: bool | None, said: str | None) -> None:
    faults = check_against(spec, snapshot(), replace(SMALL, namespace_exists=exists))
    assert [fault.field for fault in faults] == (["project"] if said else [])
    assert said is None or said in faults[0].message


def test_projects_that_can_not_be_seen_are_not_missing() -> None:
    assert check_against(GUIDE, snapshot(projects={}), None) == ()
