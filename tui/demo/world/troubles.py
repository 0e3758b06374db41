"""The InferenceWorkloads of the scenario ``pending``: each waits for one cause, in its spec or outside the cluster."""

from dataclasses import dataclass, field
from typing import Any

from tui.demo.objects import Json
from tui.demo.world.catalogue import LLAMA, Kind, WorkloadPlan
from tui.demo.world.context import Context
from tui.demo.world.corners import FRACTIONS, node_of
from tui.demo.world.images import Trouble as End
from tui.demo.world.inference import inference_workload
from tui.demo.world.manifests import inference_spec
from tui.demo.world.outside import Outside

_NIM = "nvcr.io/nim"
_PATIENT = "serving.knative.dev/progress-deadline"
_DAY_SECONDS = 86400.0
_LEAST_FRAGMENTED = 3  # GPUs of a node whose fragments make a whole one
_DEFAULT_POOL = "default"


@dataclass(frozen=True, slots=True)
class Trouble:
    """``spec`` is laid over a healthy workload's; ``corner`` is the node pool it needs; ``deadline`` is Knative's."""

    name: str
    code: str
    spec: dict[str, Any] = field(default_factory=dict)
    project: str = "lab"
    gpu: float = 0.1
    replicas: int = 1
    corner: str | None = None
    deadline: str = "24h"


def _value(found: object) -> Json:
    return {"value": found}


def _environment(**variables: str) -> Json:
    return {"environment": {"items": {name: {"value": text} for name, text in variables.items()}}}


def _claim(name: str) -> Json:
    claim = {"claimName": name, "existingPvc": True, "path": "/opt/nim/.cache", "readOnly": False}
    return {"pvcs": {"items": {"pvc": {"value": claim}}}}


def _image(name: str) -> Json:
    return {"image": _value(name)}


_TOLERANT = {"tolerations": {"items": {"one": {"value": {**FRACTIONS, "operator": "Equal"}}}}}
_PREEMPTIBLE = {"preemptibility": _value("preemptible"), "priorityClass": _value("train")}
SLOW_PULL = f"{_NIM}/meta/llama-3.1-70b-instruct:1.8.6"
SLOW_DOWNLOAD = f"{_NIM}/nvidia/llama-3.1-nemotron-nano-8b-v1:1.8.4"
SLOW_LOAD = f"{_NIM}/mistralai/mistral-7b-instruct-v0.3:1.3.0"
NO_LICENCE = f"{_NIM}/nvidia/llama-3.1-nemoguard-8b-content-safety:1.0.0"
NO_SPACE = f"{_NIM}/google/gemma-2-9b-it:1.1.0"
LIMITED = "docker.io/vllm/vllm-openai:v0.6.3"
NO_COMMAND = "docker.io/ai/llama3.1:8b-q4"  # an image of weights, without a program

