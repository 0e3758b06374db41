"""The cluster in a few large figures, for the big screen: what is given, what is free, what the GPUs do."""

from collections.abc import Iterable
from dataclasses import dataclass

from tui.model.node import Node
from tui.model.reading import value_of
from tui.present import format as fmt
from tui.present.totals import totals
from widgets.rows import Tone


@dataclass(frozen=True, slots=True)
class BigFigure:
    """``text`` is drawn large, ``label`` small under it."""

    key: str
    label: str
    text: str
    tone: Tone = Tone.NORMAL


def big_figures(nodes: Iterable[Node]) -> tuple[BigFigure, ...]:
    """Given, allocatable, whole free, utilisation, idle but held; an unknown figure is an en dash."""
    rows = list(nodes)
    sums = totals(rows)
    known = bool(rows)
    idle = sums.idle_held if known else None
    return (
        BigFigure("given", "GPUs given", fmt.gpus(sums.allocated if known else None), Tone.ACCENT),
        BigFigure("allocatable", "GPUs allocatable", fmt.gpus(sums.allocatable if known else None)),
        BigFigure("free", "whole GPUs free", fmt.number(sums.whole_free if known else None), Tone.GOOD),
        BigFigure("utilization", "utilisation", fmt.percent(mean_utilization(rows))),
        BigFigure("idle", "idle but held", fmt.number(idle), Tone.WARN if idle else Tone.NORMAL),
    )


def mean_utilization(nodes: Iterable[Node]) -> float | None:
    """Over all GPUs that report, 0 to 1; ``None`` if none does."""
    values = [value for node in nodes for gpu in node.gpus if (value := value_of(gpu.utilization_fraction)) is not None]
    return sum(values) / len(values) if values else None
