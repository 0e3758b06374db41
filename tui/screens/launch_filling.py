"""What the Launch form is filled in with where the user has set nothing, and what its fields offer, as it is there.

Claims and Secrets are read in a thread; a screen never waits for them.
"""

from dataclasses import asdict, replace

from textual.widgets import Input

from tui.model.snapshot import Snapshot
from tui.model.surroundings import Surroundings
from tui.present import launch_choices as choices
from tui.present.launch_values import LaunchForm
from tui.screens.form_screen import FieldScreen
from tui.screens.launch_fields import Fields, set_values, values_of
from widgets.form_line import FormLine
from widgets.form_pick import Option, Pick
from widgets.form_tiles import Tiles

_READ_AGAIN_SECONDS = 15.0  # claims and Secrets are not watched
_NEVER = ("", float("-inf"))


class LaunchFilling(FieldScreen):
    """The part of the form's screen that knows what there is. Its body sets ``lines`` and ``fields``."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[FormLine, ...] = ()
        self.fields: Fields = {}
        self.around: Surroundings | None = None
        self.seen: dict[str, str] = asdict(LaunchForm())  # what stood in the fields when they were looked at last
        self.own: set[str] = set()  # the fields that the user has set: nothing is chosen for them
        self._asked = _NEVER  # the namespace whose surroundings were asked for last, and when

    def forget_around(self) -> None:
        """Read anew what there is the next time it is needed."""
        self._asked = _NEVER

    def choose(self) -> None:
        """What the user has not set: the project with the most quota left, the only claim, the Secret that is there."""
        before = form = values_of(self.fields)
        snapshot = self.deck.snapshot
        if "project" not in self.own and form.project not in snapshot.projects:
            form = replace(form, project=choices.best_project(snapshot))
        if self.around is not None:
            form = choices.filled(form, self.around, self.own)
        if form != before:
            with self.prevent(Input.Changed, Tiles.Changed):
                self.write(form)
        self._offer(snapshot)

    def write(self, form: LaunchForm) -> None:
        self.seen |= asdict(form)
        set_values(self.fields, form)

    def _offer(self, snapshot: Snapshot) -> None:
        around = self.around
        for name, known in (
            ("project", choices.project_choices(snapshot)),
            ("pvc", choices.claim_choices(around)),
            ("secret", choices.secret_choices(around)),
            ("registry_secret", choices.pull_choices(around)),
            ("storage_class", choices.class_choices(around)),
            ("priority", choices.priority_choices(around)),
            ("node_pools", choices.pool_choices(snapshot)),
        ):
            field = self.fields[name]
            if isinstance(field, Pick):
                field.set_options([Option(*one) for one in known])

    def ask(self, namespace: str) -> None:
        """Read what a launch there leans on, in a thread; again when that is old."""
        feed, now = self.deck.feed, self.deck.wall_seconds()
        if feed is None or (self._asked[0] == namespace and now - self._asked[1] < _READ_AGAIN_SECONDS):
            return
        if self._asked[0] != namespace:
            self.around = None
        self._asked = (namespace, now)

        def read() -> None:
            found = feed.surroundings(namespace)
            self.app.call_from_thread(self._took, namespace, found)

        self.run_worker(read, thread=True, group="surroundings", exit_on_error=False)

    def _took(self, namespace: str, found: Surroundings | None) -> None:
        if self.is_mounted and self._asked[0] == namespace and found != self.around:
            self.around = found
            self.choose()
            self.check()
