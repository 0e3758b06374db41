"""Logs of a workload's pods as they come: one pod or all of them together, any container, search, before the crash."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from tui.actions import Scope
from tui.model.ids import ObjectKey
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.screens.base import DeckScreen
from tui.screens.keys import bindings
from tui.sources.kubernetes.errors import KubeError
from widgets.log_view import LogView
from widgets.rows import LIVE, PanelPhase, PanelState
from widgets.state_panel import StatePanel

_DRAIN_SECONDS = 0.2
_BURST = 2000  # lines taken into the view at once
_NAME_CELLS = 32
_ALL_AT_MOST = 12  # streams open together


def short_name(pod: str) -> str:
    """Its beginning and its end: the middle of a long one repeats its owner's."""
    return pod if len(pod) <= _NAME_CELLS else f"{pod[: _NAME_CELLS - 12]}…{pod[-11:]}"


class Lines(Protocol):
    def __iter__(self) -> Iterator[str]: ...

    def close(self) -> None: ...


@dataclass
class _Reader:
    """One stream being read on a thread of its own, into the screen's queue."""

    open: Callable[[], Lines]
    prefix: str
    into: "queue.Queue[str]"
    lines: Lines | None = None
    ended: bool = False
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, name="nimdeck-log", daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.ended = True
        if self.lines is not None:
            self.lines.close()

    def _run(self) -> None:
        try:
            self.lines = self.open()
            if self.ended:
                self.lines.close()
                return
            for line in self.lines:
                self._put(self.prefix + line)
            self._put(f"{self.prefix}── the log ends here ──")
        except (KubeError, OSError, ValueError) as error:
            if not self.ended:
                self._put(f"{self.prefix}── {error} ──")

    def _put(self, line: str) -> None:
        while not self.ended:
            with suppress(queue.Full):
                self.into.put(line, timeout=0.5)
                return


class LogScreen(DeckScreen):
    """Follows until it is left. The queue is bounded: a pod that floods waits for the terminal, not the other way."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.DETAIL, Scope.LOG)
    SCOPES = (Scope.EVERYWHERE, Scope.DETAIL, Scope.LOG)
    AUTO_FOCUS = "LogView"

    def __init__(self, title: str, pods: Sequence[ObjectKey]) -> None:
        super().__init__()
        self._title = title
        self._pods = tuple(pods)
        self._chosen: int | None = 0 if len(self._pods) == 1 else None  # None: all of them
        self._container = 0
        self._previous = False
        self._queue: queue.Queue[str] = queue.Queue(maxsize=4 * _BURST)
        self._readers: list[_Reader] = []

    def title_text(self) -> str:
        which = f"all pods of {self._title}" if self._chosen is None else short_name(self._pods[self._chosen].name)
        before = ", before the last restart" if self._previous else ""
        return f"logs {which} · {self._container_name()}{before}"

    def body(self) -> Iterable[Widget]:
        yield StatePanel(LogView())

    def state(self, snapshot: Snapshot) -> PanelState:
        if not self._pods:
            return PanelState(PanelPhase.EMPTY, f"{self._title} has no pods, so there are no logs")
        if not self.query_one(LogView).lines and any(not reader.lines for reader in self._readers):
            return PanelState(PanelPhase.LOADING, "opening the log")
        return LIVE

    def begin(self) -> None:
        self.set_interval(_DRAIN_SECONDS, self._drain)
        self._open()

    def on_unmount(self) -> None:
        self._close()

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        """Nothing in the log depends on the snapshot."""

    # -- streams ---------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._close()
        self.query_one(LogView).clear()
        feed = self.deck.feed
        source = None if feed is None else feed.kubernetes
        if source is None:
            self.query_one(LogView).append(["── a recording holds no logs ──"])
            return
        pods = self._pods if self._chosen is None else (self._pods[self._chosen],)
        previous = self._previous
        for pod in pods[:_ALL_AT_MOST]:
            prefix = f"{pod.name[-11:]} │ " if len(pods) > 1 else ""

            def open_log(key: ObjectKey = pod, name: str | None = self._container_of(pod)) -> Lines:
                return source.logs(key, name, tail_lines=500, follow=not previous, previous=previous)

            self._readers.append(_Reader(open_log, prefix, self._queue))
        if len(pods) > _ALL_AT_MOST:
            self.query_one(LogView).append([f"── the first {_ALL_AT_MOST} of {len(pods)} pods; O chooses one ──"])
        self.redraw()

    def _close(self) -> None:
        for reader in self._readers:
            reader.close()
        self._readers.clear()
        with suppress(queue.Empty):
            while True:
                self._queue.get_nowait()

    def _drain(self) -> None:
        lines: list[str] = []
        with suppress(queue.Empty):
            while len(lines) < _BURST:
                lines.append(self._queue.get_nowait())
        if lines:
            first = not self.query_one(LogView).lines
            self.query_one(LogView).append(lines)
            if first:
                self.redraw()
                if not self.command_line.is_open:
                    self.focus_body()

    # -- which container -------------------------------------------------------------------------------------------

    def _container_name(self) -> str | None:
        return self._container_of(self._pods[self._chosen or 0]) if self._pods else None

    def _container_of(self, key: ObjectKey) -> str | None:
        """Each pod has containers of its own: the chosen place among them."""
        pod = self.deck.snapshot.pods.get(key)
        names = [container.name for container in pod.containers] if pod is not None else []
        return names[self._container % len(names)] if names else None

    # -- actions ---------------------------------------------------------------------------------------------------

    def do_app_back(self) -> None:
        self.app.pop_screen()

    def do_log_container(self) -> None:
        self._container += 1
        self._open()

    def do_log_pod(self) -> None:
        if len(self._pods) > 1:
            chosen = 0 if self._chosen is None else self._chosen + 1
            self._chosen = None if chosen == len(self._pods) else chosen
            self._open()

    def do_log_previous(self) -> None:
        self._previous = not self._previous
        self._open()

    def do_log_follow(self) -> None:
        self.query_one(LogView).action_follow()

    def do_log_wrap(self) -> None:
        self.query_one(LogView).action_wrap()

    def do_detail_copy(self) -> None:
        self.copy("\n".join(self.query_one(LogView).lines), "the log")

    def do_detail_search(self) -> None:
        self.command_line.open("/")

    def line_edited(self, prompt: str, text: str) -> None:
        if prompt == "/":
            self.query_one(LogView).search(text)

    async def line_submitted(self, prompt: str, text: str) -> None:
        if prompt == "/":
            self.close_line()
        else:
            await super().line_submitted(prompt, text)

    @on(LogView.Following)
    def _following(self, event: LogView.Following) -> None:
        self.notify("Following the newest line" if event.on else "Staying here; f follows again", timeout=2)
