"""Why a pod that has a node is not ready: its node, its containers, its mounts, the NIM's own words. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tui.diagnose.causes import cause
from tui.diagnose.evidence import first_of_each, of_event
from tui.diagnose.nim_log import log_stage
from tui.diagnose.pod_log import PodLog
from tui.diagnose.reservations import reservation_cause
from tui.diagnose.scene import Scene
from tui.diagnose.schedulers import dropped_cause
from tui.diagnose.startup import SIDECARS, container_causes, log_cause, of_pod
from tui.diagnose.startup_times import held_events, usual_seconds
from tui.diagnose.startup_words import CREATE, FAILED, PULL, code_of, scheduler_codes
from tui.diagnose.storage_causes import (
    access_mode_cause,
    claim_causes,
    hidden_note,
    missing_config_maps,
    missing_secrets,
)
from tui.model.cause import Cause, Evidence
from tui.model.event import Event
from tui.model.pod import Container, ContainerPhase, Pod

_PULL_EVENTS = ("Failed", "ErrImagePull", "InspectFailed", "BackOff")
_MOUNT_EVENTS = ("FailedMount", "FailedAttachVolume", "FailedMapVolume")
_SANDBOX_EVENTS = (
    *("FailedCreatePodSandBox", "FailedCreatePodContainer", "NetworkNotReady", "FailedPrepareDynamicResources"),
)
_CREATING = ("ContainerCreating", "PodInitializing", "")


def placed_causes(pod: Pod, scene: Scene, log: PodLog) -> list[Cause]:
    """The causes, the surest first."""
    lost = _node(pod, scene)
    if lost is not None:
        return [lost]  # what its containers say is as old as the node's last word
    dropped = dropped_cause(pod, scene) if pod.gpu.is_shared else None
    found = [*([dropped] if dropped else []), *_given_up(pod)]
    found += _with_missing(pod, scene, container_causes(pod, log.whole))
    if not found:
        found += [_failed(pod)] if pod.phase == "Failed" else _held_up(pod, scene, log.newest)
    missing = list(_next_missing(pod, scene, {one.code for one in found}))
    found = [*missing, *found] if {one.code for one in found} == {"unknown"} else [*found, *missing]
    return first_of_each(found)


def _node(pod: Pod, scene: Scene) -> Cause | None:
    node = scene.snapshot.nodes.get(pod.node or "")
    if node is None or node.ready is not False:
        return None
    fact = Evidence(f"node/{node.name}", node.status_note or "not ready")
    return cause("node_not_ready", evidence=[fact], node=node.name, detail=node.name)


def _next_missing(pod: Pod, scene: Scene, have: set[str]) -> Iterator[Cause]:
    """What would stop it next: a Secret or ConfigMap that it needs and that is known not to be there."""
    if any(one.phase is ContainerPhase.RUNNING or one.restarts for one in pod.containers) or not have:
        return
    secrets = [name for name in missing_secrets(pod, scene) if name not in pod.pull_secrets]
    if secrets and "secret_missing" not in have:
        yield of_pod(pod, "secret_missing", *(_absent("Secret", name, pod) for name in secrets[:3]))
    maps = missing_config_maps(pod, scene)
    if maps and "config_map_missing" not in have:
        yield of_pod(pod, "config_map_missing", *(_absent("ConfigMap", name, pod) for name in maps[:3]))


def _with_missing(pod: Pod, scene: Scene, found: Sequence[Cause]) -> Iterator[Cause]:
    """What containers say, with whether the Secrets and ConfigMaps in question are there."""
    for one in found:
        if one.code.startswith(("image_", "registry_")):
            yield _pull(pod, scene, one)
        elif one.code == "secret_missing":
            note = hidden_note(pod, scene, "secrets")
            facts = [_absent("Secret", name, pod) for name in missing_secrets(pod, scene)[:3]]
            yield replace(one, evidence=(*one.evidence, *facts, *([note] if note and not facts else [])))
        elif one.code == "config_map_missing":
            facts = [_absent("ConfigMap", name, pod) for name in missing_config_maps(pod, scene)[:3]]
            yield replace(one, evidence=(*one.evidence, *facts))
        else:
            yield one


def _pull(pod: Pod, scene: Scene, said: Cause) -> Cause:
    """The pull's failure. Where the container's state gives no reason, its events may, or that the key is missing."""
    gone = [_absent("Secret", name, pod) for name in missing_secrets(pod, scene) if name in pod.pull_secrets]
    if said.confidence == "certain":
        unnamed = said.code == "image_unauthorized" and not pod.pull_secrets
        more = [Evidence(f"pod/{pod.key.name}", "it names no imagePullSecret")] if unnamed else []
        return replace(said, evidence=(*said.evidence, *gone, *more)) if said.code.startswith("image_un") else said
    for event in scene.events_of("Pod", pod.key):
        code = code_of(event.message, PULL) if event.reason in _PULL_EVENTS else None
        if code is not None:
            return of_pod(pod, code, of_event(event), *said.evidence, *gone)
    return of_pod(pod, "image_unauthorized", *gone, *said.evidence, sure=False) if gone else said


def _absent(kind: str, name: str, pod: Pod) -> Evidence:
    return Evidence(f"{kind.lower()}/{name}", f"there is no {kind} {name} in {pod.key.namespace}")


def _held_up(pod: Pod, scene: Scene, log: Sequence[str]) -> list[Cause]:
    """No container says a word: it is still being made ready, or runs and does not answer."""
    events = scene.events_of("Pod", pod.key)
    waiting = [one for one in pod.containers if one.phase is not ContainerPhase.RUNNING and not one.ready]
    main = [one for one in pod.containers if not one.is_init and one.name not in SIDECARS]
    if all(one.phase is ContainerPhase.RUNNING for one in main) and main:
        return _not_answering(pod, scene, log)
    held = held_events(pod, scene)
    found = [*_mounts(pod, scene, held), *_reserved(pod, scene), *_sandbox(pod, held)]
    if not found and any(one.reason in _CREATING for one in waiting):
        found += _pulling(pod, scene, events)
    return found or _init(pod, scene, log) or [of_pod(pod, "unknown", _state(pod, events), sure=False)]


def _mounts(pod: Pod, scene: Scene, events: Sequence[Event]) -> Iterator[Cause]:
    told = next((event for event in events if event.reason in _MOUNT_EVENTS), None)
    shared = access_mode_cause(pod, scene, told)
    if shared is not None:
        yield shared
        return
    yield from claim_causes(pod, scene)
    if told is None:
        return
    text = told.message.lower()
    if "multi-attach" in text:
        yield of_pod(pod, "pvc_access_mode", of_event(told))
        return
    gone = [("secret_missing", name) for name in missing_secrets(pod, scene) if name.lower() in text]
    gone += [("config_map_missing", name) for name in missing_config_maps(pod, scene) if name.lower() in text]
    if not gone and (code := code_of(text, CREATE)) is not None:
        gone = [(code, "")]
    if gone:
        yield from (of_pod(pod, code, of_event(told)) for code, _ in gone)
        return
    yield of_pod(pod, "mount_failed", of_event(told))


def _reserved(pod: Pod, scene: Scene) -> Iterator[Cause]:
    if pod.gpu.is_shared and (found := reservation_cause(pod, scene)) is not None:
        yield found


def _sandbox(pod: Pod, events: Sequence[Event]) -> Iterator[Cause]:
    told = next((event for event in events if event.reason in _SANDBOX_EVENTS), None)
    if told is not None:
        yield of_pod(pod, "container_create_failed", of_event(told))


def _pulling(pod: Pod, scene: Scene, events: Sequence[Event]) -> list[Cause]:
    """An image that began to come and has not come yet."""
    pulled = [event for event in events if event.reason == "Pulled"]
    for event in events:
        if event.reason != "Pulling" or any((done.at or 0.0) >= (event.at or 0.0) for done in pulled):
            continue
        since = "" if event.at is None else f", for {_minutes(scene.now - event.at)}"
        fact = replace(of_event(event), text=f"{of_event(event).text}{since}")
        return [of_pod(pod, "image_pulling", fact)]
    return []


def _init(pod: Pod, scene: Scene, log: Sequence[str]) -> list[Cause]:
    running = next((one for one in pod.containers if one.is_init and one.phase is ContainerPhase.RUNNING), None)
    if running is None:
        return []
    since = "" if running.since is None else f" for {_minutes(scene.now - running.since)}"
    fact = Evidence(
        f"pod/{pod.key.name}", f"its init container {running.name} runs{since}", running.name, running.since
    )
    loading = _by_log(pod, scene, log, running)
    return loading or [of_pod(pod, "init_running", fact)]


def _not_answering(pod: Pod, scene: Scene, log: Sequence[str]) -> list[Cause]:
    """Its containers run, and it is not ready: the log tells loading from hanging, the probe's events confirm."""
    main = next(one for one in pod.containers if not one.is_init and one.name not in SIDECARS)
    told = next((event for event in scene.events_of("Pod", pod.key) if event.reason == "Unhealthy"), None)
    found = _by_log(pod, scene, log, main)
    confirming = [of_event(told)] if told is not None else []
    if found:
        return [replace(found[0], evidence=(*found[0].evidence, *confirming))]
    sidecar = next((one for one in pod.containers if one.name in SIDECARS and not one.ready), None)
    said = f"{main.name} runs{_since(main, scene)} and is not ready"
    if main.ready and sidecar is not None:
        said = f"{main.name} is ready, {sidecar.name} is not"
    facts = [Evidence(f"pod/{pod.key.name}", said, main.name, main.since), *confirming]
    if log:
        facts.append(Evidence(f"pod/{pod.key.name}", f"its log ends: {log[-1].strip()[:200]}", "log"))
    return [of_pod(pod, "readiness_failing", *facts)]


