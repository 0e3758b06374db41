"""What the commands that change a cluster print: lines for eyes, or one document."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from tui.cli.output import write
from tui.cli.table import harmless
from tui.launch.apply import Applied, kept
from tui.launch.hidden import hide
from tui.launch.yaml_text import to_yaml
from tui.model.launch_progress import LaunchProgress, LaunchStep
from tui.model.status import SourceStatus
from tui.present.documents import document_of, formats
from tui.present.documents.document import Item
from tui.present.documents.figures import figure
from tui.present.documents.launching import LaunchItem, change_items, launch_causes, step_items

if TYPE_CHECKING:
    from tui.cli.launching_run import Launch


class Told:
    """Says each thing once, as it happens."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._steps: dict[str, tuple[str, str]] = {}
        self._causes: tuple[str, ...] = ()
        self._advice = ""

    def applied(self, one: Applied) -> None:
        """One change that was made; what failed is told by its error."""
        if one.done:
            self._line(done_line(one))

    def progress(self, progress: LaunchProgress) -> None:
        """The steps whose state or detail has changed, new causes, and the deadline's advice."""
        for step in progress.steps:
            if (
                step.state == "waiting"
                or (step.name, step.state) == ("applied", "active")
                or self._steps.get(step.name) == (step.state, step.detail)
            ):
                continue
            self._steps[step.name] = (step.state, step.detail)
            self._line(step_line(step, progress.at))
        causes = tuple(one.code for one in progress.causes)
        if causes != self._causes:
            self._causes = causes
            for one in progress.causes:
                self._line(f"  why: {one.title}" + "".join(f"; {fact.text}" for fact in one.evidence[:1]))
                self._line(f"  do:  {' '.join(remedy.text for remedy in one.remedies)}")
        advice = progress.deadline.advice if progress.deadline is not None else ""
        if advice and advice != self._advice:
            left = progress.deadline.seconds_left(progress.at) if progress.deadline is not None else 0.0
            self._line(f"  progress deadline in {duration(left)}: {advice}")
        self._advice = advice

    def _line(self, text: str) -> None:
        print(harmless(text), file=self._stream, flush=True)


def done_line(one: Applied) -> str:
    """``created Secret runai-test/ngc``; what was changed is told by its title."""
    change = one.change
    if change.verb in ("create", "delete"):
        return f"{change.verb}d {change.title.partition(' ')[2]}"
    return f"{change.title}: {'accepted' if change.verb == 'request' else 'done'}"


def duration(seconds: float) -> str:
    """``45 s``, ``12 min 30 s``."""
    whole = int(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"


def step_line(step: LaunchStep, now: float) -> str:
    """``done     scheduled on node and GPU  (12 s)  node007 gpu1 0.50``."""
    elapsed = step.elapsed_seconds(now)
    parts = [f"{step.state:<8} {step.title}"]
    if elapsed is not None and step.name != "applied":
        parts.append(f"({duration(elapsed)})")
    if step.detail:
        parts.append(step.detail)
    if step.state == "active" and step.usual is not None:
        parts.append(f"usually {duration(step.usual.seconds)}, {step.usual.source}")
    return "  ".join(parts)


def print_launches(
    launches: "Sequence[Launch]", output: str, sources: Mapping[str, SourceStatus], now: float | None
) -> None:
    """The answer of ``launch``. As text only what has not been told as it happened."""
    if output == "yaml" or (output == "text" and launches[0].dry_run == "client"):
        write(to_yaml([one.body for launch in launches for one in launch.made]))
    elif output == "json":
        print_document("launch", tuple(map(launch_item, launches)), sources, now)
    else:
        for launch in launches:
            _print_text(launch)


def _print_text(launch: "Launch") -> None:
    if not launch.changes:
        write(f"nothing to change: all of {launch.key} is there as the spec says\n")
    elif launch.dry_run == "server":
        write("".join(f"{one.change.title}: the server would do it\n" for one in launch.applied))


def launch_item(launch: "Launch") -> LaunchItem:
    progress = launch.seen.progress if launch.seen is not None else None
    deadline = progress.deadline if progress is not None else None
    ready = progress.step("ready") if progress is not None and progress.outcome == "ready" else None
    return LaunchItem(
        name=launch.spec.name,
        namespace=launch.namespace,
        project=launch.spec.project,
        dry_run=launch.dry_run,
        fits=launch.fits,
        manifests=tuple(hide(one.body) for one in launch.made),
        changes=change_items(launch.changes, launch.applied, kept(launch.made, launch.changes)),
        outcome=launch.outcome,
        steps=step_items(progress),
        causes=launch_causes(progress),
        deadline_seconds_left=figure(deadline.seconds_left(progress.at)) if deadline and progress else None,
        advice=(deadline.advice or None) if deadline is not None else None,
        endpoint=ready.detail if ready is not None and "://" in ready.detail else None,
    )


def print_document(kind: str, items: tuple[Item, ...], sources: Mapping[str, SourceStatus], now: float | None) -> None:
    """The one document of an answer. ``now`` None: no cluster was asked, and this machine's time is meant."""
    if now is None:
        from tui.model.clock import SystemClock

        now = SystemClock().now()
    write(formats.json_text(document_of(kind, items, sources, now)))
