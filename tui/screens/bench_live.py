"""A benchmark while it runs: its board, drawn twice as often as the cluster, and what can be done to it."""

from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType

from tui.actions import Action, Scope
from tui.plans.run import BenchRun
from tui.present.bench import BoardView, board, picture_of_live
from tui.screens.bench_charts_screen import ChartsScreen
from tui.screens.bench_export import export_folder
from tui.screens.keys import bindings

_EXTEND_SECONDS = 30.0
_OWN_KEYS = "app.pause"  # the key that holds a picture holds the load here


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

    def begin(self) -> None:
        self.set_interval(self.deck.refresh_seconds / 2.0, self._beat)

    def board_view(self) -> BoardView:
        return board(picture_of_live(self.run, self.run_title), self.view, public=self.deck.presenting)

    def _beat(self) -> None:
        if not self.is_current:
            return
        if self.run.running:
            self.redraw()
        elif self._was_running:
            self._was_running = False
            self.redraw()
            self.notify(f"Finished; everything is in {self.run.folder}" if self._has_folder() else "Ended", timeout=6)

    def _has_folder(self) -> bool:
        return bool(self.run.latest().finished) and not self.deck.presenting

    def offered(self, *scopes: Scope) -> tuple[Action, ...]:
        return tuple(action for action in super().offered(*scopes) if action.id not in _OWN_KEYS)

    # -- what can be done to it ------------------------------------------------------------------------------------

    def do_bench_pause(self) -> None:
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
