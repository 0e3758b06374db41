"""A Service without a lower bound: to zero when nobody asks, up again when somebody waits. At ten times the pace."""

from contextlib import ExitStack

import pytest

from tests.demo_world.worlds import Stage
from tui.demo.objects import Json
from tui.demo.world import api
from tui.demo.world.naming import parse_time
from tui.demo.world.scaling import rules_of

SPACE = "runai-test"
KEY = (SPACE, "fresh")
WINDOW, GRACE = 6.0, 3.0  # seconds here of 60 and 30 there


def sleepy(stage: Stage, **spec: object) -> None:
    """A workload that has just become ready and may go to zero."""
    stage.launch("fresh", **{"minScale": 0, "maxScale": 4, "target": 10, **spec})
    stage.until(lambda: phase(stage) == "Running")


def phase(stage: Stage) -> str:
    return str((stage.api.get(api.INFERENCE, *KEY) or {}).get("status", {}).get("phase", ""))


def replicas(stage: Stage) -> int:
    return int((stage.api.get(api.DEPLOYMENT, SPACE, "fresh-00001-deployment") or {})["spec"]["replicas"])


def condition(stage: Stage, kind: api.Kind, type_: str = "Active", name: str = "fresh-00001") -> tuple[str, str]:
    found = (stage.api.get(kind, SPACE, name) or {})["status"]["conditions"]
    entry = next(entry for entry in found if entry["type"] == type_)
    return entry["status"], entry.get("reason", "")


def annotate(stage: Stage, **annotations: str) -> None:
    """Annotations of the pods, by their names without the prefix, ``_`` for ``-``."""
    items = {f"autoscaling.knative.dev/{key.replace('_', '-')}": {"value": text} for key, text in annotations.items()}
    stage.api.change(api.INFERENCE, *KEY, lambda obj: obj["spec"].update(annotations={"items": items}))


def configure(stage: Stage, **data: str) -> None:
    new = {key.replace("_", "-"): text for key, text in data.items()}
    stage.api.change(api.CONFIG_MAP, "knative-serving", "config-autoscaler", lambda obj: obj["data"].update(new))


def test_nobody_asks_and_it_goes_after_the_window_and_the_grace_period() -> None:
    stage = Stage()
    given = stage.given()
    sleepy(stage)
    began = stage.hand.at
    stage.until(lambda: condition(stage, api.AUTOSCALER) == ("False", "NoTraffic"))
    assert stage.hand.at - began == pytest.approx(WINDOW, abs=1.5)
    idle = stage.hand.at
    assert (replicas(stage), condition(stage, api.REVISION)) == (1, ("False", "NoTraffic")), "its pod still serves"
    stage.until(lambda: replicas(stage) == 0)
    assert stage.hand.at - idle == pytest.approx(GRACE, abs=1.5)
    stage.until(lambda: not stage.pods("fresh") and phase(stage) == "Stopped")
    assert stage.given() == pytest.approx(given)
    assert condition(stage, api.REVISION, "Ready") == ("True", "")
    assert condition(stage, api.KSERVICE, "Ready", "fresh") == ("True", "")
    scaler = (stage.api.get(api.AUTOSCALER, SPACE, "fresh-00001") or {})["status"]
    assert (scaler["desiredScale"], scaler["actualScale"]) == (0, 0)
    stage.go(60)
    assert replicas(stage) == 0


def test_a_condition_keeps_its_time_until_it_turns() -> None:
    stage = Stage()
    sleepy(stage)
    stage.until(lambda: phase(stage) == "Stopped")
    found = (stage.api.get(api.REVISION, SPACE, "fresh-00001") or {})["status"]["conditions"]
    times = {entry["type"]: parse_time(entry["lastTransitionTime"]) or 0.0 for entry in found}
    assert times["Active"] - times["Ready"] == pytest.approx(WINDOW, abs=2)


def test_a_request_that_waits_wakes_it_at_once() -> None:
    stage = Stage()
    sleepy(stage)
    stage.until(lambda: phase(stage) == "Stopped")
    with stage.world.traffic.request(KEY), stage.world.traffic.holding(KEY):
        stage.go(0.5)
        assert replicas(stage) == 1, "without waiting for the next look"
        assert condition(stage, api.AUTOSCALER) == condition(stage, api.REVISION) == ("Unknown", "Queued")
        assert condition(stage, api.REVISION, "Ready") == ("True", ""), "it has come up before"
        phases = {phase(stage)}
        while phase(stage) != "Running":
            stage.go(0.5)
            phases.add(phase(stage))
        assert phases <= {"Stopped", "Creating", "Pending", "Initializing", "Running"} and "Initializing" in phases
    assert condition(stage, api.AUTOSCALER) == ("True", "")
    stage.go(WINDOW + GRACE - 1)
    assert replicas(stage) == 1, "it was asked within the window"
    stage.until(lambda: replicas(stage) == 0)


