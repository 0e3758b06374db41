"""Bench: the set-up form, with what it will do in a sentence, and the way to the run that it starts."""

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Select

from config.secret import Secret
from tui.actions import Scope
from tui.bench.spec import Target
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.model.workload import Workload
from tui.plans.observe import ServerObserver, endpoint_look, environment_of
from tui.plans.run import BenchRun, Plan, WorkersOf
from tui.present.bench_command import command_words
from tui.present.bench_form import EndpointChoice, endpoint_choices, plan_words, workload_at
from tui.present.bench_job import NO_CLUSTER, READ_ONLY, confirm_words
from tui.present.bench_parse import Parsed, parse_form
from tui.present.bench_values import ADVANCED, HELP, LABELS, RATE, RUN, SEARCH, changed_advanced, guide_preset
from tui.screens.ask import AskScreen
from tui.screens.bench_fields import advanced_lines, error_words, field_lines, fields_of, set_values, values_of
from tui.screens.bench_job import client_of, namespace_of, no_jobs, pods_of
from tui.screens.bench_live import BenchLiveScreen
from tui.screens.clipboard import state_folder
from tui.screens.fold import Fold
from tui.screens.form_screen import NO_FIELD, FormScreen
from tui.screens.keys import bindings, key_label
from tui.screens.lines import Lines
from widgets.plot import load as load_charts
from widgets.rows import Cell, Tone


def runs_folder() -> Path:
    """Where runs that are started here lie."""
    return state_folder() / "runs"


