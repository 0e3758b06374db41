"""What a user sees of a start: its states and its log, what makes it shorter, and the ways in which it fails."""

from itertools import pairwise

import pytest

from tests.demo_world.worlds import Stage
from tui.demo.objects import Json
from tui.demo.world import api
from tui.demo.world.deadline import EXCEEDED
from tui.demo.world.deadline import seconds as deadline_seconds
from tui.demo.world.images import model_and_version, start_of
from tui.demo.world.inventory import PodRecord
from tui.demo.world.logs import WorldLogs

NAMESPACE = "runai-test"


def only_pod(stage: Stage, name: str) -> Json:
    (record,) = stage.pods(name)
    found = stage.api.get(api.POD, *record.key)
    assert found is not None
    return found


def log(stage: Stage, name: str, *, previous: bool = False) -> list[str]:
    logs = WorldLogs(stage.world.context.names, 10.0, stage.world.context.starts)
    lines = logs(only_pod(stage, name), "user-container", previous=previous, after=0.0, until=stage.hand.at)
    return [line.text for line in lines]


def waits_for(stage: Stage, name: str) -> str:
    pods = stage.pods(name)
    if not pods:
        return ""
    states = (stage.api.get(api.POD, *pods[0].key) or {})["status"].get("containerStatuses", [{}])
    return str(states[0].get("state", {}).get("waiting", {}).get("reason", ""))


def ready(stage: Stage, name: str) -> bool:
    return any(pod.ready for pod in stage.pods(name))


def condition(obj: Json | None, kind: str = "Ready") -> tuple[str, str]:
    conditions = (obj or {}).get("status", {}).get("conditions", [])
    return next(((entry["status"], entry.get("reason", "")) for entry in conditions if entry["type"] == kind), ("", ""))


def test_the_log_tells_of_the_download_then_of_the_load() -> None:
    stage = Stage()
    stage.launch("fresh", project="research")
    stage.until(lambda: bool(stage.pods("fresh")) and stage.pods("fresh")[0].phase == "Running")
    grown: list[list[str]] = []
    while not ready(stage, "fresh"):
        grown.append(log(stage, "fresh"))
        stage.go(1.0)
    assert all(now[: len(before)] == before for before, now in pairwise(grown))
    assert any("Downloading model-00001-of-00004" in line and " 25% " in line for line in grown[8])
    assert not any("workspace is now ready" in line for line in grown[8])
    done = log(stage, "fresh")
    marks = ("Preparing model workspace", "100% ", "workspace is now ready", "Loading model weights", "Uvicorn running")
    places = [next(at for at, line in enumerate(done) if mark in line) for mark in marks]
    assert places == sorted(places)


def test_what_lies_on_the_volume_is_not_downloaded_again() -> None:
    stage = Stage()
    for name in ("first", "second"):
        stage.launch(name, project="research")
        stage.until(lambda name=name: ready(stage, name))  # type: ignore[misc]
    first, second = (stage.world.context.starts[stage.pods(name)[0].uid].times for name in ("first", "second"))
    assert second.download < first.download / 5
    assert not any("Downloading model-" in line for line in log(stage, "second"))


@pytest.mark.parametrize(
    ("image", "model", "version"),
    [
        ("nvcr.io/nim/meta/llama-3.1-8b-instruct", "meta/llama-3.1-8b-instruct", None),
        ("nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4", "meta/llama-3.1-8b-instruct", "1.8.4"),
        ("nvcr.io/nim/meta/llama-3.1-8b-instruct@sha256:00", "meta/llama-3.1-8b-instruct", None),
    ],
)
def test_images_with_and_without_a_tag(image: str, model: str, version: str | None) -> None:
    assert model_and_version(image) == (model, version)
    stage = Stage()
    stage.launch("fresh", image=image)
    stage.until(lambda: ready(stage, "fresh"))
    assert f"Model: {model}" in log(stage, "fresh")


def test_larger_models_take_longer() -> None:
    small, large = (start_of(f"nvcr.io/nim/meta/llama-3.1-{size}b-instruct") for size in (8, 70))
    assert (small.download, small.load) < (large.download, large.load)


def test_a_pull_fails_then_waits_and_goes_on_when_the_login_is_there() -> None:
    stage = Stage()
    stage.api.delete(api.SECRET, NAMESPACE, "ngc-registry")
    stage.launch("fresh")
    seen: list[str] = []

    def backing_off() -> bool:
        seen.append(waits_for(stage, "fresh"))
        return seen[-1] == "ImagePullBackOff"

    stage.until(backing_off)
    assert "ErrImagePull" in seen
    login = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "mine", "namespace": NAMESPACE}}
    stage.api.create({**login, "type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": "e30="}})
    stage.until(lambda: ready(stage, "fresh"))


