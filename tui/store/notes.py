"""The one-line note of a node's state: what is wrong with it and for how long. It reports; causes are for diagnosis."""

from tui.model.gpu import Gpu
from tui.model.node import Node

PRESSURES = {
    "MemoryPressure": "memory pressure",
    "DiskPressure": "disk pressure",
    "PIDPressure": "PID pressure",
    "NetworkUnavailable": "network unavailable",
}


def status_note(
    node: Node, gpus: tuple[Gpu, ...], ready: bool | None, schedulable: bool | None, now: float, some_silent: bool
) -> str:
    """``not ready 4 min: kubelet stopped posting status; cordoned``; empty when all is well.

    ``some_silent`` says that a GPU has no utilisation, so that the hot path need not look.
    """
    notes = []
    if ready is False:
        notes.append(_not_ready(node, now))
    if schedulable is False:
        notes.append("cordoned")
    if node.object is not None:
        notes += [PRESSURES[c.type] for c in node.object.conditions if c.type in PRESSURES and c.status == "True"]
    notes += _gpu_notes(node, gpus, some_silent)
    return "; ".join(notes)


def age_text(seconds: float) -> str:
    """``45 s``, ``4 min``, ``3 h``, ``2 d``: whole units, never negative (clocks differ between machines)."""
    seconds = max(0.0, seconds)
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{int(seconds)} s"


def ages_with_time(node: Node) -> bool:
    """True when the note's text changes by waiting alone."""
    return node.ready is False and node.object is not None


def _not_ready(node: Node, now: float) -> str:
    condition = next((c for c in node.object.conditions if c.type == "Ready"), None) if node.object else None
    if condition is None:
        return "not ready"
    age = f" {age_text(now - condition.changed_at)}" if condition.changed_at is not None else ""
    why = (condition.message or condition.reason).strip().rstrip(".")
    why = why[:1].lower() + why[1:] if why[1:2].islower() else why
    return f"not ready{age}: {why}" if why else f"not ready{age}"


def _gpu_notes(node: Node, gpus: tuple[Gpu, ...], some_silent: bool) -> list[str]:
    notes = []
    if some_silent:
        silent = [str(g.id.gpu) for g in gpus if g.utilization_fraction is None and g.memory_used_bytes is None]
        if silent and len(silent) < len(gpus):
            notes.append(f"gpu{','.join(silent)} not measured")
    over = [g for g in gpus if g.allocated_fraction is not None and g.allocated_fraction > 1.0 + 1e-6]
    notes += [f"gpu{gpu.id.gpu} claimed {gpu.allocated_fraction:.4g} times" for gpu in over]
    if node.gpu_unplaced:
        notes.append(f"{node.gpu_unplaced:.4g} GPU not located")
    if node.approximate and node.gpu_allocated is None:
        notes.append("allocation not known: pods can't be read")
    return notes
