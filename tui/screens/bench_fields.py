"""The fields of the set-up form: labelled lines of inputs and choices, and a line for what is wrong under each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Select, Static

from tui.present.bench_values import LABELS, RATE, RUN, SEARCH, FormValues

NO_CHOICE = Select.NULL
_DEFAULTS = FormValues()
Fields = Mapping[str, Input | Select[Any]]
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


class FieldLine(Vertical):
    """A label, its fields in one line, and under them what is wrong with any of them."""

    DEFAULT_CSS = """
    FieldLine { height: auto; }
    FieldLine Horizontal { height: 1; }
    FieldLine .label { width: 13; color: $text-muted; padding: 0 0 0 1; }
    FieldLine .word { width: auto; color: $text-muted; padding: 0 1; }
    FieldLine .problem { height: auto; color: $text-error; padding: 0 0 0 13; }
    FieldLine Input { background: $panel; }
    FieldLine Input.-wrong { color: $text-error; }
    """

    def __init__(self, label: str, parts: Sequence[Widget | str], id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._label = label
        self._parts = parts
        self._problem: Static | None = None  # made when there is something to say: a form has many lines
        self.fields: tuple[Input | Select[Any], ...] = tuple(part for part in parts if isinstance(part, Input | Select))

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(self._label, classes="label", markup=False)
            for part in self._parts:
                yield Static(part, classes="word", markup=False) if isinstance(part, str) else part

    def show_errors(self, errors: Mapping[str, str]) -> None:
        """Mark the fields of this line that are among ``errors`` and say what is wrong."""
        wrong = [str(field.id) for field in self.fields if field.id in errors]
        for field in self.fields:
            field.set_class(field.id in wrong, "-wrong")
        if self._problem is None:
            if not wrong or not self.is_attached:
                return
            self._problem = Static("", classes="problem", markup=False)
            self.mount(self._problem)
        self._problem.update("; ".join(error_words(name, errors[name]) for name in wrong))
        self._problem.display = bool(wrong)


def error_words(name: str, error: str) -> str:
    """``model is missing: ...``, ``ISL: '2k' is not ...``."""
    return f"{LABELS.get(name, name)}{' ' if error.startswith(('is ', 'holds ')) else ': '}{error}"


def field_lines() -> Iterable[FieldLine]:
    """What every run needs. Ids are the names in ``FormValues``, and ``workload`` for the choice above."""
    yield FieldLine("Endpoint", [_workload()])
    yield FieldLine("Address", [_input("url", "1fr", "http://host:8000")])
    yield FieldLine("Model", [_input("model", "1fr", "as the endpoint serves it")])
    yield FieldLine(
        "Tokens",
        ["in", _input("isl", 7), "±", _input("isl_stddev", 6), "out", _input("osl", 7), "±", _input("osl_stddev", 6)],
    )
    yield FieldLine("Do", [_select("mode", _MODES)])
    yield FieldLine("Users", [_input("users", 36, "1,8,64")], id="line-users")
    yield FieldLine("Users", ["at most", _input("max_users", 8)], id="line-max")
    yield FieldLine(
        "Rate", [_input("rate", 16, "2,4,8"), "a second", _select("arrival", _ARRIVALS, 24)], id="line-rate"
    )
    yield FieldLine("TTFT", [_select("statistic", _STATISTICS, 12), "≤", _input("ttft_ms", 8), "ms"])
    yield FieldLine(
        "Point ends",
        ["after", _input("requests", 8, "–"), "requests, or", _input("duration", 7, "–"), "s; or steady"],
    )


def advanced_lines() -> Iterable[FieldLine]:
    """What stands behind the fold."""
    yield FieldLine("Start", [_select("start", _STARTS)], id="line-start")
    yield FieldLine("Search by", [_select("way", _WAYS)], id="line-way")
    yield FieldLine(
        "Search ends", ["after", _input("budget", 8, "–"), "s;  goodput", _input("attainment", 7, "–"), "of requests"],
        id="line-goodput",
    )  # fmt: skip
    yield FieldLine("Limits too", ["ITL ≤", _input("itl_ms", 8, "–"), "ms   request ≤", _input("e2e_ms", 8, "–"), "ms"])
    yield FieldLine("Call", [_select("call", _CALLS)])
    yield FieldLine("API key", [_input("api_key", "1fr", "typed: in memory only", secret=True)])
    yield FieldLine("Key file", [_input("api_key_file", "1fr", "none: a file that holds the API key")])
    yield FieldLine("Headers", [_input("headers", "1fr", "K=V; K=V")])
    yield FieldLine("Header file", [_input("header_file", "1fr", "none: lines 'Name: value', secret")])
    yield FieldLine("Body", [_input("extra", "1fr", "K=JSON; K=JSON")])
    yield FieldLine("Prompts", [_input("prompts", "1fr", "synthetic: or a JSONL file")])
    yield FieldLine("Tokenizer", [_input("tokenizer", "1fr", "none: calibrated on the server's usage")])
    yield FieldLine("Prefix", [_input("prefix_tokens", 8), "tokens alike in all prompts"])
    yield FieldLine("CA file", [_input("ca_file", "1fr", "the system's")])
    yield FieldLine("Certificate", [_select("certificate", _CERTIFICATES)])
    yield FieldLine(
        "Failed", ["silent for", _input("stall_seconds", 6), "s;  failures allowed", _input("max_failed", 6)]
    )
    yield FieldLine("Workers", [_input("workers", 6, "auto"), "processes;  seed", _input("seed", 10)])
    yield FieldLine("Resume", [_input("resume", "1fr", "a new run: or the name or folder of one")])


def fields_of(lines: Iterable[FieldLine]) -> Fields:
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
