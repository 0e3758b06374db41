"""The line over the GPU map, and the legend under it."""

from tui.present import format as fmt
from tui.present.letters import LetterBook
from tui.present.tally import Holders
from tui.present.totals import Totals
from widgets.rows import BarView, Cell, LegendItem, Tone


def cluster_bar(sums: Totals) -> BarView:
    """``64 GPUs  51.5 given ████░░  9 whole free  3.5 in fractions  largest 1  idle but held 4``."""
    if not sums.nodes:
        return BarView((Cell(f"{fmt.UNKNOWN} GPUs", Tone.DIM),), None)
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


def legend(holders: Holders, letters: LetterBook) -> tuple[LegendItem, ...]:
    """Each workload that holds a GPU, in the order of ``holders``: ``A llama-31-8b ×24``."""
    items = []
    for key, count in holders.items():
        sign = letters.sign(key)
        name = key.name if key is not None else "no known workload"
        items.append(LegendItem(sign.letter, sign.colour, f"{name} ×{count}" if count > 1 else name))
    return tuple(items)
