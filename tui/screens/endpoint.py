"""What a workload's endpoint says of itself: alive, ready, models, version, load. Asked, never assumed."""

import threading

from textual.timer import Timer

from tui.model.nim import NimProbe
from tui.model.workload import Workload
from tui.present.endpoint import probe_page
from tui.session import Feed
from tui.sources.nim import probe_nim
from widgets.text_view import TextView

_EVERY_SECONDS = 3.0
_TIMEOUT_SECONDS = 2.0


class EndpointPanel(TextView):
    """Asks every few seconds while it is shown, on a thread of its own; a slow answer is not asked for twice."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._workload: Workload | None = None
        self._asking = threading.Lock()
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        self._timer = self.set_interval(_EVERY_SECONDS, self._ask)

    def watch_workload(self, feed: Feed | None, workload: Workload) -> None:
        """Show this workload's endpoint."""
        first = self._workload is None or self._workload.endpoint != workload.endpoint
        self._workload = workload
        if feed is not None and feed.player is not None:
            self.set_text("A recording has no endpoint to ask.", "describe")
            self._workload = None
        elif workload.endpoint is None:
            self.set_text(probe_page(workload, None), "describe")
        elif first:
            self.set_text(f"asking {workload.endpoint} ...", "describe")
            self._ask()

    def _ask(self) -> None:
        workload = self._workload
        if workload is None or not workload.endpoint or not self.display or self._asking.locked():
            return
        self.run_worker(lambda: self._probe(workload), thread=True, exit_on_error=False, group="endpoint")

    def _probe(self, workload: Workload) -> None:
        with self._asking:
            found = probe_nim(workload.endpoint or "", timeout=_TIMEOUT_SECONDS)
        self.app.call_from_thread(self._show, workload, found)

    def _show(self, workload: Workload, found: NimProbe) -> None:
        if self._workload is not None and self._workload.key == workload.key:
            self.set_text(probe_page(workload, found), "describe")
