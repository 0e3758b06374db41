"""Changes under review: a line each with what it means and what became of it, and the text of what differs. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tui.launch.yaml_text import change_difference, merged, to_yaml
from tui.model.ids import ObjectKey
from tui.model.manifest import Change
from tui.model.workload import Workload
from tui.present import format as fmt
from widgets.rows import Cell, Column, Row, Tone

# checking, doing: under way. ready: the server would do it. untried: it can't be tried beforehand. refused: it would
# not be done. nothing: it is so already. unknown: asked for, and nobody knows whether it happened.
StepState = Literal["checking", "ready", "untried", "refused", "nothing", "doing", "done", "failed", "unknown"]
TO_DO: frozenset[StepState] = frozenset({"ready", "untried"})
AGAIN: frozenset[StepState] = frozenset({"refused", "failed", "unknown"})

COLUMNS = (
    Column("state", " ", 1),
    Column("change", "CHANGE", 44, flexible=True, max_width=72),
    Column("says", "RESULT", 25, flexible=True),
)

_FACES: dict[StepState, tuple[str, Tone, str]] = {
    "checking": ("◌", Tone.DIM, "the server is asked"),
    "ready": ("●", Tone.ACCENT, "would be done (dry run)"),
    "untried": ("○", Tone.ACCENT, "not tried beforehand"),
    "refused": ("✗", Tone.BAD, "would not be done"),
    "nothing": ("·", Tone.DIM, "nothing to change"),
    "doing": ("◌", Tone.ACCENT, "under way"),
    "done": ("✓", Tone.GOOD, "done"),
    "failed": ("✗", Tone.BAD, "not done"),
    "unknown": ("?", Tone.WARN, "nobody knows"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a review. ``change`` None: nothing can or needs to be done, and ``says`` tells why.

    ``key`` is the object that this is about where no change tells it.
    """

    subject: str
    change: Change | None = None
    means: tuple[str, ...] = ()
    state: StepState = "checking"
    says: str = ""
    key: ObjectKey | None = None

    @property
    def title(self) -> str:
        return self.subject if self.change is None else self.change.title


def again(before: Sequence[Step], planned: Sequence[Step]) -> list[Step]:
    """What a second look shows: what was done, what is planned now but for that, and what failed and is in no plan any
    more, such as the Service of a workload that is gone."""
    done = [step for step in before if step.state == "done" and step.change is not None]
    made = {(step.change.resource, step.change.key) for step in done if step.change is not None}
    gone = {key for _, key in made}
    fresh = [
        step
        for step in planned
        if ((step.change.resource, step.change.key) not in made if step.change is not None else step.key not in gone)
    ]
    known = {(step.change.resource, step.change.key) for step in fresh if step.change is not None}
    left = [
        replace(step, state="checking", says="")
        for step in before
        if step.change is not None
        and step.state not in ("done", "nothing")
        and (step.change.resource, step.change.key) not in known
        and any(step.subject == other.subject for other in done)
    ]
    return [*done, *fresh, *left]


def step_row(number: int, step: Step) -> Row:
    """Its line of the table."""
    glyph, tone, words = _FACES[step.state]
    return Row(str(number), (Cell(glyph, tone), Cell(step.title), Cell(step.says or words, tone)))


def step_text(step: Step, *, whole: bool) -> str:
    """What it changes as unified lines, or with ``whole`` the object as it will be; what is secret is ``***``."""
    change = step.change
    if change is None:
        return ""
    if not whole:
        return "\n".join(change_difference(change)) or " nothing that is shown differs"
    if change.verb == "patch" and change.replaces is not None:
        return to_yaml([merged(change.replaces, change.body or {})])
    body = change.body if change.body is not None else change.replaces
    return "" if body is None else to_yaml([body])


def difference_marks(line: str) -> list[tuple[int, int, Tone]]:
    """How a unified line is painted: what comes is good, what goes is bad, places are dim."""
    tone = {"+": Tone.GOOD, "-": Tone.BAD, "@": Tone.DIM}.get(line[:1])
    return [(0, len(line), tone)] if tone is not None and line else []


