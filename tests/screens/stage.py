"""The app on a feed that the test moves: real store, held clock, no threads of sources, no network."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event as Signal
from typing import Any

from textual.pilot import Pilot

from config.settings import ScreenSettings, Settings
from tests.screens.cluster import cluster
from tests.screens.parsed_once import share_parsing
from tests.store.builders import HeldClock
from tui.app import NimdeckApp
from tui.model.changes import Change
from tui.model.circumstances import Circumstances
from tui.model.ids import GpuId, ObjectKey
from tui.model.json_value import JsonObject
from tui.model.manifest import Change as Write
from tui.model.snapshot import ClusterInfo
from tui.model.surroundings import Surroundings
from tui.session import Curve, Listener, Player
from tui.sources.kubernetes.errors import KubeError
from tui.sources.writing import Audit, ReadOnly, WriteError
from tui.store import Store

SETTINGS = Settings(screen=ScreenSettings(refresh_seconds=30.0))  # no tick but those that a test asks for


class FakeLog:
    """Lines, then silence until it is closed."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self.closed = Signal()

    def __iter__(self) -> Iterator[str]:
        yield from self._lines
        self.closed.wait(10)

    def close(self) -> None:
        self.closed.set()


class FakeKubernetes:
    """What the detail screens ask of the API, and a note of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.logs_open: list[FakeLog] = []

    @property
    def client(self) -> Any:
        raise KubeError("not connected")

    def get_object(self, kind: str, key: ObjectKey) -> dict[str, Any]:
        self.asked.append(("get", kind, key))
        if key.name == "node002":
            raise KubeError("nodes node002: forbidden; ask for the right to get nodes")
        return {"kind": kind, "metadata": {"name": key.name}, "spec": {"replicas": 2}}

    def logs(
        self, key: ObjectKey, container: str | None = None, tail_lines: int = 0, follow: bool = False,
        previous: bool = False,
    ) -> FakeLog:  # fmt: skip
        self.asked.append(("logs", key, container, previous))
        log = FakeLog([f"INFO {key.name} line {place}" for place in range(1, 4)])
        self.logs_open.append(log)
        return log


class FakeWriter:
    """Notes what it is to write; ``errors`` says for which object and try (``dry``, ``real``) it refuses, and how."""

    def __init__(self, settings: Settings) -> None:
        self.audit = Audit(settings.audit_file or Path("audit.jsonl"))
        self.settings = settings
        self.tried: list[Write] = []
        self.made: list[Write] = []
        self.errors: dict[tuple[str, str], WriteError] = {}
        self.before: Callable[[Write], None] = lambda change: None  # on the writing thread

    def who(self) -> str:
        return "grace"

    def write(self, change: Write, dry_run: bool = False) -> JsonObject:
        if self.settings.read_only:
            raise ReadOnly(f"{change.title}: nimdeck runs read-only")
        self.before(change)
        (self.tried if dry_run else self.made).append(change)
        error = self.errors.get((change.key.name, "dry" if dry_run else "real"))
        if error is not None:
            raise error
        return change.body or {}


class FakeFeed:
    """A ``Feed`` whose changes come when the test says so."""

    player: Player | None = None
    control_plane: Any = None
    latest_circumstances: Circumstances | None = None

    def __init__(self, changes: Iterable[Change] | None = None, settings: Settings = SETTINGS) -> None:
        self.settings = settings
        self.clock = HeldClock()
        self.store = Store(self.clock, ClusterInfo(context="ops@era", kubernetes_version="v1.34.2"))
        self.kubernetes: Any = FakeKubernetes()
        self.writer: Any = FakeWriter(settings)
        self.around: dict[str, Surroundings] = {}
        self.objects: dict[tuple[str, ObjectKey], JsonObject] = {}
        self.forward: Any = None
        self.intervals: list[float] = []
        self.refreshed = 0
        self.stopped = False
        self._listeners: list[Listener] = []
        self.put(*(cluster() if changes is None else changes))

    def on_circumstances(self, listener: Callable[[Circumstances], None]) -> Callable[[], None]:
        """Nobody reads any; tests set ``latest_circumstances``."""
        return lambda: None

    def put(self, *changes: Change) -> None:
        """Take changes in and tell of them, as the store's thread would."""
        for change in changes:
            self.store.put(change)
        diff = self.store.drain()
        if not self.store.paused:
            for listener in self._listeners:
                listener(self.store.snapshot, diff)

    def start(self) -> None: ...

    def stop(self) -> None:
        self.stopped = True
        for log in self.kubernetes.logs_open:
            log.close()

    def on_change(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def refresh(self) -> None:
        self.refreshed += 1

    def set_interval(self, seconds: float) -> None:
        self.intervals.append(seconds)

    def now(self) -> float:
        return self.store.snapshot.at if self.store.paused else self.clock.now()

    def surroundings(self, namespace: str) -> Surroundings | None:
        return self.around.get(namespace)

    def object(self, resource: str, key: ObjectKey) -> JsonObject | None:
        return self.objects.get((resource, key))

    def curve(self, metric: str, start: float, end: float, step: float, node: str) -> Curve | None:
        return None

    def backfill(self, metric: str, series: Mapping[GpuId, Iterable[tuple[float, float]]]) -> None: ...


class HeldApp(NimdeckApp):
    """Its own time stands still too, and it looks out for alerts when a test says so."""

    look_seconds = 3600.0

    def wall_seconds(self) -> float:
        return HeldClock().now()


def held_app(feed: FakeFeed | Callable[[], Any], **screen: object) -> HeldApp:
    settings = replace(SETTINGS, screen=replace(SETTINGS.screen, **screen)) if screen else SETTINGS
    if isinstance(feed, FakeFeed):
        feed.settings = replace(feed.settings, screen=settings.screen)
        return HeldApp(lambda: feed, feed.settings)
    return HeldApp(feed, settings)


class Deck:
    """A running app with short words for what tests do with it."""

    def __init__(self, app: NimdeckApp, pilot: Pilot[int], feed: FakeFeed) -> None:
        self.app, self.pilot, self.feed = app, pilot, feed

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
        await self.pilot.pause()

    async def write(self, text: str) -> None:
        await self.press(*(NAMES.get(letter, letter) for letter in text))

    async def tick(self) -> None:
        """One beat of the clock of the screen on top."""
        self.app.deck_screen.tick()
        await self.pilot.pause()

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait on a condition that a worker brings about."""
        for _ in range(400):
            if done():
                return
            await self.pilot.pause(0.01)
        raise AssertionError(f"not done: {self.text()}")

    def lines(self) -> list[str]:
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    def text(self) -> str:
        return "\n".join(self.lines())

    @property
    def said(self) -> str:
        """What the app told in passing."""
        return "\n".join(note.message for note in self.app._notifications)

    @property
    def table(self) -> Any:
        return self.app.screen.table  # type: ignore[attr-defined]

    def names(self) -> list[str]:
        return [row.key for row in self.table.rows]


share_parsing()

NAMES = {
    " ": "space", "-": "minus", ":": "colon", "/": "slash", ">": "greater_than_sign", "<": "less_than_sign",
    "_": "underscore", "!": "exclamation_mark", "=": "equals_sign", "(": "left_parenthesis",
    "+": "plus", ".": "full_stop",
}  # fmt: skip


def files(folder: Path, pattern: str) -> list[Path]:
    """What the app has written there."""
    return list(folder.glob(pattern))


@asynccontextmanager
async def deck(feed: FakeFeed | None = None, size: tuple[int, int] = (120, 40), **screen: object) -> Iterator[Deck]:  # type: ignore[misc]
    """The app, connected and drawn."""
    source = feed or FakeFeed()
    app = held_app(source, **screen)
    async with app.run_test(size=size) as pilot:
        running = Deck(app, pilot, source)
        await running.until(lambda: app.feed is not None)
        await pilot.pause()
        yield running
