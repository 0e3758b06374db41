"""The answer of ``size`` for eyes: the answer, each model, the packing, what stands beside it, notes."""

from collections.abc import Iterator

from tui.cli.prose import wrapped
from tui.cli.table import Column, lay_out
from tui.plans.sizing_values import Alternative, Sensitivity, Sizing
from tui.present import format as fmt
from tui.present.size import all_notes, answer_words, packing_lines

_WIDTH = 100  # sentences are not read across wider lines
_SERVERS_SHOWN = 8
_MODELS = (
    Column("MODEL", flexible=True), Column("PEAK", right=True), Column("SIZED FOR", right=True),
    Column("USERS/GPU", right=True), Column("GPU", right=True), Column("REPLICAS", right=True),
    Column("GPUS", right=True), Column("TTFT MS", right=True),
)  # fmt: skip
_BESIDE = (Column("SIZING"), Column("GPUS", right=True), Column("SERVERS", right=True), Column("SAVED", right=True))
_CHANGED = (Column("IF"), Column("GPUS", right=True), Column("SERVERS", right=True), Column("", flexible=True))


def shown(sizing: Sizing, width: int | None) -> str:
    """The text, no sentence wider than what is pleasant to read."""
    most = min(width or _WIDTH, _WIDTH)
    blocks = [_sentence("", answer_words(sizing), most), lay_out(_MODELS, list(_models(sizing)), width)]
    if sizing.bottleneck is not None:
        blocks.append(_sentence("decides: ", f"{sizing.bottleneck.model}, {sizing.bottleneck.figure}", most))
    if sizing.packing:
        blocks.append("".join(f"{line}\n" for line in packing_lines(sizing, most, _SERVERS_SHOWN)))
    blocks.append(lay_out(_BESIDE, [_alternative(one) for one in sizing.alternatives], width))
    blocks.append(lay_out(_CHANGED, [_changed(one) for one in sizing.sensitivity], width))
    blocks.append("".join(_sentence("note: ", note, most) for note in all_notes(sizing)))
    return "\n".join(block for block in blocks if block)


def _sentence(label: str, line: str, width: int) -> str:
    return "".join(f"{part}\n" for part in wrapped(label, line, width))


def _models(sizing: Sizing) -> Iterator[list[str]]:
    for model in sizing.models:
        yield [
            model.model,
            str(model.peak_users),
            f"{model.sized_users:.10g}",
            fmt.UNKNOWN if model.users_per_gpu is None else f"{model.users_per_gpu:.5g}",
            fmt.gpus(model.gpu_fraction),
            _count(model.replicas),
            _count(model.gpus),
            fmt.UNKNOWN if model.ttft_ms is None else f"{model.ttft_ms:.0f}",
        ]


def _alternative(one: Alternative) -> list[str]:
    return [one.name, _count(one.gpus), _count(one.servers), _count(one.saved_gpus)]


def _changed(one: Sensitivity) -> list[str]:
    return [one.name, _count(one.gpus), _count(one.servers), one.note]


def _count(value: int | None) -> str:
    return fmt.UNKNOWN if value is None else str(value)
