"""The workloads that live on the cluster: a list for 16 nodes x 4 GPUs, stretched to any other size."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from tui.demo.world.tenancy import ProjectPlan

LLAMA = "nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4"
DEEPSEEK = "nvcr.io/nim/deepseek-ai/deepseek-r1-distill-llama-8b:1.5.2"
EMBEDDER = "nvcr.io/nim/nvidia/nv-embedqa-e5-v5:1.5.0"
RERANKER = "nvcr.io/nim/nvidia/nv-rerankqa-mistral-4b-v3:1.3.0"
SMALL = "nvcr.io/nim/baai/bge-m3:1.3.0"
PHI = "nvcr.io/nim/microsoft/phi-3-mini-4k-instruct:1.2.3"
SANDBOX = "sandbox"
_BASE_GPUS = 64
_MOST_ROUNDS = 8


class Kind(StrEnum):
    INFERENCE = "InferenceWorkload"
    DEPLOYMENT = "Deployment"
    JOB = "Job"
    NOTEBOOK = "InteractiveWorkload"
    POD = "Pod"


@dataclass(frozen=True, slots=True)
class WorkloadPlan:
    """One workload to seed. ``gpu`` is whole GPUs or the share of each of ``devices``; ``load`` 0 to 1 is how busy.

    ``pool`` is the node pool it must run in.
    """

    name: str
    project: str
    kind: Kind
    image: str
    gpu: float
    replicas: int
    load: float
    max_replicas: int = 0
    target: int = 100
    devices: int = 1
    memory_mib: int | None = None
    pool: str | None = None


_INFERENCE = Kind.INFERENCE
BASE: tuple[WorkloadPlan, ...] = (
    WorkloadPlan("llama-31-8b-half", "test", _INFERENCE, LLAMA, 0.5, 16, 0.62, 20, 1000),
    WorkloadPlan("embed-e5", "team-a", _INFERENCE, EMBEDDER, 0.25, 7, 0.35, 10),
    WorkloadPlan("finetune-llama", "research", Kind.JOB, "nvcr.io/nvidia/nemo:24.09", 4, 2, 0.94),
    WorkloadPlan("notebook-ana", "research", Kind.NOTEBOOK, "jupyter/scipy-notebook:2024-10-07", 2, 1, 0.0),
    WorkloadPlan(
        "asr-two-cards", "team-a", Kind.DEPLOYMENT, "nvcr.io/nim/nvidia/riva-asr:1.3.0", 0.5, 2, 0.4, devices=2
    ),
    WorkloadPlan("deepseek-r1-8b-half", "team-a", _INFERENCE, DEEPSEEK, 0.5, 9, 0.5, 12, 1000),
    WorkloadPlan("rerank-qa", "team-a", _INFERENCE, RERANKER, 0.25, 5, 0.3, 8),
    WorkloadPlan("bge-m3-tiny", "team-a", _INFERENCE, SMALL, 0.1, 6, 0.25, 8),
    WorkloadPlan("phi-3-mini", "test", _INFERENCE, PHI, 0, 2, 0.3, 4, memory_mib=24576),
    WorkloadPlan("llama-31-8b", "test", _INFERENCE, LLAMA, 1, 14, 0.7, 18, 1000),
    WorkloadPlan("deepseek-r1-8b", "team-a", _INFERENCE, DEEPSEEK, 1, 6, 0.66, 8, 1000),
    WorkloadPlan("legacy-triton", "research", Kind.DEPLOYMENT, "nvcr.io/nvidia/tritonserver:24.08-py3", 1, 2, 0.45),
    WorkloadPlan("cuda-debug", "research", Kind.POD, "nvcr.io/nvidia/cuda:12.4.1-devel-ubuntu22.04", 1, 1, 0.0),
)


def stretched(plans: tuple[WorkloadPlan, ...], gpus: int) -> list[WorkloadPlan]:
    """The plans for a cluster of ``gpus`` GPUs: more replicas first, then more workloads of the same kinds."""
    factor = gpus / _BASE_GPUS
    rounds = min(_MOST_ROUNDS, max(1, math.ceil(factor)))
    each = factor / rounds
    made = []
    for turn in range(rounds):
        for plan in plans:
            replicas = 1 if plan.kind in (Kind.NOTEBOOK, Kind.POD) else max(1, round(plan.replicas * each))
            most = max(replicas, round(plan.max_replicas * each)) if plan.max_replicas else 0
            name = plan.name if turn == 0 else f"{plan.name}-{turn + 1}"
            made.append(replace(plan, name=name, replicas=replicas, max_replicas=most))
    return made


def projects(gpus: int) -> list[ProjectPlan]:
    """Quotas that add up to the cluster: half to test, a third to team-a, the rest to research; and beside them an
    empty project for who comes new.
    """
    half, third = gpus / 2, round(gpus * 0.3)
    return [
        ProjectPlan("test", half),
        ProjectPlan("team-a", third),
        ProjectPlan("research", max(0.0, gpus - half - third)),
        ProjectPlan(SANDBOX, 8.0),
    ]
