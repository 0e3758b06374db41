"""The answer of ``fit`` for eyes: the verdict first, then where, then what stands in the way and what mends it."""

from collections.abc import Iterator, Sequence

from tui.cli.prose import wrapped
from tui.present import format as fmt
from tui.present.documents import Document
from tui.present.documents.causes import CauseItem
from tui.present.documents.figures import UNLIMITED
from tui.present.documents.fit import FitGpuItem, FitItem

_WIDTH = 80  # sentences are not read across wider lines
_GPUS_SHOWN = 8
_VERDICTS = {True: "fits now", False: "does not fit now", None: "can't be told"}


def shown(document: Document, width: int | None) -> str:
    """The text, no line wider than ``width``, nor than what is pleasant to read; commands are kept whole."""
    lines = [line for item in document.items if isinstance(item, FitItem) for line in _item(item)]
    most = min(width or _WIDTH, _WIDTH)
    return "".join(part + "\n" for indent, line in lines for part in wrapped(indent, line, most))


def _item(item: FitItem) -> Iterator[tuple[str, str]]:
    yield "", f"{item.name} in project {item.project}: {_VERDICTS[item.fits]}"
    yield "  replicas   ", _replicas(item)
    if item.quota is not None:
        quota = item.quota
        held, asked = fmt.gpus(quota.gpu_allocated), fmt.gpus(quota.gpu_asked)
        bounds = f"quota {_bound(quota.gpu_quota)}, limit {_bound(quota.gpu_limit)}"
        yield "  quota      ", f"{bounds}, {held} allocated, {asked} asked (GPUs)"
    yield "  placement  ", item.strategy or "not known: binpack assumed"
    for number, line in enumerate(_gpu_lines(item.gpus)):
        yield "  GPUs       " if number == 0 else "             ", line
    yield from _causes("blocked by", item.blockers)
    yield from _causes("note", item.notes)


def _replicas(item: FitItem) -> str:
    now = "unknown how many" if item.replicas_now is None else str(item.replicas_now)
    over = "" if item.over_quota_replicas is None else f", {item.over_quota_replicas} if it were preemptible"
    return f"{item.wanted} wanted, {now} fit now{over}"


def _bound(value: float | None) -> str:
    return "unlimited" if value == UNLIMITED else fmt.gpus(value)


def _gpu_lines(gpus: Sequence[FitGpuItem]) -> list[str]:
    lines = [
        f"{gpu.node} GPU {'not known yet' if gpu.index is None else gpu.index}: {gpu.fraction:g}"
        for gpu in gpus[:_GPUS_SHOWN]
    ]
    more = len(gpus) - _GPUS_SHOWN
    return [*lines, f"and {more} more (see -o json)"] if more > 0 else lines


def _causes(title: str, causes: Sequence[CauseItem]) -> Iterator[tuple[str, str]]:
    for cause in causes:
        yield f"{title}: ", cause.title
        if cause.evidence:
            yield "    ", cause.evidence
        yield "    -> ", cause.remedy
        if cause.command is not None:
            yield "    $ ", cause.command
