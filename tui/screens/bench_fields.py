"""The fields of the set-up form: labelled lines of inputs and choices, and a line for what is wrong under each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Select, Static

from tui.present.bench_form import RUN, SEARCH, FormValues

NO_CHOICE = Select.NULL
_DEFAULTS = FormValues()
_MODES = (("search: the most users that hold the target", SEARCH), ("run: given numbers of users", RUN))
_STATISTICS = tuple((name, name) for name in ("mean", "p50", "p90", "p99"))
_STARTS = (("staggered: users come one after another", "staggered"), ("burst: all at once", "burst"))


class FieldLine(Vertical):
    """A label, its fields in one line, and under them what is wrong with any of them."""

    DEFAULT_CSS = """
    FieldLine { height: auto; }
    FieldLine Horizontal { height: 1; }
    FieldLine .label { width: 12; color: $text-muted; padding: 0 0 0 1; }
    FieldLine .word { width: auto; color: $text-muted; padding: 0 1; }
    FieldLine .problem { height: auto; color: $text-error; padding: 0 0 0 12; display: none; }
    FieldLine Input { background: $panel; }
    FieldLine Input.-wrong { color: $text-error; }
    """

    def __init__(self, label: str, parts: Sequence[Widget | str], id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._label = label
        self._parts = parts

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(self._label, classes="label", markup=False)
            for part in self._parts:
                yield Static(part, classes="word", markup=False) if isinstance(part, str) else part
        yield Static("", classes="problem", markup=False)

    def show_errors(self, errors: Mapping[str, str]) -> None:
        """Mark the fields of this line that are among ``errors`` and say what is wrong."""
        wrong = [field.id for field in self.query(Input) if field.id in errors]
        for field in self.query(Input):
            field.set_class(field.id in wrong, "-wrong")
        problem = self.query_one(".problem", Static)
        problem.update("; ".join(error_words(name, errors[name]) for name in wrong if name is not None))
        problem.display = bool(wrong)


LABELS = {
    "url": "address",
    "isl": "ISL",
    "osl": "OSL",
    "isl_stddev": "± of ISL",
    "osl_stddev": "± of OSL",
    "max_users": "users at most",
    "ttft_ms": "TTFT",
    "duration": "seconds",
    "api_key_file": "key file",
}
"""What a field is called in words, where that is not its name."""


def error_words(name: str, error: str) -> str:
    """``model is missing: ...``, ``ISL: '2k' is not ...``."""
    return f"{LABELS.get(name, name)}{' ' if error.startswith('is ') else ': '}{error}"


def field_lines() -> Iterable[Widget]:
    """The form from top to bottom. Ids are the names in ``FormValues``, and ``endpoint`` for the choice above."""
    yield FieldLine("Endpoint", [_select("endpoint", (), width="1fr", prompt="a running workload, or type an address")])
    yield FieldLine("Address", [_input("url", "1fr", "http://host:8000")])
    yield FieldLine("Model", [_input("model", "1fr", "as the endpoint serves it")])
    yield FieldLine("Key file", [_input("api_key_file", "1fr", "none: a file that holds the API key")])
    yield FieldLine(
        "Tokens",
        ["in", _input("isl", 7), "±", _input("isl_stddev", 6), "out", _input("osl", 7), "±", _input("osl_stddev", 6)],
    )
    yield FieldLine("Do", [_select("mode", _MODES, width=50)])
    yield FieldLine("Users", [_input("users", 36, "1,8,64")], id="line-users")
    yield FieldLine("Users", ["at most", _input("max_users", 8)], id="line-max")
    yield FieldLine("TTFT", [_select("statistic", _STATISTICS, width=12), "≤", _input("ttft_ms", 8), "ms"])
    yield FieldLine(
        "Point ends",
        ["after", _input("requests", 8, "–"), "requests, or", _input("duration", 7, "–"), "s; or steady"],
    )
    yield FieldLine("Start", [_select("start", _STARTS, width=50)])


def values_of(form: Widget) -> FormValues:
    """What stands in the fields."""
    texts = {field.id: field.value for field in form.query(Input) if field.id}
    chosen = {field.id: field.value for field in form.query(Select) if field.id in ("mode", "statistic", "start")}
    return FormValues(**texts, **{name: str(value) for name, value in chosen.items() if name})


def set_values(form: Widget, values: FormValues) -> None:
    """Write ``values`` into the fields."""
    for field in form.query(Input):
        if field.id:
            field.value = getattr(values, field.id)
    for choice in form.query(Select):
        if choice.id in ("mode", "statistic", "start"):
            choice.value = getattr(values, choice.id)


def _input(name: str, width: int | str, placeholder: str = "") -> Input:
    field = Input(getattr(_DEFAULTS, name), placeholder=placeholder, id=name, compact=True, select_on_focus=False)
    field.styles.width = width
    return field


def _select(name: str, options: Sequence[tuple[str, str]], *, width: int | str, prompt: str = "") -> Select[Any]:
    if options:
        field: Select[Any] = Select(options, value=getattr(_DEFAULTS, name), allow_blank=False, id=name, compact=True)
    else:
        field = Select((), prompt=prompt, id=name, compact=True)
    field.styles.width = width
    return field
