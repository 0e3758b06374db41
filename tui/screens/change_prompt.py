"""A small box that asks for a few values before a change is reviewed: replicas, a quota, the name of a project."""

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.model.workload import Workload

Check = Callable[[Sequence[str]], str]
MOST_REPLICAS = 1000


class Asked(NamedTuple):
    """One value: its label, what stands there first, and a grey word where nothing does."""

    label: str
    value: str = ""
    placeholder: str = ""


class Prompt(ModalScreen[tuple[str, ...] | None]):
    """Ends with the texts in order, stripped, once ``check`` finds nothing wrong with them; ``None`` on escape."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Close", show=False)]
    DEFAULT_CSS = """
    Prompt { align: center middle; background: $background 60%; }
    Prompt > Vertical { width: 64; max-width: 96%; height: auto; background: $surface; border: round $primary;
      border-title-color: $text-primary; padding: 1 1 0 1; }
    Prompt Horizontal { height: 1; }
    Prompt .label { width: 14; color: $text-muted; }
    Prompt Input { width: 1fr; background: $panel; }
    Prompt .hint { height: auto; margin: 1 0 0 0; color: $text-muted; }
    Prompt .hint.-wrong { color: $text-error; }
    """

    def __init__(self, title: str, asked: Sequence[Asked], check: Check, hint: str = "") -> None:
        super().__init__()
        self._title = title
        self._asked = tuple(asked)
        self._check = check
        self._hint = hint

    def compose(self) -> ComposeResult:
        with Vertical():
            for number, one in enumerate(self._asked):
                with Horizontal():
                    yield Static(one.label, classes="label", markup=False)
                    yield Input(one.value, placeholder=one.placeholder, id=f"asked-{number}", compact=True)
            yield Static(self._hint or "enter goes on, esc leaves", classes="hint", markup=False)

    def on_mount(self) -> None:
        self.query_one(Vertical).border_title = f" {self._title} "
        self.query(Input).first().focus()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        texts = tuple(field.value.strip() for field in self.query(Input))
        fault = self._check(texts)
        if fault:
            hint = self.query_one(".hint", Static)
            hint.set_class(True, "-wrong")
            hint.update(fault)
        else:
            self.dismiss(texts)


def scale_prompt(workloads: Sequence[Workload], *, one_number: bool) -> Prompt:
    """Replicas at least and at most, or their one number where there is no autoscaler; empty leaves one as it is."""
    what = workloads[0].key.name if len(workloads) == 1 else f"{len(workloads)} workloads"
    low = _alike([workload.min_replicas for workload in workloads])
    high = _alike([workload.max_replicas for workload in workloads])
    if one_number:
        return Prompt(f"scale {what}", (Asked("Replicas", high or low, "as it is"),), check_replicas)
    asked = (Asked("At least", low, "as it is"), Asked("At most", high, "as it is"))
    hint = "tab goes to the other field, enter to the review; 0 at least scales to zero"
    return Prompt(f"scale {what}", asked, check_replicas, hint)


def check_replicas(texts: Sequence[str]) -> str:
    """What is wrong with the numbers, in a line."""
    if not any(texts):
        return "give a number of replicas"
    for text in texts:
        if text and not (text.isascii() and text.isdigit() and int(text) <= MOST_REPLICAS):
            return f"{text!r} is no number of replicas: give 0 to {MOST_REPLICAS}"
    if len(texts) == 2 and all(texts) and int(texts[0]) > int(texts[1]):
        return f"at least {texts[0]} is more than at most {texts[1]}"
    return ""


def _alike(numbers: Sequence[int | None]) -> str:
    """The number where all have the same, else nothing."""
    found = set(numbers)
    value = found.pop() if len(found) == 1 else None
    return "" if value is None else str(value)
