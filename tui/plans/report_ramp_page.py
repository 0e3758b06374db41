"""A ramp under an autoscaler as a section of a report. Pure."""

from tui.bench.results.words import INVALID, figure
from tui.plans.autoscale import back_words
from tui.plans.report_ramp import RampReport
from tui.plans.report_section import Grid, Section
from tui.plans.report_words import SIMULATED, count

_READ = (
    "TTFT of a second is the mean of all requests that were sent in it, however late they were answered.",
    "Before: of what was sent in the five seconds before the change; worst: the highest second until so many pods "
    "served; after: of the five seconds from then on.",
)


def ramp_section(ramp: RampReport) -> Section:
    """What a ramp shows: sentences, its curves, a row for each change of the number of pods."""
    headers = ("at s", "pods", "users", "serving after s", "TTFT before ms", "worst ms", "after ms", "failed", "what")
    found, back = ramp.seen, ramp.seen.gpus_back_after_seconds
    rows = [
        (
            f"{one.seconds:.0f}", f"{one.before} to {one.after}", count(one.users),
            figure(one.serving_after_seconds) if one.after > one.before else "", figure(one.ttft_before_ms),
            figure(one.ttft_worst_ms) if one.after > one.before else "", figure(one.ttft_after_ms),
            count(one.failed), "more were wanted" if one.after > one.before else "given back",
        )
        for one in found.changes
    ]  # fmt: skip
    told = [
        f"{count(ramp.requests)} requests succeeded, {count(ramp.failed)} failed{_kinds(ramp)}.",
        f"There were at most {count(found.most_users)} users, and {count(found.most_pods)} of {ramp.most_pods} pods of "
        f"{ramp.gpu_per_pod:g} GPU.",
        INVALID + ": the client itself was too slow." if ramp.client_valid is False else "",
        _after("The first pod served", found.cold_start_seconds, "after the first user came; there was none before."),
        f"The GPUs were back {back_words(back)}." if back is not None else "",
        f"{found.gpu_seconds / 3600.0:.2f} GPU-hours were held." if found.gpu_seconds is not None else "",
    ]
    title = f"{ramp.side}: {ramp.title} under its autoscaler, {ramp.cell}"
    title += f" ({SIMULATED})" if ramp.simulated else ""
    return Section(title, (*filter(None, told), *_READ), ramp, Grid(headers, tuple(rows), words=2))


def _kinds(ramp: RampReport) -> str:
    return f" ({', '.join(f'{number} {kind}' for kind, number in ramp.errors)})" if ramp.errors else ""


def _after(what: str, seconds: float | None, words: str) -> str:
    return "" if seconds is None else f"{what} {seconds:.0f} s {words}"