@pytest.mark.parametrize(("waiting", "spec", "extra", "woken"), [
    (1, {}, {}, 1),
    (25, {}, {}, 3),
    (400, {}, {}, 4),
    (1, {}, {"activation_scale": "3"}, 3),
    (1, {}, {"activation_scale": "9"}, 4),
    (25, {"metric": "rps"}, {"activation_scale": "2"}, 2),
])  # fmt: skip
def test_as_many_as_the_waiting_need(waiting: int, spec: dict, extra: dict[str, str], woken: int) -> None:
    stage = Stage()
    sleepy(stage, **spec)
    annotate(stage, **extra)
    stage.until(lambda: phase(stage) == "Stopped")
    with ExitStack() as held:
        for _ in range(waiting):
            held.enter_context(stage.world.traffic.holding(KEY))
        stage.until(lambda: sum(pod.ready for pod in stage.pods("fresh")) == woken)
        stage.go(5)
        assert replicas(stage) == woken
    stage.until(lambda: replicas(stage) == 0)


def test_what_is_asked_stays_whatever_is_asked() -> None:
    """A request too short for any look at what is in flight counts all the same."""
    stage = Stage()
    sleepy(stage)
    for _ in range(20):
        stage.go(WINDOW - 1)
        with stage.world.traffic.request(KEY):
            pass
    assert (replicas(stage), condition(stage, api.AUTOSCALER)) == (1, ("True", ""))


def test_simulated_users_are_users() -> None:
    stage = Stage()
    name = "llama-31-8b"
    stage.api.change(api.INFERENCE, SPACE, name, lambda obj: obj["spec"].update(minScale={"value": 0}))
    before = len(stage.pods(name))
    stage.go(60, step=2)
    assert len(stage.pods(name)) == before > 0


def test_in_busy_too() -> None:
    stage = Stage("busy")
    stage.launch("fresh", gpu=0.3, minScale=0, maxScale=2)
    stage.until(lambda: phase(stage) == "Running")
    stage.go(WINDOW + GRACE - 2)
    assert replicas(stage) == 1
    stage.until(lambda: replicas(stage) == 0)


@pytest.mark.parametrize(("data", "extra", "lasts"), [
    ({}, {"scale_to_zero_pod_retention_period": "5m"}, WINDOW + 30),
    ({"scale_to_zero_pod_retention_period": "5m"}, {}, WINDOW + 30),
    ({"scale_to_zero_pod_retention_period": "10s"}, {}, WINDOW + GRACE),
    ({}, {"window": "2m"}, 12 + GRACE),
    ({"stable_window": "2m", "scale_to_zero_grace_period": "1m"}, {}, 12 + 6),
])  # fmt: skip
def test_the_times_are_the_service_s_or_the_cluster_s(
    data: dict[str, str], extra: dict[str, str], lasts: float
) -> None:
    stage = Stage()
    configure(stage, **data)
    stage.launch("fresh", minScale=0, maxScale=2)
    annotate(stage, **extra)
    stage.until(lambda: phase(stage) == "Running")
    began = stage.hand.at
    stage.until(lambda: replicas(stage) == 0)
    assert stage.hand.at - began == pytest.approx(lasts, abs=2)


@pytest.mark.parametrize(("data", "spec", "extra"), [
    ({"enable_scale_to_zero": "false"}, {}, {}),
    ({}, {"metric": "latency"}, {}),
    ({}, {}, {"class": "hpa.autoscaling.knative.dev"}),
    ({}, {"minScale": 1}, {}),
])  # fmt: skip
def test_what_keeps_one(data: dict[str, str], spec: dict, extra: dict[str, str]) -> None:
    stage = Stage()
    configure(stage, **data)
    stage.launch("fresh", **{"minScale": 0, "maxScale": 3, **spec})
    annotate(stage, **extra)
    stage.until(lambda: phase(stage) == "Running")
    stage.go(60, step=2)
    assert (replicas(stage), phase(stage)) == (1, "Running")


def test_fewer_are_delayed() -> None:
    stage = Stage()
    sleepy(stage)
    annotate(stage, scale_down_delay="5m")
    stage.world.load.in_flight[KEY] = 35
    stage.until(lambda: replicas(stage) == 4)
    stage.world.load.in_flight.clear()
    left = stage.hand.at
    stage.until(lambda: replicas(stage) < 4)
    assert stage.hand.at - left == pytest.approx(WINDOW + 30, abs=2)


def cordon(stage: Stage, on: bool) -> None:
    for node in stage.objects(api.NODE):
        stage.api.change(api.NODE, None, node["metadata"]["name"], lambda obj: obj["spec"].update(unschedulable=on))


