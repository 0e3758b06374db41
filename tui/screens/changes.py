"""What can be done with a workload, on its row and on its page. Each opens what previews it; nothing is changed here.

The launch room is imported when the first of these is asked for, not before the first picture.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tui.model.ids import ObjectKey
from tui.model.workload import Workload
from tui.screens.base import DeckScreen
from tui.screens.launch_request import LaunchRequest
from tui.sources.kubernetes.errors import KubeError

if TYPE_CHECKING:
    from tui.screens.change_plans import Make
    from tui.session import Feed

_ONE_NUMBER = frozenset({"Deployment", "StatefulSet"})


class Changes(DeckScreen):
    """Mixed into the list of workloads and the page of one."""

    def subject_workload(self) -> Workload | None:
        """The one that is meant where only one can be."""
        raise NotImplementedError

    def subject_workloads(self) -> Sequence[Workload]:
        """Those that are meant: the marked ones, or the one under the cursor."""
        raise NotImplementedError

    # -- reviewed changes ------------------------------------------------------------------------------------------

    def do_workload_scale(self) -> None:
        from tui.screens.change_prompt import scale_prompt

        if workloads := tuple(self.subject_workloads()):
            one = all(workload.key.kind in _ONE_NUMBER for workload in workloads)
            self.app.push_screen(
                scale_prompt(workloads, one_number=one), lambda given: self._scale(workloads, given) if given else None
            )

    def _scale(self, workloads: Sequence[Workload], given: Sequence[str]) -> None:
        from tui.screens.change_plans import scaling

        low, high = (int(text) if text else None for text in (given[0], given[-1]))
        self._review("Scale", workloads, lambda feed: scaling(low, high))

    def do_workload_suspend(self) -> None:
        from tui.screens.change_plans import suspending

        self._review("Suspend or resume", tuple(self.subject_workloads()), lambda feed: suspending)

    def do_workload_delete(self) -> None:
        from tui.screens.change_plans import deleting

        workloads = tuple(self.subject_workloads())
        if not workloads:
            return
        typed = workloads[0].key.name if len(workloads) == 1 else f"delete {len(workloads)}"
        self._review("Delete", workloads, deleting, typed)

    def do_workload_expose(self) -> None:
        if workload := self.subject_workload():
            open_expose(self, workload)

    def _review(
        self, title: str, workloads: Sequence[Workload], make: "Callable[[Feed], Make]", typed: str = ""
    ) -> None:
        from tui.screens.change_plans import each
        from tui.screens.change_review import ChangeReview
        from tui.screens.change_try import Review

        feed = self.deck.feed
        if feed is None or not workloads:
            return
        what = workloads[0].key.name if len(workloads) == 1 else f"{len(workloads)} workloads"
        maker = make(feed)
        self.app.push_screen(ChangeReview(Review(f"{title} {what}", lambda: each(feed, workloads, maker), typed)))

    # -- probe -----------------------------------------------------------------------------------------------------

    def do_workload_probe(self) -> None:
        if workload := self.subject_workload():
            open_probe(self, workload)

    # -- edit and clone --------------------------------------------------------------------------------------------

    def do_workload_edit(self) -> None:
        """Open the form of Launch with what the object says."""
        self._read_into_form(edits=True)

    def do_workload_clone(self) -> None:
        """Open the form of Launch for another one like it."""
        self._read_into_form(edits=False)

    def _read_into_form(self, *, edits: bool) -> None:
        if workload := self.subject_workload():
            self.run_worker(lambda: self._read(workload, edits), thread=True, exclusive=True, group="read-spec")

    def _read(self, workload: Workload, edits: bool) -> None:
        """In a thread: the object is asked for, and the launch room is imported."""
        from tui.launch.kinds import DEPLOYMENT, INFERENCE, CannotChange, Target, resource_of
        from tui.launch.read_back import left_out, spec_of

        key, feed = workload.key, self.deck.feed
        try:
            resource = resource_of(key.kind)
            if key.kind not in (INFERENCE, DEPLOYMENT):
                raise CannotChange(f"{key} is a {key.kind}, which the form of Launch does not know: use kubectl")
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


def open_expose(screen: DeckScreen, workload: Workload) -> None:
    """Review the Service that gives a workload an address; the address is shown when it comes."""
    from tui.screens.change_plans import address, each, exposing
    from tui.screens.change_review import ChangeReview
    from tui.screens.change_try import Review

    feed = screen.deck.feed
    if feed is None:
        return
    make = exposing(feed)
    review = Review(
        f"Expose {workload.key.name}",
        lambda: each(feed, (workload,), make),
        follow=address(feed, workload),
        awaited="waiting for its address",
    )
    screen.app.push_screen(ChangeReview(review))


def open_probe(screen: DeckScreen, workload: Workload) -> None:
    """Ask its endpoint: health, models, metadata, one short chat."""
    from tui.screens.change_probe import ProbeScreen

    screen.app.push_screen(ProbeScreen(workload))
