"""The real stage: launches, pins, waits and looks by the snapshots of a session; every change by its one writer.

What it changes is noted on disk first (``kept_scale.py``), so that a plan that was killed can still be put back.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from tui.launch.expose import Endpoint, endpoints, port_of
from tui.launch.live import LiveCluster
from tui.launch.scale import Scale
from tui.launch.service import SERVICES, service_name
from tui.model.clock import SystemClock
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.launch_spec import LaunchSpec
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot
from tui.model.workload import Workload
from tui.plans.cells import letters
from tui.plans.cluster_change import ClusterChanges, PlanCluster, spec_for
from tui.plans.kept_scale import KeptScale
from tui.plans.placing import map_frame, placed, pods_of
from tui.plans.spread import Counts, counts_of
from tui.plans.stage import Reach, StageError
from tui.plans.values import Cell, MapFrame, Placed, PlanModel, PlanTest, ScalePlan
from tui.sources.nim import probe_nim

T = TypeVar("T")
_LOOK_SECONDS = 0.5
_SEEN_SECONDS = 60.0  # until what was launched is in the snapshot
_ADDRESS_SECONDS = 60.0
_SERVE_SECONDS = 30.0  # from pods that answer to an address that does
_ANSWER_SECONDS = 120.0  # from a Ready pod to a NIM that answers
_PLACED_SECONDS = 15.0  # until it is seen on which GPUs they lie, where whole ones are only told by metrics
_NEAR = 1e-6


class ClusterStage:
    """A ``Stage`` on a session. ``folder`` is the plan's: the record of what is to be put back lies there."""

    simulated = False

    def __init__(self, plan: ScalePlan, session: PlanCluster, folder: Path) -> None:
        self._plan = plan
        self._session = session
        self._changes = ClusterChanges(session)
        self._kept = KeptScale(folder)
        self._live = LiveCluster(session, SystemClock())
        self._keys: dict[str, WorkloadKey] = {}  # of the test under way, by model
        self._letters: dict[WorkloadKey, str] = {}
        self._gone: set[WorkloadKey] = set()  # deleted; their pods go on for a while
        self._answered: set[ObjectKey] = set()
        self.left_over: list[str] = []  # lines of whoever else made something on this cluster for the plan

    def gpus(self) -> float | None:
        known = [node.gpu_allocatable for node in self._snapshot().nodes.values()]
        return sum(gpus for gpus in known if gpus is not None) if any(gpus is not None for gpus in known) else None

    def key_of(self, model: str) -> WorkloadKey | None:
        """The workload of a model in the test under way."""
        return self._keys.get(model)

    def workload_of(self, model: str) -> Workload | None:
        key = self._keys.get(model)
        return self._snapshot().workloads.get(key) if key is not None else None

    def spec(self, spec: LaunchSpec, test: PlanTest) -> LaunchSpec:
        """What is launched of a model in this test."""
        return spec_for(spec, test)

    def counts(self, model: str) -> Counts:
        """What each pod of the model has answered so far, where its metrics may be read. Blocking."""
        key = self._keys[model]
        port = port_of(self._changes.target(key))
        ready = [pod.key for pod in pods_of(self._snapshot(), key) if pod.ready]
        return counts_of(ready, lambda pod: self._live.health(pod, port))

    # -- Stage -----------------------------------------------------------------------------------------------------

    async def prepare(self, test: PlanTest, models: tuple[PlanModel, ...]) -> None:
        signs = letters(self._plan)
        keys = {model.key: await asyncio.to_thread(self._key, model, test) for model in models}
        for key in (*self._kept.launched, *(one.key for one in self._kept.former)):
            if key not in keys.values():
                self._gone |= {key} & set(self._kept.launched)
                await asyncio.to_thread(self._give_back, key)
        self._gone -= set(keys.values())
        self._keys, self._letters = keys, {key: signs[model] for model, key in keys.items()}
        for model in models:
            await asyncio.to_thread(self._prepare, model, test, keys[model.key])
        await self._until(lambda: all(key in self._snapshot().workloads for key in keys.values()), _SEEN_SECONDS)
        missing = [str(key) for key in keys.values() if key not in self._snapshot().workloads]
        if missing:
            raise StageError(f"{', '.join(missing)} did not appear within {_SEEN_SECONDS:g} s: see nimdeck workloads")

    async def scale(self, cell: Cell) -> None:
        for model in cell.models:
            key = self._keys[model]
            now = await asyncio.to_thread(self._changes.scale_now, key)
            self._kept.note_scale(key, now)
            await asyncio.to_thread(self._changes.scale, key, Scale(cell.pods, cell.pods))

    async def ready(self, cell: Cell, timeout_seconds: float) -> float:
        began = time.monotonic()
        if not await self._until(lambda: self._is_ready(cell), timeout_seconds):
            raise StageError(self._why_not(cell, timeout_seconds))
        left = max(_ANSWER_SECONDS, timeout_seconds - (time.monotonic() - began))
        for model in cell.models:
            await self._all_answer(self._keys[model], left)
        seconds = time.monotonic() - began
        await self._until(lambda: self.placed(cell).gpus is not None, _PLACED_SECONDS)
        return seconds

    def placed(self, cell: Cell) -> Placed:
        snapshot = self._snapshot()
        pods = [pod for model in cell.models for pod in pods_of(snapshot, self._keys[model])]
        return placed(snapshot, cell, pods)

    async def reach(self, cell: Cell, model: PlanModel) -> Reach:
        key, through = self._keys[model.key], self._plan.load.through
        if through == "pods":
            pods = pods_of(self._snapshot(), key)
            port = port_of(await asyncio.to_thread(self._changes.target, key))
            urls = tuple(f"http://{_host(pod.ip)}:{port}" for pod in pods if pod.ip is not None)
            if len(urls) < cell.pods:
                raise StageError(f"{key}: the addresses of {cell.pods - len(urls)} of {cell.pods} pods are not known")
            return Reach(model.name, urls)
        found = await asyncio.to_thread(self._endpoint, key)
        reach = Reach(model.name, (found.url,), (("Host", found.host),) if found.host else ())
        end = time.monotonic() + _SERVE_SECONDS
        while why := await asyncio.to_thread(serves, reach):
            if time.monotonic() > end:
                raise StageError(f"{key}: {why}")
            await asyncio.sleep(_LOOK_SECONDS)
        return reach

    def frame(self, seconds: float) -> MapFrame | None:
        return map_frame(self._snapshot(), self._letters, seconds, self._keys.values())

    async def restore(self) -> tuple[str, ...]:
        left_over = list(self.left_over)
        for key in (*self._kept.launched, *(one.key for one in self._kept.former)):
            try:
                await asyncio.shield(asyncio.to_thread(self._give_back, key))
            except StageError as error:
                left_over.append(f"{key} is not as it was: {error}")
        self._keys = {}
        return tuple(left_over)

    # -- blocking, on threads --------------------------------------------------------------------------------------

    def _key(self, model: PlanModel, test: PlanTest) -> WorkloadKey:
        if model.spec is not None:
            return self._changes.key_of(self.spec(model.spec, test))
        namespace, _, name = (model.workload or "").partition("/")
        known = [key for key in self._snapshot().workloads if (key.namespace, key.name) == (namespace, name)]
        if len(known) != 1:
            why = "is not there" if not known else f"is {' and '.join(key.kind for key in known)}: give it a spec"
            raise StageError(f"workload {model.workload} of model {model.key} {why}; see nimdeck workloads")
        return known[0]

    def _prepare(self, model: PlanModel, test: PlanTest, key: WorkloadKey) -> None:
        if model.spec is None:
            self._check_given(key, test)
            return
        is_there = self._changes.is_there(key)
        if is_there and key not in self._kept.launched:
            raise StageError(f"{key} is there already and was not launched by this plan: delete it, or rename its spec")
        self._kept.note_launch(key)
        if not is_there:  # or it was noted, and the plan was killed before it was made
            self._changes.launch(self.spec(model.spec, test))
        if self._plan.load.through == "service":
            self._changes.expose(key)

    def _check_given(self, key: WorkloadKey, test: PlanTest) -> None:
        """A workload that is there keeps its GPU: another share can't be tested on it."""
        workload = self._snapshot().workloads[key]
        request = workload.object.gpu if workload.object is not None else None
        has = workload.fraction if workload.fraction is not None else float(request.devices) if request else None
        if has is not None and abs(has - test.gpu_per_pod) > _NEAR:
            raise StageError(f"{key} has {has:g} GPU a pod, {test.id} says {test.gpu_per_pod:g}: give the model a spec")

    def _give_back(self, key: WorkloadKey) -> None:
        if key in self._kept.launched:
            self._changes.delete(key)
        else:
            former = next(one for one in self._kept.former if one.key == key)
            if self._changes.is_there(key):
                self._changes.scale(key, former.scale)
        self._kept.forget(key)

    def _endpoint(self, key: WorkloadKey) -> Endpoint:
        """The way that the plan says; a launched workload's Service gets its address a moment later."""
        through, end = self._plan.load.through, time.monotonic() + _ADDRESS_SECONDS
        wanted = "gateway" if through == "route" else "load-balancer"
        while True:
            workload = self._snapshot().workloads.get(key)
            told = workload.endpoint if workload is not None else None
            found = list(endpoints(self._changes.target(key), told, self._changes.object))
            exact = next((one for one in found if one.way == wanted), None)
            if exact is not None:
                return exact
            exposed = self._changes.object(SERVICES, ObjectKey(key.namespace, service_name(key.name)))
            if exposed is None or through == "route" or time.monotonic() > end:
                break
            time.sleep(_LOOK_SECONDS)
        usable = [one for one in found if one.can_be_measured and one.way != "gateway"]
        if usable and (through != "route" or usable[0].way == "address"):
            return usable[0]
        mend = f"expose it: nimdeck expose {key}" if through == "service" else "load it through = service"
        raise StageError(f"{key} has no address to load it at; {mend}")

    # -- waiting ---------------------------------------------------------------------------------------------------

    def _snapshot(self) -> Snapshot:
        return self._session.store.snapshot

    async def _until(self, condition: Callable[[], bool], seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            await asyncio.sleep(_LOOK_SECONDS)
        return True

    def _is_ready(self, cell: Cell) -> bool:
        """So many pods, all of them ready, none that is going; and nothing left of tests before."""
        snapshot = self._snapshot()
        ours = {self._keys[model] for model in cell.models}
        if any(pods_of(snapshot, key) for key in self._gone):
            return False
        return all(
            len(pods) == cell.pods and all(pod.ready and pod.deleting_at is None for pod in pods)
            for pods in (pods_of(snapshot, key) for key in ours)
        )

    def _why_not(self, cell: Cell, seconds: float) -> str:
        snapshot = self._snapshot()
        told = []
        for model in cell.models:
            pods = pods_of(snapshot, self._keys[model])
            ready = sum(pod.ready and pod.deleting_at is None for pod in pods)
            workload = snapshot.workloads.get(self._keys[model])
            why = _reason(pods) or (workload.message if workload is not None else "")
            told.append(f"{ready} of {cell.pods} pods of {model} are ready" + (f" ({why})" if why else ""))
        return f"after {seconds:g} s {'; '.join(told)}"

    async def _all_answer(self, key: WorkloadKey, seconds: float) -> None:
        """Each pod's NIM lists its models; where pods can't be asked through the API server, their readiness counts."""
        port = port_of(await asyncio.to_thread(self._changes.target, key))
        end = time.monotonic() + seconds
        for pod in pods_of(self._snapshot(), key):
            while pod.key not in self._answered:
                probe = await asyncio.to_thread(self._live.health, pod.key, port)
                if probe is None or probe.denied_right is not None or probe.ready:
                    self._answered.add(pod.key)
                elif time.monotonic() > end:
                    raise StageError(
                        f"pod {pod.key} is Ready, but its NIM does not answer: {probe.detail or probe.url}"
                    )
                else:
                    await asyncio.sleep(_LOOK_SECONDS)


def serves(reach: Reach, timeout_seconds: float = 5.0) -> str:
    """Why the endpoint does not list the model, ``""`` if it does. Blocking."""
    host = next((value for name, value in reach.headers if name.lower() == "host"), None)
    probe = probe_nim(reach.urls[0], timeout=timeout_seconds, host=host)
    if not probe.reachable or probe.models is None:
        return probe.detail or f"{reach.urls[0]} does not answer /v1/models"
    if reach.model not in probe.models:
        return f"{reach.urls[0]} serves {', '.join(probe.models) or 'nothing'}, not {reach.model}"
    return ""


def _reason(pods: Iterable[Pod]) -> str:
    """What the first pod that is not ready says."""
    for pod in pods:
        if not pod.ready:
            parts = [part.reason or part.message for part in pod.containers if part.reason or part.message]
            unmet = [one.message for one in pod.conditions if one.status == "False" and one.message]
            return next(iter((*parts, pod.message or pod.reason, *unmet)), "")
    return ""


def _host(ip: str | None) -> str:
    return f"[{ip}]" if ip is not None and ":" in ip else str(ip)
