"""What waits, made by hand: the screens are tried on it, whatever the engine would find in the cluster."""

from collections.abc import Sequence

import pytest

from tests.screens.cluster import NOW, TEAM, cluster, running
from tests.screens.stage import SETTINGS, FakeFeed
from tests.screens_changes.made import feed as changing_feed
from tests.store.builders import batch
from tui.diagnose import pending
from tui.model.cause import Cause, Evidence, Remedy
from tui.model.gpu_request import GpuRequest
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.pending import PendingItem
from tui.model.pod import Pod

UNKNOWN_WORDS = (
    "admission webhook policy.example.com denied the request: the moon is in the wrong house and no sentence that any "
    "scheduler ever wrote looks like this one, which goes on for longer than a line of any terminal is wide, to its end"
)


def waiter(number: int) -> Pod:
    """One of three replicas that ask for all GPUs of a node."""
    made = running(f"hungry-{number}", "node001", GpuRequest(devices=4), "hungry", scheduler="runai-scheduler")
    fields = {"node": None, "phase": "Pending", "started_at": None, "containers": (), "conditions": ()}
    return type(made)(**{name: fields.get(name, getattr(made, name)) for name in made.__dataclass_fields__})


def no_room() -> Cause:
    return Cause(
        "no_free_gpu",
        "no GPU is free for it",
        evidence=(
            Evidence("podgroup/pg-hungry", "Not enough resources: GPUs, 6 nodes", "schedulingConditions", NOW - 12, 41),
            Evidence("snapshot", "24 GPUs, 11 given"),
        ),
        remedies=(
            Remedy("scale llama-half to 0: frees 1 GPU idle for 3 h", "workload.scale", f"{TEAM}/llama-half"),
            Remedy("uncordon node005", command="kubectl uncordon node005"),
            Remedy("wait for the night"),
        ),
        source="kai",
        guide="Change the Placement Strategy",
        detail="4 GPUs in pool default",
    )


def refused() -> Cause:
    facts = (Evidence("event/ReplicaSet hungry", UNKNOWN_WORDS, at=NOW - 300, count=3),)
    return Cause("admission_refused", "its pods were refused when they were made", facts, source="kubernetes")


def waiting() -> tuple[PendingItem, ...]:
    """Three pods without room, the last of another workload; a workload with no pod at all."""
    hungry, half = WorkloadKey(TEAM, "hungry", "InferenceWorkload"), WorkloadKey(TEAM, "too-big", "InferenceWorkload")
    pods = [ObjectKey(TEAM, f"hungry-{number}") for number in (1, 2)]
    return (
        PendingItem(None, TEAM, half, "team", NOW - 1320, "Failed", (refused(),), 2),
        *(PendingItem(pod, TEAM, hungry, "team", NOW - 360, "Pending", (no_room(),)) for pod in pods),
        PendingItem(ObjectKey(TEAM, "too-big-0"), TEAM, half, "team", NOW - 300, "Pending", (no_room(),)),
    )


def says(monkeypatch: pytest.MonkeyPatch, items: Sequence[PendingItem]) -> None:
    """From now on the engine finds these."""
    monkeypatch.setattr(pending, "pending_items", lambda *_: tuple(items))


def feed() -> FakeFeed:
    """The small cluster with two replicas that find no room, and objects that can be changed."""
    made = changing_feed(SETTINGS)
    made.put(batch("pods", waiter(1), waiter(2)))
    return made


def engine_feed() -> FakeFeed:
    """The small cluster for the engine itself: one pod that asks for more than any node has."""
    return FakeFeed(cluster())
