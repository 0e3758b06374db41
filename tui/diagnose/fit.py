"""Would it fit? From what is true now: where the first replicas would go, how many fit, and what stands in the way.

Pure, and quick enough for every key press over 10,000 GPUs. It never says yes where no placement exists nor no where
one does; where the snapshot can't tell, it says that it can't.
"""

from collections.abc import Mapping
from dataclasses import replace

from tui.diagnose.causes import cause
from tui.diagnose.fit_around import check_around
from tui.diagnose.fit_ask import ask_of
from tui.diagnose.fit_bounds import Bounds
from tui.diagnose.fit_ground import SPREAD, Ground, strategies, survey
from tui.diagnose.fit_notes import room_notes, tenant_notes, unknown_notes
from tui.diagnose.fit_pack import PLENTY
from tui.diagnose.fit_places import careful_places, places
from tui.diagnose.fit_quota import Tenancy, allowed, is_preemptible, tenancy, total
from tui.diagnose.fit_room import no_room
from tui.diagnose.fit_tenants import no_quota, no_tenant, quota_room
from tui.model.cause import Cause, Evidence
from tui.model.fit import Fit, Placement
from tui.model.launch_spec import LaunchSpec
from tui.model.snapshot import Snapshot
from tui.model.surroundings import Surroundings


def fit(spec: LaunchSpec, snapshot: Snapshot, surroundings: Surroundings | None) -> Fit:
    """Whether the replicas that ``spec`` starts with run now. ``surroundings`` ``None``: they were not read.

    ``replicas_now`` is what surely fits; ``over_quota_replicas`` the most that would run if the work were preemptible:
    beyond the quota, up to the limit. ``strategy`` is ``None`` where it is not known: then bin-packing is assumed.
    """
    ask = ask_of(spec)
    tenants = tenancy(spec, ask, snapshot)
    ground = survey(spec, ask, snapshot, tenants)
    tenants = replace(tenants, gpus=ground.gpus_each)
    preemptible = is_preemptible(spec, surroundings)
    permitted = allowed(tenants, ground.physical, preemptible)
    count, over = total(permitted.values()), total(allowed(tenants, ground.physical, True).values())
    strategy = strategies(ground, snapshot)
    laid, with_care = _placed(ground, permitted, strategy, min(ask.wanted, count.sure))
    lacking = _lacking(spec, snapshot, ground, tenants, permitted, preemptible)
    around = check_around(spec, ask, surroundings)
    blockers = (*lacking, *around.blockers)
    codes = [blocker.code for blocker in blockers]
    return Fit(
        fits=False if blockers else True if ground.complete and count.sure >= ask.wanted else None,
        wanted=ask.wanted,
        replicas_now=count.sure if ground.complete else None,
        placements=tuple(laid),
        blockers=blockers,
        notes=(
            *unknown_notes(spec, snapshot, ground),
            *room_notes(ground, strategy, permitted, with_care),
            *tenant_notes(ask, snapshot, tenants, ground.pools, preemptible, codes),
            *around.notes,
        ),
        quota=quota_room(spec, ask, snapshot, tenants, ground.pools) if ask.by_runai else None,
        over_quota_replicas=over.sure if ground.complete and tenants.known else None,
        strategy=_its_strategy(ground, strategy, laid),
    )


def _lacking(
    spec: LaunchSpec,
    snapshot: Snapshot,
    ground: Ground,
    tenants: Tenancy,
    permitted: Mapping[str, Bounds],
    preemptible: bool,
) -> list[Cause]:
    """What project, quota and nodes lack; empty if and only if all replicas may find room."""
    ask = ground.ask
    found = no_tenant(spec, ask, snapshot, tenants)
    if ask.is_shared and not ask.by_runai:
        found.append(cause("fraction_needs_runai", evidence=[Evidence("spec", "scheduler: kubernetes")]))
    endless = {pool: Bounds(PLENTY, PLENTY) for pool in ground.pools}
    if total(allowed(tenants, endless, preemptible).values()).possible < ask.wanted:
        found += no_quota(spec, ask, tenants, ground.pools, preemptible)
    if not ground.complete:
        return found
    if total(ground.physical.values()).possible < ask.wanted:
        found += no_room(ask, snapshot, ground.looks, ground.pools)
    elif total(permitted.values()).possible < ask.wanted and not found:
        roomy = [pool for pool, count in ground.physical.items() if count.possible]
        found += no_quota(spec, ask, tenants, roomy, preemptible)
    return found


def _placed(
    ground: Ground, permitted: Mapping[str, Bounds], strategy: Mapping[str, str | None], count: int
) -> tuple[list[Placement], bool]:
    """(placements of ``count`` replicas, whether they had to be laid with more care than the scheduler takes)."""
    room = {pool: bounds.sure for pool, bounds in permitted.items()}
    packed = {pool: told != SPREAD for pool, told in strategy.items()}
    laid = places(ground.opened, count, packed, room)
    if len(laid) >= count:
        return laid, False
    return careful_places(ground.opened, count, room), True


def _its_strategy(ground: Ground, strategy: Mapping[str, str | None], laid: list[Placement]) -> str | None:
    """The strategy of the pool that the first replica goes to, or would be tried first."""
    if laid:
        pool = next(look.pool for look in ground.opened if look.node.name == laid[0].node)
        return strategy[pool]
    return next(iter(strategy.values()), None)
