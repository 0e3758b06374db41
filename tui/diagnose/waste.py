"""What could be given back: idle GPUs and whose, room in pieces, quota unused, whole GPUs where a part would do. Pure.

Unknown is ``None`` with the reason, never 0: a cluster whose use nobody measures is not a cluster without waste.
"""

from collections.abc import Mapping, Sequence

from tui.diagnose.fit_pack import HAIR
from tui.diagnose.waste_fraction import need_of
from tui.diagnose.waste_holds import Hold, Holds, held, holds_of, project_of, told_only
from tui.diagnose.waste_quota import quota_slack, unused_while_waiting, waiting
from tui.diagnose.waste_room import room
from tui.model.ids import GpuId
from tui.model.snapshot import Snapshot
from tui.model.status import SourceState
from tui.model.waste import FractionFit, IdleHold, Waste
from tui.model.workload import Workload

IDLE_AFTER_SECONDS = 300.0
_TOLD_SECONDS = 300.0  # what a workload's own figure of idle GPUs means


def waste(
    snapshot: Snapshot,
    idle_after_seconds: float = IDLE_AFTER_SECONDS,
    rested_seconds: Mapping[GpuId, float] | None = None,
) -> Waste:
    """The cluster-wide view. ``idle_after_seconds``: at 0 % for so long counts as idle. ``rested_seconds``: how long
    GPUs have been at 0 % by what was measured before we watched.

    Where only a part of the GPUs is measured ``could_free`` is at least so much, and ``why_unknown`` says what misses.
    """
    holds = holds_of(snapshot, idle_after_seconds, rested_seconds or {})
    idle, told = _idle(snapshot, holds, idle_after_seconds)
    unmeasured = round(max(0.0, holds.unmeasured - sum(row.gpu_allocated or 0.0 for row in told if row.pods)), 6)
    pools, ways = room(snapshot)
    slack = quota_slack(snapshot)
    fractions = _fractions(snapshot, holds)
    known = _is_known(snapshot, holds, told, idle)
    saved = [fit.saves for fit in fractions if fit.saves is not None]
    return Waste(
        idle=idle if known else (),
        pools=pools,
        slack=slack,
        could_free=round(sum(hold.gpus for hold in idle), 6) if known else None,
        fractions_save=round(sum(saved), 6) if saved or (snapshot.nodes and not fractions) else None,
        watched_seconds=holds.watched_seconds,
        why_unknown=_why_unknown(snapshot, holds, unmeasured, known, idle_after_seconds),
        unmeasured=unmeasured,
        resting=round(holds.resting, 6),
        fractions=fractions,
        moves=ways,
        waiting=waiting(slack) if any(row.waiting is not None for row in slack) or snapshot.projects else None,
        unused_quota=unused_while_waiting(slack) if snapshot.projects else None,
    )


def resting(snapshot: Snapshot) -> list[GpuId]:
    """The GPUs that are held and at 0 % now, for however long."""
    return [
        gpu.id
        for node in snapshot.nodes.values()
        for gpu in node.gpus
        if gpu.slices and gpu.utilization_fraction is not None and gpu.utilization_fraction.value <= 0.0
    ]


# -- idle -------------------------------------------------------------------------------------------------------------


def _idle(snapshot: Snapshot, holds: Holds, idle_after_seconds: float) -> tuple[tuple[IdleHold, ...], list[Workload]]:
    """(who holds idle GPUs, most first; the workloads of which only their own figure tells)."""
    found = [_idle_hold(snapshot, hold) for hold in holds.by_workload.values() if hold.idle > HAIR]
    told = told_only(snapshot, holds.by_workload) if idle_after_seconds <= _TOLD_SECONDS else []
    for row in told:
        if row.idle_gpus:
            held_gpus = max(row.gpu_allocated or 0.0, row.idle_gpus)
            found.append(IdleHold(row.key, row.project, row.idle_gpus, held_gpus, _TOLD_SECONDS, (), len(row.pods)))
    found.sort(key=lambda hold: (-hold.gpus, -(hold.idle_seconds or 0.0), hold.workload))
    return tuple(found), told


def _idle_hold(snapshot: Snapshot, hold: Hold) -> IdleHold:
    need = need_of(snapshot.workloads.get(hold.key), hold)
    return IdleHold(
        workload=hold.key,
        project=project_of(snapshot, hold),
        gpus=round(hold.idle, 6),
        held=held(snapshot, hold),
        idle_seconds=hold.idle_seconds,
        nodes=tuple(hold.nodes),
        pods=len(hold.idle_pods),
        fraction_would_do=need.fraction if need is not None else None,
        measure=need.measure if need is not None else None,
    )


def _is_known(snapshot: Snapshot, holds: Holds, told: Sequence[Workload], idle: tuple[IdleHold, ...]) -> bool:
    """Whether the sum of what is idle says anything: some use is measured, and was watched for long enough."""
    if not holds.by_workload and not told:
        return bool(snapshot.nodes) and holds.unmeasured <= HAIR
    if holds.measured <= HAIR and not told:
        return False
    return bool(idle) or not _is_new(snapshot, holds)


def _is_new(snapshot: Snapshot, holds: Holds) -> bool:
    """GPUs rest, and it is not known since when: the store says no idle GPUs of a workload until it is."""
    resting = [hold.key for hold in holds.by_workload.values() if hold.unsure > HAIR]
    rows = [snapshot.workloads.get(key) for key in resting]
    return any(row is not None and row.idle_gpus is None for row in rows)


def _why_unknown(snapshot: Snapshot, holds: Holds, unmeasured: float, known: bool, idle_after_seconds: float) -> str:
    if not snapshot.nodes and not holds.by_workload:
        return "" if known else "no node can be seen"
    status = snapshot.sources.get("prometheus")
    if holds.measured <= HAIR and unmeasured > HAIR:
        if status is not None and status.state is not SourceState.LIVE:
            return f"nothing measures the GPUs: prometheus {status.state.value}: {status.detail}".rstrip(": ")
        if status is None:
            return "nothing measures the GPUs: there is no Prometheus"
        return "Prometheus answers and has no figure of what GPUs do: is the DCGM exporter running and scraped?"
    if not known:
        seconds = holds.watched_seconds or 0.0
        bound = f"{idle_after_seconds / 60:g} min" if idle_after_seconds >= 60 else f"{idle_after_seconds:g} s"
        return f"{holds.resting:g} GPUs do nothing, watched for {seconds:.0f} s so far: from {bound} on they are idle"
    return f"{unmeasured:g} more are not measured" if unmeasured > HAIR else ""


# -- fractions --------------------------------------------------------------------------------------------------------


def _fractions(snapshot: Snapshot, holds: Holds) -> tuple[FractionFit, ...]:
    found = [_fraction(snapshot, hold) for hold in holds.by_workload.values() if hold.whole]
    return tuple(sorted(found, key=lambda fit: (-(fit.saves or 0.0), fit.saves is None, fit.workload)))


def _fraction(snapshot: Snapshot, hold: Hold) -> FractionFit:
    need = need_of(snapshot.workloads.get(hold.key), hold)
    return FractionFit(
        workload=hold.key,
        project=project_of(snapshot, hold),
        gpus=hold.whole,
        fraction=need.fraction if need is not None else None,
        measure=need.measure if need is not None else None,
        need_bytes=need.need_bytes if need is not None else None,
        used_bytes=hold.used_bytes,
        memory_bytes=hold.memory_bytes,
        saves=round(hold.whole * (1.0 - need.fraction), 6) if need is not None else None,
    )
