"""Claims and volumes find each other as the volume controller matches them."""

from typing import Any

import pytest

from tests.demo_world.worlds import Stage
from tui.demo.kube.defaults import PVC_PROTECTION
from tui.demo.objects import Json
from tui.demo.world import api

SPACE = "runai-test"


def claim(stage: Stage, name: str = "cache", **spec: Any) -> None:
    wanted = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "100Gi"}}} | spec
    metadata = {"name": name, "namespace": SPACE}
    made = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": wanted}
    stage.api.create({**made, "status": {"phase": "Pending"}})


def volume(stage: Stage, name: str, size: str = "500Gi", **spec: Any) -> None:
    whole = {
        "capacity": {"storage": size},
        "accessModes": ["ReadWriteMany"],
        "nfs": {"server": "10.0.0.1", "path": "/srv/nim"},
        "persistentVolumeReclaimPolicy": "Retain",
    } | spec
    stage.api.create({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": whole})


def found(stage: Stage, name: str = "cache") -> Json:
    return stage.api.get(api.PVC, SPACE, name) or {}


def phase(stage: Stage, name: str = "cache") -> str:
    return str(found(stage, name)["status"]["phase"])


def reasons(stage: Stage) -> dict[str, str]:
    return {event["reason"]: event["message"] for event in stage.objects(api.EVENT)}


def test_a_claim_without_a_class_takes_the_default_one() -> None:
    stage = Stage()
    claim(stage)
    stage.until(lambda: phase(stage) == "Bound")
    assert found(stage)["spec"]["storageClassName"] == "nfs-client"
    assert found(stage)["status"]["capacity"] == {"storage": "100Gi"}
    assert "ProvisioningSucceeded" in reasons(stage)


@pytest.mark.parametrize("volume_first", [True, False])
def test_the_smallest_volume_that_fits_is_taken(volume_first: bool) -> None:
    stage = Stage()
    if not volume_first:
        claim(stage, storageClassName="")
        stage.go(5)
        assert "no persistent volumes available for this claim" in reasons(stage)["FailedBinding"]
    volume(stage, "small", "50Gi")
    volume(stage, "once", "100Gi", accessModes=["ReadWriteOnce"])
    volume(stage, "classy", "100Gi", storageClassName="nfs-client")
    volume(stage, "large", "2Ti")
    volume(stage, "fits", "200Gi")
    stage.go(1)
    if volume_first:
        claim(stage, storageClassName="")
    stage.until(lambda: phase(stage) == "Bound")
    assert found(stage)["spec"]["volumeName"] == "fits"
    assert found(stage)["status"]["capacity"] == {"storage": "200Gi"}
    taken = stage.api.get(api.VOLUME, None, "fits") or {}
    assert (taken["status"]["phase"], taken["spec"]["claimRef"]["name"]) == ("Bound", "cache")
    assert (stage.api.get(api.VOLUME, None, "large") or {})["status"]["phase"] == "Available"


def test_a_claim_that_names_its_volume_waits_for_that() -> None:
    stage = Stage()
    volume(stage, "other")
    claim(stage, storageClassName="", volumeName="mine")
    stage.go(5)
    assert phase(stage) == "Pending"
    volume(stage, "mine", "1Ti")
    stage.until(lambda: phase(stage) == "Bound")
    assert found(stage)["spec"]["volumeName"] == "mine"


def test_when_the_claim_goes_its_volume_is_released_or_goes_too() -> None:
    stage = Stage()
    volume(stage, "kept")
    claim(stage, storageClassName="")
    claim(stage, "second")
    stage.until(lambda: phase(stage) == phase(stage, "second") == "Bound")
    provisioned = found(stage, "second")["spec"]["volumeName"]
    for name in ("cache", "second"):
        stage.api.delete(api.PVC, SPACE, name)
    stage.go(2)
    assert (stage.api.get(api.VOLUME, None, "kept") or {})["status"]["phase"] == "Released"
    assert stage.api.get(api.VOLUME, None, provisioned) is None


def test_a_claim_that_is_mounted_stays_until_its_pods_are_gone() -> None:
    stage = Stage()
    stage.launch("uses-it", project="sandbox")
    space = "runai-sandbox"
    stage.api.change(api.PVC, space, "nfs-pvc-nim", lambda obj: obj["metadata"].update(finalizers=[PVC_PROTECTION]))
    stage.until(lambda: bool(stage.pods("uses-it")))
    stage.api.delete(api.PVC, space, "nfs-pvc-nim")
    stage.go(10)
    held = stage.api.get(api.PVC, space, "nfs-pvc-nim")
    assert held is not None and "deletionTimestamp" in held["metadata"]
    stage.api.delete(api.INFERENCE, space, "uses-it")
    stage.until(lambda: stage.api.get(api.PVC, space, "nfs-pvc-nim") is None)


def test_a_class_may_wait_for_the_first_consumer() -> None:
    stage = Stage()
    claim(stage, storageClassName="local-path")
    stage.go(5)
    assert (phase(stage), "WaitForFirstConsumer" in reasons(stage)) == ("Pending", True)
    mount = {"claimName": "cache", "existingPvc": True, "path": "/opt/nim/.cache"}
    workload = stage.launch("uses-it")
    stage.api.change(
        api.INFERENCE,
        SPACE,
        workload["metadata"]["name"],
        lambda obj: obj["spec"].update(pvcs={"items": {"pvc": {"value": mount}}}),
    )
    stage.until(lambda: phase(stage) == "Bound")
    stage.until(lambda: any(pod.ready for pod in stage.pods("uses-it")))
