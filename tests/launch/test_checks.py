"""The rules of a spec that no file's syntax can break."""

from dataclasses import replace

import pytest

from tests.launch.specs import GUIDE
from tui.launch.checks import check
from tui.model.launch_spec import (
    CpuAsk,
    EnvVar,
    GpuAsk,
    LaunchSpec,
    NewClaim,
    NfsVolume,
    Ngc,
    Replicas,
    SecretRef,
    Storage,
)

GIB = 2**30


def test_the_guides_spec_is_right() -> None:
    assert check(GUIDE) == ()


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"name": "Llama"}, "name", "is no name"),
        ({"name": "8b"}, "name", "begins with a digit"),
        ({"name": "a-"}, "name", "is no name"),
        ({"name": "a.b"}, "name", "is no name"),
        ({"name": ""}, "name", "is missing"),
        ({"name": "a" * 47}, "name", "use at most 46"),
        ({"project": "p" * 58}, "project", "use at most 57"),
        ({"namespace": "a_b"}, "namespace", "is no name"),
        ({"model": None}, "model", "is missing"),
        ({"model": "llama"}, "model", "write publisher/name"),
        ({"model": "meta/llama:1.8"}, "model", "write it as version"),
        ({"model": "Meta/Llama"}, "model", "is no model"),
        ({"image": "http://x/y"}, "image", "is no image"),
        ({"image": "a/b:1", "version": "2"}, "version", "leave one of them out"),
        ({"version": "1.8:4"}, "version", "is no tag"),
        ({"profile": "a b"}, "profile", "without spaces"),
        ({"gpu": GpuAsk(-1)}, "gpu.devices", "is out of range"),
        ({"gpu": GpuAsk(0, portion=0.5)}, "gpu.devices", "no device has no portion"),
        ({"gpu": GpuAsk(portion=1.5)}, "gpu.portion", "is no portion"),
        ({"gpu": GpuAsk(portion=float("nan"))}, "gpu.portion", "is no portion"),
        ({"gpu": GpuAsk(portion=0.0)}, "gpu.portion", "is no portion"),
        ({"gpu": GpuAsk(portion=0.5, portion_limit=0.25)}, "gpu.limit", "give 0.5 (the portion) to 1"),
        ({"gpu": GpuAsk(2, portion_limit=0.5)}, "gpu.limit", "give gpu.portion below 1 as well"),
        ({"gpu": GpuAsk(memory_bytes=40)}, "gpu.memory", "no whole number of megabytes"),
        ({"gpu": GpuAsk(memory_bytes=40 * GIB + 1)}, "gpu.memory", "no whole number of megabytes"),
        ({"gpu": GpuAsk(memory_bytes=2 * GIB, memory_limit_bytes=GIB)}, "gpu.memory_limit", "give 2Gi or more"),
        ({"gpu": GpuAsk(memory_limit_bytes=GIB)}, "gpu.memory_limit", "give that as well"),
        ({"cpu": CpuAsk(cores=0.0)}, "cpu.cores", "is out of range"),
        ({"cpu": CpuAsk(cores=0.0015)}, "cpu.cores", "finer than Kubernetes counts"),
        ({"cpu": CpuAsk(cores=4, cores_limit=2)}, "cpu.cores_limit", "is below cpu.cores"),
        ({"cpu": CpuAsk(memory_bytes=32)}, "cpu.memory", "is too small"),
        ({"cpu": CpuAsk(None, None, 2 * GIB, GIB)}, "cpu.memory_limit", "is below cpu.memory"),
        ({"replicas": Replicas(-1, 1, "concurrency")}, "replicas.min", "is out of range"),
        ({"replicas": Replicas(0, 0)}, "replicas.max", "is out of range"),
        ({"replicas": Replicas(1, 1001, "concurrency")}, "replicas.max", "give 1 to 1000"),
        ({"replicas": Replicas(1, 2)}, "replicas.metric", "is missing"),
        ({"replicas": Replicas(0, 2, "latency")}, "replicas.metric", "can't wake from zero"),
        ({"replicas": Replicas(1, 2, "latency", 0)}, "replicas.target", "above 0"),
        ({"replicas": Replicas(1, 1, None, 5)}, "replicas.target", "give replicas.metric"),
        ({"replicas": Replicas(1, 2, "latency", 5, 3)}, "replicas.initial", "give 1 to 2"),
        ({"replicas": Replicas(0, 1, idle_seconds=3601)}, "replicas.idle", "at most 1h"),
        ({"replicas": Replicas(1, 1, idle_seconds=60)}, "replicas.idle", "give min: 0"),
        ({"storage": Storage("A")}, "storage.pvc", "is no name"),
        ({"storage": Storage("a", "cache")}, "storage.path", "is no folder"),
        ({"storage": Storage("a", "/")}, "storage.path", "is no folder"),
        ({"storage": Storage("a", "/a:b")}, "storage.path", "is no folder"),
        ({"storage": Storage("a", "/a/../b")}, "storage.path", "is no folder"),
        ({"storage": Storage("a", new=NewClaim(100))}, "storage.new.size", "is too small"),
        ({"storage": Storage("a", read_only=True, new=NewClaim(GIB))}, "storage.read_only", "could not be written"),
        ({"storage": Storage("a", new=NewClaim(GIB, None, "ReadOnlyMany"))}, "storage.new.access_mode", "is empty"),
        (
            {"storage": Storage("a", new=NewClaim(GIB, volume=NfsVolume("pv", "n/x", "/m")))},
            "storage.new.volume.server",
            "is no server",
        ),
        (
            {"storage": Storage("a", new=NewClaim(GIB, volume=NfsVolume("pv", "n", "m")))},
            "storage.new.volume.path",
            "is no exported folder",
        ),
        ({"ngc": Ngc()}, "ngc.secret", "is missing"),
        ({"ngc": Ngc("a_b")}, "ngc.secret", "is no name"),
        ({"ngc": Ngc("a", "b,c")}, "ngc.key", "is no key"),
        ({"port": 0}, "port", "use 1 to 65535"),
        ({"port": 9090}, "port", "Knative's queue proxy"),
        ({"environment": (EnvVar("1A", "x"),)}, "environment.1A", "is no variable name"),
        ({"environment": (EnvVar("A", "x"), EnvVar("A", "y"))}, "environment.A", "stands twice"),
        ({"environment": (EnvVar("NIM_CACHE_PATH", "/x"),)}, "environment.NIM_CACHE_PATH", "is set to storage.path"),
        ({"environment": (EnvVar("NIM_MODEL_PROFILE", "x"),)}, "environment.NIM_MODEL_PROFILE", "write profile"),
        ({"environment": (EnvVar("K_SERVICE", "x"),)}, "environment.K_SERVICE", "is set by Knative"),
        ({"environment": (EnvVar("A", "SECRET:a,b"),)}, "environment.A", "is given by reference"),
        ({"environment": (EnvVar("A", SecretRef("a", "b c")),)}, "environment.A.key", "is no key of a Secret"),
        ({"node_pools": ("a", "a")}, "node_pools", "keep each once"),
        ({"priority": "Very High"}, "priority", "is no name"),
        ({"delete_after_seconds": 0}, "delete_after", "is out of range"),
        ({"labels": (("a b", "c"),)}, "labels.a b", "is no key"),
        ({"labels": (("a", "b c"),)}, "labels.a", "is no label value"),
        ({"labels": (("A_/b", "c"),)}, "labels.A_/b", "has a prefix"),
        ({"labels": (("app.kubernetes.io/managed-by", "me"),)}, "labels.app.kubernetes.io/managed-by", "nimdeck's own"),
    ],
)  # fmt: skip
def test_one_fault_each(changes: dict, field: str, said: str) -> None:
    faults = check(replace(GUIDE, **changes))
    assert [fault.field for fault in faults] == [field]
    assert said in faults[0].message


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "a" * 46},
        {"replicas": Replicas(0, 1)},
        {"replicas": Replicas(0, 5, "throughput", 10)},
        {"replicas": Replicas(2, 2)},
        {"gpu": GpuAsk(portion=1.0)},
        {"gpu": GpuAsk(memory_bytes=20 * 10**9)},
        {"image": "registry:5000/a/b@sha256:" + "0" * 64},
        {"annotations": (("note", "any text, with spaces"),)},
        {"storage": None, "environment": (EnvVar("NIM_CACHE_PATH", "/x"),)},
        {"storage": Storage("a", new=NewClaim(GIB, volume=NfsVolume("pv", "fd00::1", "/m")))},
        {"storage": Storage("a", "/c", True, NewClaim(GIB, None, "ReadOnlyMany", NfsVolume("pv", "nfs", "/filled")))},
        {"environment": (EnvVar("HF_TOKEN", SecretRef("hf", "token")), EnvVar("EMPTY_TOKEN", ""))},
        {"environment": (EnvVar("NIM_TOKENIZER", "x"), EnvVar("NIM_MAX_TOKENS", "5"))},
    ],
)
def test_what_is_allowed(changes: dict) -> None:
    assert check(replace(GUIDE, **changes)) == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"gpu": GpuAsk(portion=0.5)}, "gpu"),
        ({"replicas": Replicas(1, 2, "concurrency")}, "replicas.max"),
        ({"node_pools": ("a",)}, "node_pools"),
        ({"preemptible": False}, "preemptible"),
        ({"delete_after_seconds": 60}, "delete_after"),
    ],
)
def test_plain_kubernetes_can_do_less(changes: dict, field: str) -> None:
    plain = replace(GUIDE, scheduler="kubernetes", gpu=GpuAsk(1), replicas=Replicas(), port=9090, name="a" * 63)
    assert check(plain) == ()
    assert field in [fault.field for fault in check(replace(plain, **changes))]


