"""The small cluster with the objects behind its workloads, so that they can be read and changed."""

from typing import Any

from config.settings import Settings
from tests.screens.cluster import TEAM
from tests.screens.stage import SETTINGS, Deck, FakeFeed
from tui.model.ids import ObjectKey
from tui.present import workloads as present
from tui.screens.change_review import ChangeReview

NIMS = "inferenceworkloads.run.ai"


def nim(name: str, low: int, high: int, *, ours: bool = True, **annotations: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/managed-by": "nimdeck"} if ours else {}
    return {
        "apiVersion": "run.ai/v2alpha1",
        "kind": "InferenceWorkload",
        "metadata": {
            "name": name,
            "namespace": TEAM,
            "uid": f"uid-{name}",
            "resourceVersion": "7",
            "labels": labels,
            "annotations": {key.replace("_", "/"): value for key, value in annotations.items()},
        },
        "spec": {"minScale": {"value": low}, "maxScale": {"value": high}, "image": {"value": "registry.example/nim"}},
    }


def feed(settings: Settings = SETTINGS) -> FakeFeed:
    """With an object for each InferenceWorkload of the cluster."""
    made = FakeFeed(settings=settings)
    for key, workload in made.store.snapshot.workloads.items():
        if key.kind == "InferenceWorkload":
            body = nim(key.name, workload.min_replicas or 0, workload.max_replicas or 1)
            made.objects[NIMS, ObjectKey(key.namespace, key.name)] = body
    lone = ObjectKey(TEAM, "cuda-debug")
    made.objects["pods", lone] = {"kind": "Pod", "metadata": {"name": lone.name, "namespace": TEAM}, "spec": {}}
    return made


async def reviewed(on: Deck) -> ChangeReview:
    """The review on top, once its thread is through."""
    await on.until(lambda: isinstance(on.app.screen, ChangeReview) and not on.app.screen._busy)
    await on.pilot.pause()
    screen = on.app.screen
    assert isinstance(screen, ChangeReview)
    return screen


def key_of(on: Deck, name: str) -> str:
    """The key of a workload's row."""
    return present.row_key(next(item for item in on.app.screen.shown if item.key.name == name))  # type: ignore[attr-defined]


async def go_to(on: Deck, name: str) -> None:
    """Put the cursor of Workloads on a row."""
    await on.press("2")
    on.table.cursor_key = key_of(on, name)
    await on.pilot.pause()


async def mark(on: Deck, *names: str) -> None:
    """Mark these rows."""
    for name in names:
        await go_to(on, name)
        await on.press("space")
