"""A scale test on the screen: while it goes on, or looked back upon; map, curves and figures of one moment."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from tui.actions import Scope
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.plans.plan_run import PlanThread
from tui.plans.values import PlanRun
from tui.present.scale_test import scale_view
from tui.present.scale_test_moment import ScalePicture, step_cell, step_frame
from tui.screens.base import DeckScreen
from tui.screens.keys import bindings, key_label
from tui.screens.scale_test_board import ScaleBoard
from widgets.plot import load as load_charts
from widgets.rows import FooterKey, HelpEntry

_PAUSE = "app.pause"
_BEAT_SECONDS = 1.0


class ScaleViewScreen(DeckScreen):
    """A plan read from its folder; ``ScaleLiveScreen`` gives it a plan under way."""

    DEFAULT_CSS = """
    ScaleViewScreen.-presenter BigFigures { display: block; }
    ScaleViewScreen.-presenter ScaleBoard #foot { display: none; }
    ScaleViewScreen.-presenter ScaleBoard #cells { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.SCALE_VIEW)
    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.EVERYWHERE, Scope.SCALE_VIEW)
    AUTO_FOCUS = ""
    NAME = "Scale"

    def __init__(self, run: PlanRun) -> None:
        super().__init__()
        self._run = run
        self._at: float | None = None
        self._fitting = False

    def body(self) -> Iterable[Widget]:
        yield ScaleBoard()

    def begin(self) -> None:
        self.run_worker(load_charts, thread=True, group="charts")

    def picture(self) -> ScalePicture:
        return ScalePicture(self._run)

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        """The cluster's own ticks draw nothing here."""
        if diff is None:
            self.show()

    def show(self) -> None:
        board = self.query_one(ScaleBoard)
        lines = board.map_lines
        board.show(scale_view(self.picture(), self._at, lines, public=self.deck.presenting))
        self.call_after_refresh(self._fit, lines)

    def _fit(self, lines: int) -> None:
        """Legend and words take the lines that they need; the map has what they leave."""
        board = self.query_one(ScaleBoard)
        if board.map_lines != lines and self.is_attached and not self._fitting:
            self._fitting = True  # once: what follows from it is not followed again
            self.show()
            self._fitting = False

    def on_resize(self) -> None:
        """Rows of the map are made for the lines there are."""
        self.call_after_refresh(self.show)

    # -- the cursor ------------------------------------------------------------------------------------------------

    def do_scale_back(self) -> None:
        self._go(step_cell(self.picture().run, self._at, -1))

    def do_scale_on(self) -> None:
        self._go(step_cell(self.picture().run, self._at, 1))

    def do_scale_frame_back(self) -> None:
        self._go(step_frame(self.picture().run, self._at, -1))

    def do_scale_frame_on(self) -> None:
        self._go(step_frame(self.picture().run, self._at, 1))

    def do_scale_first(self) -> None:
        frames = self.picture().run.frames
        self._go(frames[0].seconds if frames else None)

    def do_scale_now(self) -> None:
        self._go(None)

    def _go(self, at: float | None) -> None:
        self._at = at
        self.show()

    def do_scale_part(self) -> None:
        self.query_one(ScaleBoard).next_part()
        self.call_after_refresh(self.show)

    def do_scale_export(self) -> None:
        """On a thread: the report reads the folder."""
        self.run_worker(self._export, thread=True, exclusive=True, group="report", exit_on_error=False)

    def _export(self) -> None:
        from tui.screens.scale_test_export import export_plan

        said = export_plan(Path(self.picture().run.folder), self.deck.wall_seconds())
        self.app.call_from_thread(self.notify, said, timeout=6)

    def do_app_back(self) -> None:
        if self._at is not None:
            self._go(None)
        else:
            self.leave()

    def leave(self) -> None:
        self.app.pop_screen()


class ScaleLiveScreen(ScaleViewScreen):
    """Left by escape, the plan goes on; the header says so."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.SCALE)
    SCOPES = (*ScaleViewScreen.SCOPES, Scope.SCALE)

    def __init__(self, job: PlanThread, leave: Callable[[], None]) -> None:
        super().__init__(job.state().run)
        self.plan_thread = job
        self._leave = leave
        self._shown: tuple[object, ...] = ()
        self._was_running = True

    def begin(self) -> None:
        super().begin()
        self.set_interval(_BEAT_SECONDS, self.beat)

    def picture(self) -> ScalePicture:
        state, controls = self.plan_thread.state(), self.plan_thread.controls
        return ScalePicture(state.run, state.progress, controls.paused, controls.interrupts, state.problem)

    def beat(self) -> None:
        """Draw what is new; a look back is not disturbed by it, but by its end."""
        if not self.is_current or self.plan_thread.version == self._shown:
            return
        self._shown = self.plan_thread.version
        self.show()
        if self._was_running and not self.plan_thread.running:
            self._was_running = False
            self.redraw()
            where = "" if self.deck.presenting else f"; everything is in {self.plan_thread.job.folder}"
            self.notify(f"The scale test has ended{where}", timeout=6)

    def footer_keys(self) -> tuple[FooterKey, ...]:
        pause = key_label(self.deck.keys_of(_PAUSE)[0])
        return (*super().footer_keys(), FooterKey(pause, "pause", _PAUSE, side="right"))

    def _help_entry(self, action_id: str) -> HelpEntry:
        entry = super()._help_entry(action_id)
        if action_id != _PAUSE:
            return entry
        return replace(entry, title="Pause the load", text="Send nothing new, or go on")

    def do_app_pause(self) -> None:
        if self._can():
            self.plan_thread.controls.paused = not self.plan_thread.controls.paused
            self.beat()

    def do_scale_stop(self) -> None:
        """Once: what is in flight is finished. Twice: now."""
        if not self._can():
            return
        self.plan_thread.controls.paused = False
        self.plan_thread.controls.interrupt()
        first = self.plan_thread.controls.interrupts == 1
        self.notify("Stopping, then everything is put back; S again stops at once" if first else "Stopping at once",
                    timeout=4)  # fmt: skip
        self.beat()

    def _can(self) -> bool:
        if not self.plan_thread.running:
            self.notify("The scale test has ended; esc leads to the form", timeout=3)
        return self.plan_thread.running

    def leave(self) -> None:
        if self.plan_thread.running:
            self._leave()
        else:
            self.app.pop_screen()
