"""Mending what the preflight found: settings through the review of all changes, the rest by the form that has it.

Nothing is changed here, and nothing is begun while nimdeck runs read-only. What can't be mended is copied.
"""

from collections.abc import Sequence

from tui.model.check import Check, ScreenFix, SettingFix
from tui.present.changes import Step
from tui.screens.preflight_look import Looking
from tui.screens.remedies import ask_in_projects
from tui.session import Feed

_IN_PROJECTS = frozenset({"project.new", "project.quota", "pool.placement"})


class Mending(Looking):
    """Answers ``preflight.mend``; ``mend`` is for one check."""

    async def mend(self, check: Check) -> None:
        """Open what mends it, or copy its commands; where there is neither, say so."""
        if isinstance(check.fix, SettingFix):
            problem = await self.deck.perform("preflight.mend", check.id)
        elif isinstance(check.fix, ScreenFix):
            problem = await self._open(check.fix)
        elif check.commands:
            self.copy_commands(check)
            problem = ""
        else:
            problem = check.remedy or ("it passes" if check.state == "pass" else f"not known: {check.evidence}")
        if problem:
            self.notify(problem, severity="warning", timeout=6)

    async def _open(self, fix: ScreenFix) -> str:
        if problem := self.deck.refusal(fix.action):
            return problem
        self.outdated = True
        if fix.action in _IN_PROJECTS:
            ask_in_projects(self.deck, fix.action, fix.target)
            return ""
        return await self.deck.perform(fix.action, *([fix.target] if fix.target else []))

    def copy_commands(self, check: Check) -> None:
        """The guide's commands, a line each."""
        several = len(check.commands) > 1
        what = f"{len(check.commands)} commands" if several else f"the command: {check.commands[0]}"
        self.copy("\n".join(check.commands), what)

    def do_preflight_mend(self, *ids: str) -> str:
        """Review the settings of these checks, or of all that nimdeck can set."""
        from tui.screens.change_review import ChangeReview
        from tui.screens.change_try import Review

        chosen = [one for one in self.checks if isinstance(one.fix, SettingFix) and (not ids or one.id in ids)]
        feed = self.deck.feed
        if not chosen or feed is None:
            return "there is nothing that nimdeck can set itself: enter on a check shows what mends it"
        title = f"Set: {chosen[0].title}" if len(chosen) == 1 else f"Set what {len(chosen)} checks want"
        fixes = [one.fix for one in chosen if isinstance(one.fix, SettingFix)]
        self.outdated = True
        self.app.push_screen(ChangeReview(Review(title, lambda: plan_settings(feed, fixes))))
        return ""


def plan_settings(feed: Feed, fixes: Sequence[SettingFix]) -> list[Step]:
    """A step for each ConfigMap, in the review's thread. Raises what reading it does."""
    from tui.launch.settings_fix import settings_changes
    from tui.screens.change_plans import existing_of

    changes = settings_changes(fixes, existing_of(feed))
    if not changes:
        return [Step("Knative's settings", state="nothing", says="they are so already")]
    means = ("what runs keeps its settings; Knative takes the new ones for each new revision",)
    return [Step(change.title, change, means if number == 0 else ()) for number, change in enumerate(changes)]
