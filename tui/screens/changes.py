"""What can be done with a workload of the list. Each opens what previews it; nothing is changed from here."""

from tui.model.ids import ObjectKey
from tui.model.workload import Workload
from tui.screens.launch_request import LaunchRequest
from tui.screens.list_screen import ListScreen
from tui.sources.kubernetes.errors import KubeError


class Changes(ListScreen[Workload]):
    """Mixed into the list of workloads."""

    def do_workload_edit(self) -> None:
        """Open the form of Launch with what the object says."""
        self._read_into_form(edits=True)

    def do_workload_clone(self) -> None:
        """Open the form of Launch for another one like it."""
        self._read_into_form(edits=False)

    def _read_into_form(self, *, edits: bool) -> None:
        if workload := self.current():
            self.run_worker(lambda: self._read(workload, edits), thread=True, exclusive=True, group="read-spec")

    def _read(self, workload: Workload, edits: bool) -> None:
        """In a thread: the object is asked for, and the launch room is imported."""
        from tui.launch.kinds import CannotChange, Target, resource_of
        from tui.launch.read_back import left_out, spec_of

        key, feed = workload.key, self.deck.feed
        try:
            resource = resource_of(key.kind)
            body = feed.object(resource, ObjectKey(key.namespace, key.name)) if feed is not None else None
        except (KubeError, CannotChange, ValueError) as error:
            self.app.call_from_thread(self.notify, str(error), severity="warning", timeout=6)
            return
        if body is None:
            self.app.call_from_thread(
                self.notify, f"{key} can't be read: it is gone, or this is a recording", timeout=6
            )
            return
        hidden = left_out(body)
        note = f"left out, for they hold a credential in clear: {', '.join(hidden)}" if hidden else ""
        target = Target(key, resource, body) if edits else None
        self.app.call_from_thread(self._open_form, LaunchRequest(spec_of(body), target, note))

    def _open_form(self, request: LaunchRequest) -> None:
        self.deck.launch_request = request
        self.deck.go("launch")