KEY = "nvapi-aB3dEfGh1234567890"


@pytest.mark.parametrize(
    "spec",
    [
        replace(GUIDE, name=KEY),
        replace(GUIDE, ngc=Ngc(KEY)),
        replace(GUIDE, model=KEY, image=KEY, version=KEY),
        replace(GUIDE, environment=(EnvVar("X", KEY), EnvVar("Y", SecretRef(KEY, "k")))),
        replace(GUIDE, environment=(EnvVar("HF_TOKEN", "hf_aB3dEfGh"),)),
        replace(GUIDE, labels=(("a", KEY),), annotations=(("b", KEY),)),
        replace(GUIDE, environment=(EnvVar(KEY, KEY),), labels=((KEY, ""),), node_pools=(KEY, KEY)),
    ],
)
def test_a_key_typed_into_the_wrong_field_is_not_shown_again(spec: LaunchSpec) -> None:
    faults = check(spec)
    assert faults
    told = " ".join(map(str, faults))
    assert "aB3dEfGh" not in told


def test_an_annotation_may_hold_what_a_label_may_not() -> None:
    assert check(replace(GUIDE, annotations=(("a", "b c"),))) == ()
    assert [fault.field for fault in check(replace(GUIDE, labels=(("a", "b c"),)))] == ["labels.a"]
