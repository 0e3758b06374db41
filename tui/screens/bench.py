"""Bench: the set-up form, with what it will do in a sentence, and the way to the run that it starts."""

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Select

from tui.actions import Scope
from tui.bench.spec import Target
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.model.workload import Workload
from tui.plans.observe import ServerObserver, endpoint_look, environment_of
from tui.plans.run import BenchRun, Plan
from tui.present.bench_form import (
    RUN,
    EndpointChoice,
    Parsed,
    endpoint_choices,
    guide_preset,
    parse_form,
    plan_words,
    workload_at,
)
from tui.screens.base import DeckScreen
from tui.screens.bench_fields import LABELS, FieldLine, field_lines, set_values, values_of
from tui.screens.bench_lines import Lines
from tui.screens.bench_live import BenchLiveScreen
from tui.screens.clipboard import state_folder
from tui.screens.keys import bindings
from tui.session import Feed
from tui.sources.kubernetes import KubeClient, KubeError
from widgets.command_line import CommandLine
from widgets.rows import Cell, Tone


def runs_folder() -> Path:
    """Where runs that are started here lie."""
    return state_folder() / "runs"


class BenchScreen(DeckScreen):
    """Screen 5."""

    DEFAULT_CSS = """
    BenchScreen #form { height: 1fr; padding: 1 1 0 0; }
    BenchScreen #plan { padding: 0 0 0 0; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.BENCH_FORM)
    SCOPES = (Scope.EVERYWHERE, Scope.BENCH_FORM)
    AUTO_FOCUS = "#endpoint"
    NAME = "Bench"

    def __init__(self) -> None:
        super().__init__()
        self._choices: tuple[EndpointChoice, ...] = ()
        self._tried = False  # to start: from then on what is missing is said as well

    def body(self) -> Iterable[Widget]:
        yield VerticalScroll(*field_lines(), id="form", can_focus=False)
        yield Lines(id="plan")

    def begin(self) -> None:
        self._place()
        self._check()

    def on_screen_resume(self) -> None:
        """Show the run that is going on, or the form, filled in if another screen asked for it."""
        if not self._show_running():
            self.fill_in()

    def _show_running(self) -> bool:
        run = self.deck.bench
        if run is None or not run.running:
            return False
        if self.app.screen is self:
            self.app.push_screen(BenchLiveScreen(run, self.deck.bench_title, self._leave))
        return True

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        if diff is None or diff.workloads:
            self._offer(snapshot)
            self.fill_in()

    # -- the fields ------------------------------------------------------------------------------------------------

    def fill_in(self) -> None:
        """Take the workload that another screen asked to be measured."""
        key = self.deck.bench_subject
        if key is None or not self._choices:
            return
        self.deck.bench_subject = None
        choice = next((choice for choice in self._choices if choice.workload.key == key), None)
        if choice is None:
            self.notify(f"{key} has no address yet; it can be typed", severity="warning", timeout=4)
            return
        self.query_one("#endpoint", Select).value = choice.url
        self.query_one("#isl", Input).focus()

    def _offer(self, snapshot: Snapshot) -> None:
        choices = endpoint_choices(snapshot)
        told = [(choice.label, choice.url) for choice in choices]
        if told != [(choice.label, choice.url) for choice in self._choices]:
            field: Select[Any] = self.query_one("#endpoint", Select)
            before = field.value
            self._choices = choices
            with self.prevent(Select.Changed):
                field.set_options(told)
                if before in {choice.url for choice in choices}:
                    field.value = before
        self._choices = choices

    @on(Select.Changed, "#endpoint")
    def _endpoint_chosen(self, event: Select.Changed) -> None:
        choice = next((choice for choice in self._choices if choice.url == event.value), None)
        if choice is not None:
            self.query_one("#url", Input).value = choice.url
            self.query_one("#model", Input).value = choice.model

    @on(Input.Changed, "#form Input")
    @on(Select.Changed, "#mode, #statistic, #start")
    def _edited(self) -> None:
        self._place()
        self._check()

    @on(Input.Submitted, "#form Input")
    def _entered(self) -> None:
        """Enter in a field goes to the next: nothing starts by accident."""
        self.focus_next()

    def _place(self) -> None:
        """Only the fields that the chosen way needs."""
        sweep = self.query_one("#mode", Select).value == RUN
        self.query_one("#line-users").display = sweep
        self.query_one("#line-max").display = not sweep

    def _check(self) -> Parsed:
        values = values_of(self.query_one("#form"))
        parsed = parse_form(values)
        told = {name: text for name, text in parsed.errors.items() if self._tried or getattr(values, name).strip()}
        for line in self.query(FieldLine):
            line.show_errors(told)
        self.query_one("#plan", Lines).set_lines([self._sentence(parsed)])
        return parsed

    def _sentence(self, parsed: Parsed) -> tuple[Cell, ...]:
        if parsed.plan is not None:
            return (Cell(plan_words(parsed.plan), Tone.STRONG), Cell("f5 starts", Tone.ACCENT))
        missing = ", ".join(LABELS.get(name, name) for name in parsed.errors)
        return (Cell(f"To be filled in or mended: {missing}", Tone.DIM), Cell("f2 as the guide measures", Tone.ACCENT))

    def focus_body(self) -> None:
        self.query_one("#endpoint").focus()

    # -- actions ---------------------------------------------------------------------------------------------------

    def do_bench_preset(self) -> None:
        form = self.query_one("#form")
        set_values(form, guide_preset(values_of(form)))
        self._place()
        self._check()
        self.notify("As the guide measures: 2000:200 ±50, TTFT mean within 1000 ms", timeout=3)

    def do_bench_start(self) -> None:
        """Start what the form asks for, or go to the first field that is wrong."""
        self._tried = True
        if self._show_running():
            return
        parsed = self._check()
        if parsed.plan is None:
            wrong = next((field for field in self.query(Input) if field.id in parsed.errors), None)
            if wrong is not None:
                wrong.focus()
            return
        self._start(parsed.plan)

    def do_app_back(self) -> None:
        """Out of the fields first, so that the keys of the other screens work; then to the last screen."""
        if self.focused is not None:
            self.set_focus(None)
        else:
            self._leave()

    def _leave(self) -> None:
        self.run_worker(self.deck.perform("app.last"))

    def _start(self, plan: Plan) -> None:
        snapshot, target = self.deck.snapshot, plan.load.target
        workload = workload_at(snapshot, target.url)
        title = workload.key.name if workload is not None else target.model
        stamp = datetime.fromtimestamp(self.deck.wall_seconds()).astimezone()
        folder = runs_folder() / f"{stamp:%Y%m%d-%H%M%S}-{re.sub(r'[^a-zA-Z0-9.-]+', '-', title)}"
        environment = environment_of(workload, snapshot) if workload is not None else ()
        observer = self._observer(target, workload)
        run = BenchRun(plan, folder, observer, environment)
        self.deck.bench, self.deck.bench_title = run, title
        run.start()
        self.app.push_screen(BenchLiveScreen(run, title, self._leave))

    def _observer(self, target: Target, workload: Workload | None) -> ServerObserver:
        feed, snapshot = self.deck.feed, self.deck.snapshot
        key = workload.key if workload is not None else None
        look = endpoint_look(target, lambda: _client(feed))
        return ServerObserver(look, lambda: feed.store.snapshot if feed is not None else snapshot, key)

    def on_unmount(self) -> None:
        """nimdeck ends: the run ends with it, and what is finished is kept."""
        if self.deck.bench is not None:
            self.deck.bench.close()

    @on(CommandLine.Cancelled)
    def _line_gone(self) -> None:
        self.focus_body()


def _client(feed: Feed | None) -> KubeClient | None:
    try:
        return feed.kubernetes.client if feed is not None and feed.kubernetes is not None else None
    except KubeError:
        return None
