"""What a screen may ask of the app: the cluster it watches, the time, the workloads' letters, one way to do things.

``tui.app`` derives the app from it and only wires; screens know this class and nothing above them.
"""

import time
from collections.abc import Callable, Sequence
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, cast

from textual.app import App

from tui.actions import BY_ID, Scope
from tui.model.snapshot import ClusterInfo, Snapshot
from tui.present.header import count_badge
from tui.present.letters import LetterBook
from tui.screens.alert_book import AlertBook
from tui.screens.mailbox import Mailbox
from tui.screens.thinker import Thinker
from tui.screens.waiting_book import WaitingBook

if TYPE_CHECKING:
    from textual.screen import Screen

    from config.settings import Settings
    from tui.model.circumstances import Circumstances
    from tui.model.ids import WorkloadKey
    from tui.plans.plan_run import PlanThread
    from tui.plans.run import BenchRun
    from tui.screens.base import DeckScreen
    from tui.screens.launch_request import LaunchRequest
    from tui.screens.launch_run import LaunchRun
    from tui.screens.presenter import Presenter
    from tui.session import Feed

SLICE_COLOURS = 16
RATES_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class DeckApp(App[int]):
    """The state that all screens share. It draws nothing."""

    def __init__(self, settings: "Settings") -> None:
        super().__init__()
        self.feed: Feed | None = None
        self.settings = settings
        self.mailbox = Mailbox()
        self.letters = LetterBook(SLICE_COLOURS)
        self.thinker = Thinker(self.thought)
        self.waiting = WaitingBook(self.thinker)
        self.alerts = AlertBook(settings.alerts)
        self.refresh_seconds = 1.0
        self.opening = "looking for the cluster"  # what is being waited for before there is a feed
        self.failure = ""  # why there is no feed, with the mend
        self.recording = ""  # the file being written
        self.presenter: Presenter | None = None  # while the view is large
        self.bench: BenchRun | None = None  # the benchmark started last
        self.bench_title = ""
        self.bench_subject: WorkloadKey | None = None  # the workload that the form is to be filled in for
        self.scale_job: PlanThread | None = None  # the scale test started last
        self.launch: LaunchRun | None = None  # the launch made last
        self.launch_request: LaunchRequest | None = None  # what the form of Launch is to be filled in with
        self._empty = Snapshot(0.0, 0, ClusterInfo())

    @property
    def snapshot(self) -> Snapshot:
        """What is true now; empty before the first answer."""
        return self._empty if self.feed is None else self.feed.store.snapshot

    @property
    def circumstances(self) -> "Circumstances | None":
        """What was read last beside the snapshot about what waits; ``None`` before that, and in a recording."""
        return None if self.feed is None else self.feed.latest_circumstances

    def renew_waiting(self) -> bool:
        """Find out anew what waits, where that is due; True with a new answer."""
        return self.waiting.renew(self.snapshot, self.circumstances, self.now())

    @property
    def waiting_badge(self) -> str:
        """How many wait, for the key bar; for every eye nothing."""
        return "" if self.presenting else count_badge(self.waiting.count(self.project, self.namespaces))

    @property
    def project(self) -> str | None:
        """The project that everything is narrowed to, if one is set."""
        return self.settings.project

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces that lists are narrowed to; empty for all."""
        return self.settings.kubernetes.namespaces

    def now(self) -> float:
        """The time of the picture in Unix seconds: the clock's, or the frozen picture's own."""
        return self.wall_seconds() if self.feed is None else self.feed.now()

    def wall_seconds(self) -> float:
        """This machine's time, for what has to do with the screen and not with the cluster."""
        return time.time()

    @property
    def presenting(self) -> bool:
        """The view is large and shows nothing that is not for every eye."""
        return self.presenter is not None

    @property
    def flags(self) -> tuple[str, ...]:
        """Words that must be seen in the header."""
        feed = self.feed
        said = {
            "PAUSED": feed is not None and feed.player is None and feed.store.paused,
            "READ-ONLY": self.settings.read_only,
            "REC": bool(self.recording),
        }
        flags = [word for word, on in said.items() if on]
        if self.bench is not None and self.bench.label():
            flags.append(self.bench.label())
        if self.scale_job is not None and (label := self.scale_job.label()):
            flags.append(label)
        if self.launch is not None and self.launch.label and getattr(self.deck_screen, "run", None) is not self.launch:
            flags.append(self.launch.label)
        if self.presenter is not None:
            flags.append(self.presenter.label())
        return tuple(flags if feed is None or feed.player is None else [feed.player.label(), *flags])

    def scopes_of(self, scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
        """``scopes`` and, in a recording, those of the player."""
        replaying = self.feed is not None and self.feed.player is not None
        return (*scopes, Scope.REPLAY) if replaying else scopes

    def keys_of(self, action_id: str) -> tuple[str, ...]:
        """The keys that start an action, the user's own where the settings name some."""
        own = self.settings.keys
        if action_id in own:
            return tuple(key.strip() for key in own[action_id].split(",") if key.strip())
        return BY_ID[action_id].keys

    def offers(self, action_id: str) -> bool:
        """Whether the screen on top or the app answers an action: what is not answered is not offered."""
        method = _method(action_id)
        return any(hasattr(target, method) for target in (self.deck_screen, self))

    async def perform(self, action_id: str, *arguments: str) -> str:
        """Do an action: the screen on top answers first, then the app. The result is what is wrong, or ``""``.

        Read-only, what would change the cluster is refused here, so that no screen has to remember it.
        """
        if refusal := self.refusal(action_id):
            return refusal
        method = _method(action_id)
        for target in (self.screen, self):
            handler = getattr(target, method, None)
            if handler is None:
                continue
            try:
                result = handler(*arguments)
            except TypeError:
                if not arguments:
                    raise
                return f"{BY_ID[action_id].title} takes no {' '.join(arguments)!r}"
            said = await result if isawaitable(result) else result
            return said if isinstance(said, str) else ""
        return f"{BY_ID[action_id].title}: not on this screen"

    def refusal(self, action_id: str) -> str:
        """Why an action is not begun while nimdeck runs read-only; ``""`` where it may be."""
        if BY_ID[action_id].mutates and self.settings.read_only:
            return f"{BY_ID[action_id].title}: nimdeck runs read-only: nothing is changed; start it without --read-only"
        return ""

    async def act(self, action_id: str) -> None:
        """Do an action for a key or a click, and say what is wrong with it where there is no line to say it under."""
        problem = await self.perform(action_id)
        if problem:
            self.notify(problem, severity="warning", timeout=6)

    @property
    def deck_screen(self) -> "DeckScreen":
        """The full screen on top, below any dialog."""
        from tui.screens.base import DeckScreen

        return next(screen for screen in reversed(self.screen_stack) if isinstance(screen, DeckScreen))

    @property
    def screen_on_top(self) -> "Screen[Any] | None":
        """The screen or dialog on top; ``None`` while the app ends, when its screens are closed before its feed is."""
        return self.screen_stack[-1] if self.screen_stack else None

    # -- what the app adds -----------------------------------------------------------------------------------------

    def thought(self) -> None:
        """On the thinker's thread: an answer can be taken."""
        raise NotImplementedError

    async def run_command(self, text: str) -> str:
        """Do what the ``:`` line says; the result is what is wrong with it, or ``""``."""
        raise NotImplementedError

    def complete(self, prompt: str, text: str) -> Sequence[str]:
        """What could stand where ``text`` was begun."""
        raise NotImplementedError

    def toggle_pause(self) -> None:
        """Hold the picture still, or let it go on."""
        raise NotImplementedError

    def go(self, mode: str) -> None:
        """Show another of the main screens."""
        raise NotImplementedError

    def reopen(self, open_feed: Callable[[], "Feed"]) -> None:
        """Leave this cluster and go to another."""
        raise NotImplementedError


def _method(action_id: str) -> str:
    return "do_" + action_id.replace(".", "_")


def deck_of(screen: "Screen[Any]") -> DeckApp:
    """The app as screens know it."""
    return cast(DeckApp, screen.app)