def meanings(steps: Sequence[Step]) -> list[tuple[Cell, ...]]:
    """What the changes mean: first what is true of each object by its name, then once what is true of them all."""
    told = {subject: _words_of(steps, subject) for subject in dict.fromkeys(s.subject for s in steps if s.means)}
    if len(told) < 2:
        return [(Cell(words),) for own in told.values() for words in own]
    common = [words for words in next(iter(told.values())) if all(words in own for own in told.values())]
    lines: list[tuple[Cell, ...]] = []
    for subject, own in told.items():
        if rest := [words for words in own if words not in common]:
            lines.append((Cell(f"{subject}:", Tone.DIM), Cell("; ".join(rest))))
    return [*lines, *((Cell(words),) for words in common)]


def _words_of(steps: Sequence[Step], subject: str) -> list[str]:
    return list(dict.fromkeys(words for step in steps if step.subject == subject for words in step.means))


def verdict(steps: Sequence[Step], chained: bool) -> tuple[str, Tone]:
    """In one sentence where the review stands."""
    count = {state: sum(step.state == state for step in steps) for state in _FACES}
    to_do = count["ready"] + count["untried"]
    undone = count["failed"] + count["unknown"]
    if count["checking"]:
        return "the server is asked; nothing is changed by that", Tone.DIM
    if count["doing"]:
        return f"under way: {count['done']} of {sum(step.change is not None for step in steps)} done", Tone.ACCENT
    if undone:
        left = f", {to_do} not begun" if to_do else ""
        return f"{count['done']} done, {undone} not{left}: see RESULT", Tone.BAD
    if count["done"]:
        refused = f", {count['refused']} refused" if count["refused"] else ""
        return f"all done: {_count(count['done'])}{refused}", Tone.GOOD
    if count["refused"] and (chained or not to_do):
        return "it can't be done so: see RESULT", Tone.BAD
    if not to_do:
        return "nothing is left to do", Tone.DIM
    skipped = f"; {count['refused']} can't be done and will be left out" if count["refused"] else ""
    return f"nothing is changed yet{skipped}", Tone.WARN if skipped else Tone.NORMAL


def _count(number: int) -> str:
    return f"{number} change{'' if number == 1 else 's'}"


# -- what a change of a workload means --------------------------------------------------------------------------------


def gpus_each(workload: Workload) -> float | None:
    """GPUs that one replica asks for; ``None`` where that can't be told."""
    asked, pods = workload.gpu_requested, workload.requested_pods
    if asked is not None and pods:
        return asked / pods
    request = workload.object.gpu if workload.object is not None else None
    return request.gpus(None) if request is not None else None


def frees(workload: Workload) -> str:
    """``frees 2 GPUs``."""
    given = workload.gpu_allocated
    if given is None:
        return "frees the GPUs that it holds; how many is not known"
    return f"frees {_gpus(given)}" if given else "it holds no GPU now"


def scale_means(workload: Workload, low: int | None, high: int | None) -> tuple[str, ...]:
    """What other numbers of replicas come to in GPUs."""
    each = gpus_each(workload)
    low = workload.min_replicas if low is None else low
    high = workload.max_replicas if high is None else high
    if each is None or low is None or high is None:
        return _owned(workload)
    asks = _gpus(low * each) if low == high else f"{fmt.gpus(low * each)} to {_gpus(high * each)}"
    now = "" if workload.gpu_allocated is None else f"; it holds {fmt.gpus(workload.gpu_allocated)} now"
    zero = ("at 0 replicas the first request waits for a start",) if low == 0 < high else ()
    return (f"asks for {asks}{now}", *zero, *_owned(workload))


def suspend_means(workload: Workload) -> tuple[str, ...]:
    return (frees(workload), "its endpoint answers no more until it is resumed", *_owned(workload))


def resume_means(workload: Workload) -> tuple[str, ...]:
    each = gpus_each(workload)
    asks = "asks for its GPUs again" if each is None else f"asks for {_gpus(each)} a replica again"
    return (f"{asks}; the model is loaded anew", *_owned(workload))


def delete_means(workload: Workload) -> tuple[str, ...]:
    return (f"{frees(workload)}; claims and Secrets stay", "this can't be undone", *_owned(workload))


def theirs(change: Change) -> tuple[str, ...]:
    """A warning where nimdeck did not make what is changed."""
    return ("nimdeck did not make this object",) if change.owned is False else ()


def _owned(workload: Workload) -> tuple[str, ...]:
    owner = workload.object.owner if workload.object is not None else None
    return () if owner is None else (f"it belongs to {owner.kind} {owner.name}, which may put it back",)


def _gpus(value: float) -> str:
    return f"{fmt.gpus(value)} GPU{'' if value == 1 else 's'}"
