"""The app on a cluster of 1,250 nodes, 10,000 GPUs and 10,000 pods that changes only when it is told to.

Everything is real but the sources: their changes are made here of the bytes that an API server would send.
"""

import asyncio
import json
import random
from collections.abc import Callable, Iterable, Mapping

from textual.app import App

from config.settings import Settings
from tests.figures.objects import GPUS, NODES, PODS, WHOLE, Json, gpu_uuid, node, node_name, pages, pod
from tui.app import NimdeckApp
from tui.model.changes import Batch, Listed
from tui.model.clock import SystemClock
from tui.model.gpu import GpuIdentity
from tui.model.ids import GpuId, ObjectKey
from tui.model.metrics import GpuIdentities, MetricColumn
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.sources.kinds.registry import all_kinds
from tui.sources.kubernetes.decode import Decoder
from tui.store import Store

METRICS: Mapping[str, Callable[[random.Random], float]] = {
    "gpu_utilization_fraction": random.Random.random,
    "gpu_memory_used_bytes": lambda dice: dice.random() * 95e9,
    "gpu_memory_total_bytes": lambda _: 100_484_677_632.0,
    "gpu_power_watts": lambda dice: dice.uniform(60, 400),
    "gpu_temperature_celsius": lambda dice: dice.uniform(30, 80),
}
CHANGED = (1, 5, 9, 14, 20)  # five nodes in view
_DECODERS = {kind.name: Decoder(kind) for kind in all_kinds()[:2]}


class HeldFeed:
    """A ``Feed`` without sources or threads."""

    kubernetes = None
    player = None

    def __init__(self) -> None:
        self.settings = Settings()
        self.clock = SystemClock()
        self.store = Store(self.clock)
        self.dice = random.Random(7)
        self.values: dict[str, dict[GpuId, float]] = {}
        self._listeners: list[Callable[[Snapshot, SnapshotDiff], None]] = []
        for plural, make, count in (("nodes", node, NODES), ("pods", pod, PODS)):
            entries = [entry for page in pages(make, count) for entry in _DECODERS[plural].page(page).entries]
            self.store.put(Listed(plural, {key.name if plural == "nodes" else key: value for key, value in entries}))
        self.store.put(identities())
        self.new_figures(range(NODES))
        self.store.drain()

    def new_figures(self, numbers: Iterable[int]) -> None:
        """Every figure of these nodes is new."""
        keys = [GpuId(node_name(number), gpu) for number in numbers for gpu in range(GPUS)]
        for metric, make in METRICS.items():
            self.values[metric] = {**self.values.get(metric, {}), **{key: make(self.dice) for key in keys}}
            self.store.put(MetricColumn(metric, "dcgm", self.clock.now(), self.values[metric]))

    def publish(self) -> None:
        """Join what was put and hand it to the app."""
        diff = self.store.drain()
        for listener in self._listeners:
            listener(self.store.snapshot, diff)

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def refresh(self) -> None: ...

    def set_interval(self, seconds: float) -> None: ...

    def on_change(self, listener: Callable[[Snapshot, SnapshotDiff], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def now(self) -> float:
        return self.clock.now()

    def curve(self, *_: object) -> None: ...

    def backfill(self, *_: object) -> None: ...


def identities() -> GpuIdentities:
    """DCGM's view: each GPU's UUID, and each pod that has a GPU alone."""
    whole = {(number // 8, gpu): pod_key(number) for number in range(PODS) for gpu in WHOLE.get(number % 8, ())}
    items = (
        GpuIdentity(GpuId(node_name(number), gpu), gpu_uuid(number, gpu), "NVIDIA H100 NVL", whole.get((number, gpu)))
        for number in range(NODES)
        for gpu in range(GPUS)
    )
    return GpuIdentities("dcgm", SystemClock().now(), tuple(items))


def pod_key(number: int) -> ObjectKey:
    meta = pod(number)["metadata"]
    return ObjectKey(meta["namespace"], meta["name"])


def watch_lines(chance: random.Random, version: int) -> list[bytes]:
    """One hundred pods that restarted, as a watch tells it."""
    events: list[Json] = [
        {"type": "MODIFIED", "object": pod(number, version + place, restarts=version)}
        for place, number in enumerate(chance.sample(range(PODS), 100))
    ]
    return [json.dumps(event, separators=(",", ":")).encode() for event in events]


def batch_of(lines: list[bytes]) -> Batch:
    """The lines decoded, as the Kubernetes source does it."""
    changes = map(_DECODERS["pods"].change, lines)
    return Batch("pods", tuple((change.key, change.value) for change in changes if change.key is not None))


async def settled(app: App[int]) -> None:
    """Until everything that was asked for stands on the terminal."""
    done = asyncio.Event()
    app.call_after_refresh(done.set)
    await done.wait()


async def ready(app: NimdeckApp) -> None:
    """Until the first picture of the cluster is drawn; from then on it is drawn only when it is told to."""
    while app.feed is None:
        await settled(app)
        await asyncio.sleep(0)
    screen = app.deck_screen
    screen.on_screen_suspend()  # stops its clock
    screen.redraw()
    await settled(app)
