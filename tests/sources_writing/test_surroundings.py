"""What a launch leans on, read from the embedded API server with all rights and with few."""

import asyncio
from typing import Any

import pytest

from tests.sources_writing.conftest import NIMS, SPACE, Bench
from tui.demo.kube.access import Rule, new_user
from tui.demo.kube.faults import Fault
from tui.model.surroundings import Claim, PriorityClass, SecretInfo, StorageClass, Surroundings
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.discovery import Served
from tui.sources.kubernetes.surroundings import duration_seconds, read_surroundings

CLAIM = {
    "metadata": {"name": "nfs-pvc-nim", "namespace": SPACE},
    "spec": {
        "accessModes": ["ReadWriteMany"],
        "storageClassName": "nfs",
        "volumeName": "nfs-pv",
        "resources": {"requests": {"storage": "100Gi"}},
    },
    "status": {"phase": "Bound", "capacity": {"storage": "200Gi"}},
}
DEADLINE = {
    "metadata": {"name": "config-deployment", "namespace": "knative-serving"},
    "data": {"progress-deadline": "1800s", "_example": "progress-deadline: 1s"},
}


@pytest.fixture
def filled(bench: Bench) -> Bench:
    put(bench, "persistentvolumeclaims", CLAIM)
    secret = {
        "metadata": {"name": "ngc", "namespace": SPACE},
        "type": "Opaque",
        "data": {"NGC_API_KEY": "bnZhcGkteA=="},
    }
    put(bench, "secrets", secret)
    put(bench, "namespaces", {"metadata": {"name": "knative-serving"}})
    put(bench, "configmaps", DEADLINE)
    default = {"storageclass.kubernetes.io/is-default-class": "true"}
    put(
        bench,
        "storageclasses.storage.k8s.io",
        {
            "metadata": {"name": "nfs", "annotations": default},
            "provisioner": "nfs.csi",
            "volumeBindingMode": "WaitForFirstConsumer",
        },
    )
    put(bench, "priorityclasses.scheduling.k8s.io", {"metadata": {"name": "inference"}, "value": 125})
    return bench


def put(bench: Bench, resource: str, body: Any) -> None:
    plural, _, group = resource.partition(".")
    bench.server.store.create(bench.server.store.resource(plural, group), body)


async def read(client: KubeClient, namespace: str = SPACE) -> Surroundings:
    return await asyncio.to_thread(read_surroundings, client, Served(), namespace)


async def test_all_of_it(filled: Bench) -> None:
    found = await read(filled.client())
    assert found.unknown == {}
    assert found.namespace_exists is True
    assert found.claims == (
        Claim("nfs-pvc-nim", "Bound", "nfs", ("ReadWriteMany",), 200 * 2**30, "nfs-pv"),
    )  # fmt: skip
    assert found.secrets == (SecretInfo("ngc", "Opaque"),)
    assert found.storage_classes == (StorageClass("nfs", "nfs.csi", is_default=True, waits_for_consumer=True),)
    assert found.priority_classes == (PriorityClass("inference", 125),)
    assert found.has_inference_workloads is True
    assert found.spec_fields is not None
    assert {"gpu", "image", "minScale"} <= found.spec_fields
    assert found.progress_deadline_seconds == 1800.0


async def test_an_empty_namespace_and_one_that_is_not_there(filled: Bench) -> None:
    empty = await read(filled.client(), "default")
    assert (empty.claims, empty.secrets, empty.namespace_exists) == ((), (), True)
    assert (await read(filled.client(), "runai-new")).namespace_exists is False


async def test_what_is_denied_is_unknown_with_the_right_that_is_missing(filled: Bench) -> None:
    rule = Rule(("get", "list"), ("",), ("persistentvolumeclaims",), (SPACE,))
    filled.server.users["narrow"] = new_user("narrow", [rule])
    found = await read(filled.client("narrow"))
    assert found.claims is not None
    assert found.secrets is None
    assert f"list secrets in namespace {SPACE}" in found.unknown["secrets"]
    assert found.namespace_exists is None
    assert found.progress_deadline_seconds is None
    assert found.has_inference_workloads is True  # discovery is for everyone
    assert found.spec_fields is not None  # and so is the published schema, where CRDs may not be read
    assert set(found.unknown) == {
        "secrets", "namespace_exists", "storage_classes", "priority_classes", "progress_deadline_seconds",
    }  # fmt: skip


async def test_a_cluster_without_run_ai_and_knative(filled: Bench) -> None:
    client = filled.client()
    found = await asyncio.to_thread(read_surroundings, client, Served(paths={NIMS: "/apis/run.ai/v9"}), SPACE)
    assert found.spec_fields is None
    assert "spec_fields" in found.unknown


async def test_a_dead_server_is_asked_once(filled: Bench) -> None:
    filled.server.faults.set(Fault.UNAVAILABLE)
    found = await read(filled.client())
    assert found.claims is found.secrets is found.namespace_exists is None
    assert len(set(found.unknown.values())) == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1800s", 1800), ("10m", 600), ("1h30m", 5400), ("1.5s", 1.5), ("500ms", 0.5), ("600", 600), ("soon", None)],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert duration_seconds(text) == seconds
