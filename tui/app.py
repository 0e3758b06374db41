"""The app: it wires settings, session, screens and actions together, and holds no logic of its own."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.message import Message

from config.errors import SettingsError
from config.settings import Settings
from tui.model.circumstances import Circumstances
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.screens import alerts, commands, doors, options
from tui.screens.alert_book import AlertBook
from tui.screens.base import DeckScreen
from tui.screens.deck import DeckApp
from tui.screens.palette import ActionProvider, NameProvider
from tui.screens.themes import textual_themes

if TYPE_CHECKING:
    from tui.session import Feed, Session

Opener = Callable[[], "Feed"]
_LAST_SECONDS = 10.0  # after a signal to leave; stopping the sources takes two at the most


class Arrived(Message):
    """Something new lies in the mailbox. Many of them are as good as one."""

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Arrived)


class NimdeckApp(options.Options, doors.Doors, alerts.Lookout, DeckApp):
    """nimdeck on one cluster, or on a recording of one."""

    TITLE = "nimdeck"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    # With priority: a dialog or an input line must not keep it to itself.
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "interrupt", show=False, priority=True)]
    COMMANDS: ClassVar = {ActionProvider, NameProvider}
    CSS = """
    #trouble { height: 1; width: 1fr; background: $warning-muted; color: $text-warning; display: none; }
    #alert { height: 1; width: 1fr; background: $error-muted; color: $text-error; display: none; }
    ToastRack { margin-bottom: 1; }
    """

    def __init__(self, open_feed: Opener, settings: Settings, title: str = "") -> None:
        super().__init__(settings)
        self._open_feed = open_feed
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
                asyncio.get_running_loop().add_signal_handler(number, self._told_to_leave, 128 + number)
        # Everything that is slow to import or to answer comes after the first picture.
        self.call_after_refresh(self.connect)

    def _told_to_leave(self, code: int) -> None:
        """Leave in good order; but a terminal that is gone may keep the driver from its end, and then it is forced."""
        self.exit(code)
        last = threading.Timer(_LAST_SECONDS, os._exit, (code,))
        last.daemon = True
        last.start()

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
        self.alerts = AlertBook(feed.settings.alerts)
        feed.set_interval(self.refresh_seconds)
        feed.on_change(self._published)
        feed.on_circumstances(self._explained)  # while somebody listens, what waits is asked about
        feed.start()
        self.deck_screen.redraw()

    def _published(self, snapshot: Snapshot, diff: SnapshotDiff) -> None:
        """On the store's thread."""
        if self.mailbox.put(snapshot, diff):
            self.post_message(Arrived())
        self.keep(snapshot, diff)

    def _explained(self, circumstances: Circumstances) -> None:
        """On the investigator's thread. The screen takes them with its next tick."""
        self.post_message(Arrived())

    def thought(self) -> None:
        self.post_message(Arrived())

    def on_arrived(self) -> None:
        top = self.screen_on_top
        if isinstance(top, DeckScreen):
            top.arrived()

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
        self.thinker.close()
        self.leave_feed()

    # -- doors to the one table of actions -------------------------------------------------------------------------

    async def run_command(self, text: str) -> str:
        return await commands.run_command(self, text)

    def complete(self, prompt: str, text: str) -> Sequence[str]:
        return commands.completions(self.snapshot, text) if prompt == ":" else ()

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
