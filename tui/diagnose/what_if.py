"""What if: another request, another pool, another workload scaled down; how many of those that wait would run then.

Pure, and quick enough for a key press at 10,000 pods: the cluster is looked at once, and of a change only the nodes
that it touches are reckoned anew. It never says that something would run where no placement exists.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from config.catalogue import nim_for_image
from tui.diagnose.pod_ask import POOL_LABELS, Shape
from tui.diagnose.pod_fit import PodFit
from tui.diagnose.scene import Scene
from tui.diagnose.what_if_pods import Waiting, runs, waiting_of
from tui.diagnose.what_if_scale import scalings
from tui.diagnose.what_if_words import outcome, portion_text, some
from tui.model.circumstances import Circumstances
from tui.model.pending import PendingItem, WhatIf
from tui.model.snapshot import Snapshot

_SMALLEST = 0.05
_POOLS = 3


def what_ifs(
    items: Iterable[PendingItem], snapshot: Snapshot, circumstances: Circumstances | None = None
) -> tuple[WhatIf, ...]:
    """What could be changed for the pods of ``items`` that no node has taken yet; those that ask as the first does.

    Empty where they wait for something else than a place, or may have one already.
    """
    waiting = waiting_of(items, Scene(snapshot, circumstances))
    if waiting is None:
        return ()
    now = runs(waiting, waiting.fit)
    if now.fits:
        return ()
    found = [*_smaller(waiting), *scalings(waiting), *_uncordoned(waiting)]
    return (*found, *_elsewhere(waiting), *_preemptible(waiting))


# -- another request --------------------------------------------------------------------------------------------------


def _smaller(waiting: Waiting) -> Iterator[WhatIf]:
    ask = waiting.shape.ask
    if not ask.devices:
        return
    if ask.devices > 1:
        fewer = asking(waiting.shape, devices=ask.devices - 1)
        change = f"ask {some(ask.devices - 1, 'GPU')} instead of {ask.devices}"
        yield _reshaped(waiting, fewer, change, devices=ask.devices - 1)
    if not ask.by_runai:
        return  # Kubernetes' own scheduler gives whole devices only
    if ask.gpu_memory_bytes is not None:
        half = ask.gpu_memory_bytes // 2
        change = f"ask {half / 1e9:.3g} GB of GPU memory instead of {ask.gpu_memory_bytes / 1e9:.3g} GB"
        yield _reshaped(waiting, asking(waiting.shape, gpu_memory_bytes=half), change)
        return
    for part in (2, 4):
        portion = round((ask.portion or 1.0) / part, 2)
        if portion >= _SMALLEST:
            change = (
                f"ask {portion_text(portion, ask.devices)} instead of {portion_text(ask.portion or 1.0, ask.devices)}"
            )
            yield _reshaped(waiting, asking(waiting.shape, portion=portion), change, portion=portion)


def asking(
    shape: Shape, *, devices: int | None = None, portion: float | None = None, gpu_memory_bytes: int | None = None
) -> Shape:
    """The shape with another request of GPUs; what is not named stays."""
    ask = shape.ask
    return shape._replace(
        ask=replace(
            ask,
            devices=ask.devices if devices is None else devices,
            portion=ask.portion if portion is None else portion,
            gpu_memory_bytes=ask.gpu_memory_bytes if gpu_memory_bytes is None else gpu_memory_bytes,
        )
    )


def _reshaped(
    waiting: Waiting, shape: Shape, change: str, *, devices: int | None = None, portion: float | None = None
) -> WhatIf:
    fit = PodFit(shape, waiting.scene.site)
    found = runs(waiting, fit)
    words = outcome(waiting, fit, found)
    if too_small := _too_small(waiting, shape):
        found, words = found._replace(fits=False, helps=0), too_small
    edit = "workload.edit" if waiting.target and (found.helps or found.fits is None) else None
    return WhatIf(change, words, found.fits, found.helps, edit, waiting.target, devices=devices, portion=portion)


def _too_small(waiting: Waiting, shape: Shape) -> str:
    """That the model would not fit into what is left, where the catalogue knows the model."""
    image = next((container.image for container in waiting.pod.containers if not container.is_init), "")
    nim = nim_for_image(image) if image else None
    memory = max((room.gpu_memory_bytes or 0.0 for room in waiting.fit.suitable), default=0.0)
    granted = shape.ask.granted_bytes(memory)
    if nim is None or granted is None or granted >= nim.weights_bytes:
        return ""
    weights = f"its weights are {nim.weights_bytes / 1e9:.3g} GB"
    return f"too small for the model: {granted / 1e9:.3g} GB of GPU memory, {weights}"


# -- other nodes ------------------------------------------------------------------------------------------------------


def _uncordoned(waiting: Waiting) -> Iterator[WhatIf]:
    """All cordoned nodes that would take it, opened together."""
    seats = [seat for seat in waiting.fit.seats if seat.closed == "node_cordoned" and seat.possible]
    if not seats:
        return
    names = [seat.room.node.name for seat in seats]
    found = runs(waiting, waiting.fit, more=seats)
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    words = outcome(waiting, waiting.fit, found, more=seats)
    command = f"kubectl uncordon {' '.join(names)}"
    yield WhatIf(f"uncordon {shown}", words, found.fits, found.helps, command=command)


def _elsewhere(waiting: Waiting) -> Iterator[WhatIf]:
    """The other node pools, those that take most first."""
    shape = waiting.shape
    asked = {*shape.pools, *(value for key, value in shape.selector if key in POOL_LABELS)}
    if not asked:
        return
    selector = tuple(pair for pair in shape.selector if pair[0] not in POOL_LABELS)
    found = []
    for pool in sorted(waiting.scene.site.pools - asked):
        fit = PodFit(shape._replace(pools=(pool,), selector=selector), waiting.scene.site)
        there = runs(waiting, fit)
        if there.helps or there.fits is None:
            found.append((-(there.helps or 0), pool, fit, there))
    for _, pool, fit, there in sorted(found, key=lambda one: one[:2])[:_POOLS]:
        change = f"let it run in node pool {pool} instead of {', '.join(sorted(asked))}"
        words, edit = outcome(waiting, fit, there), "workload.edit" if waiting.target else None
        yield WhatIf(change, words, there.fits, there.helps, edit, waiting.target, node_pools=(pool,))


# -- other terms ------------------------------------------------------------------------------------------------------


def _preemptible(waiting: Waiting) -> Iterator[WhatIf]:
    """Beyond the quota, on GPUs that others leave unused: they may take them back."""
    if waiting.preemptible or waiting.allowed() >= waiting.wanted:
        return
    found = runs(waiting, waiting.fit, preemptible=True)
    if not found.helps and found.fits is not None:
        return
    edit = "workload.edit" if waiting.target else None
    words = outcome(waiting, waiting.fit, found) + "; its GPUs may be taken back"
    yield WhatIf("submit it as preemptible", words, found.fits, found.helps, edit, waiting.target, preemptible=True)
