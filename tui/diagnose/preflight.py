"""The preflight: the guide's prerequisites and its Appendix A, held against what was read. Pure; changes nothing.

A check whose ground failed or is not known is UNKNOWN and says what it rests on, so that one fault is told once.
"""

from collections.abc import Mapping

from tui.diagnose import (
    preflight_access,
    preflight_gpus,
    preflight_knative,
    preflight_kubernetes,
    preflight_network,
    preflight_prometheus,
    preflight_runai,
    preflight_storage,
)
from tui.diagnose.preflight_rule import Finding, Ground, Rule
from tui.model.check import Check, CheckState
from tui.model.installation import Installation
from tui.model.snapshot import Snapshot

RULES: tuple[Rule, ...] = (
    *preflight_kubernetes.RULES,
    *preflight_gpus.RULES,
    *preflight_prometheus.RULES,
    *preflight_runai.RULES,
    *preflight_knative.RULES,
    *preflight_storage.RULES,
    *preflight_network.RULES,
    *preflight_access.RULES,
)
_BY_ID: Mapping[str, Rule] = {rule.id: rule for rule in RULES}
_GOOD = (CheckState.PASS, CheckState.WARN)


def preflight(
    snapshot: Snapshot, installation: Installation, project: str | None = None, read_only: bool = False
) -> tuple[Check, ...]:
    """All checks in the guide's order, for ``project`` or for any. While ``read_only``, the rights to change are not
    needed: a missing one is a warning."""
    ground = Ground(snapshot, installation, project, read_only)
    found: dict[str, Finding] = {}
    for rule in RULES:
        _look(rule, ground, found)
    return tuple(_check(rule, found[rule.id], ground) for rule in RULES)


def _look(rule: Rule, ground: Ground, found: dict[str, Finding]) -> Finding:
    """The finding of this rule, after those that it rests on, wherever in the order they stand."""
    if rule.id not in found:
        below = [(one, _look(_BY_ID[one], ground, found)) for one in rule.rests_on]
        gone = [one for one, finding in below if finding.state not in _GOOD]
        if gone:
            roots = [one for one in gone if not set(gone) & set(_BY_ID[one].rests_on)]
            titles = " and ".join(_BY_ID[one].title for one in roots)
            found[rule.id] = Finding(CheckState.UNKNOWN, f"rests on {titles}", "", ())
        else:
            found[rule.id] = rule.look(ground)
    return found[rule.id]


def _check(rule: Rule, finding: Finding, ground: Ground) -> Check:
    """What mends it stands only where something is to be mended."""
    is_bad = finding.state in (CheckState.WARN, CheckState.FAIL)
    commands = rule.commands if finding.commands is None else finding.commands
    remedy = rule.remedy if finding.remedy is None else finding.remedy
    return Check(
        id=rule.id,
        section=rule.section,
        title=rule.title,
        state=finding.state,
        evidence=finding.evidence,
        remedy=remedy if is_bad or finding.remedy else "",
        commands=tuple(map(ground.fill, commands)) if is_bad else (),
        fix=(finding.fix or rule.fix) if is_bad else None,
        guide=rule.guide,
        rests_on=rule.rests_on,
    )
