"""A probe's report as a page for eyes. Pure."""

from tui.model.probe import ProbeReport, ProbeStep

_MARKS = {"ok": "✓", "failed": "✗", "skipped": "–"}


def probe_page(title: str, report: ProbeReport) -> str:
    """What each question was answered, and how soon the chat's first word came."""
    health = "it serves" if report.healthy else "it answers, and does not serve" if report.reached else "no answer"
    lines = [title, "", f"State:    {health}", f"Address:  {report.url}"]
    if report.host:
        lines.append(f"Host:     {report.host}")
    if report.note:
        lines.append(f"Note:     {report.note}")
    lines += ["", *(_step(step) for step in report.steps)]
    if report.ttft_seconds is not None:
        tokens = "" if report.output_tokens is None else f", {report.output_tokens} tokens"
        total = "" if report.total_seconds is None else f", {report.total_seconds * 1000:.0f} ms in all"
        lines += [
            "",
            f"TTFT:     {report.ttft_seconds * 1000:.0f} ms{total}{tokens}; one request alone, no measurement",
            f"Model:    {report.model}",
            f"Answer:   {' '.join(report.text.split())}",
        ]
    return "\n".join(lines)


def _step(step: ProbeStep) -> str:
    status = "" if step.status is None else str(step.status)
    took = "" if step.seconds is None else f"{step.seconds * 1000:.0f} ms"
    return f"  {_MARKS[step.state]} {step.name:<9} {status:<4} {took:>8}  {step.detail}".rstrip()
