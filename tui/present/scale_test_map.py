"""A frame of a plan as rows of the GPU map: bars alone, in as few lines as there are. Pure."""

from collections.abc import Sequence
from itertools import takewhile

from tui.plans.cells import letters
from tui.plans.values import MapFrame, ScalePlan
from tui.present.letters import LETTERS
from widgets.rows import GpuCell, GpuSegment, LegendItem, NodeRow

_COLOURS = 16
_FULL = 0.999


def map_rows(frame: MapFrame | None, lines: int) -> tuple[NodeRow, ...]:
    """A row a node; several nodes a row where there are more of them than ``lines``."""
    if frame is None or not frame.rows:
        return ()
    names = short_names([name for name, _ in frame.rows])
    each = -(-len(frame.rows) // max(1, lines))
    rows: list[NodeRow] = []
    for first in range(0, len(frame.rows), each):
        part = frame.rows[first : first + each]
        last = min(first + each, len(names)) - 1
        name = names[first] if first == last else f"{names[first]}+{last - first}"
        rows.append(NodeRow(frame.rows[first][0], name, gpus=tuple(_cell(gpu) for _, gpus in part for gpu in gpus)))
    return tuple(rows)


def short_names(names: Sequence[str]) -> list[str]:
    """Names without what all of them begin with: ``gpu-node-01`` is ``01``."""
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False)) if len(names) > 1 else ()
    cut = len("".join(letters[0] for letters in alike).rstrip("0123456789"))  # a number is never cut in two
    return [name[cut:] or name for name in names]


def held_gpus(frame: MapFrame | None) -> tuple[int, int] | None:
    """How many GPUs hold anything, of how many."""
    if frame is None:
        return None
    gpus = [gpu for _, row in frame.rows for gpu in row]
    return sum(1 for gpu in gpus if any(part > 0 for _, part in gpu)), len(gpus)


def legend(plan: ScalePlan, frame: MapFrame | None) -> tuple[LegendItem, ...]:
    """What the letters mean, with their parts: the plan's models; any other letter is somebody else's."""
    if frame is None:
        return ()
    parts: dict[str, int] = {}
    for _, row in frame.rows:
        for gpu in row:
            for letter, _ in gpu:
                parts[letter] = parts.get(letter, 0) + 1
    given = letters(plan)
    titles = {given[model.key]: model.title or model.key for model in plan.models}
    return tuple(
        LegendItem(letter, colour_of(letter), f"{titles.get(letter, 'others')} ×{count}")
        for letter, count in sorted(parts.items())
    )


def colour_of(letter: str) -> int:
    place = LETTERS.find(letter[:1]) if letter else -1
    return place % _COLOURS if place >= 0 else _COLOURS - 1


def _cell(gpu: tuple[tuple[str, float], ...]) -> GpuCell:
    return GpuCell(
        tuple(GpuSegment(letter, colour_of(letter), 1.0 if part > _FULL else part) for letter, part in gpu),
        utilization_text="",
    )
