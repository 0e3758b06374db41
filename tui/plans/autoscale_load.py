"""Loads a workload whose autoscaler is left alone: users come and go as the plan's ramp says, and once a second it is
written down what they felt and how many pods and GPUs there were.

The users change without draining: each short point of the ramp goes on with those of the one before. After the load it
is watched on until the GPUs are back, or too long.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from config.secret import Secret
from tui.bench.engine.controls import Controls
from tui.bench.engine.progress import Beat, Progress
from tui.bench.engine.run import Engine
from tui.bench.engine.transport import LocalWorker
from tui.bench.results.files import Appender
from tui.bench.results.rundir import RunDirectory
from tui.bench.setup import prepare, secret_headers, secret_words
from tui.bench.spec import LimitSpec, LoadSpec, PointSpec, PromptSpec, Slo, Target
from tui.plans.autoscale import Second, users_at
from tui.plans.stage import Reach, StageError
from tui.plans.values import Cell, ModelResult, Ramp, ScalePlan

FILE = "autoscale.jsonl"
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Pods:
    """What the cluster says of a workload now; ``None`` where it is not known."""

    wanted: int | None
    ready: int | None
    gpus: float | None


class RampLoader:
    """A ``Loader`` for plans of kind ``autoscale``. ``look`` tells of a model's pods and must not block.

    ``every_seconds``: how long each point of the ramp lasts; ``settle_seconds``: how long it is watched after the load
    at most.
    """

    def __init__(
        self,
        plan: ScalePlan,
        look: Callable[[str], Pods],
        api_key: Secret | None = None,
        every_seconds: float = 5.0,
        settle_seconds: float = 600.0,
    ) -> None:
        self._plan = plan
        self._look = look
        self._api_key = api_key
        self._every = every_seconds
        self._settle = settle_seconds

    async def measure(
        self,
        cell: Cell,
        reaches: Mapping[str, Reach],
        users: Mapping[str, int | None],
        folder: Path,
        controls: Controls,
        tell: Callable[[str, Progress], None],
    ) -> tuple[ModelResult, ...]:
        """See ``Loader``: all models of the cell at once, each along the test's ramp."""
        ramp = next((ramp for ramp in self._plan.ramps if ramp.test == cell.test), None)
        if ramp is None:
            raise StageError(f"no ramp for test {cell.test}: give it one in [[ramps]]")
        watched = [_Watched(self, model, folder / model, self._look) for model in reaches]
        runs = [self._one(one, reaches[one.model], ramp, controls, tell) for one in watched]
        return tuple(await asyncio.gather(*runs))

    async def _one(
        self, watched: "_Watched", reach: Reach, ramp: Ramp, controls: Controls, tell: Callable[[str, Progress], None]
    ) -> ModelResult:
        load = self._load(reach)
        key = self._api_key.reveal() if self._api_key is not None else ""
        try:
            probe, setup = await asyncio.to_thread(prepare, load, key)
            directory = RunDirectory(watched.folder, "run", secrets=secret_words(secret_headers(load.target, key)))
        except (ValueError, OSError) as error:
            raise StageError(f"{watched.model}: {error}") from None
        watching = asyncio.create_task(watched.watch())
        try:
            directory.begin(load, probe, (("plan", self._plan.name), ("ramp", _ramp_words(ramp))))

            def told(progress: Progress) -> None:
                watched.hear(progress)
                tell(watched.model, progress)

            async with Engine(load, probe, setup, directory, told, controls, None, LocalWorker) as engine:
                await engine.sweep(points_of(ramp, self._every))
                results = list(engine.results)
            watched.over()
            await self._settled(watched, controls)
        except (ValueError, OSError) as error:
            raise StageError(f"{watched.model}: {error}") from None
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            watched.close()
            directory.close()
        busiest = max(results, key=lambda point: point.concurrency or 0, default=None)
        return ModelResult(watched.model, busiest.concurrency if busiest is not None else None, busiest)

    async def _settled(self, watched: "_Watched", controls: Controls) -> None:
        end = time.monotonic() + self._settle
        while time.monotonic() < end and not controls.interrupts and not watched.is_back():  # noqa: ASYNC110 - looks
            await asyncio.sleep(_LOOK_SECONDS / 2)

    def _load(self, reach: Reach) -> LoadSpec:
        asked = self._plan.load
        return LoadSpec(
            target=Target(reach.urls[0], reach.model, headers=reach.headers),
            prompts=PromptSpec(
                isl=asked.isl,
                osl=asked.osl,
                isl_stddev=asked.isl_stddev,
                osl_stddev=asked.osl_stddev,
                seed=asked.seed,
            ),
            limits=LimitSpec(duration_seconds=self._every),
            start="staggered",
            slo=Slo(ttft_seconds=asked.ttft_ms / 1000.0),
        )


class _Watched:
    """One model while it is loaded: a line a second, on disk as it comes."""

    def __init__(self, loader: RampLoader, model: str, folder: Path, look: Callable[[str], Pods]) -> None:
        self.model = model
        self.folder = folder
        self._look = look
        self._began = time.monotonic()
        self._beat: Beat | None = None
        self._loaded = True
        self._first: float | None = None
        self._most = 0.0
        self._file: Appender | None = None

    def hear(self, progress: Progress) -> None:
        if progress.beat is not None:
            self._beat = progress.beat

    def over(self) -> None:
        """The load has ended; users are none from now on."""
        self._loaded = False
        self._beat = None

    def is_back(self) -> bool:
        """The GPUs are what they were at first, after they were more; or were never more."""
        now = self._look(self.model).gpus
        return now is not None and self._first is not None and now <= self._first

    async def watch(self) -> None:
        while True:
            self._note()
            await asyncio.sleep(_LOOK_SECONDS)

    def _note(self) -> None:
        pods, beat = self._look(self.model), self._beat
        if self._first is None:
            self._first = pods.gpus
        self._most = max(self._most, pods.gpus or 0.0)
        second = Second(
            seconds=round(time.monotonic() - self._began, 3),
            users=0 if not self._loaded else beat.users if beat is not None else None,
            ttft_ms=beat.ttft_mean_ms if beat is not None else None,
            output_tokens_per_second=beat.output_tokens_per_second if beat is not None else None,
            failed=beat.failed if beat is not None else 0,
            wanted=pods.wanted,
            ready=pods.ready,
            gpus=pods.gpus,
        )
        if self._beat is not None:
            self._beat = replace(self._beat, failed=0)
        if self._file is None and self.folder.is_dir():
            self._file = Appender(self.folder / FILE, go_on=True)
        if self._file is not None:
            self._file.add(msgspec.json.encode(second) + b"\n")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def points_of(ramp: Ramp, every_seconds: float) -> list[PointSpec]:
    """The ramp as short points, each with the users of its middle; at least one user."""
    end = ramp.steps[-1][0] if ramp.steps else 0.0
    count = max(1, round(end / every_seconds))
    return [PointSpec(users=max(1, users_at(ramp, (number + 0.5) * every_seconds))) for number in range(count)]


def read_seconds(folder: Path) -> tuple[Second, ...]:
    """The lines of a model's folder; a last one that was cut off is left out. Empty where there are none."""
    try:
        lines = (folder / FILE).read_bytes().splitlines()
    except OSError:
        return ()
    found = []
    for line in lines:
        try:
            found.append(msgspec.json.decode(line, type=Second))
        except msgspec.DecodeError:
            break
    return tuple(found)


def _ramp_words(ramp: Ramp) -> str:
    return ", ".join(f"{users} users at {seconds:g} s" for seconds, users in ramp.steps)
