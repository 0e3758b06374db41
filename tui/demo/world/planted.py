"""The scenario ``pending``: workloads that wait, each for one cause, made to wait by the controllers themselves."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from tui.demo.world import api, plain_troubles, storage_troubles, troubles
from tui.demo.world.context import Context
from tui.demo.world.corners import fill_corners, node_of
from tui.demo.world.tenancy import ProjectPlan
from tui.demo.world.troubles import Trouble, plant

Play = Callable[[float], None]  # lets that many seconds of the rehearsal pass
_SETTLE_SECONDS = 60.0
# What only a pod that has its place can come to.
_ON_A_NODE = frozenset(
    {
        *("image_not_found", "image_unauthorized", "image_rate_limited", "image_pulling", "secret_missing"),
        *("ngc_key_refused", "nim_no_profile", "nim_out_of_memory", "nim_licence", "nim_download_failed"),
        *("nim_downloading", "nim_loading", "container_out_of_memory", "readiness_failing", "mount_failed"),
    }
)

TROUBLE_PROJECTS = (
    ProjectPlan("small", 0.5),
    ProjectPlan("capped", 8.0, gpu_limit=1.0),
    ProjectPlan("summer", 4.0, department="interns"),
    ProjectPlan("guests", 8.0),
    ProjectPlan("lab", 100000.0),
)


def stage_pending(context: Context, play: Play) -> dict[str, str]:
    """Creates the troubles; returns ``namespace/pod`` or ``namespace/workload`` -> first cause code."""
    troubles.set_up(context.outside)
    planted = fill_corners(context, context.clock.now())
    storage_troubles.make_volumes(context, context.clock.now())
    planted |= _before(context, play)
    now = context.clock.now()
    for trouble in troubles.plantable(context):
        if trouble.name == "gang-too-wide":
            free = context.ledger.whole_free(node_of(context, "spare") or "")
            trouble = replace(trouble, replicas=free + 2)
        planted |= plant(context, trouble, now)
    planted |= _wide_gang(context, now)
    planted |= plain_troubles.plant_all(context, now)
    planted |= storage_troubles.plant_second(context, now)
    return planted


def _before(context: Context, play: Play) -> dict[str, str]:
    """What must have happened before the rest comes: a flag was off, a volume was taken, a job was preempted."""
    now, planted = context.clock.now(), dict[str, str]()
    plain_troubles.hold(context, now)
    if node_of(context, "full"):
        _let_scheduler_through(context, False)
        planted |= plant(context, Trouble("scheduler-dropped", "scheduler_name_dropped", gpu=1, corner="full"), now)
        play(_SETTLE_SECONDS)
        _let_scheduler_through(context, True)
        plant(context, Trouble("urgent", "", gpu=1, corner="full"), context.clock.now())
        planted["runai-lab/nightly-train"] = "preempted"
    play(_SETTLE_SECONDS)
    return planted


def _let_scheduler_through(context: Context, on: bool) -> None:
    """Knative's flag, which somebody had forgotten."""
    flag = {"kubernetes.podspec-schedulername": "enabled" if on else "disabled"}
    context.api.change(api.CONFIG_MAP, "knative-serving", "config-features", lambda obj: obj["data"].update(flag))


def _wide_gang(context: Context, now: float) -> dict[str, str]:
    """On a cluster too small to spare a node: more members than it has free GPUs."""
    if node_of(context, "spare"):
        return {}
    free = sum(context.ledger.whole_free(node) for node in context.ledger.nodes)
    trouble = Trouble("gang-too-wide", "gang_incomplete", gpu=1, replicas=free + 2)
    return plant(context, trouble, now) if free else {}


def pods_of(context: Context, planted: dict[str, str]) -> dict[str, str]:
    """``planted`` with each workload that has pods replaced by its first pod.

    Left out is what a small cluster had no room for: it waits for a GPU instead.
    """
    found: dict[str, str] = {}
    for name, code in planted.items():
        namespace, workload = name.split("/", 1)
        pods: Sequence[str] = sorted(
            key[1]
            for key, record in context.inventory.pods.items()
            if key[0] == namespace and record.workload == workload
        )
        if pods and code in _ON_A_NODE and context.inventory.pods[namespace, pods[0]].node is None:
            continue
        if code == "over_quota" and not _borrows(context, namespace):
            continue
        found[f"{namespace}/{pods[0]}" if pods else name] = code
    return found


def _borrows(context: Context, namespace: str) -> bool:
    return any(pod.workload == "borrows-one" and pod.key[0] == namespace for pod in context.inventory.bound())
