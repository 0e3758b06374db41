"""A run in words and short figures: the verdict in a sentence, the conditions, a figure as a reader wants it."""

from tui.bench.figures import PointResult, Verdict
from tui.bench.results.reader import Run

UNKNOWN = "–"
INVALID = "INVALID"
_REASONS = {
    "budget": "The search ended by its time budget; this is the best bracket so far.",
    "interrupted": "The search was interrupted; this is the best bracket so far.",
}


def figure(value: float | None, digits: int = 0) -> str:
    """``value`` with so many decimals, an en dash where it is not known; no thousands separators."""
    return UNKNOWN if value is None else f"{value:.{digits}f}"


def load_of(point: PointResult) -> str:
    """How hard the point pushed: ``64 users`` or ``5 requests/s``."""
    return load_words(point.concurrency, point.rate)


def load_words(concurrency: int | None, rate: float | None) -> str:
    """A load in words."""
    if concurrency is not None:
        return f"{concurrency} user{'' if concurrency == 1 else 's'}"
    return UNKNOWN if rate is None else f"{rate:g} requests/s"


def mark(point: PointResult) -> str:
    """What a reader must know before he believes the point: ``INVALID``, ``not steady``, or nothing."""
    if not point.valid:
        return INVALID
    return "" if point.steady else "not steady"


def statistic_name(statistic: str) -> str:
    """``mean TTFT``, ``p99 TTFT``: no TTFT is told without it."""
    return f"{statistic} TTFT"


def verdict_sentence(verdict: Verdict) -> str:
    """The answer of a search in a sentence or three."""
    target = f"a {statistic_name(verdict.statistic)} within {verdict.target_ms:g} ms"
    if verdict.attainment is not None:
        target = f"{verdict.attainment:.4g} of the requests within their limits, TTFT {verdict.target_ms:g} ms"
    if verdict.concurrency is None:
        tried = f": {verdict.high} did not" if verdict.high is not None else ""
        parts = [f"No number of users was seen to hold {target}{tried}."]
    else:
        users = f"{verdict.concurrency} concurrent user{'' if verdict.concurrency == 1 else 's'}"
        parts = [f"{users} hold{'s' if verdict.concurrency == 1 else ''} {target}{_at(verdict)}."]
        parts += _bracket(verdict)
    parts += [_REASONS[verdict.reason]] if verdict.reason in _REASONS else []
    if verdict.knee is not None:
        parts.append(f"The curve bends at {verdict.knee} users.")
    return " ".join(parts)


def conditions(run: Run) -> list[tuple[str, str]]:
    """What was measured and how, as (what, value) pairs; figures mean nothing without them."""
    load, prompts = run.head.load, run.head.load.prompts
    asked = f"{prompts.isl}:{prompts.osl} tokens (ISL:OSL)"
    if prompts.isl_stddev or prompts.osl_stddev:
        asked += f", standard deviations {prompts.isl_stddev:g}:{prompts.osl_stddev:g}"
    if prompts.dataset is not None:
        asked = f"from {prompts.dataset.name}, OSL {prompts.osl}"
    pairs = [
        ("model", load.target.model),
        ("endpoint", f"{load.target.url} ({load.target.endpoint})"),
        ("prompts", asked),
        ("prefix shared by all prompts", f"{prompts.shared_prefix_tokens} tokens"),
        ("start of users", load.start),
    ]
    if run.points and any(point.tokens_from != "usage" for point in run.points):
        pairs.append(("tokens", "content chunks counted: the server reports no usage"))
    return [*pairs, *run.head.environment]


def _at(verdict: Verdict) -> str:
    known = []
    if verdict.value_ms is not None:
        known.append(f"{verdict.value_ms:.0f} ms")
    if verdict.output_tokens_per_second is not None:
        known.append(f"{verdict.output_tokens_per_second:.0f} output tokens/s")
    return f" ({', '.join(known)})" if known else ""


def _bracket(verdict: Verdict) -> list[str]:
    parts = []
    if verdict.high is None:
        parts.append("More users were not seen to fail.")
    elif verdict.low is not None:
        parts.append(f"{verdict.low} surely do, {verdict.high} do not.")
    else:
        parts.append(f"{verdict.high} do not.")
    if verdict.interval is not None:
        parts.append(f"95 % interval: {verdict.interval[0]:.0f} to {verdict.interval[1]:.0f} users.")
    return parts
