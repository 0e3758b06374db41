"""What a launch would come to, beside the form: where it fits, how often, quota, memory, what to watch for. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tui.diagnose.fit_ask import ask_of
from tui.model.cause import Cause
from tui.model.fit import Fit, GpuShare, Placement, QuotaRoom
from tui.model.gpu import Gpu
from tui.model.ids import ObjectKey
from tui.model.launch_spec import LaunchSpec
from tui.model.node import Node
from tui.model.snapshot import Snapshot
from tui.present import format as fmt
from widgets.rows import Cell, Tone

Line = tuple[Cell, ...]

_PLACES = 3
_NOTES = 4
_BAR_CELLS = 24
_BLANK: Line = (Cell(" "),)


@dataclass(frozen=True, slots=True)
class Consequence:
    """``fit`` None: the form does not make a spec yet. ``standing``: what of this name is there already."""

    spec: LaunchSpec
    fit: Fit | None
    snapshot: Snapshot
    standing: str = ""


def panel(seen: Consequence) -> list[Line]:
    """For the panel at the right: a paragraph each."""
    fit = seen.fit
    if fit is None:
        return [(Cell("FIT", Tone.TITLE), Cell("is worked out as soon as the fields make a launch", Tone.DIM))]
    lines: list[Line] = [_verdict(fit, seen.snapshot), _replicas(fit, seen.spec)]
    if fit.quota is not None:
        lines += [_BLANK, *_quota(fit.quota)]
    memory = _memory(seen.spec, fit, seen.snapshot)
    if memory is not None:
        lines += [_BLANK, memory]
    lines += _blockers(fit.blockers)
    return [*lines, *_watch(seen, fit)]


def short(seen: Consequence) -> list[Line]:
    """In two lines under the form, where it is narrow."""
    fit = seen.fit
    if fit is None:
        return [(Cell("fit: as soon as the fields make a launch", Tone.DIM),)]
    first = _verdict(fit, seen.snapshot, places=1)
    rest = [Cell(_up_to(fit))]
    if fit.quota is not None:
        rest.append(Cell(f"quota {_sum(fit.quota)}", _quota_tone(fit.quota)))
    if fit.blockers:
        return [(first[0], Cell(fit.blockers[0].title)), (*rest,)]
    notes = len(fit.notes) + bool(seen.standing)
    if notes:
        word = seen.standing or fit.notes[0].title
        rest.append(Cell(f"watch: {word}" + (f" and {notes - 1} more" if notes > 1 else ""), Tone.WARN))
    return [first, (*rest,)]


def _verdict(fit: Fit, snapshot: Snapshot, places: int = _PLACES) -> Line:
    if fit.fits is False:
        return (Cell("DOES NOT FIT NOW", Tone.BAD),)
    head = Cell("FITS NOW", Tone.GOOD) if fit.fits else Cell("NOT KNOWN whether it fits", Tone.WARN)
    named = [_place(one, snapshot) for one in fit.placements[:places]]
    more = len(fit.placements) - len(named)
    return (head, Cell(", ".join(named) + (f" and {more} more" if more > 0 else "")))


def _place(placement: Placement, snapshot: Snapshot) -> str:
    if not placement.shares:
        return placement.node
    return f"{placement.node} " + " ".join(_share(share, snapshot) for share in placement.shares)


def _share(share: GpuShare, snapshot: Snapshot) -> str:
    if share.gpu.gpu < 0:
        return f"{share.fraction:g} of a GPU"
    free = next((one.free_fraction for one in _gpus(snapshot, share.gpu.node) if one.id == share.gpu), None)
    told = f" ({free:g} free)" if free is not None and share.fraction < 1 else ""
    return f"gpu{share.gpu.gpu}{told}"


def _gpus(snapshot: Snapshot, node: str) -> tuple[Gpu, ...]:
    found = snapshot.nodes.get(node)
    return found.gpus if found is not None else ()


def _up_to(fit: Fit) -> str:
    if fit.replicas_now is None:
        return "how many replicas fit is not known"
    return f"up to {fit.replicas_now} replica{'' if fit.replicas_now == 1 else 's'}"


def _replicas(fit: Fit, spec: LaunchSpec) -> Line:
    now, over = fit.replicas_now, fit.over_quota_replicas
    cells = [Cell("ROOM", Tone.TITLE), Cell(_up_to(fit))]
    if now is not None and over is not None and over > now:
        cells.append(Cell(f"{over} if preemptible, beyond the quota", Tone.DIM))
    if now is not None and fit.wanted <= now < spec.replicas.max:
        cells.append(Cell(f"of the {spec.replicas.max} that the autoscaler may ask for", Tone.WARN))
    if fit.strategy:
        cells.append(Cell(f"placement {fit.strategy}", Tone.DIM))
    return tuple(cells)


def _quota(quota: QuotaRoom) -> Iterator[Line]:
    yield (Cell("QUOTA", Tone.TITLE), Cell(f"{_sum(quota)} GPUs", _quota_tone(quota)))
    bar = quota_bar(quota)
    if bar:
        yield (Cell(bar, _quota_tone(quota)),)


def _sum(quota: QuotaRoom) -> str:
    return f"{fmt.gpus(quota.allocated)} + {fmt.gpus(quota.asked)} of {fmt.gpus(quota.quota)}"


def _quota_tone(quota: QuotaRoom) -> Tone:
    if quota.quota is None or quota.allocated is None or quota.asked is None:
        return Tone.DIM
    return Tone.NORMAL if quota.allocated + quota.asked <= quota.quota else Tone.WARN


def quota_bar(quota: QuotaRoom, cells: int = _BAR_CELLS) -> str:
    """What is given full, what is asked for half, what is left light; ``""`` where that is not known or unlimited."""
    limit, given, asked = quota.quota, quota.allocated, quota.asked
    if not limit or limit == float("inf") or given is None or asked is None:
        return ""
    full = min(cells, round(given / limit * cells))
    # What is asked for is always seen, be it ever so little.
    half = min(cells - full, max(1 if asked else 0, round(asked / limit * cells)))
    return "█" * full + "▓" * half + "░" * (cells - full - half)


def _memory(spec: LaunchSpec, fit: Fit, snapshot: Snapshot) -> Line | None:
    ask = ask_of(spec)
    if ask.nim is None or not ask.devices:
        return None
    cells = [Cell("MEMORY", Tone.TITLE), Cell(f"needs {fmt.size(ask.nim.weights_bytes)} + KV cache")]
    card = _card_bytes(fit, snapshot)
    granted = ask.granted_bytes(card)
    if card is not None and granted is not None:
        share = f"{granted / card:.2g} of {fmt.size(card)} = {fmt.size(granted)}"
        is_enough = granted > ask.nim.weights_bytes * 1.1
        cells += [Cell(share), Cell("ok" if is_enough else "too little", Tone.GOOD if is_enough else Tone.BAD)]
    if ask.nim.status == "estimate":
        cells.append(Cell("an estimate", Tone.DIM))
    return tuple(cells)


def _card_bytes(fit: Fit, snapshot: Snapshot) -> float | None:
    """Memory of one GPU where it would go, else of the smallest there is."""
    names = {one.node for one in fit.placements}
    nodes = [node for name, node in snapshot.nodes.items() if not names or name in names]
    return min((card for node in nodes if (card := _card_of(node)) is not None), default=None)


def _card_of(node: Node) -> float | None:
    measured = [gpu.memory_total_bytes.value for gpu in node.gpus if gpu.memory_total_bytes is not None]
    if measured:
        return min(measured)
    return node.object.gpu_memory_bytes if node.object is not None else None


def _blockers(blockers: Sequence[Cause]) -> Iterator[Line]:
    for one in blockers:
        yield _BLANK
        yield (Cell("IN THE WAY", Tone.BAD), Cell(one.title))
        for evidence in one.evidence[:2]:
            yield (Cell(f"  {evidence.object}: {evidence.text}", Tone.DIM),)
        for remedy in one.remedies[:2]:
            yield (Cell("  ▸", Tone.ACCENT), Cell(remedy.text))


def _watch(seen: Consequence, fit: Fit) -> Iterator[Line]:
    if seen.standing:
        yield _BLANK
        yield (Cell("WATCH", Tone.WARN), Cell(seen.standing))
    for one in fit.notes[:_NOTES]:
        yield _BLANK
        yield (Cell("WATCH", Tone.WARN), Cell(one.title))
        for evidence in one.evidence[:1]:
            yield (Cell(f"  {evidence.object}: {evidence.text}", Tone.DIM),)
    more = len(fit.notes) - _NOTES
    if more > 0:
        yield (Cell(f"and {more} more to watch; nimdeck fit tells all", Tone.DIM),)


def standing_words(spec: LaunchSpec, namespace: str, snapshot: Snapshot) -> str:
    """That a workload of this name is there already; ``""`` where none is."""
    key = ObjectKey(namespace, spec.name)
    kinds = [known.kind for known in snapshot.workloads if (known.namespace, known.name) == key]
    return f"{kinds[0]} {key} exists: this would change it" if kinds else ""
