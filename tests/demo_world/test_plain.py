"""Plain Deployments of NIMs: whole GPUs by Kubernetes' own scheduler, and its words where there are none."""

from tests.demo_world.test_seed import check_books
from tests.demo_world.worlds import Stage
from tui.demo.objects import Json
from tui.demo.world import api
from tui.demo.world.catalogue import LLAMA
from tui.demo.world.seed import Size

SPACE = "runai-test"


def deployment(name: str, gpus: int = 1, claim: str = "nfs-pvc-nim") -> Json:
    """As nimdeck writes it."""
    labels = {"app.kubernetes.io/name": name}
    key = {"name": "NGC_API_KEY", "valueFrom": {"secretKeyRef": {"name": "ngc-api-key", "key": "NGC_API_KEY"}}}
    container = {
        "name": "nim",
        "image": LLAMA.partition(":")[0],
        "env": [key],
        "ports": [{"name": "http", "containerPort": 8000, "protocol": "TCP"}],
        "resources": {"limits": {"nvidia.com/gpu": str(gpus)}},
        "volumeMounts": [{"name": "model-cache", "mountPath": "/opt/nim/.cache"}],
    }
    volume = {"name": "model-cache", "persistentVolumeClaim": {"claimName": claim}}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container], "volumes": [volume]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": SPACE, "labels": labels, "generation": 1},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
        "status": {},
    }


def pod_of(stage: Stage, name: str) -> Json | None:
    found = (pod for pod in stage.objects(api.POD) if pod["metadata"].get("generateName", "").startswith(f"{name}-"))
    return next(found, None)


def waits(stage: Stage, name: str) -> str:
    conditions = (pod_of(stage, name) or {}).get("status", {}).get("conditions", [])
    return next((str(entry.get("message", "")) for entry in conditions if entry["type"] == "PodScheduled"), "")


def ready(stage: Stage, name: str) -> bool:
    conditions = (pod_of(stage, name) or {}).get("status", {}).get("conditions", [])
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)


def test_a_deployment_gets_a_whole_gpu_and_starts() -> None:
    stage = Stage()
    given = stage.given()
    stage.api.create(deployment("plain"))
    stage.until(lambda: ready(stage, "plain"))
    assert stage.given() == given + 1
    check_books(stage)
    status = (stage.api.get(api.DEPLOYMENT, SPACE, "plain") or {})["status"]
    assert status["readyReplicas"] == 1
    stage.api.delete(api.DEPLOYMENT, SPACE, "plain")
    stage.go(5)
    assert stage.given() == given


def test_without_room_it_waits_in_the_schedulers_words() -> None:
    stage = Stage(size=Size(3, 2))
    stage.api.create(deployment("wide", gpus=16))
    stage.until(lambda: bool(waits(stage, "wide")))
    assert waits(stage, "wide") == (
        "0/3 nodes are available: 3 Insufficient nvidia.com/gpu. preemption: 0/3 nodes are available: "
        "3 No preemption victims found for incoming pod."
    )


def test_without_its_claim_it_waits_until_that_is_bound() -> None:
    stage = Stage()
    stage.api.create(deployment("plain", claim="later"))
    stage.until(lambda: 'persistentvolumeclaim "later" not found' in waits(stage, "plain"))
    spec = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "10Gi"}}}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "later", "namespace": SPACE}}
    stage.api.create({**claim, "spec": {**spec, "storageClassName": "no-such"}, "status": {"phase": "Pending"}})
    stage.until(lambda: "unbound immediate PersistentVolumeClaims" in waits(stage, "plain"))
    stage.api.delete(api.PVC, SPACE, "later")
    stage.api.create({**claim, "spec": spec, "status": {"phase": "Pending"}})
    stage.until(lambda: ready(stage, "plain"))
