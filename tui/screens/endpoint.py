"""What a workload's endpoint and the pods behind it say of themselves. Asked, never assumed."""

import threading

from textual.timer import Timer

from tui.model.clock import SystemClock
from tui.model.nim import EndpointLook
from tui.model.workload import Workload
from tui.present.endpoint import endpoint_page
from tui.session import Feed
from tui.sources.kubernetes import KubeClient, KubeError
from tui.sources.nim_watch import NimWatch, Target
from widgets.text_view import TextView

_EVERY_SECONDS = 3.0


class EndpointPanel(TextView):
    """Asks every few seconds while it is shown, on a thread of its own; a slow answer is not asked for twice."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._feed: Feed | None = None
        self._workload: Workload | None = None
        self._watch = NimWatch(SystemClock())
        self._asking = threading.Lock()
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        self._timer = self.set_interval(_EVERY_SECONDS, self._ask)

    def watch_workload(self, feed: Feed | None, workload: Workload) -> None:
        """Show this workload's endpoint."""
        if feed is None or feed.player is not None:
            self.set_text("A recording has no endpoint to ask.", "describe")
            self._workload = None
            return
        is_new = self._workload is None or self._workload.key != workload.key
        if is_new:
            self._watch = NimWatch(SystemClock())
            self.set_text(f"asking {workload.endpoint or 'its pods'} ...", "describe")
        self._feed, self._workload = feed, workload
        if is_new:
            self._ask()

    def _ask(self) -> None:
        feed, workload = self._feed, self._workload
        if feed is None or workload is None or not self.display or self._asking.locked():
            return
        known = feed.store.snapshot.pods
        pods = tuple(pod for key in workload.pods if (pod := known.get(key)) is not None and pod.ready)
        target = Target(workload.endpoint, pods, scales_to_zero=workload.min_replicas == 0)
        watch = self._watch
        self.run_worker(
            lambda: self._look(feed, watch, workload, target), thread=True, exit_on_error=False, group="endpoint"
        )

    def _look(self, feed: Feed, watch: NimWatch, workload: Workload, target: Target) -> None:
        with self._asking:
            found = watch.look(target, _client(feed))
        self.app.call_from_thread(self._show, workload, found)

    def _show(self, workload: Workload, found: EndpointLook) -> None:
        if self._workload is not None and self._workload.key == workload.key:
            self.set_text(endpoint_page(workload, found), "describe")


def _client(feed: Feed) -> KubeClient | None:
    try:
        return feed.kubernetes.client if feed.kubernetes is not None else None
    except KubeError:
        return None
