"""The set-up form of a benchmark: texts in, a plan or errors in words out. Pure; it asks no endpoint."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast, get_args
from urllib.parse import urlsplit

from tui.bench.spec import (
    LimitSpec,
    LoadSpec,
    PointSpec,
    PromptSpec,
    SearchPlan,
    Slo,
    Start,
    Statistic,
    SweepPlan,
    Target,
)
from tui.model.snapshot import Snapshot
from tui.model.workload import Workload
from tui.present import bench_guide as guide
from tui.present.bench_words import goal_words

Plan = SweepPlan | SearchPlan
RUN, SEARCH = "run", "search"
_MOST_USERS = 1_000_000


@dataclass(frozen=True, slots=True)
class FormValues:
    """What stands in the fields, as text. ``mode`` is ``run`` or ``search``."""

    url: str = ""
    model: str = ""
    isl: str = "2000"
    isl_stddev: str = "0"
    osl: str = "200"
    osl_stddev: str = "0"
    mode: str = SEARCH
    users: str = "1,8,64,128"
    max_users: str = "16384"
    ttft_ms: str = "1000"
    statistic: str = "mean"
    requests: str = ""
    duration: str = ""
    start: str = "staggered"
    api_key_file: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """``plan`` is ``None`` exactly when there are errors: field to what is wrong with it, and the mend."""

    plan: Plan | None
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EndpointChoice:
    """A running workload that can be measured."""

    label: str
    url: str
    model: str
    workload: Workload


def guide_preset(values: FormValues) -> FormValues:
    """As the guide measures: 2000:200 ±50, the most users with a mean TTFT within 1000 ms."""
    return replace(
        values,
        isl=str(guide.ISL),
        isl_stddev=f"{guide.ISL_STDDEV:g}",
        osl=str(guide.OSL),
        osl_stddev="0",
        mode=SEARCH,
        ttft_ms=f"{guide.TTFT_MS:g}",
        statistic=guide.STATISTIC,
    )


def endpoint_choices(snapshot: Snapshot) -> tuple[EndpointChoice, ...]:
    """The workloads that run and have an address, by name."""
    found = [
        EndpointChoice(f"{work.key.name}  {work.endpoint}", work.endpoint, work.model or "", work)
        for work in snapshot.workloads.values()
        if work.endpoint and work.running_pods != 0
    ]
    return tuple(sorted(found, key=lambda choice: choice.label))


def workload_at(snapshot: Snapshot, url: str) -> Workload | None:
    """The workload whose address this is."""
    bare = _bare(url)
    return next((work for work in snapshot.workloads.values() if work.endpoint and _bare(work.endpoint) == bare), None)


def parse_form(values: FormValues) -> Parsed:
    """The plan that the fields ask for, or what is wrong with each."""
    reader = _Reader()
    url, model = values.url.strip(), values.model.strip()
    reader.demand("url", _is_address(url), "an address like http://10.0.0.7:8000", url)
    reader.demand("model", bool(model), "the name under which the endpoint serves it", model)
    prompts = PromptSpec(
        isl=reader.whole("isl", values.isl, 1),
        osl=reader.whole("osl", values.osl, 1),
        isl_stddev=reader.number("isl_stddev", values.isl_stddev or "0", 0.0),
        osl_stddev=reader.number("osl_stddev", values.osl_stddev or "0", 0.0),
    )
    limits = LimitSpec(
        requests=reader.whole("requests", values.requests, 1) if values.requests.strip() else None,
        duration_seconds=reader.number("duration", values.duration, 0.001) if values.duration.strip() else None,
    )
    if limits.requests is not None and limits.duration_seconds is not None:
        reader.say("duration", "requests or seconds, not both: a point ends at one of them")
    key_file = Path(values.api_key_file.strip()).expanduser() if values.api_key_file.strip() else None
    if key_file is not None:
        reader.demand("api_key_file", key_file.is_file(), "a file that holds the key", values.api_key_file)
    ttft_ms = _target(reader, values)
    load = LoadSpec(
        Target(url, model, api_key_file=key_file),
        prompts,
        limits,
        start=cast(Start, values.start),
        slo=Slo(ttft_seconds=None if ttft_ms is None else ttft_ms / 1000.0),
    )
    plan = _plan(reader, values, load, ttft_ms)
    return Parsed(None if reader.errors else plan, reader.errors)


def plan_words(plan: Plan) -> str:
    """What will happen, in a sentence."""
    limits = plan.load.limits
    until = "until it is steady"
    if limits.requests is not None:
        until = f"{limits.requests:,} requests"
    elif limits.duration_seconds is not None:
        until = f"{limits.duration_seconds:g} s"
    if isinstance(plan, SweepPlan):
        users = ", ".join(f"{point.users:,}" for point in plan.points)
        return f"{len(plan.points)} points: {users} users, each {until}."
    goal, most = goal_words(plan.statistic, plan.ttft_seconds * 1000.0), f"{plan.max_users:,} users"
    return f"Doubles from 1 to at most {most}, then halves to the most that hold {goal}; each point {until}."


# -- parts -------------------------------------------------------------------------------------------------------------


class _Reader:
    """Reads texts and gathers what is wrong with them; the number it gives for a wrong one is never used."""

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}

    def say(self, name: str, text: str) -> None:
        self.errors.setdefault(name, text)

    def demand(self, name: str, right: bool, what: str, text: str) -> None:
        if not right:
            self.say(name, f"{text!r} is not {what}" if text.strip() else f"is missing: {what}")

    def whole(self, name: str, text: str, least: int, most: int = 10**9) -> int:
        return int(self._read(name, text, int, "a whole number", least, most))

    def number(self, name: str, text: str, least: float, most: float = 1e9) -> float:
        return float(self._read(name, text, float, "a number", least, most))

    def _read(
        self, name: str, text: str, convert: Callable[[str], float], what: str, least: float, most: float
    ) -> float:
        try:
            value = convert(text.strip().replace("_", "x"))
        except ValueError:
            self.demand(name, False, what, text)
            return least
        if not least <= value <= most:
            self.say(name, f"{text.strip()} is not between {least:g} and {most:,.0f}")
            return least
        return value


def _target(reader: _Reader, values: FormValues) -> float | None:
    """A search must have one; a run may."""
    if values.mode == RUN and not values.ttft_ms.strip():
        return None
    return reader.number("ttft_ms", values.ttft_ms, 0.001)


def _plan(reader: _Reader, values: FormValues, load: LoadSpec, ttft_ms: float | None) -> Plan:
    if values.mode == RUN:
        numbers = _users(reader, values.users)
        return SweepPlan(load, tuple(PointSpec(users=number) for number in numbers))
    statistic = values.statistic if values.statistic in get_args(Statistic) else "mean"
    most = reader.whole("max_users", values.max_users, 1, _MOST_USERS)
    return SearchPlan(load, (ttft_ms or 1.0) / 1000.0, cast(Statistic, statistic), most)


def _users(reader: _Reader, text: str) -> tuple[int, ...]:
    """``1,8,64`` or ``1 8 64``."""
    words = text.replace(",", " ").split()
    if not words:
        reader.say("users", "is missing: numbers of users like 1,8,64")
    return tuple(reader.whole("users", word, 1, _MOST_USERS) for word in words)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _bare(url: str) -> str:
    return url.strip().rstrip("/").removesuffix("/v1").rstrip("/").removeprefix("http://")
