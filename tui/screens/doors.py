"""The doors between the screens: which there are, how one goes through them, and what opens above them."""

from collections.abc import Callable
from typing import Any, ClassVar

from textual.screen import Screen

from config.settings import Settings
from tui.screens.base import DeckScreen
from tui.screens.deck import DeckApp
from tui.screens.launch_request import LaunchRequest
from tui.screens.nodes import NodesScreen


# Only the first screen is imported before the first picture; the others when they are first asked for.
def _workloads() -> DeckScreen:
    from tui.screens.workloads import WorkloadsScreen

    return WorkloadsScreen()


def _pending() -> DeckScreen:
    from tui.screens.pending import PendingScreen

    return PendingScreen()


def _events() -> DeckScreen:
    from tui.screens.events import EventsScreen

    return EventsScreen()


def _bench() -> DeckScreen:
    from tui.screens.bench import BenchScreen

    return BenchScreen()


def _launch() -> DeckScreen:
    from tui.screens.launch import LaunchScreen

    return LaunchScreen()


def _projects() -> DeckScreen:
    from tui.screens.projects import ProjectsScreen

    return ProjectsScreen()


def _waste() -> DeckScreen:
    from tui.screens.waste import WasteScreen

    return WasteScreen()


def _preflight() -> DeckScreen:
    from tui.screens.preflight import PreflightScreen

    return PreflightScreen()


def _runs() -> DeckScreen:
    from tui.screens.runs import RunsScreen

    return RunsScreen()


def _scale_test() -> DeckScreen:
    from tui.screens.scale_test import ScaleTestScreen

    return ScaleTestScreen()


class Doors(DeckApp):
    """Answers the actions ``screen.*`` and their like. Mixed into the app."""

    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "nodes": NodesScreen,
        "workloads": _workloads,
        "pending": _pending,
        "launch": _launch,
        "bench": _bench,
        "runs": _runs,
        "events": _events,
        "projects": _projects,
        "waste": _waste,
        "preflight": _preflight,
        "scale": _scale_test,
    }

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._last_mode = "nodes"

    def go(self, mode: str) -> None:
        """Show another of the main screens; again on the same one leaves its details."""
        if mode == self.current_mode:
            while len(self.screen_stack) > 1:
                self.pop_screen()
            return
        self._last_mode = self.current_mode
        self.switch_mode(mode)
        if mode == "launch" and self.launch_request is not None:
            self.call_later(self._to_form)

    def _to_form(self) -> None:
        """Down to the form, which takes the request, from whatever was left open above it."""
        while self.launch_request is not None and self.current_mode == "launch" and len(self.screen_stack) > 1:
            self.pop_screen()

    def do_screen_nodes(self) -> None:
        self.go("nodes")

    def do_screen_workloads(self) -> None:
        self.go("workloads")

    def do_screen_pending(self) -> None:
        self.go("pending")

    def do_screen_launch(self, *words: str) -> None:
        if words:
            self.do_workload_launch(*words)
        else:
            self.go("launch")

    def do_workload_launch(self, *words: str) -> None:
        self.launch_request = LaunchRequest(words=" ".join(words))
        self.go("launch")

    def do_screen_bench(self) -> None:
        self.go("bench")

    def do_screen_runs(self) -> None:
        self.go("runs")

    def do_runs_size(self) -> None:
        """``:size`` from any other screen: from the guide, or a folder to be named."""
        from tui.screens.size import SizeScreen

        self.push_screen(SizeScreen())

    def do_screen_events(self) -> None:
        self.go("events")

    def do_screen_projects(self) -> None:
        self.go("projects")

    def do_screen_waste(self) -> None:
        self.go("waste")

    def do_screen_preflight(self) -> None:
        self.go("preflight")

    def do_screen_scale(self) -> None:
        self.go("scale")

    def do_launch_storage(self) -> None:
        from tui.screens.storage_form import StorageForm

        self.push_screen(StorageForm())

    def do_launch_secret(self, kind: str = "ngc") -> str:
        from tui.screens.secret_form import KINDS, SecretForm

        if kind not in dict(KINDS):
            return f"there is no Secret {kind!r} to make: {' or '.join(dict(KINDS))}"
        self.push_screen(SecretForm(kind))
        return ""

    def do_app_last(self) -> None:
        self.go(self._last_mode)

    def do_app_help(self) -> None:
        from tui.screens.help_screen import HelpScreen

        screen = self.deck_screen
        self.push_screen(HelpScreen(f"{screen.title_text()}: keys", screen.help_sections()))

    def do_app_palette(self) -> None:
        self.action_command_palette()

    def do_app_quit(self) -> None:
        self.exit(0)
