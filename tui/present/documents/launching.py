"""The items of ``nimdeck.launch/1``, ``nimdeck.change/1`` and ``nimdeck.probe/1``: what was changed, how far it has
come, and what an endpoint answers."""

from collections.abc import Iterable
from dataclasses import dataclass

from tui.launch.apply import Applied
from tui.model.ids import ObjectKey
from tui.model.launch_progress import LaunchProgress, LaunchStep
from tui.model.manifest import Change, Manifest
from tui.model.probe import ProbeReport
from tui.present.documents.causes import CauseItem, cause_items
from tui.present.documents.figures import figure


@dataclass(frozen=True, slots=True)
class ChangeItem:
    verb: str
    resource: str
    namespace: str
    name: str
    title: str
    state: str
    error: str | None


@dataclass(frozen=True, slots=True)
class StepItem:
    name: str
    title: str
    state: str
    elapsed_seconds: float | None
    usual_seconds: float | None
    usual_source: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class LaunchItem:
    name: str
    namespace: str
    project: str
    dry_run: str | None
    fits: bool | None
    manifests: tuple[object, ...]
    changes: tuple[ChangeItem, ...]
    outcome: str
    steps: tuple[StepItem, ...]
    causes: tuple[CauseItem, ...]
    deadline_seconds_left: float | None
    advice: str | None
    endpoint: str | None


@dataclass(frozen=True, slots=True)
class ChangedItem:
    name: str
    namespace: str
    action: str
    dry_run: str | None
    changes: tuple[ChangeItem, ...]
    address: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class ProbeStepItem:
    name: str
    path: str
    state: str
    status: int | None
    seconds: float | None
    detail: str


@dataclass(frozen=True, slots=True)
class ProbeItem:
    name: str | None
    namespace: str | None
    url: str
    host: str | None
    healthy: bool
    reached: bool
    model: str | None
    models: tuple[str, ...]
    ttft_seconds: float | None
    total_seconds: float | None
    output_tokens: int | None
    text: str
    note: str | None
    steps: tuple[ProbeStepItem, ...]


def change_items(
    changes: Iterable[Change], applied: Iterable[Applied] = (), kept: Iterable[Manifest] = ()
) -> tuple[ChangeItem, ...]:
    """What was there already, then each change: ``done``, ``failed``, or ``planned`` where it was not tried."""
    tried = {id(one.change): one for one in applied}
    there = [_item("keep", one.resource, one.key, f"keep {one} as it is", "kept", None) for one in kept]
    return (*there, *(_changed(change, tried.get(id(change))) for change in changes))


def step_items(progress: LaunchProgress | None) -> tuple[StepItem, ...]:
    """The steps at the time of ``progress``."""
    return tuple(_step(step, progress.at) for step in progress.steps) if progress is not None else ()


def launch_causes(progress: LaunchProgress | None) -> tuple[CauseItem, ...]:
    return cause_items(progress.causes) if progress is not None else ()


def probe_item(report: ProbeReport, key: ObjectKey | None) -> ProbeItem:
    """``key`` is the workload that was named; ``None`` for an address."""
    return ProbeItem(
        name=key.name if key is not None else None,
        namespace=key.namespace if key is not None else None,
        url=report.url,
        host=report.host,
        healthy=report.healthy,
        reached=report.reached,
        model=report.model,
        models=report.models,
        ttft_seconds=figure(report.ttft_seconds),
        total_seconds=figure(report.total_seconds),
        output_tokens=report.output_tokens,
        text=report.text,
        note=report.note or None,
        steps=tuple(
            ProbeStepItem(one.name, one.path, one.state, one.status, figure(one.seconds), one.detail)
            for one in report.steps
        ),
    )


def _changed(change: Change, one: Applied | None) -> ChangeItem:
    state = "planned" if one is None else "done" if one.done else "failed"
    error = str(one.error) if one is not None and one.error is not None else None
    return _item(change.verb, change.resource, change.key, change.title, state, error)


def _item(verb: str, resource: str, key: ObjectKey, title: str, state: str, error: str | None) -> ChangeItem:
    return ChangeItem(verb, resource, key.namespace, key.name, title, state, error)


def _step(step: LaunchStep, now: float) -> StepItem:
    usual = step.usual
    return StepItem(
        name=step.name,
        title=step.title,
        state=step.state,
        elapsed_seconds=figure(step.elapsed_seconds(now)),
        usual_seconds=figure(usual.seconds) if usual is not None else None,
        usual_source=usual.source if usual is not None else None,
        detail=step.detail,
    )