class BenchScreen(FormScreen):
    """Screen 5."""

    DEFAULT_CSS = """
    BenchScreen #sheet { height: 1fr; layout: vertical; }
    BenchScreen #form { height: 1fr; padding: 1 1 0 0; scrollbar-size-vertical: 1; scrollbar-background: $background;
        scrollbar-color: $panel; }
    BenchScreen #plan { background: $surface; }
    BenchScreen.-wide #sheet { layout: horizontal; }
    BenchScreen.-wide #form { width: 92; }
    BenchScreen.-wide #plan { width: 1fr; height: 100%; padding: 1 1 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.BENCH_FORM)
    SCOPES = (Scope.EVERYWHERE, Scope.BENCH_FORM)
    AUTO_FOCUS = "#workload"
    NAME = "Bench"

    def __init__(self) -> None:
        super().__init__()
        self._choices: tuple[EndpointChoice, ...] = ()
        self._tried = False  # to start: from then on what is missing is said as well
        self._advanced = tuple(advanced_lines())
        self._lines = (*field_lines(), *self._advanced)
        self._fields = fields_of(self._lines)

    def body(self) -> Iterable[Widget]:
        simple = self._lines[: -len(self._advanced)]
        fold = Fold(self._advanced, key_label(self.deck.keys_of("bench.advanced")[0]))
        form = VerticalScroll(*simple, fold, id="form", can_focus=False)
        yield Container(form, Lines(id="plan"), id="sheet")

    def begin(self) -> None:
        # A third of a second of CPU that would else fall into the first seconds of a measurement.
        self.run_worker(load_charts, thread=True, group="charts")
        self.place()
        self.check()

    def on_screen_resume(self) -> None:
        """Show the run that is going on, or the form, filled in if another screen asked for it."""
        if not self._show_running():
            self.fill_in()

    def _show_running(self) -> bool:
        run = self.deck.bench
        if run is None or not run.running:
            return False
        if self.app.screen is self:
            self.app.push_screen(BenchLiveScreen(run, self.deck.bench_title, self.leave))
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
        self.query_one("#workload", Select).value = choice.url
        self.query_one("#isl", Input).focus()

    def _offer(self, snapshot: Snapshot) -> None:
        choices = endpoint_choices(snapshot)
        told = [(choice.label, choice.url) for choice in choices]
        if told != [(choice.label, choice.url) for choice in self._choices]:
            field: Select[Any] = self.query_one("#workload", Select)
            before = field.value
            self._choices = choices
            with self.prevent(Select.Changed):
                field.set_options(told)
                if before in {choice.url for choice in choices}:
                    field.value = before
        self._choices = choices

    @on(Select.Changed, "#workload")
    def _endpoint_chosen(self, event: Select.Changed) -> None:
        choice = next((choice for choice in self._choices if choice.url == event.value), None)
        if choice is not None:
            self.query_one("#url", Input).value = choice.url
            self.query_one("#model", Input).value = choice.model

    def place(self) -> None:
        """Only the fields that the chosen way needs."""
        mode = self._fields["mode"].value
        shown = {"users": mode == RUN, "max": mode == SEARCH, "rate": mode == RATE, "start": mode != RATE}
        shown |= {"way": mode == SEARCH, "goodput": mode == SEARCH}
        for line in self._lines:
            if line.id is not None:
                line.display = shown[line.id.removeprefix("line-")]

    def check(self) -> Parsed:
        values = values_of(self._fields)
        parsed = parse_form(values, runs_folder(), no_jobs(self.deck.feed))
        told = {name: text for name, text in parsed.errors.items() if self._tried or getattr(values, name).strip()}
        sentences = {name: error_words(name, text) for name, text in told.items()}
        for line in self._lines:
            line.show_errors(sentences)
        self.query_one(Fold).count(len(changed_advanced(values)))
        self.query_one("#plan", Lines).set_lines(self._sayings(parsed))
        return parsed

    def _sayings(self, parsed: Parsed) -> list[tuple[Cell, ...]]:
        """Beside the form where it is wide: what the field is for, the plan, and the same headless."""
        roomy = self.has_class("-wide")
        focused = self.focused.id if self.focused is not None else None
        lines: list[tuple[Cell, ...]] = [(Cell(HELP.get(focused or "", NO_FIELD), Tone.DIM),)]
        if not roomy:
            return [*lines, self._sentence(parsed)]
        lines = [(Cell("THIS FIELD", Tone.TITLE),), *lines, (Cell(" "),), (Cell("PLAN", Tone.TITLE),)]
        lines.append(self._sentence(parsed))
        command = command_words(parsed.plan, with_key=parsed.api_key is not None) if parsed.plan is not None else ""
        if command and not self.deck.presenting:
            lines += [(Cell(" "),), (Cell("THE SAME WITHOUT A SCREEN", Tone.TITLE),), (Cell(command, Tone.DIM),)]
        return lines

    def _sentence(self, parsed: Parsed) -> tuple[Cell, ...]:
        if parsed.plan is not None:
            said = plan_words(parsed.plan)
            if parsed.resume is not None:
                said = f"Goes on with {parsed.resume.name}. {said}"
            return (Cell(said, Tone.STRONG), Cell("f5 starts", Tone.ACCENT))
        missing = ", ".join(LABELS.get(name, name) for name in parsed.errors)
        return (Cell(f"To be filled in or mended: {missing}", Tone.DIM), Cell("f2 as the guide measures", Tone.ACCENT))

    def focus_body(self) -> None:
        self.query_one("#workload").focus()

    # -- actions ---------------------------------------------------------------------------------------------------

    def do_bench_preset(self) -> None:
        set_values(self._fields, guide_preset(values_of(self._fields)))
        self.place()
        self.check()
        self.notify("As the guide measures: 2000:200 ±50, TTFT mean within 1000 ms", timeout=3)

    def do_bench_start(self) -> str:
        """Start what the form asks for, or go to the first field that is wrong. Pods are made only after a yes."""
        self._tried = True
        if self._show_running():
            return ""
        parsed = self.check()
        if parsed.plan is None:
            self._to_fault(parsed)
            return ""
        plan, feed = parsed.plan, self.deck.feed
        if plan.load.place == "local":
            self._start(plan, parsed)
            return ""
        if self.deck.settings.read_only:
            return READ_ONLY
        if feed is None or client_of(feed) is None:
            return NO_CLUSTER
        words = confirm_words(feed.settings.load, namespace_of(feed), plan.load.workers)
        self.app.push_screen(
            AskScreen("workers in pods of this cluster", "\n".join(words)),
            lambda yes: self._start(plan, parsed, pods_of(feed)) if yes else None,
        )
        return ""

    def _to_fault(self, parsed: Parsed) -> None:
        wrong = next((field for name, field in self._fields.items() if name in parsed.errors), None)
        if wrong is None:
            return
        if wrong.id in ADVANCED:
            self.query_one(Fold).turn(opened=True)
        wrong.focus()
        line = next(line for line in self._lines if wrong in line.fields)
        self.call_after_refresh(line.scroll_visible, animate=False)  # with what is said under it; it has a place then

    def do_bench_advanced(self) -> None:
        """Open or close what most runs never need."""
        self.query_one(Fold).toggle()

    def _start(self, plan: Plan, parsed: Parsed, workers: WorkersOf | None = None) -> None:
        snapshot, target = self.deck.snapshot, plan.load.target
        workload = workload_at(snapshot, target.url)
        title = workload.key.name if workload is not None else target.model
        stamp = datetime.fromtimestamp(self.deck.wall_seconds()).astimezone()
        named = f"{stamp:%Y%m%d-%H%M%S}-{re.sub(r'[^a-zA-Z0-9.-]+', '-', title)}"
        folder, resumed = parsed.resume or runs_folder() / named, parsed.resume is not None
        environment = environment_of(workload, snapshot) if workload is not None else ()
        observer = self._observer(target, workload, parsed.api_key)
        run = BenchRun(plan, folder, observer, environment, None, parsed.api_key, resumed, workers)
        self.deck.bench, self.deck.bench_title = run, title
        run.start()
        self.app.push_screen(BenchLiveScreen(run, title, self.leave))

    def _observer(self, target: Target, workload: Workload | None, api_key: Secret | None) -> ServerObserver:
        feed, snapshot = self.deck.feed, self.deck.snapshot
        key = workload.key if workload is not None else None
        wakes = workload is not None and workload.min_replicas == 0
        look = endpoint_look(target, lambda: client_of(feed), api_key, wakes=wakes)
        return ServerObserver(look, lambda: feed.store.snapshot if feed is not None else snapshot, key)

    async def on_unmount(self) -> None:
        """nimdeck ends: the run ends with it, and what is finished is kept."""
        if self.deck.bench is not None:
            await self.deck.bench.closed()
