"""How far a simulated figure can be trusted: by how the pods scatter that were simulated for it, a seed each. Pure.

Pods in the same situation differ by chance alone, those of different ones do not: so a pod is held against the mean of
its situation, and by how much they are off, as a part of it, is taken to be alike in all. What comes of it is 95 % of
the figure that other seeds would give. It says nothing of how true the model is.

Forty times eight pods each, with lengths fixed and mixed, bursts and staggered starts: it covered 92 to 100 % of what
other seeds gave. Of the requests that finish in five seconds of lockstep it was 55 %: there all depends on which side
of a second a wave ends.
"""

from collections.abc import Hashable, Sequence
from math import sqrt
from typing import NamedTuple

from tui.bench.stats.interval import student_quantile


class Seen(NamedTuple):
    """What one simulated pod had, and how much of the whole figure's mean that makes up (any unit, as ``value``)."""

    situation: Hashable
    value: float
    weight: float


def scatter_interval(figure: float | None, pods: Sequence[Seen]) -> tuple[float, float] | None:
    """95 % of ``figure``, a weighted mean or sum of the pods' values; ``None`` where no two are in one situation."""
    by_situation: dict[Hashable, list[Seen]] = {}
    for pod in pods:
        by_situation.setdefault(pod.situation, []).append(pod)
    freedom = len(pods) - len(by_situation)
    means = {key: sum(pod.value for pod in alike) / len(alike) for key, alike in by_situation.items()}
    total = sum(pod.weight * pod.value for pod in pods)
    if figure is None or freedom < 1 or total <= 0 or min(means.values()) <= 0:
        return None
    off = sum((pod.value / means[pod.situation] - 1.0) ** 2 for pod in pods) / freedom
    parts = ((sum(pod.weight * pod.value for pod in alike) / total, len(alike)) for alike in by_situation.values())
    error = sqrt(off * sum(part * part / number for part, number in parts))
    reach = figure * error * student_quantile(0.975, float(freedom))
    return figure - reach, figure + reach