def test_without_a_place_they_wait_until_there_is_one() -> None:
    stage = Stage()
    sleepy(stage)
    stage.until(lambda: phase(stage) == "Stopped")
    cordon(stage, True)
    with stage.world.traffic.holding(KEY):
        stage.go(120, step=2)
        assert [pod.node for pod in stage.pods("fresh")] == [None]
        assert phase(stage) == "Pending" and "unschedulable" in stage.message("fresh")
        assert condition(stage, api.REVISION) == ("Unknown", "Queued")
        assert condition(stage, api.REVISION, "ResourcesAvailable") == ("False", "Unschedulable")
        cordon(stage, False)
        stage.until(lambda: phase(stage) == "Running")
    assert condition(stage, api.REVISION, "ResourcesAvailable") == ("True", "")


def test_what_can_not_be_woken_is_given_up_when_nobody_waits_any_more() -> None:
    """Longer than the progress deadline, of the clock on the wall."""
    stage = Stage()
    sleepy(stage)
    stage.until(lambda: phase(stage) == "Stopped")
    cordon(stage, True)
    with stage.world.traffic.holding(KEY):
        stage.go(1900, step=10)
        assert (replicas(stage), condition(stage, api.AUTOSCALER)) == (1, ("Unknown", "Queued"))
    stage.until(lambda: condition(stage, api.AUTOSCALER) == condition(stage, api.REVISION) == ("False", "TimedOut"))
    assert replicas(stage) == 0
    with stage.world.traffic.holding(KEY):
        stage.until(lambda: replicas(stage) == 1)


def test_a_new_revision_of_one_that_sleeps_comes_up_once() -> None:
    stage = Stage()
    sleepy(stage)
    stage.until(lambda: phase(stage) == "Stopped")
    image = "nvcr.io/nim/meta/llama-3.2-1b-instruct:1.12.0"
    stage.api.change(api.INFERENCE, *KEY, lambda obj: obj["spec"]["image"].update(value=image))
    stage.until(lambda: [pod.ready for pod in stage.pods("fresh")] == [True])
    stage.until(lambda: condition(stage, api.AUTOSCALER, name="fresh-00002") == ("True", ""))
    stage.until(lambda: not stage.pods("fresh"))


def test_a_bound_wakes_it_and_keeps_it() -> None:
    stage = Stage()
    sleepy(stage)
    stage.until(lambda: phase(stage) == "Stopped")
    stage.api.change(api.INFERENCE, *KEY, lambda obj: obj["spec"].update(minScale={"value": 1}))
    stage.until(lambda: phase(stage) == "Running")
    stage.until(lambda: condition(stage, api.AUTOSCALER) == ("True", ""))
    stage.go(40, step=2)
    assert replicas(stage) == 1


def test_one_that_loses_its_only_pod_after_years_is_not_past_its_deadline() -> None:
    stage = Stage()
    sleepy(stage, minScale=1)
    stage.go(1900, step=10)
    stage.api.delete(api.POD, *stage.pods("fresh")[0].key)
    stage.go(1)
    assert condition(stage, api.REVISION, "Ready") == ("True", "")
    stage.until(lambda: phase(stage) == "Running")


def test_a_knative_service_of_its_own_needs_no_annotation() -> None:
    """Knative's defaults: no lower bound, none above, a hundred requests a replica."""
    stage = Stage()
    container = {"name": "user-container", "image": "docker.io/library/nginx:1.27"}
    spec = {"template": {"metadata": {"labels": {"project": "test"}}, "spec": {"containers": [container]}}}
    stage.api.create(service(spec))
    stage.until(lambda: condition_or_none(stage) == ("True", ""))
    stage.until(lambda: replicas(stage) == 0)
    with ExitStack() as held:
        for _ in range(101):
            held.enter_context(stage.world.traffic.holding(KEY))
        stage.until(lambda: replicas(stage) == 2)


def condition_or_none(stage: Stage) -> tuple[str, str] | None:
    found = stage.api.get(api.REVISION, SPACE, "fresh-00001")
    return condition(stage, api.REVISION, "Ready") if found and found.get("status") else None


def service(spec: Json) -> Json:
    metadata = {"name": "fresh", "namespace": SPACE}
    return {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": metadata, "spec": spec}


def test_a_service_that_makes_no_sense_stops_nobody_else() -> None:
    stage = Stage()
    sleepy(stage)
    wrong = service({"template": {"metadata": {"annotations": {"autoscaling.knative.dev/target": "many"}}, "spec": {}}})
    wrong["metadata"]["name"] = "wrong"
    with pytest.raises(ValueError):
        rules_of(wrong, {})
    stage.store.create(stage.store.resource("services", "serving.knative.dev"), wrong)
    stage.until(lambda: replicas(stage) == 0)
