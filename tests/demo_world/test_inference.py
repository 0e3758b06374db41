"""An InferenceWorkload from its creation to Ready, through scale, change and deletion."""

import pytest

from tests.demo_world.test_seed import check_books
from tests.demo_world.worlds import Stage
from tui.demo.world import api

NAMESPACE = "runai-test"


def ready_reason(stage: Stage, name: str) -> str:
    service = stage.api.get(api.KSERVICE, NAMESPACE, name) or {}
    for entry in service.get("status", {}).get("conditions", []):
        if entry["type"] == "Ready":
            return "Ready" if entry["status"] == "True" else str(entry.get("reason"))
    return ""


def phase(stage: Stage, name: str) -> str:
    return str((stage.api.get(api.INFERENCE, NAMESPACE, name) or {}).get("status", {}).get("phase", ""))


def test_from_creation_to_ready() -> None:
    stage = Stage()
    stage.launch("fresh", replicas=2)
    phases, reasons = [""], [""]

    def done() -> bool:
        for seen, now in ((phases, phase(stage, "fresh")), (reasons, ready_reason(stage, "fresh"))):
            if now != seen[-1]:
                seen.append(now)
        return phase(stage, "fresh") == "Running" and reasons[-1] == "Ready"

    stage.until(done)
    assert phases[1] == "Creating", "accepted before anything is made of it"
    assert [entry for entry in reasons if entry] == [
        "RevisionMissing",
        "IngressNotConfigured",
        "Uninitialized",
        "Ready",
    ]
    assert "Initializing" in phases and phases[-1] == "Running"
    pods = stage.pods("fresh")
    assert len(pods) == 2 and all(pod.ready and pod.ask.share == 0.5 for pod in pods)
    check_books(stage)
    workload = stage.api.get(api.INFERENCE, NAMESPACE, "fresh")
    assert workload is not None
    assert workload["status"]["urls"]["serving"] == "http://fresh.runai-test.svc.cluster.local"
    assert (workload["status"]["desiredPods"], workload["status"]["runningPods"]) == (2, 2)


def test_a_pod_says_where_it_belongs() -> None:
    stage = Stage()
    stage.launch("fresh")
    stage.until(lambda: bool(stage.pods("fresh")))
    pod = stage.api.get(api.POD, *stage.pods("fresh")[0].key)
    assert pod is not None
    chain = []
    owner = pod["metadata"]["ownerReferences"][0]
    kinds = {
        "ReplicaSet": api.REPLICA_SET,
        "Deployment": api.DEPLOYMENT,
        "Revision": api.REVISION,
        "Configuration": api.CONFIGURATION,
        "Service": api.KSERVICE,
        "InferenceWorkload": api.INFERENCE,
    }
    while owner:
        chain.append(owner["kind"])
        found = stage.api.get(kinds[owner["kind"]], NAMESPACE, owner["name"])
        assert found is not None and found["metadata"]["uid"] == owner["uid"]
        owner = (found["metadata"].get("ownerReferences") or [None])[0]
    assert chain == list(kinds)
    group = stage.api.get(api.POD_GROUP, NAMESPACE, pod["metadata"]["annotations"]["pod-group-name"])
    assert group is not None and group["spec"]["queue"] == "test"
    assert [container["name"] for container in pod["spec"]["containers"]] == ["user-container", "queue-proxy"]


def test_scale_up_and_down() -> None:
    stage = Stage()
    before = stage.given()
    stage.launch("fresh")
    stage.until(lambda: phase(stage, "fresh") == "Running")

    def scale(count: int) -> None:
        def edit(workload: dict[str, object]) -> None:
            workload["spec"].update(minScale={"value": count}, maxScale={"value": count})  # type: ignore[attr-defined]

        stage.api.change(api.INFERENCE, NAMESPACE, "fresh", edit)

    scale(6)
    stage.until(lambda: sum(pod.ready for pod in stage.pods("fresh")) == 6)
    assert stage.given() == pytest.approx(before + 3)
    scale(2)
    stage.until(lambda: len(stage.pods("fresh")) == 2)
    assert stage.given() == pytest.approx(before + 1)
    assert ready_reason(stage, "fresh") == "Ready"  # a change of scale is no new revision
    assert [rev["metadata"]["name"] for rev in stage.api.list(api.REVISION, NAMESPACE) if "fresh" in str(rev)] == [
        "fresh-00001"
    ]
    check_books(stage)


def test_a_new_image_is_a_new_revision_that_takes_over_when_ready() -> None:
    stage = Stage()
    stage.launch("fresh")
    stage.until(lambda: phase(stage, "fresh") == "Running")
    stage.api.change(
        api.INFERENCE,
        NAMESPACE,
        "fresh",
        lambda obj: obj["spec"]["image"].update(value="nvcr.io/nim/meta/llama-3.2-1b-instruct:1.12.0"),
    )
    stage.until(lambda: [pod.key[1].startswith("fresh-00002-") for pod in stage.pods("fresh")] == [True])
    assert stage.pods("fresh")[0].ready


def test_deletion_takes_everything_along() -> None:
    stage = Stage()
    before = {resource.key: stage.store.list(resource) for resource in stage.store.resources}
    given = stage.given()
    stage.launch("fresh", replicas=3)
    stage.until(lambda: phase(stage, "fresh") == "Running")
    stage.api.delete(api.INFERENCE, NAMESPACE, "fresh")
    stage.go(10)
    for resource in stage.store.resources:
        if resource.key in ("events", "queues.scheduling.run.ai"):
            continue
        assert stage.store.list(resource) == before[resource.key], resource.key
    assert stage.given() == pytest.approx(given)


def test_autoscaler_follows_the_load_in_busy() -> None:
    stage = Stage("busy")
    counts = set()
    for _ in range(60):
        stage.go(10, step=1)
        counts.add(len(stage.objects(api.POD)))
        check_books(stage)
    assert len(counts) > 3


def test_autoscaler_follows_real_requests_and_comes_down_again() -> None:
    stage = Stage()
    stage.launch("fresh", target=10, maxScale=4)
    stage.launch("by-rate", target=10, maxScale=4, metric="rps")
    stage.until(lambda: phase(stage, "fresh") == phase(stage, "by-rate") == "Running")
    in_flight = stage.world.load.in_flight
    for requests, replicas in ((10, 1), (25, 3), (400, 4)):
        in_flight[NAMESPACE, "fresh"] = in_flight[NAMESPACE, "by-rate"] = requests
        stage.go(2)
        assert _replicas(stage, "fresh") == replicas
    stage.until(lambda: sum(pod.ready for pod in stage.pods("fresh")) == 4)
    check_books(stage)
    in_flight[NAMESPACE, "fresh"] = 15
    stage.go(2)  # the stable window, 6 s here, still knows of 400
    assert len(stage.pods("fresh")) == 4
    stage.until(lambda: len(stage.pods("fresh")) == 2)
    in_flight.clear()
    stage.until(lambda: len(stage.pods("fresh")) == 1)
    assert len(stage.pods("by-rate")) == 1


def _replicas(stage: Stage, name: str) -> int:
    return int((stage.api.get(api.DEPLOYMENT, NAMESPACE, f"{name}-00001-deployment") or {})["spec"]["replicas"])
