"""The app: it wires settings, session, screens and actions together, and holds no logic of its own."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen

from config.errors import SettingsError
from config.settings import Settings
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.screens import commands, options
from tui.screens.base import DeckScreen
from tui.screens.deck import DeckApp
from tui.screens.launch_request import LaunchRequest
from tui.screens.nodes import NodesScreen
from tui.screens.palette import ActionProvider, NameProvider
from tui.screens.themes import textual_themes

if TYPE_CHECKING:
    from tui.session import Feed, Session

Opener = Callable[[], "Feed"]


# Only the first screen is imported before the first picture; the others when they are first asked for.
def _workloads() -> DeckScreen:
    from tui.screens.workloads import WorkloadsScreen

    return WorkloadsScreen()


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


def _runs() -> DeckScreen:
    from tui.screens.runs import RunsScreen

    return RunsScreen()


class Arrived(Message):
    """Something new lies in the mailbox. Many of them are as good as one."""

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Arrived)


class NimdeckApp(options.Options, DeckApp):
    """nimdeck on one cluster, or on a recording of one."""

    TITLE = "nimdeck"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    # With priority: a dialog or an input line must not keep it to itself.
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "interrupt", show=False, priority=True)]
    COMMANDS: ClassVar = {ActionProvider, NameProvider}
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "nodes": NodesScreen,
        "workloads": _workloads,
        "launch": _launch,
        "bench": _bench,
        "runs": _runs,
        "events": _events,
        "projects": _projects,
    }
    CSS = """
    #trouble { height: 1; width: 1fr; background: $warning-muted; color: $text-warning; display: none; }
    ToastRack { margin-bottom: 1; }
    """

    def __init__(self, open_feed: Opener, settings: Settings, title: str = "") -> None:
        super().__init__(settings)
        self._open_feed = open_feed
        self._last_mode = "nodes"
        self.opening = f"starting {title}" if title else self.opening
        for theme in textual_themes():
            self.register_theme(theme)
        self.apply_settings(settings)

    def on_mount(self) -> None:
        screen = self.settings.screen.startup_screen
        self.switch_mode(screen if screen in self.MODES else "nodes")
        if not self.is_headless:
            # A session that is closed, or a kill, must leave the terminal as it was.
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self.exit, 128 + number)
        # Everything that is slow to import or to answer comes after the first picture.
        self.call_after_refresh(self.connect)

    @work(thread=True, exclusive=True, group="connect", exit_on_error=False)
    def connect(self) -> None:
        """Open the feed on a thread: it may wait for an embedded cluster, or import the Kubernetes client."""
        try:
            feed = self._open_feed()
        except (SettingsError, OSError, ValueError) as error:
            self.call_from_thread(self._failed, str(error))
            return
        if self._exit:
            feed.stop()
            return
        self.call_from_thread(self._connected, feed)

    def _failed(self, reason: str) -> None:
        self.failure = reason
        self.deck_screen.redraw()

    def _connected(self, feed: "Feed") -> None:
        self.feed, self.settings, self.failure = feed, feed.settings, ""
        self.apply_settings(feed.settings)
        feed.set_interval(self.refresh_seconds)
        feed.on_change(self._published)
        feed.start()
        self.deck_screen.redraw()

    def _published(self, snapshot: Snapshot, diff: SnapshotDiff) -> None:
        """On the store's thread."""
        if self.mailbox.put(snapshot, diff):
            self.post_message(Arrived())
        self.keep(snapshot, diff)

    def on_arrived(self) -> None:
        if isinstance(self.screen, DeckScreen):
            self.screen.arrived()

    def leave_feed(self) -> None:
        """Stop watching; the picture goes with it."""
        if self.feed is not None:
            self.stop_recording()
            if self.launch is not None:
                self.launch.stop()  # nobody looks any longer; the launch itself goes on
                self.launch = None
            self.feed.stop()
            self.feed = None
            self.mailbox.take()

    def reopen(self, open_feed: Opener) -> None:
        """Leave this cluster and go to another."""
        self.leave_feed()
        self._open_feed = open_feed
        self.deck_screen.redraw()
        self.connect()

    def on_unmount(self) -> None:
        self.leave_feed()

    # -- doors to the one table of actions -------------------------------------------------------------------------

    async def run_command(self, text: str) -> str:
        return await commands.run_command(self, text)

    def complete(self, prompt: str, text: str) -> Sequence[str]:
        return commands.completions(self.snapshot, text) if prompt == ":" else ()

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

    def do_screen_events(self) -> None:
        self.go("events")

    def do_screen_projects(self) -> None:
        self.go("projects")

    def do_launch_storage(self) -> None:
        from tui.screens.storage_form import StorageForm

        self.push_screen(StorageForm())

    def do_launch_secret(self) -> None:
        from tui.screens.secret_form import SecretForm

        self.push_screen(SecretForm())

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

    def action_interrupt(self) -> None:
        """Ctrl-C copies text that is selected; else it leaves at once, as every program does."""
        if self.screen.get_selected_text() is None:
            self.exit(130)  # as the headless commands do
        else:
            self.screen.action_copy_text()


def run_app(settings_source: Callable[[], Settings], settings: Settings, title: str = "") -> int:
    """Run the app; its exit code. ``settings_source`` may wait: it is called on a thread after the first picture,
    which is drawn as ``settings`` say."""

    def open_session() -> "Session":
        from tui.session import Session  # with the sources and the store behind it: after the first picture

        return Session(settings_source())

    return NimdeckApp(open_session, settings, title).run() or 0


def run_replay(path: Path, settings: Settings) -> int:
    """Play a recording in the app; its exit code."""
    from tui.replay_feed import ReplayFeed

    return NimdeckApp(lambda: ReplayFeed(path, settings), settings, path.name).run() or 0