@pytest.mark.parametrize(
    ("model", "gpu", "reason", "says"),
    [
        ("meta/llama-does-not-exist:1", 0.5, "ImagePullBackOff", ""),
        ("nobody/llama-3.1-8b-instruct", 0.5, "ImagePullBackOff", ""),
        ("meta/llama-3.1-8b-instruct", 0.1, "CrashLoopBackOff", "CUDA out of memory"),
        ("meta/llama-3.1-70b-instruct", 1, "CrashLoopBackOff", "CUDA out of memory"),
        ("meta/llama-3.1-8b-instruct", 0, "CrashLoopBackOff", "Could not find a profile"),
    ],
)
def test_what_can_not_start(model: str, gpu: float, reason: str, says: str) -> None:
    stage = Stage(speed=100.0)
    stage.launch("fresh", gpu=gpu, image=f"nvcr.io/nim/{model}")
    stage.until(lambda: waits_for(stage, "fresh") == reason)
    assert not says or any(says in line for line in log(stage, "fresh", previous=True))


def test_a_missing_secret_keeps_the_container_from_being_made_until_it_comes() -> None:
    stage = Stage()
    stage.api.delete(api.SECRET, NAMESPACE, "ngc-api-key")
    stage.launch("fresh")
    stage.until(lambda: waits_for(stage, "fresh") == "CreateContainerConfigError")
    key = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "ngc-api-key", "namespace": NAMESPACE}}
    stage.api.create({**key, "type": "Opaque", "data": {"NGC_API_KEY": "bnZhcGktbWFkZS11cA=="}})
    stage.until(lambda: ready(stage, "fresh"))


def test_an_empty_key_is_refused_by_ngc() -> None:
    stage = Stage()
    stage.api.change(api.SECRET, NAMESPACE, "ngc-api-key", lambda obj: obj["data"].update(NGC_API_KEY=""))
    stage.launch("fresh")
    stage.until(lambda: waits_for(stage, "fresh") == "CrashLoopBackOff")
    assert any("NGC_API_KEY is not valid" in line for line in log(stage, "fresh", previous=True))


def set_deadline(stage: Stage, text: str) -> None:
    data = {"progress-deadline": text}
    stage.api.change(api.CONFIG_MAP, "knative-serving", "config-deployment", lambda obj: obj.update(data=data))


def test_a_revision_that_takes_too_long_is_given_up_and_a_change_makes_a_new_one() -> None:
    stage = Stage()
    set_deadline(stage, "10s")
    stage.launch("slow", project="research")
    space = "runai-research"
    stage.until(lambda: bool((stage.api.get(api.INFERENCE, space, "slow") or {})["status"].get("phase") == "Failed"))
    assert stage.hand.at - 1_800_000_000.0 < 14
    assert condition(stage.api.get(api.REVISION, space, "slow-00001")) == ("False", EXCEEDED[0])
    assert condition(stage.api.get(api.KSERVICE, space, "slow")) == ("False", "RevisionFailed")
    stage.until(lambda: not stage.pods("slow"))
    stage.go(30)
    assert condition(stage.api.get(api.KSERVICE, space, "slow")) == ("False", "RevisionFailed")
    assert (stage.api.get(api.INFERENCE, space, "slow") or {})["status"]["phase"] == "Failed"
    set_deadline(stage, "1800s")
    stage.api.change(api.INFERENCE, space, "slow", lambda obj: obj["spec"].update(maxScale={"value": 3}))
    stage.until(lambda: ready(stage, "slow"))
    stage.until(lambda: condition(stage.api.get(api.KSERVICE, space, "slow")) == ("True", ""))


@pytest.mark.parametrize(
    ("text", "seconds"), [("1800s", 1800.0), ("1h30m", 5400.0), ("soon", 600.0), ("", 600.0), ("10", 600.0)]
)
def test_the_deadline_is_read_as_go_reads_it(text: str, seconds: float) -> None:
    stage = Stage()
    set_deadline(stage, text)
    assert deadline_seconds(stage.api, {"metadata": {}}) == seconds


def test_suspended_and_resumed() -> None:
    stage = Stage()
    given = stage.given()
    stage.launch("fresh")
    stage.until(lambda: ready(stage, "fresh"))

    def scale(low: int, high: int) -> None:
        change = {"minScale": {"value": low}, "maxScale": {"value": high}}
        stage.api.change(api.INFERENCE, NAMESPACE, "fresh", lambda obj: obj["spec"].update(change))

    def phase() -> str:
        return str((stage.api.get(api.INFERENCE, NAMESPACE, "fresh") or {})["status"]["phase"])

    scale(0, 0)
    stage.until(lambda: phase() == "Stopped" and not stage.pods("fresh"))
    assert stage.given() == pytest.approx(given)
    stage.until(lambda: condition(stage.api.get(api.KSERVICE, NAMESPACE, "fresh")) == ("True", ""))
    revision = stage.api.get(api.REVISION, NAMESPACE, "fresh-00001")
    assert condition(revision, "Active") == ("False", "NoTraffic")
    scale(1, 2)
    stage.until(lambda: phase() == "Running")


def test_launched_at_zero_it_waits_for_nobody() -> None:
    stage = Stage()
    stage.launch("asleep", minScale=0, maxScale=0)
    stage.until(lambda: condition(stage.api.get(api.KSERVICE, NAMESPACE, "asleep")) == ("True", ""))
    pods: list[PodRecord] = stage.pods("asleep")
    assert not pods
