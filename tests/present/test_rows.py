"""Nodes, workloads, pods and cards as rows: every figure from the model, an en dash where it is not known."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as altered

from tests.cli.cluster import HALF, LLAMA, NOW, WORKLOAD, gpu, node, reading, unknown_node
from tests.store.builders import pod
from tui.model.condition import Condition
from tui.model.gpu import Gpu, Slice
from tui.model.gpu_request import GpuRequest
from tui.model.ids import GpuId, ObjectKey, WorkloadKey
from tui.model.node import Node
from tui.model.pod import Container, ContainerPhase
from tui.present.big_figures import big_figures, mean_utilization
from tui.present.gpu_cards import gpu_cards
from tui.present.letters import LetterBook
from tui.present.nodes import field, gpu_cell, node_row
from tui.present.pods import gpu_ask, pod_message, pod_row, pod_status, ready_text
from tui.present.totals import totals
from tui.present.workloads import PUBLIC_COLUMNS, brief, public_row, workload_row
from widgets.rows import SegmentKind, Tone


def book(*keys: WorkloadKey) -> LetterBook:
    letters = LetterBook(16)
    letters.update(keys)
    return letters


# -- totals ------------------------------------------------------------------------------------------------------------


def full(place: int, *fractions: float, **changes: object) -> Node:
    """A node whose GPUs hold these fractions."""
    gpus = tuple(
        Gpu(
            id=GpuId(f"n{place}", index),
            uuid=None,
            model=None,
            allocated_fraction=fraction,
            slices=(Slice(LLAMA, ObjectKey("a", f"p{place}-{index}"), fraction, "annotation"),) if fraction else (),
        )
        for index, fraction in enumerate(fractions)
    )
    plain = node(
        f"n{place}", gpus=gpus, gpu_allocatable=float(len(gpus)), gpu_allocated=sum(fractions), gpu_unplaced=0.0
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


shares = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=8)


@given(st.lists(shares, min_size=1, max_size=6))
def test_what_is_given_and_what_is_free_add_up_to_what_there_is(servers: list[list[float]]) -> None:
    sums = totals([full(place, *fractions) for place, fractions in enumerate(servers)])
    assert sums.allocatable is not None and sums.allocated is not None
    assert sums.whole_free is not None and sums.in_fractions is not None and sums.largest_free is not None
    assert sums.allocated + sums.whole_free + sums.in_fractions == pytest.approx(sums.allocatable)
    assert (sums.largest_free == 1.0) == (sums.whole_free > 0)
    assert sums.fragmentation_fraction is not None and 0.0 <= sums.fragmentation_fraction <= 1.0


@given(shares, shares)
def test_what_takes_no_pods_is_not_free(one: list[float], other: list[float]) -> None:
    for change in ({"ready": False}, {"schedulable": False}):
        alone, both = totals([full(1, *one)]), totals([full(1, *one), full(2, *other, **change)])
        assert (both.whole_free, both.in_fractions) == (alone.whole_free, alone.in_fractions)
        assert both.allocatable == len(one) + len(other)


def test_an_unknown_node_makes_the_sum_unknown_and_never_nought() -> None:
    sums = totals([full(1, 1.0, 0.0), unknown_node()])
    assert (sums.allocatable, sums.allocated, sums.whole_free, sums.largest_free) == (None, None, None, None)
    texts = {figure.key: figure.text for figure in big_figures([unknown_node()])}
    assert set(texts.values()) == {"–"}
    assert {figure.text for figure in big_figures([])} == {"–"}


def test_big_figures_say_what_the_totals_say() -> None:
    texts = {figure.key: figure.text for figure in big_figures([full(1, 1.0, 0.5, 0.0, 0.0)])}
    assert (texts["given"], texts["allocatable"], texts["free"]) == ("1.5", "4", "2")
    some = node(gpus=(gpu(0, HALF, utilization=0.5), gpu(1, utilization=None), gpu(2, utilization=1.0)))
    assert mean_utilization([some]) == 0.75


# -- nodes -------------------------------------------------------------------------------------------------------------


def test_a_node_as_a_row() -> None:
    row = node_row(node(), book(LLAMA), NOW)
    assert (row.given, row.utilization, row.memory) == ("1.8?/4", "36%", "21%")
    assert [segment.letter for segment in row.gpus[1].segments] == ["A", "A"]
    assert (row.temperature, row.power) == ("61°", "1.2 kW")
    assert row.gpus[1].utilization_text == "–"


def test_an_unknown_node_is_all_dashes() -> None:
    row = node_row(unknown_node(), book(), NOW)
    figures = (row.given, row.utilization, row.memory, row.temperature, row.power)
    assert figures == ("–/–", "–", "–", "–", "–") and row.gpus == ()
    assert all(
        field(unknown_node(), name) is None for name in ("util", "mem", "given", "free", "temp", "power", "pool")
    )


def test_trouble_of_a_node_and_of_a_gpu_is_seen() -> None:
    silent = node_row(node(ready=False, status_note="not ready 4 min: silent"), book(), NOW)
    assert (silent.state, silent.note) == ("✗", "not ready 4 min: silent")
    assert node_row(node(schedulable=False), book(), NOW).state == "⊘"
    twice = Gpu(GpuId("n", 0), None, None, 1.5, (HALF, altered(HALF, fraction=1.0)))
    cell = gpu_cell(twice, book(LLAMA), NOW)
    assert cell.alert and {segment.kind for segment in cell.segments} == {SegmentKind.OVERCOMMITTED}
    idle = altered(gpu(0, HALF, utilization=0.0), idle_seconds=301.0)
    assert gpu_cell(idle, book(LLAMA), NOW).alert and not gpu_cell(altered(idle, slices=()), book(), NOW).alert
    faulty = altered(gpu(0), xid=reading(79))
    assert gpu_cell(faulty, book(), NOW).alert
    assert gpu_cell(gpu(0), book(), NOW + 100).tone is Tone.DIM, "an old figure is dimmed"


def test_a_gpu_of_which_nothing_is_known_is_not_drawn_free() -> None:
    dark = Gpu(GpuId("n", 0), None, None, None, ())
    (segment,) = gpu_cell(dark, book(), NOW).segments
    assert segment.kind is SegmentKind.UNKNOWN


def test_cards_tell_who_holds_what() -> None:
    first, second, *_ = gpu_cards(node(), lambda _: None, book(LLAMA), lambda _gpu, _metric: ((NOW, 0.5),), NOW)
    assert first.slices[0].asked == "0.5 = 47.0 GB" and first.slices[0].used == "20.0 GB"
    assert [part.used for part in second.slices] == ["–", "–"]
    assert "by reservation" in first.slices[0].detail and first.sparks[0].values == (0.5,)
    assert any(cell.text == "util –" for cell in second.facts)


# -- workloads and pods ------------------------------------------------------------------------------------------------


def test_a_workload_as_a_row_and_for_the_big_screen() -> None:
    row = workload_row(WORKLOAD, book(LLAMA), NOW)
    texts = [cell.text for cell in row.cells]
    assert texts[:9] == ["A", "llama", "Inference", "Running 1 min", "test", "3/4", "1.1", "0.8", "–"]
    assert row.cells[5].tone is Tone.WARN, "a pod is missing"
    public = public_row(WORKLOAD, book(LLAMA), NOW)
    assert len(public.cells) == len(PUBLIC_COLUMNS)
    assert not {cell.text for cell in public.cells} & {WORKLOAD.image, WORKLOAD.endpoint, "runai-test"}


def test_only_trouble_has_a_second_line() -> None:
    pending = replace(WORKLOAD, phase="Pending", message="Resources were not found for pod a/b due to: no nodes: GPUs")
    assert [cell.text for cell in workload_row(pending, book(), NOW).sub] == ["no nodes: GPUs"]
    assert workload_row(replace(pending, phase="Running"), book(), NOW).sub == ()
    assert public_row(pending, book(), NOW).sub == ()


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Resources were not found for pod ns/p-1 due to: no nodes", "no nodes"),
        ("Scheduling conditions were not met for pod ns/p-1: VolumeBinding: gone", "VolumeBinding: gone"),
        ("lab quota has reached\nits limit", "lab quota has reached its limit"),
        ("", ""),
    ],
)
def test_messages_lose_their_preamble_only(message: str, said: str) -> None:
    assert brief(message) == said


def waits(reason: str, message: str = "") -> Container:
    return Container("c", "i", phase=ContainerPhase.WAITING, reason=reason, message=message)


RUNNING = Container("c", "i", True, phase=ContainerPhase.RUNNING)
READY = (Condition("Ready", "True"),)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"containers": (RUNNING,), "conditions": READY}, "Running"),
        ({"containers": (RUNNING,)}, "Not ready"),
        ({"containers": (waits("ImagePullBackOff"),), "phase": "Pending"}, "ImagePullBackOff"),
        ({"containers": (waits("PodInitializing"), RUNNING), "phase": "Pending"}, "Pending"),
        ({"containers": (waits("CrashLoopBackOff"),), "deleting_at": NOW}, "Terminating"),
        ({"containers": (Container("c", "i", phase=ContainerPhase.TERMINATED, exit_code=137),)}, "Exit 137"),
        ({"containers": (Container("c", "i", phase=ContainerPhase.TERMINATED),), "phase": "Succeeded"}, "Succeeded"),
        ({"reason": "Evicted", "phase": "Failed"}, "Evicted"),
    ],
)
def test_the_word_for_a_pod(fields: dict[str, object], status: str) -> None:
    assert pod_status(pod("p", **fields)) == status


def test_what_holds_a_pod_is_said_until_it_is_ready() -> None:
    pulling = pod("p", containers=(waits("ImagePullBackOff", "manifest\n unknown"),), phase="Pending")
    assert pod_message(pulling) == "manifest unknown"
    assert [cell.text for cell in pod_row(pulling, NOW).sub] == ["manifest unknown"]
    assert pod_message(replace(pulling, conditions=READY)) == ""
    unplaced = pod("p", node=None, conditions=(Condition("PodScheduled", "False", "", "no GPU"),), phase="Pending")
    assert pod_message(unplaced) == "no GPU"
    assert ready_text(pod("p", containers=(RUNNING, waits("x"), Container("i", "i", is_init=True)))) == "1/2"


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (GpuRequest(), "–"),
        (GpuRequest(devices=2), "2"),
        (GpuRequest(devices=1, fraction=0.5), "0.5"),
        (GpuRequest(devices=2, fraction=0.5), "2×0.5"),
        (GpuRequest(devices=1, memory_bytes=40 * 10**9), "40.0 GB"),
        (GpuRequest(mig=(("1g.12gb", 2),)), "2×1g.12gb"),
        (GpuRequest(devices=1, invalid="half"), "half?"),
    ],
)
def test_what_a_pod_asks(request_: GpuRequest, text: str) -> None:
    assert gpu_ask(pod("p", request_)) == text
