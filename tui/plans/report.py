"""Plan folders and runs, read -> one ``Report``: tables 5 to 8, figures 17 to 21, scaling, effects, problems. Pure.

It knows no clock: the same folders give the same report.
"""

from collections.abc import Iterator, Sequence

from config.guide_tables import MIXED, GuideTables, guide_tables
from tui.bench.results.reader import Run
from tui.bench.results.words import INVALID
from tui.plans.report_compare import pairs
from tui.plans.report_figures import figures
from tui.plans.report_ramp import ramps, sentence
from tui.plans.report_rows import plan_side, run_side
from tui.plans.report_scaling import effects, linearity
from tui.plans.report_tables import tables
from tui.plans.report_values import QUANTITIES, Effect, Entry, Linearity, Quantity, Report, Side
from tui.plans.report_words import percent_words
from tui.plans.values import PlanRun

_LABELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MOST = len(_LABELS)
_NAMES: dict[Quantity, str] = {"users": "users", "output_tokens_per_second": "output tokens/s", "ttft_ms": "TTFT"}


def build_report(subjects: Sequence[PlanRun | Run], guide: GuideTables | None = None) -> Report:
    """One report of all ``subjects`` (1 to ``MOST``), called A, B, ... in this order."""
    published = guide or guide_tables()
    ramped = ramps(tuple(zip(_LABELS, subjects, strict=False)))
    sides = tuple(
        plan_side(label, subject, published) if isinstance(subject, PlanRun) else run_side(label, subject, published)
        for label, subject in zip(_LABELS, subjects, strict=False)
    )
    entries, lines, changes = tables(sides, published), linearity(sides, published), effects(sides, published)
    return Report(
        sides=sides,
        findings=(*map(sentence, ramped), *_findings(sides, entries, lines, changes, published)),
        tables=entries,
        figures=figures(sides, published),
        linearity=lines,
        effects=changes,
        pairs=pairs(sides),
        contradictions=tuple(_contradictions(published)),
        ramps=ramped,
    )


def _findings(
    sides: Sequence[Side], entries: Sequence[Entry], lines: Sequence[Linearity], changes: Sequence[Effect],
    guide: GuideTables,
) -> Iterator[str]:  # fmt: skip
    several = len(sides) > 1
    for side in (side for side in sides if not side.ramp):
        of = f"{side.label}: " if several else ""
        yield from (f"{of}{line}" for line in _side_findings(side, entries, lines, changes, guide))


def _side_findings(
    side: Side, entries: Sequence[Entry], lines: Sequence[Linearity], changes: Sequence[Effect], guide: GuideTables
) -> Iterator[str]:
    known = [entry for entry in entries if entry.side == side.label and entry.users.published is not None]
    compared = [entry for entry in known if entry.users.difference_percent is not None]
    yield f"{len(compared)} of the {len(known)} published rows of tables 5 to 8 have a valid figure beside them."
    for quantity in QUANTITIES:
        yield from _farthest(quantity, compared)
    yield from _scaling([line for line in lines if line.side == side.label], guide.cluster.gpus)
    yield from _largest([effect for effect in changes if effect.side == side.label])
    invalid = sum(problem.kind == INVALID for problem in side.problems)
    if invalid:
        yield f"{invalid} figure{'s are' if invalid > 1 else ' is'} {INVALID} (client too slow) and left out of this."


def _farthest(quantity: Quantity, compared: Sequence[Entry]) -> Iterator[str]:
    """Where a figure differs most from what was published."""
    differences = [(getattr(entry, quantity).difference_percent, entry) for entry in compared]
    known = [(percent, entry) for percent, entry in differences if percent is not None]
    if known:
        percent, entry = max(known, key=lambda one: abs(one[0]))
        where = f"table {entry.table}, {entry.title}"
        yield f"The largest difference of {_NAMES[quantity]} from the published: {percent_words(percent)} ({where})."


def _scaling(lines: Sequence[Linearity], gpus: int) -> Iterator[str]:
    """One sentence a curve: at the guide's full scale and at the most pods, which may share GPUs.

    A mix holds users that were given, so how they grow says nothing.
    """
    found: dict[tuple[str, int], list[str]] = {}
    for line in (line for line in lines if line.efficiency and line.searched):
        efficiency = dict(line.efficiency)
        for pods in sorted({gpus, max(efficiency)} & set(efficiency)):
            found.setdefault((line.curve, pods), []).append(f"{_NAMES[line.quantity]} {efficiency[pods] * 100:.1f} %")
    for (curve, pods), parts in found.items():
        yield f"{curve}: {pods} pods against {pods} times one pod: {', '.join(parts)}."


def _largest(changes: Sequence[Effect]) -> Iterator[str]:
    """One sentence for each two conditions, at the largest number of pods that both have."""
    found: dict[tuple[str, str], list[Effect]] = {}
    for effect in changes:
        found.setdefault((effect.other_name, effect.base_name), []).append(effect)
    for (other, base), several in found.items():
        pods = max(effect.pods for effect in several)
        parts = [
            f"{_NAMES[effect.quantity]} {percent_words(effect.change_percent)}"
            + (f" (guide: {effect.stated})" if effect.stated else "")
            for effect in several
            if effect.pods == pods
        ]
        yield f"{other}, against {base}, at {pods} pod{'' if pods == 1 else 's'}: {', '.join(parts)}."


def _contradictions(guide: GuideTables) -> Iterator[str]:
    mixed, row = guide.observations.mixed_at_128_half_pods, guide.sizing_row(MIXED)
    yield (
        "Throughput of both models at once on all GPUs: the guide says 'around 0.8X drop' in one place and 'dropped by "
        "0.4X' in two others. Both are kept as stated, neither is taken as exact, and each can be read in two ways."
    )
    if row is not None:
        alone = sum(one.ccu for one in guide.sizing if one.model != MIXED)
        yield (
            f"Table 8 gives the mix {row.ccu} users on one GPU at {row.ttft_ms:g} ms, the sum of the single rows "
            f"({alone}); figure 21 says that TTFT is {mixed.ttft_factor:g}x where GPUs are truly shared."
        )
    yield "The text calls the rise of TTFT a '3X drop in TTFT' as well as 'increased by 3X'; the latter is meant."
    yield (
        f"Table 4 goes to 128 pods of half a GPU, the text to {guide.cluster.gpus}; 128 of each of two models "
        f"do not fit {guide.cluster.gpus} GPUs."
    )
