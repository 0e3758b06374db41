"""Addresses and volumes come as the guide's cluster gives them, and nonsense stops nothing."""

from tests.demo_world.worlds import Stage
from tui.demo.objects import Json
from tui.demo.world import api
from tui.demo.world.catalogue import LLAMA
from tui.demo.world.images import start_of


def claim(name: str, storage_class: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": "runai-test"},
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "resources": {"requests": {"storage": "10Gi"}},
            "storageClassName": storage_class,
        },
        "status": {"phase": "Pending"},
    }


def test_load_balancers_get_different_addresses() -> None:
    stage = Stage()
    for name in ("one", "two"):
        spec = {"type": "LoadBalancer", "ports": [{"port": 8000}], "selector": {"app": name}}
        metadata = {"name": name, "namespace": "runai-test"}
        stage.api.create({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
    stage.go(5)
    found = [stage.api.get(api.SERVICE, "runai-test", name) or {} for name in ("one", "two")]
    addresses = [service["status"]["loadBalancer"]["ingress"][0]["ip"] for service in found]
    assert addresses == ["10.185.118.40", "10.185.118.41"]


def test_a_claim_is_bound_if_its_class_exists_and_the_pod_that_waits_for_it_starts() -> None:
    stage = Stage()
    workload = stage.launch("waits")
    mount = {"claimName": "cache", "existingPvc": True, "path": "/opt/nim/.cache"}
    stage.api.change(
        api.INFERENCE,
        "runai-test",
        workload["metadata"]["name"],
        lambda obj: obj["spec"].update(pvcs={"items": {"pvc": {"value": mount}}}),
    )
    stage.until(lambda: 'persistentvolumeclaim "cache" not found' in stage.message("waits"))
    stage.api.create(claim("cache", "nfs-client"))
    stage.api.create(claim("lost", "no-such-class"))
    stage.until(lambda: any(pod.ready for pod in stage.pods("waits")))
    states = {name: (stage.api.get(api.PVC, "runai-test", name) or {})["status"]["phase"] for name in ("cache", "lost")}
    assert states == {"cache": "Bound", "lost": "Pending"}
    assert any(event["reason"] == "ProvisioningFailed" for event in stage.objects(api.EVENT))


def test_nonsense_stops_nothing() -> None:
    stage = Stage()
    stage.launch("nonsense", gpu=0.5, gpuDevices="several")
    bare = {"containers": [{"name": "main", "image": "busybox", "resources": {"requests": {"cpu": "lots"}}}]}
    metadata = {"name": "odd", "namespace": "runai-test", "annotations": {"gpu-fraction": "half"}}
    stage.api.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": bare, "status": {}})
    stage.launch("fine")
    stage.until(lambda: any(pod.ready for pod in stage.pods("fine")))
    assert [key.name for key in stage.world.failures] == ["nonsense"]


def test_speed_divides_how_long_things_take() -> None:
    took = []
    for speed in (10.0, 40.0):
        stage = Stage(speed=speed)
        stage.launch("timed", project="research")  # its volume has no model yet
        stage.until(lambda stage=stage: any(pod.ready for pod in stage.pods("timed")))  # type: ignore[misc]
        took.append(stage.hand.at - 1_800_000_000.0)
    start = start_of(LLAMA)
    assert 25 < took[0] < 35
    assert 0.8 * (start.download + start.load) / 10 < took[0]
    assert took[1] < took[0] / 2
