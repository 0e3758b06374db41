"""Scrapes the exporters into the history at a steady pace, as Prometheus would over HTTP."""

import asyncio
import contextlib
import gc
import math
import time
from collections.abc import Iterable, Iterator

from tui.demo.prom.exporters import Exporter
from tui.demo.prom.exposition import Row, Sheet
from tui.demo.prom.faults import Faults
from tui.demo.prom.history import History, Job
from tui.demo.prom.labels import LabelSet
from tui.demo.prom.past import plausible_past
from tui.demo.prom.sources import Sources

_MOST_SHARE = 0.05  # of the time may go into scraping: a very large cluster is scraped less often


class Scraper:
    """Owns the jobs. ``past_seconds`` is how far back series reach when the process starts; 0: they begin now."""

    def __init__(
        self, sources: Sources, exporters: list[Exporter], faults: Faults, *, scrape_seconds: float, past_seconds: float
    ) -> None:
        self.history = History(max(1800.0, past_seconds) + 300)
        self.last_scrape = 0.0
        self.last_duration_seconds = 0.0
        self._sources = sources
        self._exporters = exporters
        self._faults = faults
        self._scrape_seconds = scrape_seconds
        self._past_seconds = past_seconds
        self._jobs: dict[str, Job] = {}
        self._task: asyncio.Task[None] | None = None

    def scrape(self) -> None:
        """All exporters once, at this moment of the world's clock."""
        self.last_duration_seconds = 0.0
        for exporter in self._exporters:
            self._scrape_one(exporter)

    def _scrape_one(self, exporter: Exporter) -> None:
        began = time.perf_counter()
        at = round(self._sources.now(), 3)
        stamp = self.last_scrape = at - self._faults.lag_seconds
        with _collector_paused():
            sheets = exporter.scraped(at)
            if self._faults.not_a_number and exporter.path == "dcgm":
                sheets = list(_spoiled(sheets))
            self.history.scrape(self._job(exporter, stamp), stamp, sheets)
            if exporter.path == "dcgm":
                second = self._job(exporter, stamp, "-second")
                self.history.scrape(second, stamp, sheets if self._faults.duplicates else ())
        self.last_duration_seconds += time.perf_counter() - began

    def _job(self, exporter: Exporter, stamp: float, suffix: str = "") -> Job:
        name = exporter.job + suffix
        job = self._jobs.get(name)
        if job is None:

            def relabel(row: Row) -> LabelSet:
                labels = exporter.labels(row)
                return labels.updated({"job": name}) if suffix else labels

            job = self._jobs[name] = Job(name, relabel, plausible_past if self._past_seconds and not suffix else None)
            count = int(self._past_seconds / self._scrape_seconds)
            job.prefill(stamp - step * self._scrape_seconds for step in range(count, 0, -1))
        return job

    def start(self) -> None:
        self.scrape()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        pause = self._scrape_seconds  # the first scrape made up a past as well: how long it took says nothing
        while True:
            await asyncio.sleep(pause)
            self.last_duration_seconds = 0.0
            for exporter in self._exporters:
                self._scrape_one(exporter)
                await asyncio.sleep(0)  # on a large cluster each takes a while: let requests through
            pause = max(self._scrape_seconds, self.last_duration_seconds / _MOST_SHARE)


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """A first scrape makes half a million objects that all stay: walking them again and again doubles its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _spoiled(sheets: Iterable[Sheet]) -> Iterable[Sheet]:
    for sheet in sheets:
        bad = (math.nan, math.inf)
        values = [[bad[position % 2]] * len(row) for position, row in enumerate(sheet.values)]
        yield Sheet(sheet.families, sheet.rows, values) if sheet.families[0].name != "up" else sheet