def _by_log(pod: Pod, scene: Scene, log: Sequence[str], container: Container) -> list[Cause]:
    """A start that takes its course, by the NIM's own words; or the error that it does not get over."""
    stage = log_stage(log)
    fault = log_cause(log, pod.key, standing=True)
    if stage is None:
        return []
    if stage.stage in ("downloading", "loading"):
        if fault is not None and fault.code not in ("nim_downloading", "nim_loading"):
            return [fault]
        code = "nim_downloading" if stage.stage == "downloading" else "nim_loading"
        done = "" if stage.percent is None else f"{stage.percent} % done: "
        usual = usual_seconds(pod, scene)
        words = f"; its siblings took {_minutes(usual)} to be ready" if usual is not None else ""
        fact = Evidence(f"pod/{pod.key.name}", f"{done}{stage.line[:200]}", "log")
        time = Evidence(
            f"pod/{pod.key.name}", f"runs{_since(container, scene)}{words}", container.name, container.since
        )
        return [of_pod(pod, code, fact, time)]
    return [fault] if fault is not None else []


def _since(container: Container, scene: Scene) -> str:
    return "" if container.since is None else f" for {_minutes(scene.now - container.since)}"


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _given_up(pod: Pod) -> Iterator[Cause]:
    """The kubelet or a controller has ended it, and says why: whatever its containers said then is of no account."""
    if pod.phase != "Failed" or not pod.reason:
        return
    text = f"{pod.reason}: {pod.message}"
    code = code_of(text, FAILED) or next(iter(scheduler_codes(text)), None)
    if code is not None:
        yield of_pod(pod, code, _last_word(pod))


def _failed(pod: Pod) -> Cause:
    return of_pod(pod, "container_crash", _last_word(pod))


def _last_word(pod: Pod) -> Evidence:
    text = pod.message or pod.reason or "the pod has failed"
    return Evidence(f"pod/{pod.key.name}", f"{pod.reason}: {text}" if pod.reason else text, "phase")


def _state(pod: Pod, events: Sequence[Event]) -> Evidence:
    if events:
        return of_event(events[0])
    waiting = next((one for one in pod.containers if one.reason), None)
    said = (
        f"{waiting.name} waits: {waiting.reason} {waiting.message}" if waiting else f"{pod.phase}, and no more is said"
    )
    return Evidence(f"pod/{pod.key.name}", said.strip())
