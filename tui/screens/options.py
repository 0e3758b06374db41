"""How the picture is shown: rate, pause, theme, presenter, pictures and recordings of it, and which cluster."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events

from config.rate import refresh_seconds
from config.settings import Settings
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.screens.base import DeckScreen
from tui.screens.clipboard import state_folder
from tui.screens.deck import RATES_SECONDS, DeckApp
from tui.screens.presenter import Presenter
from tui.screens.themes import theme_names

if TYPE_CHECKING:
    from tui.session import Player, Session
    from tui.store.record import Recorder


class Options(DeckApp):
    """Answers the actions ``app.*`` that change how things are shown. Mixed into the app."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._recorder: Recorder | None = None
        self._recording_lock = threading.Lock()

    def apply_settings(self, settings: Settings) -> None:
        """Take theme, keys and rate from settings."""
        self.theme = settings.screen.theme if settings.screen.theme in self.available_themes else self.theme
        self.set_keymap(settings.keys)
        self.refresh_seconds = refresh_seconds(settings.screen)
        self.animation_level = "none"  # frames of an animation are bytes over SSH and say nothing

    # -- rate and pause --------------------------------------------------------------------------------------------

    def do_app_refresh(self) -> None:
        if self.feed is not None:
            self.feed.refresh()
            self.notify("Asking every source", timeout=1)

    def do_app_faster(self) -> None:
        self._change_rate(faster=True)

    def do_app_slower(self) -> None:
        self._change_rate(faster=False)

    def _change_rate(self, faster: bool) -> None:
        if self.feed is not None and self.feed.player is not None:
            self.notify(self.feed.player.set_speed(faster), timeout=2)
            return
        rates = [r for r in RATES_SECONDS if (r < self.refresh_seconds if faster else r > self.refresh_seconds)]
        if rates:
            self.refresh_seconds = rates[-1] if faster else rates[0]
            for screen in self.screen_stack:
                if isinstance(screen, DeckScreen):
                    screen.set_rate(self.refresh_seconds)
            if self.feed is not None:
                self.feed.set_interval(self.refresh_seconds)
        self.notify(f"A picture every {self.refresh_seconds:g} s", timeout=2)

    def do_app_pause(self) -> None:
        self.toggle_pause()

    def toggle_pause(self) -> None:
        if self.feed is None:
            return
        store = self.feed.store
        if store.paused:
            store.resume()
        else:
            store.pause()
        self._redraw()

    # -- recordings ------------------------------------------------------------------------------------------------

    def do_replay_back(self) -> None:
        self._play(lambda player: player.step(-1))

    def do_replay_on(self) -> None:
        self._play(lambda player: player.step(1))

    def do_replay_back_minute(self) -> None:
        self._play(lambda player: player.skip(-60.0))

    def do_replay_on_minute(self) -> None:
        self._play(lambda player: player.skip(60.0))

    def do_replay_seek(self, text: str = "") -> str:
        if self.feed is None or self.feed.player is None:
            return "only a recording can be moved through; nimdeck replay FILE"
        if not text:
            self.deck_screen.command_line.open(":", "seek ")
            return ""
        problem = self.feed.player.seek(text)
        self._redraw()
        return problem

    def _play(self, move: "Callable[[Player], None]") -> None:
        if self.feed is not None and self.feed.player is not None:
            move(self.feed.player)
            self._redraw()

    # -- theme -----------------------------------------------------------------------------------------------------

    def do_app_theme(self, name: str = "") -> str:
        names = theme_names()
        wanted = name if name in names else f"nimdeck-{name}"
        if name and wanted not in names:
            return f"no theme {name!r}; there are {', '.join(n.removeprefix('nimdeck-') for n in names)}"
        place = names.index(self.theme) if self.theme in names else -1
        self.theme = wanted if name else names[(place + 1) % len(names)]
        self.notify(f"Theme {self.theme.removeprefix('nimdeck-')}", timeout=2)
        return ""

    # -- presenter -------------------------------------------------------------------------------------------------

    def do_app_presenter(self) -> None:
        if self.presenter is not None:
            self.presenter.stop()
            self.presenter = None
        else:
            self.presenter = Presenter(self, self.settings.screen.presenter_seconds)
            self.presenter.start()
        self._redraw()

    async def on_event(self, event: events.Event) -> None:
        """Whoever presses a key wants to show something: the turns end, the large view stays."""
        presenter = self.presenter
        if isinstance(event, events.Key) and presenter is not None and presenter.cycling:
            presenter.stop()
        await super().on_event(event)

    # -- pictures and recordings -----------------------------------------------------------------------------------

    def do_app_screenshot(self) -> str:
        path = state_folder() / f"nimdeck-{self.current_mode}-{_stamp(self.wall_seconds())}.svg"
        try:
            path.write_text(self.export_screenshot(), encoding="utf-8")
        except OSError as error:
            return f"{path}: {error.strerror}"
        self.notify(f"Wrote {path}", timeout=6)
        return ""

    def do_app_record(self, name: str = "") -> str:
        from tui.store.record import Recorder, RecordError

        if self.feed is None:
            return "there is nothing to record yet"
        if self._recorder is not None:
            self.notify(f"Recorded to {self.recording}", timeout=6)
            self.stop_recording()
            self._redraw()
            return ""
        path = Path(name) if name else state_folder() / f"nimdeck-{_stamp(self.wall_seconds())}.nimdeck"
        if path.exists():
            return f"{path} exists; name a new file, or remove it first"
        try:
            recorder = Recorder(path)
            recorder.write(self.snapshot)
        except RecordError as error:
            return str(error)
        self._recorder, self.recording = recorder, str(path)
        self.notify(f"Recording to {path}; R stops it", timeout=4)
        self._redraw()
        return ""

    def keep(self, snapshot: Snapshot, diff: SnapshotDiff) -> None:
        """Add a snapshot to the recording that is running; on the store's thread."""
        with self._recording_lock:
            if self._recorder is None:
                return
            from tui.store.record import RecordError

            try:
                self._recorder.write(snapshot, diff)
            except RecordError as error:
                self._recorder, self.recording = None, ""
                self.call_from_thread(self.notify, str(error), severity="error")

    def stop_recording(self) -> None:
        """End the recording; the file is whole."""
        with self._recording_lock:
            recorder, self._recorder, self.recording = self._recorder, None, ""
            if recorder is not None:
                recorder.close()

    # -- another cluster -------------------------------------------------------------------------------------------

    def do_app_context(self, name: str = "") -> str:
        from tui.screens.context_screen import ContextScreen
        from tui.sources.kubernetes import KubeError, contexts

        settings = self.settings
        if self.feed is not None and self.feed.player is not None:
            return "a recording has one cluster only"
        if held := self._held_here():
            return held
        try:
            found = contexts(settings.kubernetes.kubeconfig)
        except KubeError as error:
            return str(error)
        if name:
            if name not in {context.name for context in found}:
                return f"no context {name!r}; there are {', '.join(context.name for context in found)}"
            self._switch_context(name)
            return ""
        chooser = ContextScreen(found, settings.kubernetes.context, settings.kubernetes.kubeconfig)
        self.push_screen(chooser, lambda chosen: self._switch_context(chosen) if chosen else None)
        return ""

    def _held_here(self) -> str:
        """What would be left behind in this cluster, with nobody to put it back; ``""`` if nothing."""
        run, plan = self.bench, self.scale_job
        if run is not None and run.running and run.workers is not None:
            return "a benchmark is loading from pods of this cluster: stop it first, on screen 5"
        if plan is not None and plan.running and not plan.job.simulated:
            return "a scale test is changing this cluster: stop it first, on screen 8"
        return ""

    def _switch_context(self, name: str) -> None:
        settings = self.settings
        kubernetes = replace(settings.kubernetes, context=name)
        # The address of a Prometheus belongs to the cluster that is left; the next one's is discovered.
        self.settings = replace(settings, kubernetes=kubernetes, prometheus=replace(settings.prometheus, url=None))
        chosen = self.settings
        self.opening = f"going to {name}"

        def open_session() -> "Session":
            from tui.session import Session

            return Session(chosen)

        self.reopen(open_session)

    def _redraw(self) -> None:
        self.deck_screen.redraw()


def _stamp(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%Y%m%d-%H%M%S}"
