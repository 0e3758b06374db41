"""A benchmark in words: where it stands, how much room client and server have, what was found. Pure."""

from collections.abc import Sequence
from itertools import pairwise

from tui.bench.engine.progress import Progress
from tui.bench.engine.validity import MEAN_FRACTION, MEAN_MS, P99_FRACTION, P99_MS
from tui.bench.figures import Distribution, PointResult, Verdict
from tui.present import format as fmt
from widgets.rows import Cell, Tone

Sample = dict[str, float | str | None]
_GAUGE_CELLS = 10
_NARROW_ROOM = 0.8  # of what the client may use before its figures are not believed
_REASONS = {
    "budget": "the budget is spent",
    "interrupted": "it was stopped",
    "max_users": "no more users were to be tried",
}


def milliseconds(value: float | None) -> str:
    """A figure without its unit: ``1,310``, ``41.2``."""
    return fmt.number(value, 0 if value is None or value >= 100 else 1)


def statistic_of(found: Distribution, statistic: str) -> float | None:
    """``mean``, ``p50``, ``p90`` or ``p99`` in milliseconds."""
    return {"mean": found.mean, "p50": found.p50, "p90": found.p90, "p99": found.p99}.get(statistic)


# -- where it stands ---------------------------------------------------------------------------------------------------


def progress_cells(progress: Progress, *, running: bool, paused: bool, interrupts: int) -> tuple[Cell, ...]:
    """``point 5 of 9  128 users  measuring 14 s, steady  ETA 3 min``."""
    cells = [_point(progress)]
    if progress.users is not None:
        cells.append(Cell(_users(progress.users), Tone.STRONG))
    elif progress.rate is not None:
        cells.append(Cell(f"{progress.rate:g} requests/s", Tone.STRONG))
    cells.append(_phase(progress, running=running, paused=paused, interrupts=interrupts))
    left = eta_seconds(progress) if running and not paused else None
    if left:
        cells.append(Cell(_left(left, at_most=progress.points is None), Tone.DIM))
    return tuple(cells)


def eta_seconds(progress: Progress) -> float | None:
    """What is left of a sweep, as long as the finished points took; ``None`` while there is nothing to go by."""
    if progress.eta_seconds is not None:
        return progress.eta_seconds
    starts = [point.started_at for point in progress.finished if point.started_at is not None]
    last = progress.finished[-1] if progress.finished else None
    if progress.points is None or last is None or len(starts) < len(progress.finished):
        return None
    lengths = [later - earlier for earlier, later in pairwise(starts)] or [last.seconds]
    each = sum(lengths) / len(lengths)
    return max(0.0, (progress.points - len(progress.finished)) * each - progress.point_seconds)


def _left(seconds: float, *, at_most: bool) -> str:
    """A search is counted to its worst case; a sweep has a length."""
    if not at_most:
        return f"ETA {fmt.age(seconds)}"
    minutes, rest = divmod(round(seconds, -1 if seconds >= 60 else 0), 60)
    told = fmt.age(seconds) if minutes >= 60 or not minutes else f"{minutes:.0f} min{f' {rest:.0f} s' if rest else ''}"
    return f"about {told} left at most"


def _point(progress: Progress) -> Cell:
    of = f" of {progress.points}" if progress.points is not None else ""
    return Cell(f"point {progress.point}{of}" if progress.point else "no point yet")


def _phase(progress: Progress, *, running: bool, paused: bool, interrupts: int) -> Cell:
    if not running or progress.phase == "done":
        return Cell("finished", Tone.GOOD)
    if interrupts:
        return Cell("stopping now" if interrupts > 1 else "stopping: what is in flight is finished", Tone.WARN)
    if paused:
        return Cell("PAUSED", Tone.WARN)
    if progress.phase in ("probing", "starting"):
        return Cell(progress.text or progress.phase, Tone.ACCENT)
    if progress.users is None and progress.rate is None:
        return Cell("going on to the next", Tone.ACCENT)
    word = "warming up" if progress.phase == "warming" else progress.phase
    steady = ", steady" if progress.partial is not None and progress.partial.steady else ""
    return Cell(f"{word} {fmt.age(progress.point_seconds)}{steady}", Tone.ACCENT)


# -- client and server -------------------------------------------------------------------------------------------------


def client_used(point: PointResult) -> float | None:
    """How much of what the client may take it takes, 1 where its figures stop being believed; ``None``: not known."""
    client, ttft = point.client, point.ttft_ms
    parts = []
    if client.cpu_fraction is not None:
        parts.append(client.cpu_fraction / max(1, client.workers))
    if client.added_mean_ms is not None:
        parts.append(client.added_mean_ms / max(MEAN_MS, MEAN_FRACTION * (ttft.mean or 0.0)))
    if client.added_p99_ms is not None:
        parts.append(client.added_p99_ms / max(P99_MS, P99_FRACTION * (ttft.p99 or 0.0)))
    return max(parts, default=None)


def client_cells(point: PointResult | None) -> tuple[Cell, ...]:
    """``CLIENT ██░░░░░░░░  12% of 1 core  lag p99 0.6 ms (kernel)``."""
    if point is None:
        return (Cell("CLIENT", Tone.TITLE), Cell(fmt.UNKNOWN, Tone.DIM))
    client, used = point.client, client_used(point)
    tone = Tone.BAD if not point.valid else Tone.WARN if (used or 0.0) > _NARROW_ROOM else Tone.GOOD
    cores = "1 core" if client.workers == 1 else f"1 core, {client.workers} workers"
    cells = [
        Cell("CLIENT", Tone.TITLE),
        Cell(gauge(used), tone),
        Cell(f"{fmt.percent(client.cpu_fraction)} of {cores}"),
        Cell(f"lag p99 {milliseconds(client.added_p99_ms)} ms ({client.meter})"),
    ]
    return (*cells, Cell("INVALID: the client is too slow", Tone.BAD)) if not point.valid else tuple(cells)


