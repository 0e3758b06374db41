"""The small parts of a real plan: what is put back after a kill, placement, names of launches."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.plans.made import CELLS, LLAMA, PLAN
from tui.launch.scale import Scale
from tui.model.gpu import Gpu, Slice
from tui.model.gpu_request import GpuRequest
from tui.model.ids import GpuId, ObjectKey, WorkloadKey
from tui.model.node import Node
from tui.model.pod import Pod
from tui.model.snapshot import ClusterInfo, Snapshot
from tui.plans.cluster_change import spec_for
from tui.plans.folder import RESTORE_FILE, PlanError
from tui.plans.kept_scale import KeptScale
from tui.plans.placing import OTHERS, map_frame, placed

OURS = WorkloadKey("test", "plan-llama-r050", "InferenceWorkload")
THEIRS = WorkloadKey("test", "other", "Deployment")


def test_what_is_to_be_put_back_survives_a_kill(tmp_path: Path) -> None:
    kept = KeptScale(tmp_path)
    kept.note_launch(OURS)
    kept.note_scale(THEIRS, Scale(1, 4))
    kept.note_scale(THEIRS, Scale(16, 16))  # by the plan itself: the first counts
    kept.note_scale(OURS, Scale(1, 1))  # it is deleted, not scaled back
    again = KeptScale(tmp_path)
    assert again.launched == (OURS,)
    assert [(one.key, one.scale) for one in again.former] == [(THEIRS, Scale(1, 4))]
    again.forget(OURS)
    again.forget(THEIRS)
    assert not (tmp_path / RESTORE_FILE).exists()


def test_a_broken_record_is_never_taken_for_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / RESTORE_FILE).write_text('{"launched": [')
    with pytest.raises(PlanError, match="put the workloads back by hand"):
        KeptScale(tmp_path)


def test_a_launched_spec_is_the_tests() -> None:
    assert LLAMA.spec is not None
    half = spec_for(LLAMA.spec, PLAN.tests[2])
    assert (half.name, half.gpu.portion, half.scheduler) == ("plan-llama-r050", 0.5, "runai")
    plain = spec_for(LLAMA.spec, replace(PLAN.tests[0], scheduler="none", gpu_per_pod=2.0))
    assert (plain.name, plain.scheduler) == ("plan-llama-k200", "kubernetes")
    assert (plain.gpu.devices, plain.gpu.portion) == (2, None)


def _pod(name: str) -> Pod:
    return Pod(ObjectKey("test", name), name, "1", "Running", "n1", None, GpuRequest(1, fraction=0.5))


def _snapshot(*gpus: tuple[str, ...]) -> Snapshot:
    """One node; each GPU with the pods on it, halves."""
    held = []
    for index, names in enumerate(gpus):
        parts = [(OURS if name.startswith("p") else THEIRS, ObjectKey("test", name)) for name in names]
        slices = tuple(Slice(key, pod, 0.5, "reservation") for key, pod in parts)
        held.append(Gpu(GpuId("n1", index), None, None, 0.5 * len(slices), slices))
    node = Node("n1", True, True, None, None, float(len(held)), None, None, None, None, None, tuple(held), (), ())
    return Snapshot(1.0, 1, ClusterInfo(), nodes={"n1": node})


HALF = replace(CELLS[5], models=("llama",), gpus=1.0)  # two pods of half a GPU


@pytest.mark.parametrize(
    ("gpus", "problem"),
    [
        ((("p1", "p2"),), ""),
        ((("p1",), ("p2",)), ""),  # a GPU each is as good
        ((("p1", "other"), ("p2",)), "n1 GPU 0 shared with test/other"),
        ((("p1",),), "the GPU of 1 of 2 pods is not known, so the placement could not be checked"),
    ],
)
def test_where_pods_lie(gpus: tuple[tuple[str, ...], ...], problem: str) -> None:
    found = placed(_snapshot(*gpus), HALF, (_pod("p1"), _pod("p2")))
    assert found.problem == problem
    assert found.by_node == (("n1", 2),)
    assert found.gpus == (None if "not known" in problem else len(gpus))


def test_two_pods_on_one_gpu_where_each_was_to_have_its_own() -> None:
    whole = replace(CELLS[1])
    found = placed(_snapshot(("p1", "p2")), whole, (_pod("p1"), _pod("p2")))
    assert found.problem == "n1 GPU 0 holds more than 1 pod each; 1 GPUs hold them, the plan says 2"


def test_the_map_tells_the_plans_pods_from_others() -> None:
    frame = map_frame(_snapshot(("p1", "other"), ()), {OURS: "L"}, 3.0, ())
    assert frame is not None
    assert frame.rows == (("n1", ((("L", 0.5), (OTHERS, 0.5)), ())),)
