"""What a check of the preflight is made of: the ground it looks at, what it finds, and the rule that mends it.

Knows no single check: those stand in ``preflight_*.py``, one module a section.
"""

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from string import Template

from tui.model.check import CheckState, ScreenFix, SettingFix
from tui.model.ids import ObjectKey
from tui.model.installation import HIDDEN, Deployed, Installation
from tui.model.snapshot import Snapshot
from tui.model.tenancy import Project

API = "kubernetes.api"  # what all facts of Kubernetes rest on
KNATIVE = "knative-serving"
MONITORING = "monitoring"
RUNAI = "runai"
GUIDE_KNATIVE = "1.17.0"

_NAMED = 3
_PLACEHOLDERS = {"namespace": "PROJECT_NAMESPACE", "project": "PROJECT", "host": "CLUSTER_HOST_NAME"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look at the ground gave. ``remedy``, ``commands`` and ``fix``: for this very case, else the rule's."""

    state: CheckState
    evidence: str
    remedy: str | None = None
    commands: tuple[str, ...] | None = None
    fix: SettingFix | ScreenFix | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """All that checks look at. ``project`` is the one that is meant, ``None``: any."""

    snapshot: Snapshot
    facts: Installation
    project: str | None = None
    read_only: bool = False

    def projects(self) -> tuple[Project, ...]:
        """The project that is meant, or all."""
        known = self.snapshot.projects
        if self.project is None:
            return tuple(known.values())
        return (known[self.project],) if self.project in known else ()

    def namespaces(self) -> tuple[str, ...]:
        """The namespaces of those projects, as far as known; Run:ai's usual name for a project that tells none."""
        labelled = self.facts.project_namespaces or {}
        found = [one.namespace for one in self.projects() if one.namespace]
        found += [name for name, project in labelled.items() if self.project in (None, project)]
        if self.project is not None and not found:
            found = [f"runai-{self.project}"]
        return tuple(dict.fromkeys(found))

    def deployments(self, *namespaces: str) -> tuple[tuple[ObjectKey, Deployed], ...] | None:
        """What is deployed in those of the namespaces that were read; ``None``: none of them was."""
        read = [name for name in namespaces if name in self.facts.deployments]
        if not read:
            return None
        return tuple((ObjectKey(name, one.name), one) for name in read for one in self.facts.deployments[name])

    def fill(self, command: str) -> str:
        """The command with its ``$places`` filled in for this cluster, each as one word of a shell."""
        return Template(command).safe_substitute({name: shlex.quote(text) for name, text in self._words().items()})

    def _words(self) -> dict[str, str]:
        url, spaces = self.facts.cluster_url, self.namespaces()
        projects = [one.name for one in self.projects()]
        told = {
            "namespace": spaces[0] if len(spaces) == 1 else "",
            "project": self.project or (projects[0] if len(projects) == 1 else ""),
            "host": url.host if url is not None else "",
            "knative": self._knative_version(),
        }
        return {**_PLACEHOLDERS, **{name: text for name, text in told.items() if text}}

    def _knative_version(self) -> str:
        versions = [one.version for _, one in self.deployments(KNATIVE) or () if one.name == "controller"]
        return (versions[0] if versions and versions[0] else GUIDE_KNATIVE).removeprefix("v")


@dataclass(frozen=True, slots=True)
class Rule:
    """One check. ``passes`` and ``fails`` are its line in ``docs/preflight.md``; ``commands`` may hold ``$places``."""

    id: str
    section: str
    title: str
    passes: str
    fails: str
    remedy: str
    look: Callable[[Ground], Finding]
    guide: str | None = None
    commands: tuple[str, ...] = ()
    fix: SettingFix | ScreenFix | None = None
    rests_on: tuple[str, ...] = (API,)


def passed(evidence: str) -> Finding:
    return Finding(CheckState.PASS, evidence)


def warned(
    evidence: str,
    remedy: str | None = None,
    commands: tuple[str, ...] | None = None,
    fix: SettingFix | ScreenFix | None = None,
) -> Finding:
    return Finding(CheckState.WARN, evidence, remedy, commands, fix)


def failed(
    evidence: str,
    remedy: str | None = None,
    commands: tuple[str, ...] | None = None,
    fix: SettingFix | ScreenFix | None = None,
) -> Finding:
    return Finding(CheckState.FAIL, evidence, remedy, commands, fix)


def unknown(why: str) -> Finding:
    """It could not be looked at; a right that is missing is asked for, the check does not fail for it."""
    remedy = f"Ask for {why.removeprefix(HIDDEN)}, or run it as someone who may." if why.startswith(HIDDEN) else ""
    return Finding(CheckState.UNKNOWN, why, remedy.replace("Ask for ", "Ask for the right to "), ())


def named(things: Iterable[object], most: int = _NAMED) -> str:
    """``a, b, c and 4 more``."""
    texts = [str(one) for one in things]
    more = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {more} more" if more > 0 else "")


def counted(number: int, one: str, many: str = "") -> str:
    """``1 node pool``, ``2 node pools``."""
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"


def not_ready(deployed: Sequence[tuple[ObjectKey, Deployed]]) -> list[str]:
    """``gpu-operator/gpu-operator 0 of 1 ready`` for each with fewer than it wants, or scaled to 0: that does not run
    either. What says nothing is left out."""
    return [
        f"{key} {f'{one.ready} of {one.wanted} ready' if one.wanted else 'is scaled to 0'}"
        for key, one in deployed
        if one.wanted == 0 or (one.wanted is not None and one.ready is not None and one.ready < one.wanted)
    ]


def ready_count(deployed: Sequence[tuple[ObjectKey, Deployed]]) -> str:
    """``4 of 4 Deployments ready``."""
    return f"{len(deployed) - len(not_ready(deployed))} of {len(deployed)} Deployments ready"


def running(ground: Ground, namespaces: Sequence[str], wanted: Sequence[str] = ()) -> Finding:
    """Whether all that is deployed there is ready, and ``wanted`` is among it."""
    found = ground.deployments(*namespaces)
    if found is None:
        return unknown(ground.facts.why("deployments", namespaces[0]))
    if not found:
        return failed(f"no Deployment in {named(namespaces)}")
    missing = [name for name in wanted if name not in {one.name for _, one in found}]
    if missing:
        return failed(f"no Deployment {named(missing)} in {named(namespaces)}")
    if bad := not_ready(found):
        return failed(f"{ready_count(found)}: {named(bad)}")
    return passed(ready_count(found) + f" in {named(dict.fromkeys(key.namespace for key, _ in found))}")
