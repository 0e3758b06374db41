"""The fields of the set-up form, line by line, and what stands in them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from textual.widgets import Input, Select

from tui.present.bench_values import LABELS, RATE, RUN, SEARCH, FormValues
from widgets.form_line import Field, FormLine

NO_CHOICE = Select.NULL
_DEFAULTS = FormValues()
Fields = Mapping[str, Field]
_NAMES = frozenset(asdict(_DEFAULTS))
_CHOICE_WIDTH = 52
_MODES = (
    ("search: the most users that hold the target", SEARCH),
    ("run: given numbers of users", RUN),
    ("rate: requests a second, open loop", RATE),
)
_STATISTICS = tuple((name, name) for name in ("mean", "p50", "p90", "p99"))
_STARTS = (("staggered: users come one after another", "staggered"), ("burst: all at once", "burst"))
_WAYS = (("bracket: double, then halve", "bracket"), ("adaptive: grow, back off, sustain", "ramp"))
_CALLS = (("chat: /v1/chat/completions", "chat"), ("completions: /v1/completions", "completions"))
_ARRIVALS = (("poisson: at random", "poisson"), ("constant: evenly", "constant"))
_CERTIFICATES = (("checked", "checked"), ("not checked: anyone may answer", "unchecked"))


def error_words(name: str, error: str) -> str:
    """``model is missing: ...``, ``ISL: '2k' is not ...``."""
    return f"{LABELS.get(name, name)}{' ' if error.startswith(('is ', 'holds ')) else ': '}{error}"


def field_lines() -> Iterable[FormLine]:
    """What every run needs. Ids are the names in ``FormValues``, and ``workload`` for the choice above."""
    yield FormLine("Endpoint", [_workload()])
    yield FormLine("Address", [_input("url", "1fr", "http://host:8000")])
    yield FormLine("Model", [_input("model", "1fr", "as the endpoint serves it")])
    yield FormLine(
        "Tokens",
        ["in", _input("isl", 7), "±", _input("isl_stddev", 6), "out", _input("osl", 7), "±", _input("osl_stddev", 6)],
    )
    yield FormLine("Do", [_select("mode", _MODES)])
    yield FormLine("Users", [_input("users", 36, "1,8,64")], id="line-users")
    yield FormLine("Users", ["at most", _input("max_users", 8)], id="line-max")
    yield FormLine("Rate", [_input("rate", 16, "2,4,8"), "a second", _select("arrival", _ARRIVALS, 24)], id="line-rate")
    yield FormLine("TTFT", [_select("statistic", _STATISTICS, 12), "≤", _input("ttft_ms", 8), "ms"])
    yield FormLine(
        "Point ends",
        ["after", _input("requests", 8, "–"), "requests, or", _input("duration", 7, "–"), "s; or steady"],
    )


def advanced_lines() -> Iterable[FormLine]:
    """What stands behind the fold."""
    yield FormLine("Start", [_select("start", _STARTS)], id="line-start")
    yield FormLine("Search by", [_select("way", _WAYS)], id="line-way")
    yield FormLine(
        "Search ends", ["after", _input("budget", 8, "–"), "s;  goodput", _input("attainment", 7, "–"), "of requests"],
        id="line-goodput",
    )  # fmt: skip
    yield FormLine("Limits too", ["ITL ≤", _input("itl_ms", 8, "–"), "ms   request ≤", _input("e2e_ms", 8, "–"), "ms"])
    yield FormLine("Call", [_select("call", _CALLS)])
    yield FormLine("API key", [_input("api_key", "1fr", "typed: in memory only", secret=True)])
    yield FormLine("Key file", [_input("api_key_file", "1fr", "none: a file that holds the API key")])
    yield FormLine("Headers", [_input("headers", "1fr", "K=V; K=V")])
    yield FormLine("Header file", [_input("header_file", "1fr", "none: lines 'Name: value', secret")])
    yield FormLine("Body", [_input("extra", "1fr", "K=JSON; K=JSON")])
    yield FormLine("Prompts", [_input("prompts", "1fr", "synthetic: or a JSONL file")])
    yield FormLine("Tokenizer", [_input("tokenizer", "1fr", "none: calibrated on the server's usage")])
    yield FormLine("Prefix", [_input("prefix_tokens", 8), "tokens alike in all prompts"])
    yield FormLine("CA file", [_input("ca_file", "1fr", "the system's")])
    yield FormLine("Certificate", [_select("certificate", _CERTIFICATES)])
    yield FormLine(
        "Failed", ["silent for", _input("stall_seconds", 6), "s;  failures allowed", _input("max_failed", 6)]
    )
    yield FormLine("Workers", [_input("workers", 12, "auto"), "local:N or job:N;  seed", _input("seed", 10)])
    yield FormLine("Resume", [_input("resume", "1fr", "a new run: or the name or folder of one")])


def fields_of(lines: Iterable[FormLine]) -> Fields:
    """The fields by their names in the form."""
    return {str(field.id): field for line in lines for field in line.fields if field.id in _NAMES}


def values_of(fields: Fields) -> FormValues:
    """What stands in the fields."""
    return FormValues(**{name: str(field.value) for name, field in fields.items()})


def set_values(fields: Fields, values: FormValues) -> None:
    """Write ``values`` into the fields."""
    for name, field in fields.items():
        field.value = getattr(values, name)


def _input(name: str, width: int | str, placeholder: str = "", *, secret: bool = False) -> Input:
    value = getattr(_DEFAULTS, name)
    field = Input(value, placeholder=placeholder, id=name, compact=True, select_on_focus=False, password=secret)
    field.styles.width = width
    return field


def _select(name: str, options: Sequence[tuple[str, str]], width: int = _CHOICE_WIDTH) -> Select[Any]:
    field: Select[Any] = Select(options, value=getattr(_DEFAULTS, name), allow_blank=False, id=name, compact=True)
    field.styles.width = width
    return field


def _workload() -> Select[Any]:
    field: Select[Any] = Select((), prompt="a running workload, or type an address", id="workload", compact=True)
    field.styles.width = "1fr"
    return field
