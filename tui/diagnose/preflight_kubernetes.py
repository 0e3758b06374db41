"""Preflight, section Kubernetes: the API, its version, the clocks."""

import re

from tui.diagnose.preflight_rule import API, Finding, Ground, Rule, failed, passed, unknown, warned
from tui.model.status import SourceState

SECTION = "Kubernetes"
GUIDE = "Pre-requisites for installing Run:ai and NIM LLM"
OLDEST = (1, 29)  # the guide's own cluster
SKEW_WARN_SECONDS = 5.0
SKEW_FAIL_SECONDS = 60.0

# Run:ai's published support: the oldest and the newest Kubernetes that a version of its cluster's side goes with.
SUPPORTED: dict[tuple[int, int], tuple[tuple[int, int], tuple[int, int]]] = {
    (2, 20): ((1, 29), (1, 32)),
    (2, 21): ((1, 30), (1, 32)),
    (2, 22): ((1, 31), (1, 33)),
    (2, 23): ((1, 31), (1, 34)),
    (2, 24): ((1, 32), (1, 34)),
    (2, 25): ((1, 33), (1, 35)),
    (2, 26): ((1, 33), (1, 36)),
}


def minor_version(text: str | None) -> tuple[int, int] | None:
    """``v1.32.4+rke2`` -> (1, 32); ``None`` where there is no version in it."""
    match = re.match(r"v?(\d+)\.(\d+)", (text or "").strip())
    return (int(match.group(1)), int(match.group(2))) if match else None


def version_text(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _version(ground: Ground) -> str | None:
    return ground.facts.kubernetes_version or ground.snapshot.cluster.kubernetes_version


def _api(ground: Ground) -> Finding:
    status, version = ground.snapshot.sources.get("kubernetes"), _version(ground)
    if status is None:
        return passed(f"Kubernetes {version}") if version else unknown(ground.facts.why("kubernetes_version"))
    if status.state == SourceState.LIVE:
        context = ground.facts.context or ground.snapshot.cluster.context
        return passed(f"Kubernetes {version or 'of unknown version'}" + (f", context {context}" if context else ""))
    if status.state == SourceState.ABSENT:
        return unknown(status.detail or "Kubernetes is switched off: set kubernetes.enabled")
    if status.state == SourceState.STALE:
        age = status.age_seconds(ground.snapshot.at)
        since = "" if age is None else f" for {age:.0f} s"
        return warned(f"no answer{since}: {status.detail or 'the last good answers are used'}")
    if version and any(one.allowed is not None for one in ground.facts.access or ()):  # RBAC answers: it knows the user
        return passed(f"Kubernetes {version}; it hides much: {status.detail}")
    return failed(f"{status.state}: {status.detail or 'no answer'}")


def _supported(ground: Ground) -> Finding:
    text = _version(ground)
    version = minor_version(text)
    if version is None:
        return unknown(ground.facts.why("kubernetes_version"))
    if version < OLDEST:
        return failed(f"Kubernetes {text} is older than {version_text(OLDEST)}, the guide's")
    runai = minor_version(ground.facts.runai_version or ground.snapshot.cluster.runai_version)
    if runai not in SUPPORTED:
        return passed(f"Kubernetes {text}; which versions this Run:ai was verified with is not known")
    low, high = SUPPORTED[runai]
    span = f"Run:ai {version_text(runai)} was verified with {version_text(low)} to {version_text(high)}"
    if not low <= version <= high:
        return warned(f"Kubernetes {text}: {span}")
    return passed(f"Kubernetes {text}: {span}")


def _clocks(ground: Ground) -> Finding:
    skews = ground.facts.skew_seconds
    if not skews:
        told = (line for name, line in ground.facts.unknown.items() if name.startswith("skew_seconds"))
        return unknown(next(told, ground.facts.why("skew_seconds")))
    source, worst = max(skews.items(), key=lambda item: abs(item[1]))
    way = "ahead of" if worst > 0 else "behind"
    evidence = f"{source} is {abs(worst):.1f} s {way} this machine ({len(skews)} clocks compared)"
    if abs(worst) > SKEW_FAIL_SECONDS:
        return failed(evidence)
    return warned(evidence) if abs(worst) > SKEW_WARN_SECONDS else passed(evidence)


RULES: tuple[Rule, ...] = (
    Rule(
        API,
        SECTION,
        "The Kubernetes API answers",
        "it answers; warns while the last good answers are used",
        "it refuses the credentials or does not answer",
        "Take the kubeconfig from the head node and name it with --kubeconfig, or log in again.",
        _api,
        GUIDE,
        ("kubectl cluster-info", "kubectl auth whoami"),
        rests_on=(),
    ),
    Rule(
        "kubernetes.version",
        SECTION,
        "Kubernetes has a supported version",
        "it is within what this Run:ai was verified with, as far as known; warns outside of that",
        "it is older than 1.29, the guide's",
        "Upgrade Kubernetes to a version that this Run:ai was verified with.",
        _supported,
        GUIDE,
        ("kubectl version",),
    ),
    Rule(
        "kubernetes.clock",
        SECTION,
        "The clocks agree",
        "none is more than 5 s off; warns up to 60 s",
        "one is more than 60 s off: tokens and ages can't be trusted",
        "Set up time synchronisation (chrony) on the head node, the nodes and this machine.",
        _clocks,
        GUIDE,
        ("chronyc tracking",),
        rests_on=(),
    ),
)
