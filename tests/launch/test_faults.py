"""Every path that a server may complain about leads to a field of the form."""

import pytest

from tui.launch.faults import field_errors, field_of
from tui.launch.manifests import manifests
from tui.launch.spec_fields import PATHS
from tui.model.launch_spec import GpuAsk, LaunchSpec, NewClaim, NfsVolume, Ngc, Replicas, Storage
from tui.sources.writing import Invalid

SPEC = LaunchSpec(
    "llama",
    "test",
    model="a/b",
    gpu=GpuAsk(1, 0.5),
    replicas=Replicas(0, 2, "concurrency", 10, 1, 60),
    storage=Storage("nims", new=NewClaim(2**30, "nfs", volume=NfsVolume("nims-pv", "10.0.0.9", "/nims"))),
    ngc=Ngc("ngc", registry_secret="nvcr"),
    profile="p",
    node_pools=("h100",),
    priority="high",
    preemptible=True,
    delete_after_seconds=60,
    labels=(("a", "b"),),
    annotations=(("c", "d"),),
)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("spec.gpu.value", "gpu"),
        ("spec.minScale.value", "replicas.min"),
        ("spec.environment.items.NGC_API_KEY.value", "ngc.secret"),
        ("spec.environment.items.OTHER.value", "environment"),
        ("spec.image.value", "model"),
        ("metadata.name", "name"),
        ("metadata.labels", "labels"),
        ("spec.template.spec.containers[0].resources.limits[nvidia.com/gpu]", "gpu"),
        ("spec.template.spec.containers[0].resources.requests.cpu", "cpu.cores"),
        ("spec.template.spec.containers[0].env[2].name", "environment"),
        ("spec.template.spec.priorityClassName", "priority"),
        ("spec.replicas", "replicas.min"),
        ("spec.neverHeardOf", "spec"),
    ],
)
def test_a_path_leads_to_its_field(path, field):
    assert field_of(path, SPEC) == field


@pytest.mark.parametrize(
    ("resource", "path", "field"),
    [
        ("persistentvolumeclaims", "spec.resources.requests.storage", "storage.new.size"),
        ("persistentvolumeclaims", "metadata.name", "storage.pvc"),
        ("persistentvolumes", "spec.nfs.server", "storage.new.volume.server"),
        ("persistentvolumes", "metadata.name", "storage.new.volume.name"),
    ],
)
def test_a_volume_s_path_leads_to_the_storage(resource, path, field):
    assert field_of(path, SPEC, resource) == field


@pytest.mark.parametrize("manifest", manifests(SPEC, "ns")[-1:])
def test_every_part_of_a_manifest_has_its_field(manifest):
    for name in manifest.body["spec"]:
        field = field_of(f"spec.{name}.value", SPEC, manifest.resource)
        assert field in PATHS, f"{name} leads to {field}"


def test_the_message_keeps_the_server_s_own_path():
    (error,) = field_errors(Invalid("no", (("spec.gpu.value", "must be a string"),)), SPEC)
    assert (error.field, error.message) == ("gpu", "must be a string (spec.gpu.value)")
    assert field_errors(Invalid("no"), SPEC) == ()
