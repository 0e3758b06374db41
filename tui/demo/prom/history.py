"""Half an hour of samples in memory: one clock for each scraped job, one array of values for each series.

Series of a job share the job's timestamps, so a window is looked up once and sliced for each of ten thousand series.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator

from tui.demo.prom.exposition import Row, Sheet
from tui.demo.prom.labels import NAME, LabelSet

LOOKBACK_SECONDS = 300.0
STALE = -1.7976931348623157e308  # marks a scrape without the series; no exporter reports the lowest float there is

Relabel = Callable[[Row], LabelSet]
Past = Callable[[LabelSet, float, list[float]], list[float]]


class Series:
    """Values of one series; ``values[i]`` belongs to scrape number ``first + i`` of its job."""

    __slots__ = ("_labels", "base", "first", "job", "name", "past", "values")

    def __init__(self, name: str, base: LabelSet, job: "Job", first: int) -> None:
        self.name = name
        self.base = base  # all labels but the name, shared by the families of a row
        self._labels: LabelSet | None = None
        self.job = job
        self.first = first
        self.values = array("d")
        self.past = False

    @property
    def labels(self) -> LabelSet:
        """All labels; made when first asked for, which most of a quarter million series never are."""
        if self._labels is None:
            self._labels = self.base.updated({NAME: self.name})
        return self._labels

    def put(self, scrape: int, value: float) -> None:
        """Append the value of this scrape; gaps get stale marks, a second value of one scrape is dropped."""
        gap = scrape - self.first - len(self.values)
        if gap > 0:
            self.values.extend([STALE] * gap)
        if gap >= 0:
            self.values.append(value)

    def at(self, scrape: int) -> float:
        """Value of a scrape, ``STALE`` where the series was not there."""
        offset = scrape - self.first
        if offset < 0:
            if not self.past:
                return STALE
            self._recall()
            offset = scrape - self.first
        return self.values[offset] if 0 <= offset < len(self.values) else STALE

    def window(self, low: int, high: int) -> tuple[list[float], list[float]]:
        """Times and values of scrapes ``low`` to ``high`` - 1, without the stale ones."""
        if low < self.first and self.past:
            self._recall()
        start = max(low, self.first)
        stop = min(high, self.first + len(self.values))
        if stop <= start:
            return [], []
        values = self.values[start - self.first : stop - self.first].tolist()
        base = self.job.base
        times = self.job.times[start - base : stop - base]
        if STALE in values:
            kept = [(at, value) for at, value in zip(times, values, strict=True) if value != STALE]
            return [at for at, _ in kept], [value for _, value in kept]
        return times, values

    def present(self, low: int, high: int) -> bool:
        """Is there a sample in scrapes ``low`` to ``high`` - 1? A past that is still to be filled in counts."""
        if self.past and low < self.first and low < high:
            return True
        start, stop = max(low, self.first) - self.first, min(high, self.first + len(self.values)) - self.first
        return any(self.values[position] != STALE for position in range(stop - 1, start - 1, -1))

    def trim(self, base: int) -> bool:
        """Drop values of scrapes before ``base``; True if nothing is left."""
        excess = base - self.first
        if excess > 0:
            del self.values[:excess]
            self.first = base
        return not self.values

    def _recall(self) -> None:
        """Fill in the time before the first scrape, once and only when somebody asks for it."""
        self.past = False
        times = self.job.times[: self.first - self.job.base]
        if self.job.past is None or not times or not self.values:
            return
        self.values = array("d", self.job.past(self.labels, self.values[0], times)) + self.values
        self.first = self.job.base


class Job:
    """One scrape configuration: the clock of its scrapes and the series that they brought."""

    def __init__(self, name: str, relabel: Relabel, past: Past | None = None) -> None:
        self.name = name
        self.times: list[float] = []
        self.base = 0
        self.past = past
        self.prefilled = 0
        self.live: dict[Row, list[Series]] = {}
        self.relabel = relabel

    def prefill(self, times: Iterable[float]) -> None:
        """Scrapes that happened before we began; their values are computed when asked for."""
        self.times.extend(times)
        self.prefilled = len(self.times)

    def last_before(self, at: float, lookback_seconds: float) -> int | None:
        """Number of the latest scrape not after ``at`` and younger than the look-back."""
        position = bisect_right(self.times, at) - 1
        if position < 0 or self.times[position] <= at - lookback_seconds:
            return None
        return self.base + position

    def between(self, start: float, end: float) -> tuple[int, int]:
        """Scrape numbers of the half-open window (start, end] as a range."""
        return self.base + bisect_right(self.times, start), self.base + bisect_right(self.times, end)


class History:
    """All series of all jobs, found by name and label."""

    def __init__(self, retention_seconds: float) -> None:
        self.retention_seconds = retention_seconds
        self.jobs: dict[str, Job] = {}
        self._by_name: dict[str, dict[LabelSet, Series]] = {}

    def names(self) -> Iterator[str]:
        yield from self._by_name

    def named(self, name: str) -> Iterable[Series]:
        return self._by_name.get(name, {}).values()

    def scrape(self, job: Job, at: float, sheets: Iterable[Sheet]) -> None:
        """Take in what an exporter offers at ``at``. Time never runs backwards: an older scrape is dropped."""
        self.jobs[job.name] = job
        if job.times and at <= job.times[-1]:
            return
        number = job.base + len(job.times)
        job.times.append(at)
        live: dict[Row, list[Series]] = {}
        for sheet in sheets:
            for row, values in zip(sheet.rows, sheet.values, strict=True):
                bundle = job.live.get(row)
                if bundle is None:
                    base = job.relabel(row)
                    bundle = [self._series(family.name, base, job, number) for family in sheet.families]
                live[row] = bundle
                for series, value in zip(bundle, values, strict=True):
                    series.put(number, STALE if value is None else value)
        for row, bundle in job.live.items():
            if row not in live:
                for series in bundle:
                    series.put(number, STALE)
        job.live = live
        self._forget(job, at)

    def _series(self, name: str, base: LabelSet, job: Job, number: int) -> Series:
        named = self._by_name.setdefault(name, {})
        series = named.get(base)
        if series is None or series.job is not job:
            series = named[base] = Series(name, base, job, number)
            series.past = number == job.prefilled and job.past is not None
        return series

    def _forget(self, job: Job, at: float) -> None:
        """Drop what is older than the retention, a quarter of it at a time."""
        if at - job.times[0] < self.retention_seconds * 1.25:
            return
        dropped = bisect_right(job.times, at - self.retention_seconds)
        del job.times[:dropped]
        job.base += dropped
        for name, named in list(self._by_name.items()):
            for labels, series in list(named.items()):
                if series.job is job and series.trim(job.base):
                    del named[labels]
            if not named:
                del self._by_name[name]
