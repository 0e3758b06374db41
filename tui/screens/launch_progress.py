"""A launch under way, step by step until it serves; and what can be done with it then, or to undo it."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from tui.actions import Scope
from tui.launch.apply import roll_back
from tui.model.json_value import JsonObject
from tui.model.manifest import Change
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.model.workload import Workload
from tui.present.launch_fit import Line
from tui.present.launch_progress import change_lines, ending_lines, progress_lines
from tui.screens.base import DeckScreen
from tui.screens.changes import open_expose, open_probe
from tui.screens.keys import bindings, key_label
from tui.screens.launch_run import LaunchRun
from tui.screens.lines import Lines
from widgets.rows import LIVE, Cell, PanelState, Tone

_BEAT_SECONDS = 0.5
_BLANK: Line = (Cell(" "),)


class LaunchProgressScreen(DeckScreen):
    """Left by escape, the launch goes on; the header says so."""

    DEFAULT_CSS = """
    LaunchProgressScreen #page { height: 1fr; padding: 1 1 0 1; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LAUNCH)
    SCOPES = (Scope.EVERYWHERE, Scope.LAUNCH)
    AUTO_FOCUS = "#page"
    NAME = "Launch"

    def __init__(self, run: LaunchRun) -> None:
        super().__init__()
        self.run = run

    def title_text(self) -> str:
        return f"Launch {self.run.key.name}"

    def state(self, snapshot: Snapshot) -> PanelState:
        return LIVE

    def body(self) -> Iterable[Widget]:
        yield VerticalScroll(Lines(id="steps"), id="page", can_focus=True)

    def begin(self) -> None:
        self.set_interval(_BEAT_SECONDS, self._beat)

    def _beat(self) -> None:
        """Only what differs is drawn."""
        if self.is_current:
            self._show()

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        self._show()

    def _show(self) -> None:
        look = self.run.look()
        lines = change_lines(look.applied, look.pending)
        if look.watched is not None:
            seen, now = look.watched.progress, self.deck.now()
            workload = self._workload()
            lines += [_BLANK, *progress_lines(seen, now)]
            ending = ending_lines(seen, workload.endpoint if workload is not None else None)
            lines += [_BLANK, *ending] if ending else []
        lines += [_BLANK, self._next()]
        self.query_one("#steps", Lines).set_lines(lines)

    def _next(self) -> Line:
        """What to press now."""
        outcome = self.run.look().outcome
        keys = {
            "ready": ("launch.probe", "launch.expose", "launch.bench"),
            "blocked": ("launch.roll_back",),
            "failed": ("launch.roll_back",) if self._made() else (),
        }.get(outcome, ())
        words = {
            "launch.probe": "asks it",
            "launch.expose": "gives it an address outside",
            "launch.bench": "measures it",
            "launch.roll_back": "takes back what was created",
        }
        told = [Cell(f"{key_label(self.deck.keys_of(one)[0])} {words[one]}", Tone.ACCENT) for one in keys]
        return (*told, Cell("esc leaves; it goes on", Tone.DIM)) if self.run.is_going else (*told, Cell("esc leaves"))

    def _workload(self) -> Workload | None:
        return self.deck.snapshot.workloads.get(self.run.key)

    def _made(self) -> tuple[Change, ...]:
        """The deletions that would undo it, the last first."""

        def only_plan(change: Change, dry_run: bool = False) -> JsonObject:
            return {}

        return tuple(one.change for one in roll_back(self.run.look().applied, only_plan))

    def focus_body(self) -> None:
        self.query_one("#page").focus()

    # -- actions ---------------------------------------------------------------------------------------------------

    def do_app_back(self) -> None:
        """While it goes on this stays what screen 4 shows; after that the form does."""
        if not self.run.is_going:
            self.app.pop_screen()
        self.app.run_worker(self.deck.perform("app.last"))

    def do_launch_probe(self) -> str:
        workload = self._workload()
        if workload is None:
            return f"{self.run.key} is not there yet"
        open_probe(self, workload)
        return ""

    def do_launch_expose(self) -> str:
        workload = self._workload()
        if workload is None:
            return f"{self.run.key} is not there yet"
        open_expose(self, workload)
        return ""

    def do_launch_bench(self) -> None:
        self.deck.bench_subject = self.run.key
        self.deck.go("bench")

    def do_launch_roll_back(self) -> str:
        """Review the deletion of what this launch created; objects that were there before stay."""
        from tui.present.changes import Step
        from tui.screens.change_review import ChangeReview, Review

        undo = self._made()
        if not undo:
            return "this launch has created nothing"
        title = f"Roll back {self.run.key.name}"
        self.app.push_screen(ChangeReview(Review(title, lambda: [Step(one.title, one) for one in undo])))
        return ""
