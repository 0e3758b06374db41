"""A pod's life in stages: created, queued, scheduled, pulled, started, ready, with the time that each took. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from tui.diagnose.nim_log import log_stage
from tui.diagnose.pod_log import log_of
from tui.diagnose.scene import Scene
from tui.diagnose.startup import SIDECARS
from tui.diagnose.startup_times import condition_at
from tui.model.circumstances import Circumstances
from tui.model.event import Event
from tui.model.pending import Stage
from tui.model.pod import ContainerPhase, Pod
from tui.model.snapshot import Snapshot

NAMES = ("created", "queued", "scheduled", "pulled", "started", "ready")


def stages(pod: Pod, snapshot: Snapshot, circumstances: Circumstances | None = None) -> tuple[Stage, ...]:
    """The six stages. A stage lasts from the end of the one before to its own: *scheduled* is the time in the queue."""
    return stages_in(pod, Scene(snapshot, circumstances))


def stages_in(pod: Pod, scene: Scene) -> tuple[Stage, ...]:
    """The same in a scene that is at hand."""
    usual = _usual(pod, scene)
    found = _walk(_reached(pod, scene), scene.now)
    notes = _notes(pod, scene)
    return tuple(replace(stage, usual_seconds=usual.get(stage.name), note=notes.get(stage.name, "")) for stage in found)


def _walk(reached: Sequence[tuple[str, float | None]], now: float) -> list[Stage]:
    """From moments to spans. A moment that is not told, but that a later one proves passed, leaves its span unknown."""
    last = max((number for number, (_, at) in enumerate(reached) if at is not None), default=-1)
    found: list[Stage] = []
    before: float | None = None
    for number, (name, at) in enumerate(reached):
        if number > last + 1:
            found.append(Stage(name, None, None, None))
            continue
        if number == last + 1:
            found.append(Stage(name, before, None, None if before is None else max(0.0, now - before)))
            continue
        seconds = None if at is None or before is None else max(0.0, at - before)
        found.append(Stage(name, at if before is None else before, at, seconds))
        before = at if at is not None else before
    return found


def _reached(pod: Pod, scene: Scene) -> list[tuple[str, float | None]]:
    group = scene.group_of(pod)
    queued = group.created_at if group is not None and pod.node is None else None
    if queued is not None and pod.created_at is not None:
        queued = max(queued, pod.created_at)
    scheduled = condition_at(pod, "PodScheduled") if pod.node is not None else None
    return [
        ("created", pod.created_at),
        ("queued", queued if queued is not None else pod.created_at),
        ("scheduled", scheduled if scheduled is not None or pod.node is None else pod.started_at),
        ("pulled", _pulled(pod, scene.events_of("Pod", pod.key))),
        ("started", _started(pod)),
        ("ready", condition_at(pod, "Ready")),
    ]


def _pulled(pod: Pod, events: Sequence[Event]) -> float | None:
    """When the last image was there: told by events for an hour, afterwards by nothing."""
    pulled = [event.at for event in events if event.reason == "Pulled" and event.at is not None]
    wanted = sum(1 for container in pod.containers if not container.is_init)
    if not pulled or (_started(pod) is None and len(pulled) < wanted and _is_pulling(events)):
        return None
    return max(pulled)


def _is_pulling(events: Sequence[Event]) -> bool:
    newest = next((event for event in events if event.reason in ("Pulling", "Pulled")), None)
    return newest is not None and newest.reason == "Pulling"


def _started(pod: Pod) -> float | None:
    running = [c.since for c in pod.containers if not c.is_init and c.phase is ContainerPhase.RUNNING and c.since]
    main = [c for c in pod.containers if not c.is_init and c.name not in SIDECARS]
    if not main or any(c.phase is not ContainerPhase.RUNNING for c in main):
        return None
    return max(running, default=None)


def _notes(pod: Pod, scene: Scene) -> dict[str, str]:
    log = log_stage(log_of(pod, scene).newest)
    notes = {}
    if log is not None and not pod.ready and log.stage in ("downloading", "loading"):
        notes["ready"] = log.stage if log.percent is None else f"{log.stage}, {log.percent} %"
    restarts = sum(container.restarts for container in pod.containers)
    if restarts:
        notes["started"] = f"restarted {restarts} times" if restarts > 1 else "restarted once"
    return notes


def _usual(pod: Pod, scene: Scene) -> dict[str, float]:
    """The median of what its ready siblings took for each stage."""
    workload = scene.workload_of.get(pod.key)
    took: dict[str, list[float]] = {}
    for key in workload.pods[:64] if workload is not None else ():
        sibling = scene.snapshot.pods.get(key)
        if sibling is None or sibling.key == pod.key or not sibling.ready:
            continue
        for stage in _walk(_reached(sibling, scene), scene.now):
            if stage.seconds is not None and stage.ended_at is not None:
                took.setdefault(stage.name, []).append(stage.seconds)
    return {name: median(seconds) for name, seconds in took.items()}