def server_cells(sample: Sample | None) -> tuple[Cell, ...]:
    """``SERVER running 128  waiting 3  KV 71%  GPU 97%  2 pods``."""
    found = sample or {}
    running, waiting = _figure(found, "requests_running"), _figure(found, "requests_waiting")
    cells = [
        Cell("SERVER", Tone.TITLE),
        Cell(f"running {fmt.number(running)}"),
        Cell(f"waiting {fmt.number(waiting)}", Tone.WARN if waiting else Tone.NORMAL),
        Cell(f"KV {fmt.percent(_figure(found, 'kv_cache_used_fraction'))}"),
        Cell(f"GPU {fmt.percent(_figure(found, 'gpu_utilization_fraction'))}"),
    ]
    pods = _figure(found, "pods_ready")
    return tuple(cells) if pods is None else (*cells, Cell(f"{pods:.0f} pod{'' if pods == 1 else 's'}"))


def gauge(fraction: float | None) -> str:
    """Ten cells, full at 1; a dash where it is not known."""
    if fraction is None:
        return "─" * _GAUGE_CELLS
    full = min(_GAUGE_CELLS, max(0, round(fraction * _GAUGE_CELLS)))
    return "█" * full + "░" * (_GAUGE_CELLS - full)


def _figure(sample: Sample, name: str) -> float | None:
    value = sample.get(name)
    return float(value) if isinstance(value, int | float) else None


# -- what was found ----------------------------------------------------------------------------------------------------


def verdict_words(verdict: Verdict) -> str:
    """``137 users hold TTFT mean ≤ 1,000 ms (95 %: 131 to 142), 2,977 tokens/s.``"""
    goal = goal_words(verdict.statistic, verdict.target_ms)
    if verdict.attainment is not None:
        goal = f"{verdict.attainment:.4g} of the requests within their limits (TTFT ≤ {verdict.target_ms:,.0f} ms)"
    if verdict.concurrency is None:
        tried = f": {_users(verdict.high)} already miss{'es' if verdict.high == 1 else ''} it" if verdict.high else ""
        why = _REASONS.get(verdict.reason)
        return f"No number of users was seen to hold {goal}{tried}{f' ({why})' if why else ''}."
    users = _users(verdict.concurrency)
    holds = "holds" if verdict.concurrency == 1 else "hold"
    least = "At least " if verdict.high is None else ""
    parts = [f"{least}{users} {holds} {goal}{_certainty(verdict)}"]
    if verdict.output_tokens_per_second is not None:
        parts.append(f"{fmt.number(verdict.output_tokens_per_second)} tokens/s")
    words = ", ".join(parts) + "."
    if verdict.reason in _REASONS:
        words += f" {_so_far(verdict)}"
    return words if verdict.knee is None else f"{words} Throughput bends at {_users(verdict.knee)}."


def sweep_words(points: Sequence[PointResult], statistic: str, target_ms: float | None) -> str:
    """What a list of points says without a search: the most users that hold the target, or the most throughput."""
    counted = [p for p in points if p.valid and p.concurrency is not None]
    words = _best(counted) if target_ms is None else _most(counted, statistic, target_ms)
    wrong = sum(1 for p in points if not p.valid)
    if wrong:
        words += f" {wrong} of {len(points)} points INVALID: the client was too slow."
    return words.strip()


def goal_words(statistic: str, target_ms: float) -> str:
    """``TTFT mean ≤ 1,000 ms``."""
    return f"TTFT {statistic} ≤ {target_ms:,.0f} ms"


def _most(points: Sequence[PointResult], statistic: str, target_ms: float) -> str:
    goal = goal_words(statistic, target_ms)
    known = [(p, value) for p in points if (value := statistic_of(p.ttft_ms, statistic)) is not None]
    holding = [(p, value) for p, value in known if value <= target_ms]
    if not known:
        return ""
    if not holding:
        return f"No measured number of users holds {goal}."
    best, value = max(holding, key=lambda found: found[0].concurrency or 0)
    rate = fmt.number(best.output_tokens_per_second)
    users = _users(best.concurrency or 0)
    return f"Most measured within {goal}: {users} ({milliseconds(value)} ms, {rate} tokens/s)."


def _best(points: Sequence[PointResult]) -> str:
    known = [p for p in points if p.output_tokens_per_second is not None]
    if not known:
        return ""
    best = max(known, key=lambda p: p.output_tokens_per_second or 0.0)
    return f"Most throughput: {fmt.number(best.output_tokens_per_second)} tokens/s at {_users(best.concurrency or 0)}."


def _certainty(verdict: Verdict) -> str:
    if verdict.interval is None:
        return ""
    low, high = verdict.interval
    return f" (95 %: {low:,.0f} to {high:,.0f})"


def _so_far(verdict: Verdict) -> str:
    """Why it ended before the bracket was narrow, and how wide it still is."""
    why = _REASONS[verdict.reason]
    if verdict.low is not None and verdict.high is not None:
        return f"The answer lies between {verdict.low:,} and {verdict.high:,}: {why}."
    return f"{why[0].upper()}{why[1:]}."


def _users(count: int | None) -> str:
    return "1 user" if count == 1 else f"{count or 0:,} users"
