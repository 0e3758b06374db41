"""A benchmark while it runs: its board, drawn twice as often as the cluster, and what can be done to it."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from textual.binding import BindingType

from tui.actions import Scope
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.plans.run import BenchRun
from tui.present.bench import BoardView, board, picture_of_live
from tui.screens.bench_charts_screen import ChartsScreen
from tui.screens.bench_export import export_folder
from tui.screens.keys import bindings, key_label
from widgets.rows import FooterKey, HelpEntry

_EXTEND_SECONDS = 30.0
_IDLE_SECONDS = 2.0  # a picture that shows seconds moves on, even where the engine says nothing
_PAUSE = "app.pause"


class BenchLiveScreen(ChartsScreen):
    """Opened by the set-up form. Left by escape, the run goes on; the header says so."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.BENCH)
    SCOPES = (*ChartsScreen.SCOPES, Scope.BENCH)
    NAME = "Bench"

    def __init__(self, run: BenchRun, title: str, leave: Callable[[], None]) -> None:
        super().__init__()
        self.run = run
        self.run_title = title
        self._leave = leave
        self._was_running = True
        self._shown: tuple[object, ...] = ()
        self._shown_at = 0.0

    def begin(self) -> None:
        self.set_interval(self.deck.refresh_seconds / 2.0, self._beat)

    def board_view(self) -> BoardView:
        return board(picture_of_live(self.run, self.run_title), self.view, public=self.deck.presenting)

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        """What the cluster does alone draws no board: its figures come with the engine's next second."""
        if diff is None or self._has_news():
            self._shown, self._shown_at = self._mark(), time.monotonic()
            super().draw(snapshot, diff)

    def _mark(self) -> tuple[object, ...]:
        """Another one whenever there is something to draw. The engine tells its figures once a second."""
        progress, controls = self.run.latest(), self.run.controls
        where = (progress.phase, progress.point, len(progress.finished), id(progress.partial))
        return (*where, controls.paused, controls.interrupts, self.run.running)

    def _has_news(self) -> bool:
        return self._mark() != self._shown or time.monotonic() - self._shown_at >= _IDLE_SECONDS

    def _beat(self) -> None:
        if not self.is_current:
            return
        if self.run.running:
            if self._has_news():  # the board alone: head and key bar have the screen's own clock
                self.draw(self.deck.snapshot, None)
        elif self._was_running:
            self._was_running = False
            self.redraw()
            self.notify(f"Finished; everything is in {self.run.folder}" if self._has_folder() else "Ended", timeout=6)

    def _has_folder(self) -> bool:
        return bool(self.run.latest().finished) and not self.deck.presenting

    def footer_keys(self) -> tuple[FooterKey, ...]:
        """The key that holds a picture holds the load here, so it is worth a word."""
        pause = key_label(self.deck.keys_of(_PAUSE)[0])
        return (*super().footer_keys(), FooterKey(pause, "pause", _PAUSE, side="right"))

    def _help_entry(self, action_id: str) -> HelpEntry:
        entry = super()._help_entry(action_id)
        return (
            replace(entry, title="Pause the load", text="Send nothing new, or go on") if action_id == _PAUSE else entry
        )

    # -- what can be done to it ------------------------------------------------------------------------------------

    def do_app_pause(self) -> None:
        if self._can():
            self.run.controls.paused = not self.run.controls.paused
            self.redraw()

    def do_bench_skip(self) -> None:
        if self._can():
            self.run.controls.skip()
            self.notify("This point ends with what it has", timeout=3)

    def do_bench_extend(self) -> None:
        if self._can():
            self.run.controls.extend(_EXTEND_SECONDS)
            self.notify(f"This point may last {self.run.controls.extra_seconds:g} s longer", timeout=3)

    def do_bench_stop(self) -> None:
        """Once: what is in flight is finished. Twice: now."""
        if not self._can():
            return
        self.run.controls.paused = False
        self.run.stop()
        first = self.run.controls.interrupts == 1
        self.notify("Stopping; S again stops at once" if first else "Stopping at once", timeout=3)
        self.redraw()

    def do_charts_export(self) -> None:
        self.notify(export_folder(self.run.folder, self.deck.wall_seconds()), timeout=6)

    def do_app_back(self) -> None:
        """Leave it running; a run that has ended makes room for the form."""
        if self.run.running:
            self._leave()
        else:
            self.app.pop_screen()

    def _can(self) -> bool:
        if not self.run.running:
            self.notify("The run has ended; esc leads to the form", timeout=3)
        return self.run.running
