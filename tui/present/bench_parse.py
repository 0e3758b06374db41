"""From the texts of the set-up form to a plan, or to what is wrong with each field. Reads as the command line does."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar, cast
from urllib.parse import urlsplit

from config.secret import Secret
from tui.bench import texts
from tui.bench.spec import (
    Arrival,
    Endpoint,
    LimitSpec,
    LoadSpec,
    Place,
    PointSpec,
    PromptSpec,
    SearchPlan,
    Slo,
    Start,
    Statistic,
    SweepPlan,
    Target,
)
from tui.present.bench_form import Plan
from tui.present.bench_values import RATE, RUN, SEARCH, FormValues

T = TypeVar("T")
_HERE: tuple[Place, int] = ("local", 0)  # as many processes of this machine as are needed
_SECRET_MEND = "is a secret: put it into the API key or the header file"


@dataclass(frozen=True, slots=True)
class Parsed:
    """``plan`` is ``None`` exactly when there are errors: field to what is wrong with it, and the mend.

    ``resume`` is the folder of the run to go on with.
    """

    plan: Plan | None
    errors: Mapping[str, str] = field(default_factory=dict)
    api_key: Secret | None = None
    resume: Path | None = None


def parse_form(values: FormValues, runs: Path | None = None, no_jobs: str = "") -> Parsed:
    """The plan that the fields ask for, or what is wrong with each.

    ``runs``: where a run's bare name is looked for. ``no_jobs``: why workers can't be pods here, ``""`` if they can.
    """
    read = _Reader(values)
    load = LoadSpec(
        target=_target(read, values),
        prompts=_prompts(read, values),
        limits=_limits(read, values),
        start=cast(Start, values.start),
        slo=_slo(read, values),
    )
    load = _placed(read, load, no_jobs)
    key = read.maybe("api_key", _key)
    resume = read.maybe("resume", lambda text: _run(text, runs))
    plan = _plan(read, values, load)
    if read.errors:
        return Parsed(None, read.errors)
    return Parsed(plan, {}, key, resume)


class _Reader:
    """Reads fields and gathers what is wrong with them; what it gives for a wrong one is never used."""

    def __init__(self, values: FormValues) -> None:
        self.errors: dict[str, str] = {}
        self._values = values

    def say(self, name: str, text: str) -> None:
        self.errors.setdefault(name, text)

    def need(self, name: str, convert: Callable[[str], T], what: str, otherwise: T) -> T:
        """A field that must be filled in, with ``what``."""
        text = self._text(name)
        if not text:
            self.say(name, f"is missing: {what}")
            return otherwise
        found = self.maybe(name, convert)
        return otherwise if found is None else found

    def maybe(self, name: str, convert: Callable[[str], T]) -> T | None:
        """A field that may be empty."""
        text = self._text(name)
        if not text:
            return None
        try:
            return convert(text)
        except ValueError as error:
            self.say(name, str(error))
            return None

    def _text(self, name: str) -> str:
        return str(getattr(self._values, name)).strip()


# -- parts of a load ---------------------------------------------------------------------------------------------------


def _target(read: _Reader, values: FormValues) -> Target:
    return Target(
        url=read.need("url", _address, "an address like http://10.0.0.7:8000", ""),
        model=read.need("model", str, "the name under which the endpoint serves it", ""),
        endpoint=cast(Endpoint, values.call),
        headers=read.maybe("headers", _headers) or (),
        api_key_file=read.maybe("api_key_file", _file("a file that holds the key")),
        header_file=read.maybe("header_file", _file("a file of lines 'Name: value'")),
        ca_file=read.maybe("ca_file", _file("a file that holds a certificate")),
        insecure_skip_verify=values.certificate != "checked",
    )


def _prompts(read: _Reader, values: FormValues) -> PromptSpec:
    return PromptSpec(
        isl=read.need("isl", texts.whole(1), "input tokens a request", 1),
        osl=read.need("osl", texts.whole(1), "output tokens a request", 1),
        isl_stddev=read.maybe("isl_stddev", texts.from_zero) or 0.0,
        osl_stddev=read.maybe("osl_stddev", texts.from_zero) or 0.0,
        tokenizer=read.maybe("tokenizer", _tokenizer),
        dataset=read.maybe("prompts", _file("a JSONL file of prompts")),
        shared_prefix_tokens=read.maybe("prefix_tokens", texts.whole(0)) or 0,
        extra=read.maybe("extra", _extras) or (),
        seed=read.need("seed", texts.whole(0), "a whole number", 1),
    )


def _limits(read: _Reader, values: FormValues) -> LimitSpec:
    limits = LimitSpec(
        requests=read.maybe("requests", texts.whole(1)),
        duration_seconds=read.maybe("duration", texts.above_zero),
        stall_seconds=read.need("stall_seconds", texts.above_zero, "seconds, 60 is usual", 60.0),
        max_failed_fraction=read.need("max_failed", texts.fraction, "a share, 0.01 is usual", 0.01),
    )
    if limits.requests is not None and limits.duration_seconds is not None:
        read.say("duration", "requests or seconds, not both: a point ends at one of them")
    return limits


def _placed(read: _Reader, load: LoadSpec, no_jobs: str) -> LoadSpec:
    """With its workers, on this machine or as pods: those can't read its files, and send no records."""
    place, workers = read.maybe("workers", _workers) or _HERE
    if place == "job":
        for name, file in (("prompts", load.prompts.dataset), ("ca_file", load.target.ca_file)):
            if file is not None:
                read.say(name, f"lies on this machine, where workers in pods can't read it: none, or local:{workers}")
        if no_jobs:
            read.say("workers", no_jobs)
    return replace(load, place=place, workers=workers, keep_records=place == "local")


