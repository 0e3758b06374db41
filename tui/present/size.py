"""A sizing for eyes: the answer in words, the packing as letters on GPUs, and what stands beside it. Pure.

Letters carry the meaning of the packing, colours only repeat them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from tui.plans.sizing_values import Alternative, ModelSize, PackedGpu, Sensitivity, Sizing
from tui.present import format as fmt
from tui.present.letters import LETTERS, Sign
from widgets.gpu_bar import bar_runs
from widgets.rows import Cell, GpuSegment, Tone

_COLOURS = 16
_BAR_CELLS = 8
_AFTER_NAME = 2
_NAME_CELLS = 16


@dataclass(frozen=True, slots=True)
class PackedServers:
    """One server, or several after another that hold the same: ``name``, and the segments of each GPU."""

    name: str
    gpus: tuple[tuple[GpuSegment, ...], ...]


def plural(count: int, noun: str) -> str:
    """``1 GPU``, ``1,310 GPUs``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def signs(models: Sequence[str]) -> Mapping[str, Sign]:
    """A letter and a colour for each model, in their order."""
    return {
        model: Sign(LETTERS[place % len(LETTERS)], place % _COLOURS)
        for place, model in enumerate(dict.fromkeys(models))
    }


def answer_words(sizing: Sizing) -> str:
    """The answer, or that there is none, in a sentence."""
    question, reference = sizing.question, sizing.reference
    users = plural(sum(count for _, count in question.users), "user")
    room = f" and {question.headroom_fraction:.0%} head-room".replace("%", " %") if question.headroom_fraction else ""
    asked = f"{users}{room} at {question.isl}:{question.osl}, TTFT {reference.statistic} within {question.ttft_ms:g} ms"
    simulated = "SIMULATED, " if reference.simulated else ""
    if sizing.gpus is None or sizing.servers is None:
        return f"{simulated}can't be sized from {reference.name}: {asked}"
    servers = f"{plural(sizing.servers, 'server')} of {question.gpus_per_server}"
    return f"{simulated}{plural(sizing.gpus, 'GPU')} on {servers}: {asked} (from {reference.name})"


# -- the packing -------------------------------------------------------------------------------------------------------


def packed_servers(sizing: Sizing) -> tuple[PackedServers, ...]:
    """Servers in order; neighbours that hold the same stand in one line."""
    letters = signs([model.model for model in sizing.models])
    held = [
        (server, _gpus(tuple(gpus), letters, sizing.question.gpus_per_server))
        for server, gpus in groupby(sizing.packing, key=lambda gpu: gpu.server)
    ]
    lines = []
    for shown, alike in groupby(held, key=lambda pair: pair[1]):
        numbers = [server for server, _ in alike]
        several = len(numbers) > 1
        lines.append(PackedServers(f"servers {numbers[0]}-{numbers[-1]}" if several else f"server {numbers[0]}", shown))
    return tuple(lines)


