"""One model of an autoscaling plan while it is loaded: a line a second, on disk as it comes."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from tui.bench.engine.progress import Beat, Progress
from tui.bench.results.files import Appender
from tui.plans.autoscale import Second

FILE = "autoscale.jsonl"
LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Pods:
    """What the cluster says of a workload now; ``None`` where it is not known."""

    wanted: int | None
    ready: int | None
    gpus: float | None


class Watched:
    """``look`` tells of the model's pods and must not block. Lines wait until ``folder`` is there: the first must
    not be lost."""

    def __init__(self, model: str, folder: Path, look: Callable[[str], Pods]) -> None:
        self.model = model
        self.folder = folder
        self._look = look
        self._began = time.monotonic()
        self._beat: Beat | None = None
        self._loaded = True
        self._first: float | None = None
        self._waiting = b""
        self._file: Appender | None = None

    def hear(self, progress: Progress) -> None:
        if progress.beat is not None:
            self._beat = progress.beat

    def over(self) -> None:
        """The load has ended; users are none from now on."""
        self._loaded = False
        self._beat = None

    def is_back(self) -> bool:
        """The GPUs are no more than they were at first."""
        now = self._look(self.model).gpus
        return now is not None and self._first is not None and now <= self._first

    async def watch(self) -> None:
        while True:
            self.note()
            await asyncio.sleep(LOOK_SECONDS)

    def note(self) -> None:
        """One line, of now."""
        pods, beat = self._look(self.model), self._beat
        if self._first is None:
            self._first = pods.gpus
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
        self._waiting += msgspec.json.encode(second) + b"\n"
        if self._file is None and self.folder.is_dir():
            self._file = Appender(self.folder / FILE, go_on=True)
        if self._file is not None:
            self._file.add(self._waiting)
            self._waiting = b""

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


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
