"""The line over the GPU map, and the legend under it."""

from collections import Counter
from collections.abc import Iterable

from tui.model.ids import WorkloadKey
from tui.model.node import Node
from tui.present import format as fmt
from tui.present.letters import LetterBook
from tui.present.totals import totals
from widgets.rows import BarView, Cell, LegendItem, Tone


def cluster_bar(nodes: Iterable[Node]) -> BarView:
    """``64 GPUs  51.5 given ████░░  9 whole free  3.5 in fractions  largest 1  idle but held 4``."""
    rows = list(nodes)
    if not rows:
        return BarView((Cell(f"{fmt.UNKNOWN} GPUs", Tone.DIM),), None)
    sums = totals(rows)
    known = sums.allocated is not None and sums.allocatable
    about = "~" if sums.approximate else ""
    facts = [
        Cell(f"{fmt.number(sums.whole_free)} whole free", Tone.WARN if sums.whole_free == 0 else Tone.GOOD),
        Cell(f"{fmt.gpus(sums.in_fractions)} in fractions"),
        Cell(f"largest {fmt.gpus(sums.largest_free)}"),
        Cell(f"fragmented {fmt.percent(sums.fragmentation_fraction)}", Tone.DIM),
    ]
    if sums.idle_held:
        facts.append(Cell(f"idle but held {sums.idle_held}!", Tone.WARN))
    if sums.unplaced > 1e-6:
        facts.append(Cell(f"{fmt.gpus(sums.unplaced)} given, GPU not known", Tone.WARN))
    if sums.nodes_ready < sums.nodes:
        facts.insert(0, Cell(f"{sums.nodes - sums.nodes_ready} of {sums.nodes} nodes not ready", Tone.BAD))
    return BarView(
        lead=(
            Cell(f"{fmt.gpus(sums.allocatable)} GPUs", Tone.STRONG),
            Cell(f"{about}{fmt.gpus(sums.allocated)} given", Tone.ACCENT),
        ),
        fraction=(sums.allocated or 0.0) / (sums.allocatable or 1.0) if known else None,
        facts=tuple(facts),
    )


def legend(nodes: Iterable[Node], letters: LetterBook) -> tuple[LegendItem, ...]:
    """Each workload that holds a GPU, the greatest holders first: ``A llama-31-8b ×24``."""
    pods = {(part.workload, part.pod) for node in nodes for gpu in node.gpus for part in gpu.slices}
    counts: Counter[WorkloadKey | None] = Counter(workload for workload, _ in pods)
    items = []
    for key, count in sorted(counts.items(), key=lambda entry: (-entry[1], str(entry[0]))):
        sign = letters.sign(key)
        name = key.name if key is not None else "no known workload"
        items.append(LegendItem(sign.letter, sign.colour, f"{name} ×{count}" if count > 1 else name))
    return tuple(items)