def packing_lines(sizing: Sizing, width: int, most: int) -> list[str]:
    """The packing as text, ``most`` lines of servers at most, and the legend."""
    servers = packed_servers(sizing)
    across = max(1, (width - _NAME_CELLS - _AFTER_NAME) // (_BAR_CELLS + 1))
    lines = []
    for server in servers[:most]:
        bars = ["".join(run.text for run in bar_runs(gpu, _BAR_CELLS)) for gpu in server.gpus]
        rows = [" ".join(bars[at : at + across]) for at in range(0, len(bars), across)]
        lines += [f"{server.name if not place else '':<{_NAME_CELLS}}  {row}" for place, row in enumerate(rows)]
    if len(servers) > most:
        lines.append(f"and {plural(len(servers) - most, 'line')} of servers more (see -o json)")
    return [*lines, "  ".join(legend(sizing))]


def legend(sizing: Sizing) -> list[str]:
    """``A meta/llama-3.1-8b-instruct x8``."""
    letters = signs([model.model for model in sizing.models])
    return [f"{letters[model.model].letter} {model.model} x{model.replicas or 0}" for model in sizing.models]


def _gpus(packed: Sequence[PackedGpu], letters: Mapping[str, Sign], many: int) -> tuple[tuple[GpuSegment, ...], ...]:
    found = {gpu.gpu: gpu for gpu in packed}
    return tuple(
        tuple(GpuSegment(letters[part.model].letter, letters[part.model].colour, part.fraction) for part in gpu.parts)
        if (gpu := found.get(place)) is not None
        else ()
        for place in range(many)
    )


# -- lines beside the form ---------------------------------------------------------------------------------------------


def answer_lines(sizing: Sizing) -> list[tuple[Cell, ...]]:
    """What stands above the packing: the answer, a line a model, and what decides."""
    words = answer_words(sizing)
    lines: list[tuple[Cell, ...]] = [(Cell(words, Tone.STRONG if sizing.gpus is not None else Tone.BAD),)]
    if sizing.gpus is None:
        return [*lines, *((Cell(note, Tone.WARN),) for note in sizing.notes[:1])]
    letters = signs([model.model for model in sizing.models])
    lines += [tuple(_model_cells(model, letters[model.model])) for model in sizing.models]
    if sizing.bottleneck is not None and len(sizing.models) > 1:
        letter = letters[sizing.bottleneck.model].letter
        share = fmt.percent(sizing.bottleneck.share_fraction)
        lines.append((Cell("decides", Tone.TITLE), Cell(f"{letter}: {share} of the GPUs", Tone.NORMAL)))
    return lines


def beside_lines(sizing: Sizing, *, notes: bool) -> list[tuple[Cell, ...]]:
    """What stands below it: alternatives, what changes the answer, and with ``notes`` what it all rests on."""
    lines = [tuple(_alternative_cells(one)) for one in sizing.alternatives[1:]]
    lines.append((Cell("if", Tone.TITLE), *(Cell(_changed_words(one), _known(one.gpus)) for one in sizing.sensitivity)))
    if notes:
        lines.append((Cell(" "),))
        lines += [(Cell(note, Tone.DIM),) for note in all_notes(sizing)]
    else:
        lines += [(Cell(note, Tone.WARN),) for note in sizing.notes if "contradicts" in note]
    return lines


def all_notes(sizing: Sizing) -> Iterator[str]:
    """The notes, and of each alternative what they do not say already."""
    yield from sizing.notes
    for one in sizing.alternatives[1:]:
        if not any(note in one.note for note in sizing.notes):
            yield f"{one.name}: {one.note}"


def _model_cells(model: ModelSize, sign: Sign) -> Iterator[Cell]:
    yield Cell(f"{sign.letter} {model.model}", Tone.TITLE)
    yield Cell(
        f"{plural(model.gpus or 0, 'GPU')}, {plural(model.replicas or 0, 'replica')} of {model.gpu_fraction:g} GPU"
    )
    per_gpu = fmt.UNKNOWN if model.users_per_gpu is None else f"{model.users_per_gpu:.5g}"
    yield Cell(f"{per_gpu} users a GPU", Tone.DIM)
    if model.extrapolated:
        yield Cell("extrapolated", Tone.WARN)


def _alternative_cells(one: Alternative) -> Iterator[Cell]:
    yield Cell(one.name, Tone.TITLE)
    if one.gpus is None or one.servers is None:
        yield Cell(one.note, Tone.DIM)
        return
    saved = f", saves {plural(one.saved_gpus, 'GPU')}" if one.saved_gpus and one.saved_gpus > 0 else ", saves none"
    yield Cell(f"{plural(one.gpus, 'GPU')} on {plural(one.servers, 'server')}{saved}")


def _changed_words(one: Sensitivity) -> str:
    name = one.name.removeprefix("TTFT ")
    return f"{name}: {one.note or fmt.UNKNOWN}" if one.gpus is None else f"{name}: {plural(one.gpus, 'GPU')}"


def _known(gpus: int | None) -> Tone:
    return Tone.DIM if gpus is None else Tone.NORMAL
