"""GPU requests and quantities: whatever an annotation says, the request is read or marked, never guessed."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources_kubernetes.items import decode_pod
from tui.model.gpu_request import GpuRequest
from tui.model.quantity import parse_quantity
from tui.sources.kinds.containers import ContainerItem, Resources, effective_requests
from tui.sources.kinds.gpu import MIB, gpu_groups, gpu_request
from tui.sources.kinds.workloads_runai import gpu_of

GPU = "nvidia.com/gpu"


@given(st.floats(min_value=0.001, max_value=1.0), st.integers(1, 8))
def test_fraction_on_devices_adds_up(fraction: float, devices: int) -> None:
    request = gpu_request({}, str(fraction), None, str(devices))
    assert request.invalid is None
    assert request.gpus(None) == pytest.approx(fraction * devices, abs=1e-6)


@given(st.text(max_size=20), st.none() | st.text(max_size=6))
def test_any_text_is_a_fraction_in_range_or_marked_invalid(fraction: str, devices: str | None) -> None:
    request = gpu_request({}, fraction, None, devices)
    assert request.asks_gpu
    if request.invalid is None:
        assert request.fraction is not None
        assert 0.0 < request.fraction <= 1.0
        assert request.devices >= 1
    else:
        assert request.gpus(95830 * MIB) is None
        assert request.fraction is None


@given(st.text(max_size=20))
def test_any_text_is_a_memory_or_marked_invalid(memory: str) -> None:
    request = gpu_request({}, None, memory, None)
    assert request.asks_gpu
    assert (request.memory_bytes is None) == (request.invalid is not None)
    assert request.memory_bytes is None or request.memory_bytes > 0


@pytest.mark.parametrize("text", ["half", "", "0", "-0.5", "1.5", "nan", "inf", "0,5", "50%"])
def test_fractions_that_are_none(text: str) -> None:
    assert gpu_request({}, text, None, None) == GpuRequest(devices=1, invalid=f'gpu-fraction: "{text}"')


def test_memory_is_mib_per_device() -> None:
    assert gpu_request({}, None, "2048", "2") == GpuRequest(devices=2, memory_bytes=2048 * MIB)


def test_a_device_of_the_plugin_is_whole_whatever_is_annotated() -> None:
    assert gpu_request({GPU: 1.0}, "0.5", None, None) == GpuRequest(devices=1)


def test_mig_slices() -> None:
    request = gpu_request({"nvidia.com/mig-1g.12gb": 2.0, "nvidia.com/mig-3g.47gb": 1.0}, None, None, None)
    assert request.mig == (("1g.12gb", 2), ("3g.47gb", 1))
    assert request.gpus(None) == pytest.approx(5 / 7, abs=1e-5)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["", "m", "k", "Mi", "Gi", "G"]))
def test_quantities_round_trip(number: float, suffix: str) -> None:
    value = parse_quantity(f"{number!r}{suffix}")
    assert value is None or math.isfinite(value)
    assert suffix != "" or value == number


@given(st.text(max_size=12))
def test_any_text_is_a_finite_quantity_or_none(text: str) -> None:
    value = parse_quantity(text)
    assert value is None or math.isfinite(value)


Asked = st.dictionaries(st.sampled_from(["cpu", "memory", GPU]), st.integers(0, 8), max_size=3)


@given(st.lists(Asked, max_size=3), st.lists(st.tuples(Asked, st.booleans()), max_size=3))
def test_effective_requests_are_those_of_the_scheduler(own: list[dict[str, int]], init: list[Any]) -> None:
    found = effective_requests(
        [ContainerItem(resources=Resources(requests=dict(asked))) for asked in own],
        [
            ContainerItem(resources=Resources(limits=dict(asked)), restart_policy="Always" if sidecar else None)
            for asked, sidecar in init
        ],
    )
    for name in ("cpu", "memory", GPU):
        sidecars, peak = 0, 0
        for asked, sidecar in init:
            if sidecar:
                sidecars += asked.get(name, 0)
                peak = max(peak, sidecars)
            else:
                peak = max(peak, sidecars + asked.get(name, 0))
        running = sum(asked.get(name, 0) for asked in own) + sidecars
        assert found.get(name, 0) == max(running, peak)


def test_limits_alone_count_and_pod_level_resources_replace() -> None:
    container = ContainerItem(resources=Resources(limits={GPU: "2", "cpu": "500m"}))
    assert effective_requests([container], None) == {GPU: 2.0, "cpu": 0.5}
    assert effective_requests([container], None, Resources(requests={"cpu": "3"}), {"memory": "1Ki"}) == {
        GPU: 2.0,
        "cpu": 3.0,
        "memory": 1024.0,
    }


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"gpu": {"value": "0.5"}}, GpuRequest(devices=1, fraction=0.5)),
        ({"gpu": {"value": 0.5}}, GpuRequest(devices=1, fraction=0.5)),
        ({"gpu": {"value": 2}}, GpuRequest(devices=2)),
        ({"gpu": {"value": "0"}}, GpuRequest()),
        ({"gpu": {"value": "half"}}, GpuRequest(devices=1, invalid='gpu: "half"')),
        ({"gpu": {"value": ["0.5"]}}, None),
        ({"gpu": "0.5"}, None),
        ({"gpuMemory": {"value": "20Gi"}}, GpuRequest(devices=1, memory_bytes=20 * 2**30)),
        ({}, None),
        (None, None),
    ],
)
def test_gpu_of_an_inference_workload(spec: object, expected: GpuRequest | None) -> None:
    assert gpu_of(spec) == expected


def test_groups_of_one_and_of_several_devices() -> None:
    assert gpu_groups({"runai-gpu-group": "g1", "app": "x"}) == ("g1",)
    assert gpu_groups({"runai-gpu-group/g1": "g1", "runai-gpu-group/g2": "g2"}) == ("g1", "g2")


@pytest.mark.parametrize(
    ("namespace", "name", "labels", "annotations", "expected"),
    [
        ("runai-reservation", "gpu-reservation-node001-abcde", {"runai-gpu-group": "g", "app": "x"}, {}, True),
        ("kai-resource-reservation", "gpu-reservation-1a2b", {"app": "resource-reservation"}, {}, True),
        ("custom", "gpu-reservation-1a2b", {"runai-gpu-group": "g"}, {}, True),
        ("custom", "other", {"runai-gpu-group": "g", "app": "kai-resource-reservation"}, {}, True),
        ("custom", "other", {}, {"run.ai/reserve_for_gpu_index": "GPU-0d1e"}, True),
        ("runai-team-a", "llama", {"runai-gpu-group": "g"}, {"gpu-fraction": "0.5"}, False),
        ("runai-reservation", "helper", {"app": "helper"}, {}, False),
    ],
)
def test_reservation_pods(
    namespace: str, name: str, labels: dict[str, str], annotations: dict[str, str], expected: bool
) -> None:
    pod = decode_pod(namespace, name, labels=labels, annotations=annotations)
    assert pod.is_reservation is expected
    assert pod.reserved_gpu == annotations.get("run.ai/reserve_for_gpu_index")


@pytest.mark.parametrize(("hint", "expected"), [("2", (2,)), ("0, 3", (0, 3)), ("x", ()), ("-1", ()), ("²", ())])
def test_index_hints(hint: str, expected: tuple[int, ...]) -> None:
    assert decode_pod("n", "p", annotations={"runai-gpu": hint}).gpu_index_hints == expected
