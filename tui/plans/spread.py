"""How evenly a load lay on its pods, by the pods' own counters before and after. A Service that is spread by connection
can keep some pods busy and others idle, and an average hides it."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from tui.model.ids import ObjectKey
from tui.model.nim import NimProbe
from tui.plans.values import PodSpread, Through

Counts = Mapping[str, float]
"""Requests that each pod has finished since it started, by pod name."""

_AT_ONCE = 8
_UNEVEN = 1.25


def spread_of(before: Counts, after: Counts) -> PodSpread | None:
    """What each pod finished in between; ``None`` where no pod counts. A pod that is new counts from 0, one that was
    started anew from its new start; one that is gone is left out."""
    grown = {
        pod: count - before.get(pod, 0.0) if count >= before.get(pod, 0.0) else count for pod, count in after.items()
    }
    if not grown:
        return None
    mean = sum(grown.values()) / len(grown)
    requests = tuple((pod, round(count)) for pod, count in sorted(grown.items()))
    return PodSpread(requests, max(grown.values()) / mean if mean > 0 else None)


def uneven(spread: PodSpread | None, through: Through) -> str:
    """A line where one pod had much more than its share, and what that says; ``""`` else."""
    if spread is None or spread.imbalance is None or spread.imbalance < _UNEVEN:
        return ""
    busiest = max(spread.requests, key=lambda entry: entry[1])
    mend = "load the pods directly (through = pods)"
    if through == "pods":
        mend = "all have as many users, so the others answer more slowly, or failed"
    return f"uneven: {busiest[0]} had {spread.imbalance:.2f} times the mean of {len(spread.requests)} pods; {mend}"


def counts_of(pods: Iterable[ObjectKey], probe: Callable[[ObjectKey], NimProbe | None]) -> Counts:
    """Ask each pod (``probe`` blocks); those that don't say are left out."""
    listed = list(pods)
    if not listed:
        return {}
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="spread") as pool:
        found = zip(listed, pool.map(probe, listed), strict=True)
        return {
            pod.name: told.metrics.requests_succeeded_total
            for pod, told in found
            if told is not None and told.metrics is not None and told.metrics.requests_succeeded_total is not None
        }