def _slo(read: _Reader, values: FormValues) -> Slo:
    """A search must have a TTFT; the others may."""
    if values.mode == SEARCH:
        ttft: float | None = read.need("ttft_ms", texts.above_zero, "milliseconds that TTFT must stay within", 1.0)
    else:
        ttft = read.maybe("ttft_ms", texts.above_zero)
    itl, e2e = (read.maybe(name, texts.above_zero) for name in ("itl_ms", "e2e_ms"))
    return Slo(*(None if limit is None else limit / 1000.0 for limit in (ttft, itl, e2e)))


def _plan(read: _Reader, values: FormValues, load: LoadSpec) -> Plan:
    if values.mode == RATE:
        rates: tuple[float, ...] = read.need("rate", _rates, "requests a second like 2,4,8", ())
        return SweepPlan(load, tuple(PointSpec(rate=rate, arrival=cast(Arrival, values.arrival)) for rate in rates))
    if values.mode == RUN:
        return SweepPlan(load, _repeated(read.need("users", _users, "numbers of users like 1,8,64", ())))
    return SearchPlan(
        load,
        load.slo.ttft_seconds or 1.0,
        cast(Statistic, values.statistic),
        read.need("max_users", _most, "no more users than these", 1),
        attainment=read.maybe("attainment", texts.share),
        budget_seconds=read.maybe("budget", texts.above_zero),
        adaptive=values.way == "ramp",
    )


# -- readers of the form alone -----------------------------------------------------------------------------------------


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, right = urlsplit(""), False
    if "@" in parts.netloc:
        raise ValueError("holds a user or password: put it into the API key or the header file")
    if not right:
        raise ValueError(f"{text!r} is not an address like http://10.0.0.7:8000")
    return text


def _file(what: str) -> Callable[[str], Path]:
    def convert(text: str) -> Path:
        path = Path(text).expanduser()
        if not path.is_file():
            raise ValueError(f"{text!r} is not {what}")
        return path

    return convert


def _tokenizer(text: str) -> Path:
    path = Path(text).expanduser()
    if not ((path / "tokenizer.json").is_file() or path.is_file()):
        raise ValueError(f"{text!r} is neither a tokenizer.json nor a folder that holds one")
    return path


def _run(text: str, runs: Path | None) -> Path:
    named = runs / text if runs is not None and "/" not in text else Path(text).expanduser()
    if not (named / "run.json").is_file():
        raise ValueError(f"{text!r} is not the name or the folder of a run; screen Runs lists them")
    return named


def _key(text: str) -> Secret:
    """The message never repeats it."""
    if any(character.isspace() for character in text) or not text.isascii() or not text.isprintable():
        raise ValueError("holds a blank or a character that no header may hold: paste it anew, without its quotes")
    return Secret(text)


def _headers(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(texts.header(part.strip(), _SECRET_MEND) for part in text.split(";") if part.strip())


def _extras(text: str) -> tuple[tuple[str, object], ...]:
    """``K=JSON; K=JSON``. A ``;`` inside a JSON text ends nothing: what is no JSON yet goes on behind it."""
    found, held = [], ""
    for part in text.split(";"):
        held += part
        try:
            found.append(texts.extra(held.strip()))
            held = ""
        except ValueError:
            held += ";"
    rest = held.strip("; ")
    return tuple(found) if not rest else (*found, texts.extra(rest))


def _workers(text: str) -> tuple[Place, int]:
    """``local:4``, ``job:16``; a bare number is of this machine."""
    return texts.workers(text) if ":" in text else ("local", texts.whole(1)(text))


def _rates(text: str) -> tuple[float, ...]:
    rates = tuple(texts.above_zero(part) for part in text.replace(",", " ").split())
    if not rates:
        raise ValueError(f"{text!r} is not a list of numbers like 2,4,8")
    return rates


def _users(text: str) -> tuple[int, ...]:
    """``1,8,64``, ``1 8 64`` or ``1..128``."""
    return texts.numbers(",".join(text.replace(",", " ").split()) or text)


def _most(text: str) -> int:
    (most,) = texts.numbers(str(texts.whole(1)(text)))
    return most


def _repeated(users: tuple[int, ...]) -> tuple[PointSpec, ...]:
    before: Counter[int] = Counter()
    points = []
    for number in users:
        points.append(PointSpec(users=number, repeat=before[number]))
        before[number] += 1
    return tuple(points)