TROUBLES: tuple[Trouble, ...] = (
    Trouble("over-quota", "over_quota_non_preemptible", project="small", gpu=1),
    Trouble("borrows-more", "over_quota", _PREEMPTIBLE, project="small", gpu=1, corner="full"),
    Trouble("over-limit", "queue_limit", project="capped", gpu=2),
    Trouble("over-department", "department_limit", project="summer", gpu=2),
    Trouble("no-such-queue", "queue_missing", {"labels": {"items": {"runai/queue": _value("gone-project")}}}),
    Trouble("no-free-gpu", "no_free_gpu", gpu=1, corner="full"),
    Trouble("fragmented", "gpu_fragmentation", gpu=1, corner="fragments"),
    Trouble("on-cordoned", "node_cordoned", corner="cordoned"),
    Trouble("on-silent-node", "node_not_ready", corner="silent"),
    Trouble("on-tainted", "node_taint", corner="tainted"),
    Trouble("on-driverless", "gpu_operator_not_ready", gpu=1, corner="driverless"),
    Trouble("on-crowded", "insufficient_pods", corner="crowded"),
    Trouble("gang-too-wide", "gang_incomplete", _TOLERANT, gpu=1, corner="spare"),
    Trouble("not-reserved", "reservation_failed", _TOLERANT, gpu=0.5, corner="spare"),
    Trouble("wrong-pool", "node_selector", {"nodePools": _value("a100")}),
    Trouble("memory-too-large", "gpu_memory_too_large", {"gpuMemory": _value("204800Mi")}),
    Trouble("too-many-gpus", "request_exceeds_node", gpu=32),
    Trouble("too-much-cpu", "insufficient_cpu", {"cpu": _value("127500m")}),
    Trouble("too-much-memory", "insufficient_memory", {"memory": _value("1054000000Ki")}),
    Trouble("no-such-claim", "pvc_missing", _claim("nim-cache-typo")),
    Trouble("unbound-claim", "pvc_unbound", _claim("pvc-unbound")),
    Trouble("no-such-class", "storage_class_missing", _claim("pvc-no-class")),
    Trouble("far-volume", "volume_zone", _claim("pvc-other-zone")),
    Trouble("silent-storage", "mount_failed", _claim("pvc-old-server")),
    Trouble("no-such-tag", "image_not_found", _image(f"{_NIM}/meta/llama-3.1-8b-instruct:does-not-exist")),
    Trouble("pull-refused", "image_unauthorized", {"imagePullSecret": _value("no-such-secret")}),
    Trouble("pull-limited", "image_rate_limited", _image(LIMITED)),
    Trouble("pull-slow", "image_pulling", _image(SLOW_PULL)),
    Trouble("no-such-secret", "secret_missing", _environment(NGC_API_KEY="SECRET:ngc-key-typo,NGC_API_KEY")),
    Trouble("key-refused", "ngc_key_refused", _environment(NGC_API_KEY="nvapi-")),
    Trouble("no-profile", "nim_no_profile", _environment(NIM_MODEL_PROFILE="bogus-h200-profile")),
    Trouble("out-of-memory", "nim_out_of_memory", _image(f"{_NIM}/meta/llama-3.1-70b-instruct:1.3.3"), gpu=0.3),
    Trouble("no-licence", "nim_licence", _image(NO_LICENCE), gpu=0.2),
    Trouble("no-space", "nim_download_failed", _image(NO_SPACE), gpu=0.3),
    Trouble("downloads", "nim_downloading", _image(SLOW_DOWNLOAD), gpu=0.2),
    Trouble("loads", "nim_loading", _image(SLOW_LOAD), gpu=0.2),
    Trouble("killed", "container_out_of_memory", {"memory": _value("2Gi")}, gpu=0.2),
    Trouble("past-deadline", "knative_progress_deadline", _claim("nim-cache-typo"), deadline="600s"),
    Trouble("not-owned", "knative_revision_failed"),
    Trouble("unanswered", "operator_silent"),
)


def set_up(outside: Outside) -> None:
    """What lies outside the cluster as these workloads find it."""
    outside.pull_seconds[SLOW_PULL] = outside.download_seconds[SLOW_DOWNLOAD] = _DAY_SECONDS
    outside.load_seconds[SLOW_LOAD] = _DAY_SECONDS
    outside.rate_limited.add(LIMITED)
    outside.no_command.add(NO_COMMAND)
    outside.unanswered.add(("runai-lab", "unanswered"))
    outside.ends[NO_LICENCE] = End(
        "Error",
        "",
        1,
        (
            "Failed to fetch model manifest: 403 Forbidden from NGC: the organization of this API key has no "
            "entitlement to nvidia/llama-3.1-nemoguard-8b-content-safety",
        ),
    )
    outside.ends[NO_SPACE] = End(
        "Error",
        "",
        1,
        ("Error downloading model-00003-of-00004.safetensors: No space left on device (os error 28)",),
    )


def plant(context: Context, trouble: Trouble, now: float) -> dict[str, str]:
    """Creates the workload; returns its name with its cause."""
    plan = WorkloadPlan(trouble.name, trouble.project, Kind.INFERENCE, LLAMA, trouble.gpu, trouble.replicas, 0.0, 0)
    patience = {"annotations": {"items": {_PATIENT: _value(trouble.deadline)}}}
    pool = {"nodePools": _value(trouble.corner or _DEFAULT_POOL)}
    spec = inference_spec(plan, trouble.replicas) | patience | pool | trouble.spec
    if "gpuMemory" in trouble.spec:
        spec.pop("gpu", None)
    namespace = f"runai-{trouble.project}"
    context.api.create(inference_workload(context.names, namespace, trouble.name, spec, now))
    return {f"{namespace}/{trouble.name}": trouble.code}


def plantable(context: Context) -> list[Trouble]:
    """Those that this cluster has the nodes for, and nodes that are large enough."""
    most = max((len(states) for states in context.ledger.nodes.values()), default=0)
    return [
        trouble
        for trouble in TROUBLES
        if (trouble.corner is None or node_of(context, trouble.corner))
        and (trouble.gpu <= most or trouble.code == "request_exceeds_node")
        and (most >= _LEAST_FRAGMENTED or trouble.code != "gpu_fragmentation")
    ]
