"""Why something waits, as rows of text: causes with their evidence and remedies, the life of a pod, what would help.

Nothing that a source said is cut. ``Page.does`` says which rows do something when they are opened. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tui.model.cause import Cause, Evidence, Remedy
from tui.model.pending import PendingItem, Stage, WhatIf, Why
from tui.model.snapshot import Snapshot
from tui.present import format as fmt
from tui.present.waiting import Entry, alike_text, alikes, pod_of, priority_text, queue_text, since_text
from widgets.rows import Cell, FlowRow, Tone

Deed = Remedy | WhatIf
_BAR = 24  # cells of a pod's life
_ITEMS_SHOWN = 8
_STEPS = {True: ("✓", Tone.GOOD), False: ("✗", Tone.BAD), None: ("?", Tone.DIM)}


@dataclass(frozen=True, slots=True)
class Page:
    """``does``: row key -> what opening the row does. ``title`` stands over the rows."""

    title: str
    rows: tuple[FlowRow, ...]
    does: Mapping[str, Deed] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The whole of it as plain text, to be copied."""
        lines = [f"{row.lead.text:<10}{'  '.join(cell.text for cell in row.cells)}".rstrip() for row in self.rows]
        return "\n".join([self.title, "", *lines])


def entry_page(entry: Entry, stages: Sequence[Stage], snapshot: Snapshot, now: float) -> Page:
    """The explanation of a line of the list: who waits, why, what mends it, and where a pod's time went."""
    rows = [*_who(entry, snapshot, now), *cause_rows(entry.first.causes, now, entry.first)]
    if stages:
        rows += [_blank("life"), *stage_rows(stages, now)]
    return Page(f"Why: {entry.group.headline}", tuple(rows), _deeds(entry.first.causes))


def what_if_page(what: str, what_ifs: Sequence[WhatIf]) -> Page:
    """What would come of a change."""
    if not what_ifs:
        said = "nothing that nimdeck can reckon with would change this: no GPU request stands in the way"
        return Page(f"What if: {what}", (FlowRow("none", (Cell(said, Tone.DIM),)),))
    return Page(f"What if: {what}", tuple(what_if_rows(what_ifs)), _changes(what_ifs))


def why_page(name: str, why: Why, what_ifs: Sequence[WhatIf], now: float) -> Page:
    """One pod or workload, whole."""
    rows = [FlowRow("summary", (Cell(why.summary, Tone.STRONG),), Cell("NOW", Tone.TITLE))]
    if why.causes:
        rows += [_blank("causes"), *cause_rows(why.causes, now)]
    if why.stages:
        rows += [_blank("life"), *stage_rows(why.stages, now)]
    if what_ifs:
        rows += [_blank("changes"), *what_if_rows(what_ifs)]
    return Page(f"Why: {name}", tuple(rows), {**_deeds(why.causes), **_changes(what_ifs)})


# -- who --------------------------------------------------------------------------------------------------------------


def _who(entry: Entry, snapshot: Snapshot, now: float) -> Iterator[FlowRow]:
    together = [entry.alike] if entry.alike else alikes(entry.group.items)
    for place, alike in enumerate(together[:_ITEMS_SHOWN]):
        lead = Cell("WHO" if place == 0 else "", Tone.TITLE)
        yield FlowRow(f"who{place}", _who_cells(alike, snapshot, now), lead)
    if len(together) > _ITEMS_SHOWN:
        yield FlowRow("who+", (Cell(f"and {len(together) - _ITEMS_SHOWN} more: enter opens the group", Tone.DIM),))


def _who_cells(alike: Sequence[PendingItem], snapshot: Snapshot, now: float) -> tuple[Cell, ...]:
    item = alike[0]
    pod = pod_of(item, snapshot)
    facts = [("project", item.project), ("queue", queue_text(pod, snapshot)), ("priority", priority_text(pod))]
    told = ", ".join(f"{name} {value}" for name, value in facts if value and value != fmt.UNKNOWN)
    oldest = min((one.since for one in alike if one.since is not None), default=None)
    since = "" if oldest is None else f"since {since_text(oldest, now)}"
    words = (Cell(told), Cell(item.phase, Tone.WARN), Cell(since, Tone.DIM))
    return (Cell(alike_text(alike), Tone.STRONG), *(cell for cell in words if cell.text))


# -- causes -----------------------------------------------------------------------------------------------------------


def cause_rows(causes: Sequence[Cause], now: float, item: PendingItem | None = None) -> list[FlowRow]:
    """Every cause whole, the one to mend first. ``item``: whose causes they are, where several wait."""
    rows: list[FlowRow] = []
    for place, cause in enumerate(causes):
        if place or item is not None:
            rows.append(_blank(f"c{place}"))
        rows.append(FlowRow(f"c{place}", _title(cause), Cell("CAUSE" if place == 0 else "ALSO", Tone.TITLE)))
        rows += _evidence_rows(place, cause, now)
        rows += _remedy_rows(place, cause)
        if cause.guide:
            rows.append(FlowRow(f"c{place}g", (Cell(cause.guide, Tone.DIM),), Cell("GUIDE", Tone.DIM)))
    return rows


def _title(cause: Cause) -> tuple[Cell, ...]:
    sure = () if cause.confidence == "certain" else (Cell(f"({cause.confidence}, not certain)", Tone.DIM),)
    title = f"{cause.title} ({cause.detail})" if cause.detail else cause.title
    return (Cell(title, Tone.BAD if cause.fault else Tone.ACCENT), *sure, Cell(f"[{cause.code}]", Tone.DIM))


def _evidence_rows(place: int, cause: Cause, now: float) -> Iterator[FlowRow]:
    for number, fact in enumerate(cause.evidence):
        lead = Cell("EVIDENCE" if number == 0 else "", Tone.DIM)
        yield FlowRow(f"c{place}e{number}", _evidence(fact, cause.source, now), lead)


