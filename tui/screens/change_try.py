"""What a review asks for, and how one change is tried and made through the writer. It blocks: for a thread."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui.launch.kinds import CannotChange
from tui.launch.projects import NotThere
from tui.model.manifest import Change
from tui.present.changes import Step, StepState
from tui.sources.kubernetes.errors import KubeError
from tui.sources.runai.fault import RunaiError
from tui.sources.writing import NoAnswer, WriteError, Writer

Plan = Callable[[], Sequence[Step]]
Follow = Callable[[threading.Event], tuple[str, ...]]
PLAN_ERRORS = (KubeError, RunaiError, WriteError, CannotChange, NotThere, ValueError, OSError)
_NO_DRY_RUN = "does not support dry run"  # what the API server says of some webhooks


@dataclass(frozen=True, slots=True)
class Review:
    """What is to be reviewed. ``plan`` runs in a thread, reads what is there and gives the steps; it may raise.

    ``typed`` is what must be typed before it is done (``""``: nothing). ``chained``: each change leans on the one
    before, so the first failure ends it. ``follow`` runs in the thread once all is done, while ``awaited`` is shown,
    and gives lines to show; it must end soon after its event is set.
    """

    title: str
    plan: Plan
    typed: str = ""
    chained: bool = False
    follow: Follow | None = None
    awaited: str = ""


def tried(writer: Writer, change: Change) -> tuple[StepState, str]:
    """What the server says of it beforehand."""
    try:
        writer.write(change, dry_run=True)
    except WriteError as error:
        if _NO_DRY_RUN in str(error):
            return "untried", "not tried beforehand: a webhook knows no dry run"
        return "refused", _words(error, change)
    if change.verb == "request":
        return "untried", "not tried beforehand: the control plane has no dry run"
    return "ready", ""


def done(writer: Writer, change: Change) -> tuple[StepState, str]:
    """Make it: how it ended, and why it did not."""
    try:
        writer.write(change)
    except NoAnswer as error:
        state: StepState = {True: "done", False: "failed", None: "unknown"}[error.is_done]  # type: ignore[assignment]
        return state, _words(error, change)
    except WriteError as error:
        return "failed", _words(error, change)
    return "done", ""


def _words(error: WriteError, change: Change) -> str:
    """The line without the change's own title, and with the right that is missing."""
    words = str(error).removeprefix(f"{change.title}: ")
    right = getattr(error, "right", "")
    return f"{words} (missing: {right})" if right and right not in words else words
