"""One workload, in lines: what it is, what it asks, how it stands, and the conditions that its objects carry."""

from datetime import UTC, datetime

from tui.model.condition import Condition
from tui.model.reading import value_of
from tui.model.workload import Workload
from tui.present import format as fmt
from tui.present.workloads import age_seconds, scale_text, status_text
from widgets.rows import Cell, Column, Row, Tone

Fact = tuple[str, str]

CONDITION_COLUMNS = (
    Column("type", "CONDITION", 22),
    Column("status", "STATUS", 8),
    Column("age", "SINCE", 6, "right"),
    Column("reason", "REASON", 24, priority=2),
    Column("message", "MESSAGE", 30, flexible=True),
)


def workload_facts(workload: Workload, now: float) -> list[Fact]:
    """Everything known of it that fits in a line each; what is not known is left as an en dash, not dropped."""
    found = workload.object
    used = workload.gpu_memory_used_bytes
    facts = [
        ("Status", status_text(workload, now)),
        ("Type", workload.type),
        ("Project", workload.project or fmt.UNKNOWN),
        ("Model", workload.model or fmt.UNKNOWN),
        ("Image", workload.image or fmt.UNKNOWN),
        ("Pods running / wanted", f"{fmt.number(workload.running_pods)} / {fmt.number(workload.requested_pods)}"),
        ("Replicas", scale_text(workload)),
        ("Autoscaling", _autoscaling(workload)),
        ("GPUs asked", fmt.gpus(workload.gpu_requested)),
        ("GPUs given", fmt.gpus(workload.gpu_allocated)),
        ("GPUs idle over 5 min", fmt.gpus(workload.idle_gpus)),
        ("GPU memory asked", fmt.size(workload.gpu_memory_requested_bytes)),
        ("GPU memory used", fmt.size(value_of(used)) + (f"  ({used.source})" if used else "")),
        ("Endpoint", workload.endpoint or fmt.UNKNOWN),
        ("Age", fmt.age(age_seconds(workload, now))),
    ]
    if workload.message:
        facts.insert(1, ("Because", " ".join(workload.message.split())))
    if found is not None and found.node_pools:
        facts.append(("Node pools", ", ".join(found.node_pools)))
    return facts


def _autoscaling(workload: Workload) -> str:
    if workload.metric is None:
        return fmt.UNKNOWN
    return f"on {workload.metric}" + (f", target {fmt.gpus(workload.target)}" if workload.target is not None else "")


def condition_row(source: str, condition: Condition, now: float) -> Row:
    """A condition; only ``False`` is a fault, ``Unknown`` during start-up is not."""
    tone = {"True": Tone.GOOD, "False": Tone.BAD}.get(condition.status, Tone.WARN)
    age = None if condition.changed_at is None else max(0.0, now - condition.changed_at)
    name = f"{source} {condition.type}" if source else condition.type
    return Row(
        name,
        (
            Cell(name),
            Cell(condition.status, tone),
            Cell(fmt.short_age(age), Tone.DIM),
            Cell(condition.reason),
            Cell(" ".join(condition.message.split())),
        ),
    )


def describe(title: str, facts: list[Fact], sections: list[tuple[str, list[str]]]) -> str:
    """A page like ``kubectl describe``: facts aligned, then each section's lines."""
    width = max((len(name) for name, _ in facts), default=0)
    lines = [title, "", *(f"{name + ':':<{width + 2}}{value}" for name, value in facts)]
    for heading, body in sections:
        lines += ["", heading, *(f"  {line}" for line in body or ["none"])]
    return "\n".join(lines)


def date(at: float | None) -> str:
    """A moment in UTC as the cluster's objects write it."""
    return fmt.UNKNOWN if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
