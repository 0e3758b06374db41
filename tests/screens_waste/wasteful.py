"""The cluster of the screens' tests ten minutes later: a server that does nothing, shared GPUs, projects that wait."""

from dataclasses import replace

from tests.screens.cluster import MEASURED, NOW, TEAM, cluster, inference, running, share
from tests.screens.stage import FakeFeed
from tests.store.builders import HALF, objects, reservation, uuid
from tests.store.builders import batch as changed
from tui.model.changes import Change, Listed
from tui.model.gpu_request import GpuRequest
from tui.model.ids import GpuId
from tui.model.metrics import MetricColumn
from tui.model.tenancy import Queue

LATER = 600.0
UTIL = "gpu_utilization_fraction"
IDLE = frozenset({*(GpuId("node001", gpu) for gpu in range(4)), GpuId("node003", 0)})


def queue(name: str, quota: float, given: float, asked: float) -> Queue:
    return Queue(name, "dept", name, "dept", None, quota, None, None, given, given, asked)


def tenants() -> list[Change]:
    queues = [
        Queue("dept", None, None, None, None, float("inf"), None, None, 0.0, 0.0, 0.0),
        queue("team", 4.0, 11.0, 19.0),
        queue("rich", 12.0, 2.0, 2.0),
    ]
    return [Listed("queues.scheduling.run.ai", {one.name: one for one in queues})]


def more() -> list[Change]:
    """A half GPU beside three free ones, and a model that the catalogue knows."""
    lone = running("extra-0", "node003", HALF, "llama-half", gpu_groups=("g2",))
    known = replace(inference("llama", GpuRequest(devices=4), 2, 4), image="nvcr.io/nim/meta/llama-3.1-8b-instruct:1")
    return [
        changed("pods", lone, reservation("r2", "g2", uuid("node003", 1), "node003")),
        objects("inferenceworkloads.run.ai", known, inference("llama-half", HALF, 2, 8),
                inference("notebook", GpuRequest(devices=1), 1, 1),
                inference("too-big", GpuRequest(devices=8), 1, 1, "Pending")),
    ]  # fmt: skip


def wasteful(seconds: float = LATER) -> FakeFeed:
    """The feed, after the GPUs of ``IDLE`` have done nothing for so long."""
    unwatched = [one for one in cluster() if not (isinstance(one, MetricColumn) and one.metric == UTIL)]
    feed = FakeFeed(unwatched)
    feed.put(*more(), *tenants())
    feed.clock.at = NOW + seconds
    for at in (NOW, NOW + seconds):
        feed.put(MetricColumn(UTIL, "dcgm", at, {gpu: 0.0 if gpu in IDLE else share(gpu) + 0.1 for gpu in MEASURED}))
    return feed


KEY = f"{TEAM}/llama/InferenceWorkload"
