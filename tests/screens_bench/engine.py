"""A stand-in for the engine: it tells what the test says, and ends when it is stopped or told to."""

import asyncio
import threading

from tests.screens.cluster import cluster, inference
from tests.screens.stage import FakeFeed
from tests.screens_bench.made import beats
from tests.store.builders import HALF, objects
from tui.bench.engine.progress import Beat, Progress
from tui.model.gpu_request import GpuRequest
from tui.model.nim import EndpointLook, NimMetrics
from tui.plans.observe import ServerObserver
from tui.plans.run import BenchRun

METRICS = NimMetrics(requests_running=128.0, requests_waiting=3.0, kv_cache_used_fraction=0.71)


def measurable() -> FakeFeed:
    """The screens' cluster with its inference workloads' own objects, so that they have models and addresses."""
    made = (inference("llama", GpuRequest(devices=4), 2, 4), inference("llama-half", HALF, 2, 8))
    served = (*made, inference("notebook", GpuRequest(devices=1), 1, 1))
    return FakeFeed([*cluster(), objects("inferenceworkloads.run.ai", *served)])


class FakeWatch:
    """What the endpoint's own metrics say, without an endpoint."""

    def __init__(self, clock: object, ask_address: object) -> None: ...

    def look(self, target: object, client: object) -> EndpointLook:
        return EndpointLook("http://10.185.118.40:8000", None, "", (), 1, 0, METRICS)


class FakeEngine:
    """Carries out one run after the other; ``run`` is the last."""

    def __init__(self) -> None:
        self.run: BenchRun | None = None
        self.began = threading.Event()
        self._over = threading.Event()
        self._error: Exception | None = None

    async def carry_out(self, run: BenchRun) -> None:
        self.run = run
        self.began.set()
        while not (self._over.is_set() or run.controls.interrupts):
            await asyncio.to_thread(self._over.wait, 0.005)
        if self._error is not None:
            raise self._error

    @property
    def under_way(self) -> BenchRun:
        assert self.began.wait(5) and self.run is not None
        return self.run

    def tell(self, progress: Progress, *, seconds: int = 0) -> None:
        """A beat of the engine: where it stands, and what was seen second by second."""
        run = self.under_way
        run.tell(progress)
        known = len(run.state().beats)
        for beat in beats(seconds)[known:]:
            self.beat(beat)

    def beat(self, beat: Beat) -> None:
        run = self.under_way
        assert isinstance(run.observer, ServerObserver)
        run.observer.look_once()  # its thread may not have come to it yet
        run._remember(beat, {"at": beat.at, **run.observer.sample()})

    def happen(self, at: float, event: str) -> None:
        """Something befalls the pods."""
        run = self.under_way
        assert run.observer is not None
        run._remember(None, {"at": at, **run.observer.sample(), "events": 1.0, "event": event})

    def end(self, error: Exception | None = None) -> None:
        self._error = error
        self._over.set()
        if self.run is not None and self.run._thread is not None:
            self.run._thread.join(5)
