"""The parts of a report's page, whatever they are drawn with."""

from dataclasses import dataclass

from tui.plans.report_ramp import RampReport
from tui.plans.report_values import Figure


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. The first ``words`` columns and the last hold words, the others figures."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1


@dataclass(frozen=True, slots=True)
class Section:
    """``lines`` are a list of sentences; then the chart, then the table."""

    title: str
    lines: tuple[str, ...] = ()
    chart: Figure | RampReport | None = None
    grid: Grid | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """``banner`` is what must not be overlooked, ``""`` if nothing."""

    title: str
    banner: str
    sections: tuple[Section, ...]
