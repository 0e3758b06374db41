"""One model of an autoscaling plan while it is loaded: what the cluster says of its pods each second, beside what the
users felt who sent in that second. On disk as it comes.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tui.bench.results.files import Appender
from tui.bench.stats.timeline import Timeline
from tui.plans.autoscale_file import FILE, line_of, write_seconds
from tui.plans.values import Second

LOOK_SECONDS = 1.0
_WRITTEN_AFTER = 10  # seconds: by then most of what was sent in one has been answered


@dataclass(frozen=True, slots=True)
class Pods:
    """What the cluster says of a workload now; ``None`` where it is not known."""

    wanted: int | None
    ready: int | None
    gpus: float | None


@dataclass(frozen=True, slots=True)
class _Felt:
    """By the users of one second, so far."""

    requests: int
    ttft_ms: float | None
    output_tokens_per_second: float | None
    failed: int


class Watched:
    """``look`` tells of the model's pods, ``users_at`` of the users at a second of the ramp; neither may block.

    Its time begins with ``watch``. A second's line goes to ``folder`` (which must be there) once it is some seconds
    old; ``close`` writes all of them again with what was answered later still.
    """

    def __init__(self, model: str, folder: Path, look: Callable[[str], Pods], users_at: Callable[[float], int]) -> None:
        self.model = model
        self.folder = folder
        self._look = look
        self._users_at = users_at
        self._began = 0.0
        self._loaded = True
        self._noted: list[Second] = []
        self._felt: dict[int, _Felt] = {}
        self._open = 0  # the first second of which something may still come
        self._written = 0
        self._file: Appender | None = None

    def hear(self, timeline: Timeline) -> None:
        """What the workers have said so far; its seconds are those of the ramp."""
        ratio = timeline.total().tokens_per_chunk or 1.0
        for row in timeline.rows(self._open):
            sends = timeline.sends.get(row.second)
            mean, speed = row.ttft_mean_seconds, row.chunks_per_second
            self._felt[row.second] = _Felt(
                requests=row.ttft_n,
                ttft_ms=None if mean is None else mean * 1000.0,
                output_tokens_per_second=None if speed is None else speed * ratio,
                failed=sends.failures if sends is not None else 0,
            )
            if row.settled and row.second == self._open:
                self._open += 1

    def over(self) -> None:
        """The load has ended; users are none from now on."""
        self._loaded = False

    def is_back(self) -> bool:
        """The GPUs are no more than they were at first."""
        first = self._noted[0].gpus if self._noted else None
        now = self._look(self.model).gpus
        return now is not None and first is not None and now <= first

    async def watch(self, told: Callable[[], None]) -> None:
        """A second after another, until it is cancelled; ``told`` after each."""
        self._began = time.monotonic()
        while True:
            self.note()
            told()
            passed = time.monotonic() - self._began
            await asyncio.sleep(LOOK_SECONDS - passed % LOOK_SECONDS)

    def note(self) -> None:
        """What is true now."""
        pods, passed = self._look(self.model), time.monotonic() - self._began
        self._noted.append(
            Second(
                seconds=round(passed, 3),
                at=round(time.time(), 3),
                users=self._users_at(passed) if self._loaded else 0,
                requests=None,
                ttft_ms=None,
                output_tokens_per_second=None,
                failed=None,
                wanted=pods.wanted,
                ready=pods.ready,
                gpus=pods.gpus,
            )
        )
        self._write()

    def seconds(self) -> tuple[Second, ...]:
        """All so far."""
        return tuple(self._whole(second) for second in self._noted)

    def close(self) -> None:
        """``OSError`` where the lines can't be written."""
        if self._file is not None:
            self._file.close()
            write_seconds(self.folder, self.seconds())

    def _write(self) -> None:
        if self._file is None:
            self._file = Appender(self.folder / FILE, go_on=True)
        while self._written < len(self._noted) - _WRITTEN_AFTER:
            self._file.add(line_of(self._whole(self._noted[self._written])))
            self._written += 1

    def _whole(self, second: Second) -> Second:
        felt = self._felt.get(int(second.seconds))
        if felt is None:
            return second
        return replace(
            second,
            requests=felt.requests,
            ttft_ms=felt.ttft_ms,
            output_tokens_per_second=felt.output_tokens_per_second,
            failed=felt.failed,
        )
