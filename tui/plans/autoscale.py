"""An autoscaler seen under a load that comes and goes: when it scaled, how long a pod took to serve, what users felt
meanwhile, when the GPUs came back. Pure: from one line a second to what it tells.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tui.plans.values import Ramp, Second

_CALM_SECONDS = 5.0  # over which TTFT before and after a change is taken


@dataclass(frozen=True, slots=True)
class Change:
    """The autoscaler wanted another number of pods. ``serving_after_seconds``: until so many were ready (``None``: not
    within the run, or before it wanted yet another). TTFT in ms: the mean before, the worst second until it served,
    the mean after. ``failed`` requests were sent since the change before it was over, up to five seconds after so many
    served; each is counted once."""

    seconds: float
    before: int
    after: int
    users: int | None
    serving_after_seconds: float | None
    ttft_before_ms: float | None
    ttft_worst_ms: float | None
    ttft_after_ms: float | None
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """``cold_start_seconds``: from the first user to the first pod that served, where there was none at first.
    ``gpus_back_after_seconds``: from the end of the load to the GPUs of the beginning; 0 where they were back before.
    ``gpu_seconds`` is their sum."""

    changes: tuple[Change, ...]
    most_pods: int | None
    most_users: int | None
    cold_start_seconds: float | None
    gpus_back_after_seconds: float | None
    gpu_seconds: float | None


def users_at(ramp: Ramp, seconds: float) -> int:
    """Users at that moment: linear between the steps, none after the last one."""
    steps = ramp.steps
    if not steps or seconds > steps[-1][0]:
        return 0
    before = steps[0]
    for step in steps:
        if step[0] >= seconds:
            span = step[0] - before[0]
            part = 1.0 if span <= 0 else (seconds - before[0]) / span
            return max(0, round(before[1] + (step[1] - before[1]) * part))
        before = step
    return before[1]


def thinned(seconds: Sequence[Second], most: int) -> tuple[Second, ...]:
    """No more than ``most`` of them, for drawing: several become one, with all their requests, and its last state."""
    each = -(-len(seconds) // most) if most > 0 else len(seconds)
    if each <= 1:
        return tuple(seconds)
    return tuple(_one_of(seconds[place : place + each]) for place in range(0, len(seconds), each))


def _one_of(seconds: Sequence[Second]) -> Second:
    speeds = [one.output_tokens_per_second for one in seconds if one.output_tokens_per_second is not None]
    requests = [one.requests for one in seconds if one.requests is not None]
    failed = [one.failed for one in seconds if one.failed is not None]
    return replace(
        seconds[-1],
        requests=sum(requests) if requests else None,
        ttft_ms=mean_ttft_ms(seconds),
        output_tokens_per_second=sum(speeds) / len(speeds) if speeds else None,
        failed=sum(failed) if failed else None,
    )


def mean_ttft_ms(seconds: Iterable[Second]) -> float | None:
    """Over all requests that were sent in these seconds; ``None`` where none has been answered."""
    felt = [(one.ttft_ms, one.requests) for one in seconds if one.ttft_ms is not None and one.requests]
    requests = sum(count for _, count in felt)
    return sum(mean * count for mean, count in felt) / requests if requests else None


def seen(seconds: Sequence[Second]) -> Seen:
    """What the run tells."""
    changes = tuple(_changes(seconds))
    return Seen(
        changes=changes,
        most_pods=max((one.ready for one in seconds if one.ready is not None), default=None),
        most_users=max((one.users for one in seconds if one.users is not None), default=None),
        cold_start_seconds=_cold_start(seconds),
        gpus_back_after_seconds=_back(seconds),
        gpu_seconds=_gpu_seconds(seconds),
    )


def _changes(seconds: Sequence[Second]) -> Iterable[Change]:
    known = [one for one in seconds if one.wanted is not None]
    told = known[0].seconds if known else 0.0
    for number, (earlier, now) in enumerate(pairwise(known), 1):
        if earlier.wanted is None or now.wanted is None or earlier.wanted == now.wanted:
            continue
        rest = known[number:]
        until = next((one.seconds for one in rest[1:] if one.wanted != now.wanted), float("inf"))
        served = next((one.seconds for one in rest if one.ready == now.wanted and one.seconds < until), None)
        end = served if served is not None else min(until, rest[-1].seconds)
        since, told = told, max(told, end + _CALM_SECONDS)
        yield Change(
            seconds=now.seconds,
            before=earlier.wanted,
            after=now.wanted,
            users=now.users,
            serving_after_seconds=None if served is None else served - now.seconds,
            ttft_before_ms=_mean(known, now.seconds - _CALM_SECONDS, now.seconds),
            ttft_worst_ms=max(
                (one.ttft_ms for one in rest if one.ttft_ms is not None and one.seconds <= end), default=None
            ),
            ttft_after_ms=None if served is None else _mean(known, served, served + _CALM_SECONDS),
            failed=sum(one.failed or 0 for one in known if since <= one.seconds < told),
        )


def _mean(seconds: Iterable[Second], since: float, until: float) -> float | None:
    return mean_ttft_ms(one for one in seconds if since <= one.seconds < until)


def _cold_start(seconds: Sequence[Second]) -> float | None:
    """From the first user to the first pod, where there was none."""
    loaded = next((one for one in seconds if one.users), None)
    if loaded is None or loaded.ready != 0:
        return None
    serving = next((one for one in seconds if one.seconds >= loaded.seconds and one.ready), None)
    return None if serving is None else serving.seconds - loaded.seconds


def _back(seconds: Sequence[Second]) -> float | None:
    first = next((one.gpus for one in seconds if one.gpus is not None), None)
    loaded = [one.seconds for one in seconds if one.users]
    if first is None or not loaded or max((one.gpus or 0.0 for one in seconds), default=0.0) <= first:
        return None
    held = [one for one in seconds if one.seconds >= loaded[-1] and one.gpus is not None]
    back = next((one.seconds for one in held if one.gpus is not None and one.gpus <= first), None)
    return None if back is None else back - loaded[-1]


def _gpu_seconds(seconds: Sequence[Second]) -> float | None:
    """The area under the GPUs held; what lies between two known seconds counts as the first of them."""
    known = [(one.seconds, one.gpus) for one in seconds if one.gpus is not None]
    if len(known) < 2:
        return None
    return sum(held * (later - at) for (at, held), (later, _) in pairwise(known))


def words(found: Seen) -> str:
    """One line for the cell: ``1 to 3 pods 12 s after ...``."""
    told = [_change_words(change) for change in _joined(found.changes)]
    if found.cold_start_seconds is not None:
        told.insert(0, f"from none to the first pod {found.cold_start_seconds:.0f} s")
    if found.gpus_back_after_seconds is not None:
        told.append(f"its GPUs were back {back_words(found.gpus_back_after_seconds)}")
    elif any(change.after > change.before for change in found.changes):
        told.append("its GPUs did not come back while it was watched")
    return "; ".join(told) or "the autoscaler changed nothing"


def back_words(after_seconds: float) -> str:
    """``61 s after the load ended``."""
    return f"{after_seconds:.0f} s after the load ended" if after_seconds else "before the load ended"


def _joined(changes: Iterable[Change]) -> list[Change]:
    """One step where it went on in the same direction before so many pods served, or only gave pods back."""
    found: list[Change] = []
    for change in changes:
        last = found[-1] if found else None
        same = last is not None and (last.after > last.before) == (change.after > change.before)
        if last is None or not same or (change.after > change.before and last.serving_after_seconds is not None):
            found.append(change)
            continue
        served = change.serving_after_seconds
        worst = [value for value in (last.ttft_worst_ms, change.ttft_worst_ms) if value is not None]
        found[-1] = replace(
            last,
            after=change.after,
            serving_after_seconds=None if served is None else change.seconds + served - last.seconds,
            ttft_worst_ms=max(worst, default=None),
            ttft_after_ms=change.ttft_after_ms,
            failed=last.failed + change.failed,
        )
    return found


def _change_words(change: Change) -> str:
    head = f"{change.before} to {change.after} pods at {change.seconds:.0f} s"
    if change.users is not None:
        head += f" ({change.users} users)"
    failed = f", {change.failed} requests failed" if change.failed else ""
    if change.after < change.before:
        return head + failed
    served = change.serving_after_seconds
    head += f", serving {served:.0f} s later" if served is not None else ", not serving while it was watched"
    felt = (change.ttft_before_ms, change.ttft_worst_ms, change.ttft_after_ms)
    if any(value is not None for value in felt):
        head += f", TTFT {' > '.join('–' if value is None else f'{value:.0f}' for value in felt)} ms"
    return head + failed
