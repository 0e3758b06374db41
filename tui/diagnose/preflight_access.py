"""Preflight, section Access: whether the user may do at the Kubernetes API what each thing of nimdeck needs."""

from collections.abc import Callable

from tui.diagnose.preflight_rule import Finding, Ground, Rule, failed, named, passed, unknown, warned
from tui.model.rights import RIGHTS

SECTION = "Access"
GUIDE = "Pre-requisites for installing Run:ai and NIM LLM"
_READS = frozenset({"get", "list", "watch"})


def capability_id(capability: str) -> str:
    """``see nodes`` -> ``access.see_nodes``."""
    return "access." + "".join(letter if letter.isalnum() else "_" for letter in capability.lower())


def _look(capability: str, is_reading: bool) -> Callable[[Ground], Finding]:
    def look(ground: Ground) -> Finding:
        access = ground.facts.access
        told = [one for one in access or () if one.capability == capability]
        if not told:
            return unknown(ground.facts.why("access", capability))
        denied = [one for one in told if one.allowed is False]
        if denied:
            wanted = [
                f"{one.verb} {one.resource}" + (f" in {one.namespace}" if one.namespace else "") for one in denied
            ]
            commands = tuple(_command(one.verb, one.resource, one.namespace) for one in denied)
            evidence = f"{len(denied)} of {len(told)} rights missing: {named(wanted)}"
            if ground.read_only and not is_reading:
                return warned(f"{evidence} (not needed while read-only)", commands=commands)
            return failed(evidence, commands=commands)
        unsure = [f"{one.verb} {one.resource}" for one in told if one.allowed is None]
        if unsure:
            first = next(one for one in told if one.allowed is None)
            part = f"{first.verb} {first.resource}"
            return unknown(
                ground.facts.unknown.get(f"access/{part}") or f"the API did not say whether: {named(unsure)}"
            )
        return passed(f"{len(told)} of {len(told)} rights: {named(f'{one.verb} {one.resource}' for one in told)}")

    return look


def _command(verb: str, resource: str, namespace: str) -> str:
    """What an administrator asks to see the same."""
    return f"kubectl auth can-i {verb} {resource}" + (f" -n {namespace}" if namespace else " -A")


def _rule(capability: str) -> Rule:
    rights = [right for right in RIGHTS if right.capability == capability]
    is_reading = all(right.verb in _READS for right in rights)
    needs = named((f"{right.verb} {right.resource}" for right in rights), len(rights))
    return Rule(
        capability_id(capability),
        SECTION,
        f"You may {capability}",
        f"RBAC allows: {needs}",
        "a right is missing" + ("" if is_reading else "; warns while read-only"),
        "Ask an administrator for what is missing" + ("." if is_reading else ", or start nimdeck with --read-only."),
        _look(capability, is_reading),
        GUIDE,
    )


RULES: tuple[Rule, ...] = tuple(map(_rule, dict.fromkeys(right.capability for right in RIGHTS)))
