"""The outcome of a what-if in words: how many would run, and on which GPUs the first of them. Pure."""

from collections.abc import Sequence

from tui.diagnose.fit_pack import lay
from tui.diagnose.pod_fit import PodFit, Seat
from tui.diagnose.what_if_pods import Runs, Waiting

_PLACES = 3


def outcome(waiting: Waiting, fit: PodFit, found: Runs, more: Sequence[Seat] = ()) -> str:
    """``4 of 6 would run: node004 GPU 2, ...``."""
    return told(waiting, found, places([*fit.opened, *more], fit, found.helps or 0))


def told(waiting: Waiting, found: Runs, where: Sequence[str]) -> str:
    """The same where the places are known already."""
    if found.helps is None:
        return "can't be known: not every node is known"
    wanted = waiting.wanted
    if not found.helps:
        return "may be enough, that can't be known" if found.fits is None else _none(waiting)
    shown = ": " + ", ".join(where[:_PLACES]) + (" …" if found.helps > len(where[:_PLACES]) else "") if where else ""
    if wanted == 1:
        return f"it would run{shown}"
    count = f"all {wanted}" if found.helps == wanted else f"{found.helps} of {wanted}"
    return f"{count} would run{shown}" + (", perhaps more" if found.fits is None else "")


def _none(waiting: Waiting) -> str:
    if waiting.wanted == 1:
        return "it would still wait"
    return "none would run" + (": they start together" if waiting.together > 1 else "")


def places(seats: Sequence[Seat], fit: PodFit, count: int) -> list[str]:
    """Where the first few would go; more is not shown."""
    found: list[str] = []
    for seat in seats:
        take = min(seat.sure, count - len(found), _PLACES + 1 - len(found))
        if take <= 0:
            continue
        name = seat.room.node.name
        if not fit.wants_gpu:
            found += [name] * take
            continue
        demand = fit.demand(seat.room.gpu_memory_bytes)
        found += [_gpus(name, gpus) for gpus in lay(seat.room.sure, demand, take)]
    return found


def _gpus(node: str, gpus: Sequence[int]) -> str:
    known = [str(gpu) for gpu in gpus if gpu >= 0]
    return f"{node} GPU {', '.join(known)}" if len(known) == len(gpus) else node


def portion_text(portion: float, devices: int = 1) -> str:
    """``0.5 of a GPU``, ``a whole GPU``, ``0.25 of each of 2 GPUs``."""
    if devices > 1:
        return f"{portion:g} of each of {devices} GPUs" if portion < 1 else f"{devices} whole GPUs"
    return f"{portion:g} of a GPU" if portion < 1 else "a whole GPU"


def some(count: float, unit: str) -> str:
    """``1 GPU``, ``2.5 GPUs``."""
    return f"{round(count, 2):g} {unit}{'' if count == 1 else 's'}"
