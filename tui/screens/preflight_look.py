"""Looking at the installation for the Preflight screen: in a thread, when it is opened and when it is asked for.

What was found stays until the new look is through, with the time that it was found at. It changes nothing.
"""

from typing import TYPE_CHECKING

from tui.model.check import Check
from tui.model.installation import Installation
from tui.screens.base import DeckScreen
from tui.sources.kubernetes.errors import KubeError
from tui.sources.runai.fault import RunaiError

if TYPE_CHECKING:
    from tui.session import Feed

FRESH_SECONDS = 60.0  # coming back to the screen after that looks again
NEEDS = ("kubernetes", "prometheus")  # whose word is awaited before the first look
_ERRORS = (KubeError, RunaiError, OSError, ValueError)


class Looking(DeckScreen):
    """``checks`` is what was found last, at ``read_at``; ``looking``: a look is under way."""

    def __init__(self) -> None:
        super().__init__()
        self.checks: tuple[Check, ...] = ()
        self.read_at: float | None = None
        self.looking = False
        self.trouble = ""
        self.outdated = False  # something was opened that may change what is found
        self._of: tuple[Feed | None, str | None] = (None, None)

    def age_seconds(self) -> float | None:
        """Of what was found last."""
        return None if self.read_at is None else max(0.0, self.deck.now() - self.read_at)

    def awaited(self) -> str:
        """The sources that have not yet said anything: a look before that would find them missing."""
        return ", ".join(name for name in NEEDS if name not in self.deck.snapshot.sources)

    def keep_up(self) -> None:
        """Look where there is another cluster or project to look at. What was found of another is dropped."""
        asked = (self.deck.feed, self.deck.project)
        if asked == self._of or asked[0] is None or self.awaited():
            return
        self.checks, self.read_at, self.trouble = (), None, ""
        self.look()

    def look(self) -> None:
        """Begin a look. The caller draws."""
        feed, project = self.deck.feed, self.deck.project
        if feed is None or self.awaited():
            return
        self._of, self.looking, self.outdated = (feed, project), True, False
        self.run_worker(
            lambda: self._read(feed, project), thread=True, exclusive=True, group="preflight", exit_on_error=False
        )

    def do_app_refresh(self) -> None:
        if self.deck.feed is not None:
            self.deck.feed.refresh()
        if not self.looking:
            self.look()
        self.redraw()

    def on_screen_resume(self) -> None:
        """Back from elsewhere. Not on the base's behalf: Textual calls that one too, and it draws."""
        age = self.age_seconds()
        if age is not None and not self.looking and (self.outdated or age >= FRESH_SECONDS):
            self.look()

    def _read(self, feed: "Feed", project: str | None) -> None:
        """In the thread; judging a large cluster takes longer than a key should wait, too."""
        from tui.diagnose.preflight import preflight

        checks: tuple[Check, ...] = ()
        trouble = ""
        try:
            found = feed.installation(project) or Installation(
                feed.now(), unknown={"*": "not read: a recording holds only what was watched"}
            )
            checks = preflight(feed.store.snapshot, found, project, feed.settings.read_only)
        except _ERRORS as error:
            trouble = str(error)
        self.app.call_from_thread(self._took, (feed, project), checks, trouble)

    def _took(self, of: "tuple[Feed | None, str | None]", checks: tuple[Check, ...], trouble: str) -> None:
        if of != self._of or not self.is_attached:
            return
        self.looking, self.trouble = False, trouble
        if not trouble:
            self.checks, self.read_at = checks, self.deck.now()
        self.redraw()
