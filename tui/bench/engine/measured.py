"""Which seconds of a point count. Pure."""

from tui.bench.spec import LoadSpec
from tui.bench.stats.timeline import SecondRow, Timeline

_WHOLE = ("ramp", "interrupted", "skipped", "failures", "lost", "saturated")  # ended so, all that was measured counts


def first_measured(timeline: Timeline) -> int | None:
    """The first second in which a measured request was sent."""
    sending = (s for s, beat in timeline.beats.items() if beat.sent_measured)
    return min((*sending, *timeline.sends), default=None)


def settled_rows(timeline: Timeline) -> list[SecondRow]:
    """The measured seconds whose requests have all finished, from the first on without a gap."""
    since = first_measured(timeline)
    rows: list[SecondRow] = []
    for row in timeline.rows(since) if since is not None else ():
        if not row.settled:
            break
        rows.append(row)
    return rows


def bounds(timeline: Timeline, load: LoadSpec, ended: str) -> tuple[int, int]:
    """The measured seconds: from the first with a measured send, to the last that counts."""
    since = first_measured(timeline)
    if since is None:
        return 0, 0
    last = max((*timeline.beats, *timeline.sends), default=since) + 1
    if load.limits.requests is not None or ended in _WHOLE:
        return since, last
    if load.limits.duration_seconds is not None:
        return since, min(last, since + max(1, round(load.limits.duration_seconds)))
    rows = settled_rows(timeline)
    return since, (rows[-1].second + 1 if rows else last)
