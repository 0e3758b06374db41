"""The command line that measures what the form asks for: to run it without a screen, or to send it to a colleague."""

import json
from shlex import quote

from tui.bench.spec import LimitSpec, LoadSpec, PromptSpec, SearchPlan, Target
from tui.present.bench_form import Plan

Pairs = list[tuple[str, object]]
_PLAIN_PROMPTS, _PLAIN_LIMITS = PromptSpec(), LimitSpec()


def command_words(plan: Plan, *, with_key: bool = False) -> str:
    """``nimdeck bench search --url ...``; ``""`` where there is no one command for it. A typed key is a file there."""
    pairs = _asked(plan)
    if pairs is None:
        return ""
    command = "search" if isinstance(plan, SearchPlan) else "run"
    everything = [*_target(plan.load.target, with_key), *_prompts(plan.load.prompts), *pairs, *_limits(plan.load)]
    flags = [f"--{name}" if value is True else f"--{name} {quote(_text(value))}" for name, value in everything]
    return " ".join((f"nimdeck bench {command}", *flags, "-O DIR"))


def _asked(plan: Plan) -> Pairs | None:
    if isinstance(plan, SearchPlan):
        slo = plan.load.slo
        pairs: Pairs = [("ttft-ms", plan.ttft_seconds * 1000.0), ("statistic", plan.statistic)]
        for name, seconds in (("itl-ms", slo.itl_seconds), ("e2e-ms", slo.e2e_seconds)):
            pairs += [] if seconds is None else [(name, seconds * 1000.0)]
        pairs.append(("max-users", plan.max_users))
        given = (("attainment", plan.attainment), ("budget-seconds", plan.budget_seconds), ("adaptive", plan.adaptive))
        return pairs + [pair for pair in given if pair[1]]
    rates = [point for point in plan.points if point.rate is not None]
    if not rates:
        return [("concurrency", ",".join(str(point.users) for point in plan.points))]
    return [("rate", rates[0].rate), ("arrival", rates[0].arrival)] if len(rates) == 1 else None


def _target(target: Target, with_key: bool) -> Pairs:
    pairs: Pairs = [("url", target.url), ("model", target.model)]
    if target.endpoint != "chat":
        pairs.append(("endpoint", target.endpoint))
    pairs += [("header", f"{name}={value}") for name, value in target.headers]
    files = (("api-key-file", "FILE" if with_key else target.api_key_file), ("header-file", target.header_file))
    pairs += [pair for pair in (*files, ("ca-file", target.ca_file)) if pair[1]]
    return [*pairs, ("insecure", True)] if target.insecure_skip_verify else pairs


def _prompts(prompts: PromptSpec) -> Pairs:
    plain = _PLAIN_PROMPTS
    pairs: Pairs = [("isl", prompts.isl), ("osl", prompts.osl)]
    others = (
        ("isl-stddev", prompts.isl_stddev, plain.isl_stddev),
        ("osl-stddev", prompts.osl_stddev, plain.osl_stddev),
        ("tokenizer", prompts.tokenizer, plain.tokenizer),
        ("prompts", prompts.dataset, plain.dataset),
        ("shared-prefix-tokens", prompts.shared_prefix_tokens, plain.shared_prefix_tokens),
        ("seed", prompts.seed, plain.seed),
    )
    pairs += [(name, value) for name, value, standing in others if value != standing]
    return pairs + [("extra", f"{name}={json.dumps(value)}") for name, value in prompts.extra]


def _limits(load: LoadSpec) -> Pairs:
    limits, plain = load.limits, _PLAIN_LIMITS
    others = (
        ("requests", limits.requests, plain.requests),
        ("duration", limits.duration_seconds, plain.duration_seconds),
        ("stall-seconds", limits.stall_seconds, plain.stall_seconds),
        ("max-failed-fraction", limits.max_failed_fraction, plain.max_failed_fraction),
        ("start", load.start, "staggered"),
        ("workers", f"{load.place}:{load.workers}", "local:0"),
    )
    return [(name, value) for name, value, standing in others if value != standing]


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
