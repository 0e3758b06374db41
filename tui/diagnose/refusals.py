"""Pods that were refused when they were to be made: by a webhook, a quota, a policy. Pure."""

from collections.abc import Iterator

from tui.diagnose.causes import cause
from tui.diagnose.evidence import of_event, one_line
from tui.diagnose.scene import Scene
from tui.diagnose.startup_words import REFUSALS, code_of
from tui.model.cause import Cause, Evidence
from tui.model.ids import WorkloadKey

_REASONS = ("FailedCreate", "InternalError", "SyncError", "UpdateFailed", "CreationFailed", "ReconcileError")
_CONDITIONS = ("ReplicaFailure", "FailureTarget")
_RETRY_SECONDS = 2000.0  # controllers try again within a quarter of an hour


def refusal_causes(scene: Scene, key: WorkloadKey) -> list[Cause]:
    """What refused the workload's pods last; empty where nothing did, or where all have been made since."""
    wanting = [maker for maker in scene.makers_of(key) if maker.desired]
    if wanting and all((maker.existing or 0) >= (maker.desired or 0) for maker in wanting):
        return []
    facts = [*_of_makers(scene, key), *_of_events(scene, key)]
    if not facts:
        return []
    code = code_of(facts[0].text, REFUSALS) or "admission_refused"
    detail = _who(facts[0].text)
    return [cause(code, evidence=facts[:2], source="kubernetes", namespace=key.namespace, detail=detail)]


def _of_events(scene: Scene, key: WorkloadKey) -> Iterator[Evidence]:
    for event in scene.snapshot.events:
        if event.object.namespace != key.namespace or event.severity != "Warning" or event.object_kind == "Pod":
            continue
        if event.reason not in _REASONS and code_of(event.message, REFUSALS) is None:
            continue
        if event.at is not None and scene.now - event.at > _RETRY_SECONDS:
            return  # events are the newest first
        if scene.is_made_for(event.object.name, key):
            yield of_event(event)
            return


def _of_makers(scene: Scene, key: WorkloadKey) -> Iterator[Evidence]:
    for maker in scene.makers_of(key):
        for condition in maker.conditions:
            if condition.type in _CONDITIONS and condition.status == "True":
                what = f"{maker.kind.lower()}/{maker.key.name}"
                yield Evidence(
                    what, one_line(condition.message or condition.reason), condition.type, condition.changed_at
                )
                return


def _who(text: str) -> str:
    """The webhook or quota that refused, where the message names it."""
    for mark in ('admission webhook "', "exceeded quota: "):
        _, found, rest = text.partition(mark)
        if found:
            return rest.split('"', 1)[0].split(",", 1)[0].strip()[:80]
    return ""
