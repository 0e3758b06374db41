"""How far a launch is, line by line: what was made, the steps with their times, the deadline, what blocks it. Pure."""

from collections.abc import Iterator, Sequence

from tui.launch.apply import Applied
from tui.model.cause import Cause
from tui.model.launch_progress import Deadline, LaunchProgress, LaunchStep, StepState
from tui.model.manifest import Change
from tui.present import format as fmt
from tui.present.launch_fit import Line
from widgets.rows import Cell, Tone

_FACES: dict[StepState, tuple[str, Tone]] = {
    "done": ("✓", Tone.GOOD),
    "active": ("▸", Tone.ACCENT),
    "blocked": ("✗", Tone.BAD),
    "waiting": ("·", Tone.DIM),
}
_BLANK: Line = (Cell(" "),)
_TITLE_CELLS = 28
_TIME_CELLS = 9
_BAR_CELLS = 20


def change_lines(applied: Sequence[Applied], pending: Sequence[Change]) -> list[Line]:
    """What was made, what was refused, what was not tried."""
    lines: list[Line] = []
    for one in applied:
        if one.error is None:
            lines.append((Cell("✓", Tone.GOOD), Cell(_did(one.change))))
        else:
            lines.append((Cell("✗", Tone.BAD), Cell(str(one.error), Tone.BAD)))
    is_over = any(one.error is not None for one in applied)
    for place, change in enumerate(pending):
        glyph, tone = ("▸", Tone.ACCENT) if place == 0 and not is_over else ("·", Tone.DIM)
        lines.append((Cell(glyph, tone), Cell(change.title + (": not tried" if is_over else ""), Tone.DIM)))
    return lines


def progress_lines(seen: LaunchProgress, now: float) -> list[Line]:
    """The steps, the deadline while it matters, and what is in the way."""
    lines = [_step(one, now) for one in seen.steps]
    if seen.deadline is not None and seen.outcome != "ready":
        lines += [_BLANK, *_deadline(seen.deadline, now)]
    if seen.outcome == "ready":
        return lines
    for one in seen.causes:
        lines += [_BLANK, *_cause(one)]
    if seen.message and not seen.causes:
        lines += [_BLANK, (Cell(seen.message, Tone.DIM),)]
    return lines


def ending_lines(seen: LaunchProgress, endpoint: str | None) -> list[Line]:
    """What has become of it, once that is known."""
    if seen.outcome == "ready":
        pods = "" if seen.wanted_pods is None else f"{seen.ready_pods} of {seen.wanted_pods} pods"
        where = (Cell("ENDPOINT", Tone.TITLE), Cell(endpoint or "no address of its own: x gives it one"))
        return [(Cell("READY", Tone.GOOD), Cell(pods, Tone.DIM)), where]
    if seen.outcome == "gone":
        return [(Cell("GONE", Tone.BAD), Cell("it was deleted"))]
    if seen.outcome == "blocked":
        word = "and it will not go on by itself" if seen.is_final else "it may go on by itself"
        return [(Cell("BLOCKED", Tone.BAD), Cell(word))]
    return []


def running(seconds: float) -> str:
    """A time that is watched as it runs: ``45 s``, ``4:05 min``; from an hour on its two leading units."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02} min" if 60 <= whole < 3600 else fmt.age(whole)


def _did(change: Change) -> str:
    verb, _, rest = change.title.partition(" ")
    return f"{ {'create': 'created', 'change': 'changed', 'delete': 'deleted'}.get(verb, verb) } {rest}"


def _step(one: LaunchStep, now: float) -> Line:
    glyph, tone = _FACES[one.state]
    elapsed = one.elapsed_seconds(now)
    taken = "" if elapsed is None else running(elapsed)
    title = Cell(f"{glyph} {one.title}".ljust(_TITLE_CELLS), tone if one.state != "done" else Tone.NORMAL)
    cells = [title, Cell(taken.rjust(_TIME_CELLS), Tone.STRONG if one.state == "active" else Tone.NORMAL)]
    if one.usual is not None and one.state in ("active", "waiting", "blocked"):
        late = elapsed is not None and elapsed > one.usual.seconds
        usual = f"usually {fmt.age(one.usual.seconds)} ({one.usual.source})"
        cells.append(Cell(usual, Tone.WARN if late else Tone.DIM))
    if one.detail:
        cells.append(Cell(one.detail, Tone.DIM if one.state == "done" else Tone.NORMAL))
    return tuple(cells)


def _deadline(deadline: Deadline, now: float) -> Iterator[Line]:
    left = deadline.seconds_left(now)
    used = 1.0 - left / deadline.seconds if deadline.seconds else 1.0
    full = min(_BAR_CELLS, max(0, round(used * _BAR_CELLS)))
    tone = Tone.WARN if deadline.advice else Tone.NORMAL
    words = f"{running(left)} left of {fmt.age(deadline.seconds)}, then Knative gives up"
    yield (Cell("DEADLINE", Tone.TITLE), Cell("█" * full + "░" * (_BAR_CELLS - full), tone), Cell(words, tone))
    if deadline.advice:
        yield (Cell("  ▸", Tone.ACCENT), Cell(deadline.advice, Tone.WARN))


def _cause(one: Cause) -> Iterator[Line]:
    head = "IN THE WAY" if one.fault else "NOTE"
    sure = "" if one.confidence == "certain" else f" ({one.confidence})"
    yield (Cell(head, Tone.BAD if one.fault else Tone.WARN), Cell(one.title + sure))
    for evidence in one.evidence[:3]:
        yield (Cell(f"  {evidence.object}: {evidence.text}", Tone.DIM),)
    for remedy in one.remedies[:3]:
        yield (Cell("  ▸", Tone.ACCENT), Cell(remedy.text))
        if remedy.command:
            yield (Cell(f"    {remedy.command}", Tone.DIM),)