def _evidence(fact: Evidence, source: str, now: float) -> tuple[Cell, ...]:
    named = f"{fact.object} {fact.field}".strip()
    told = [source if source != fact.object else ""]
    told.append(f"{fmt.age(max(0.0, now - fact.at))} ago" if fact.at is not None else "")
    told.append(f"×{fact.count}" if fact.count is not None and fact.count > 1 else "")
    said = ", ".join(part for part in told if part)
    cells = (Cell(f"{named}:", Tone.ACCENT), Cell(fact.text or "nothing said"))
    return (*cells, Cell(f"({said})", Tone.DIM)) if said else cells


def _remedy_rows(place: int, cause: Cause) -> Iterator[FlowRow]:
    for number, remedy in enumerate(cause.remedies):
        lead = Cell("REMEDY" if number == 0 else "", Tone.GOOD)
        yield FlowRow(f"c{place}r{number}", _remedy(remedy), lead)


def _remedy(remedy: Remedy) -> tuple[Cell, ...]:
    return Cell(("▸ " if does_something(remedy) else "· ") + remedy.text), *_hints(remedy)


def _hints(deed: Deed) -> Iterator[Cell]:
    """What the keys do on its row."""
    if deed.action:
        yield Cell("enter: preview", Tone.DIM)
    if deed.command:
        yield Cell(f"$ {deed.command}", Tone.ACCENT)
        yield Cell("c: copy" if deed.action else "enter: copy", Tone.DIM)


def does_something(deed: Deed) -> bool:
    """Whether nimdeck can do it, or has a command to copy."""
    return bool(deed.action or deed.command)


def _deeds(causes: Iterable[Cause]) -> dict[str, Deed]:
    return {
        f"c{place}r{number}": remedy
        for place, cause in enumerate(causes)
        for number, remedy in enumerate(cause.remedies)
    }


# -- what if ----------------------------------------------------------------------------------------------------------


def what_if_rows(what_ifs: Sequence[WhatIf]) -> Iterator[FlowRow]:
    """One row a change: the change, a mark for what comes of it, and what comes of it in words."""
    for number, one in enumerate(what_ifs):
        glyph, tone = _STEPS[one.fits]
        if one.fits is False and one.helps:
            glyph, tone = "◐", Tone.WARN
        lead = Cell("WHAT IF" if number == 0 else "", Tone.TITLE)
        change = ("▸ " if does_something(one) else "· ") + one.change
        yield FlowRow(f"w{number}", (Cell(change), Cell(f"{glyph} {one.outcome}", tone), *_hints(one)), lead)


def _changes(what_ifs: Sequence[WhatIf]) -> dict[str, Deed]:
    return {f"w{number}": one for number, one in enumerate(what_ifs)}


# -- the life of a pod ------------------------------------------------------------------------------------------------


def stage_rows(stages: Sequence[Stage], now: float) -> Iterator[FlowRow]:
    """A bar of cells for each stage, where it lies in the whole and how long it took, and what siblings took."""
    begin = min((stage.started_at for stage in stages if stage.started_at is not None), default=None)
    total = _total(stages, begin)
    for number, stage in enumerate(stages):
        lead = Cell("TIMELINE" if number == 0 else "", Tone.TITLE)
        yield FlowRow(f"s{number}", _stage(stage, begin, total, now), lead)


def _total(stages: Sequence[Stage], begin: float | None) -> float:
    ends = [s.started_at + (s.seconds or 0.0) for s in stages if s.started_at is not None]
    return max(ends, default=0.0) - (begin or 0.0)


def _stage(stage: Stage, begin: float | None, total: float, now: float) -> tuple[Cell, ...]:
    open_ended = stage.started_at is not None and stage.ended_at is None and stage.seconds is not None
    if stage.started_at is not None and stage.ended_at is None and stage.seconds is None:
        return Cell(f"{stage.name:<9}"), Cell("·" * _BAR, Tone.DIM), Cell("not told any more", Tone.DIM)
    late = stage.usual_seconds is not None and (stage.seconds or 0.0) > 2 * stage.usual_seconds
    tone = Tone.WARN if open_ended or late else Tone.GOOD if stage.started_at is not None else Tone.DIM
    took = _took(stage, now) + (" so far" if open_ended else "")
    cells = [Cell(f"{stage.name:<9}"), Cell(_bar(stage, begin, total), tone), Cell(took, tone)]
    if stage.usual_seconds is not None:
        cells.append(Cell(f"usually {fmt.age(stage.usual_seconds)}", Tone.DIM))
    if stage.note:
        cells.append(Cell(stage.note, Tone.DIM))
    return tuple(cells)


def _took(stage: Stage, now: float) -> str:
    """How long it took; of the first, when it was."""
    if stage.started_at is None:
        return "not yet" if stage.ended_at is None else fmt.UNKNOWN
    if stage.seconds is not None:
        return fmt.age(stage.seconds)
    return f"{fmt.age(max(0.0, now - stage.started_at))} ago"


def _bar(stage: Stage, begin: float | None, total: float) -> str:
    if stage.started_at is None or begin is None or total <= 0:
        return "·" * _BAR
    first = min(_BAR - 1, int((stage.started_at - begin) / total * _BAR))
    if not stage.seconds:
        return "·" * first + "▏" + "·" * (_BAR - first - 1)
    last = min(_BAR, max(first + 1, round((stage.started_at + stage.seconds - begin) / total * _BAR)))
    return "·" * first + "█" * (last - first) + "·" * (_BAR - last)


def _blank(key: str) -> FlowRow:
    return FlowRow(f"{key}-", (Cell(""),))
