"""Scale test: the form of a plan, with what it will do and cost, and the way to the plan under way."""

import re
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Select

from tui.actions import Scope
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.plans.folder import read_plan
from tui.plans.plan_run import PlanThread
from tui.plans.values import ScalePlan
from tui.present.scale_test_form import (
    HELP,
    HOLD,
    LABELS,
    REAL,
    SEARCH,
    SIMULATE,
    ScaleParsed,
    ScaleValues,
    confirm_words,
    parse_scale,
    what_words,
)
from tui.screens.ask import AskScreen
from tui.screens.bench import runs_folder
from tui.screens.fold import Fold
from tui.screens.form_screen import NO_FIELD, FormScreen
from tui.screens.keys import bindings, key_label
from tui.screens.lines import Lines
from tui.screens.scale_test_begin import ScaleOrder, earlier_plans, job_of, plan_choices, read_choice
from tui.screens.scale_test_live import ScaleLiveScreen, ScaleViewScreen
from widgets.form_line import FormLine
from widgets.rows import Cell, Tone

_LOADS = (("search: the most users that hold the target", SEARCH), ("hold: given users for each pod", HOLD))
_MODES = (("simulate: nothing is touched, all is said to be simulated", SIMULATE), ("this cluster", REAL))
_NAMES = tuple(asdict(ScaleValues()))


class ScaleTestScreen(FormScreen):
    """Screen 8."""

    DEFAULT_CSS = """
    ScaleTestScreen #sheet { height: 1fr; layout: vertical; }
    ScaleTestScreen #form { height: 1fr; padding: 1 1 0 0; scrollbar-size-vertical: 1;
        scrollbar-background: $background; scrollbar-color: $panel; }
    ScaleTestScreen #what { max-height: 10; background: $surface; }
    ScaleTestScreen.-wide #sheet { layout: horizontal; }
    ScaleTestScreen.-wide #form { width: 84; }
    ScaleTestScreen.-wide #what { width: 1fr; height: 100%; max-height: 100%; padding: 1 1 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.SCALE_FORM)
    SCOPES = (Scope.EVERYWHERE, Scope.SCALE_FORM)
    AUTO_FOCUS = "#plan"
    NAME = "Scale"

    def __init__(self) -> None:
        super().__init__()
        self._plan: ScalePlan | None = None
        self._fault = ""
        self._tried = False

    def body(self) -> Iterable[Widget]:
        fold = Fold(
            (
                FormLine("Models", [_input("models", "1fr", "all")]),
                FormLine("Point ends", ["after", _input("duration", 8, "–"), "s;  a search after",
                                        _input("budget", 8, "–"), "s"]),
                FormLine("Workers", [_input("workers", 16, "as planned")]),
                FormLine("Folder", [_input("folder", "1fr", "a new one among the runs")]),
            ),
            key_label(self.deck.keys_of("scale.advanced")[0]),
            "models, how long, workers, folder",
        )  # fmt: skip
        yield Container(
            VerticalScroll(
                FormLine("Plan", [_select("plan", ())]),
                FormLine("Look back", [_select("earlier", (), "an earlier one, with its map, curves and cursor")]),
                FormLine("Tests", [_input("tests", "1fr", "all")]),
                FormLine("Pods", [_input("pods", "1fr", "as the plan says: 1,16,32,64")]),
                FormLine("Do", [_select("load", _LOADS)], id="line-load"),
                FormLine("Users a pod", [_input("users_per_pod", 24, "64,128")], id="line-users"),
                FormLine("On", [_select("mode", _MODES)]),
                FormLine("GPUs", [_input("gpus", 8, "–"), "simulated; empty: as the plan says"], id="line-gpus"),
                fold,
                id="form",
                can_focus=False,
            ),
            Lines(id="what"),
            id="sheet",
        )

    def begin(self) -> None:
        self.run_worker(self._find, thread=True, exclusive=True, group="plans", exit_on_error=False)
        self.place()

    def on_screen_resume(self) -> None:
        """Show the plan under way."""
        if not self._show_running():
            self.run_worker(self._find_earlier, thread=True, exclusive=True, group="earlier", exit_on_error=False)

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        if diff is None or diff.nodes:
            self.check()  # the cluster has other GPUs

    def _show_running(self) -> bool:
        job = self.deck.scale_job
        if job is None or not job.running:
            return False
        if self.app.screen is self:
            self.app.push_screen(ScaleLiveScreen(job, self.leave))
        return True

    # -- plans -----------------------------------------------------------------------------------------------------

    def _find(self) -> None:
        """On a thread, after the first picture."""
        choices = plan_choices()
        self.app.call_from_thread(self._offer, choices)

    def _offer(self, choices: tuple[tuple[str, str], ...]) -> None:
        field: Select[Any] = self.query_one("#plan", Select)
        field.set_options(choices)
        if choices:
            field.value = choices[0][1]

    def _find_earlier(self) -> None:
        self.app.call_from_thread(self._offer_earlier, earlier_plans(runs_folder()))

    def _offer_earlier(self, choices: tuple[tuple[str, str], ...]) -> None:
        with self.prevent(Select.Changed):
            self.query_one("#earlier", Select).set_options(choices)

    @on(Select.Changed, "#earlier")
    def _earlier_chosen(self, event: Select.Changed) -> None:
        if isinstance(event.value, str):
            path = Path(event.value)
            self.run_worker(lambda: self._open(path), thread=True, exclusive=True, group="open", exit_on_error=False)

    def _open(self, path: Path) -> None:
        try:
            run = read_plan(path)
        except (ValueError, OSError) as error:
            self.app.call_from_thread(self.notify, str(error), severity="warning", timeout=6)
            return
        self.app.call_from_thread(self.app.push_screen, ScaleViewScreen(run))

    @on(Select.Changed, "#plan")
    def _plan_chosen(self, event: Select.Changed) -> None:
        if isinstance(event.value, str):
            name = event.value
            self.run_worker(lambda: self._read(name), thread=True, exclusive=True, group="plan", exit_on_error=False)

    def _read(self, name: str) -> None:
        self.app.call_from_thread(self._has_read, name, read_choice(name))

    def _has_read(self, name: str, found: ScalePlan | str) -> None:
        if self.query_one("#plan", Select).value != name:
            return
        self._plan, self._fault = (None, found) if isinstance(found, str) else (found, "")
        if self._plan is not None:
            with self.prevent(Select.Changed):
                self.query_one("#load", Select).value = HOLD if self._plan.load.users_per_pod else SEARCH
            users = ",".join(f"{number:g}" for number in self._plan.load.users_per_pod)
            self.query_one("#users_per_pod", Input).value = users
        self.place()
        self.check()

    # -- the fields ------------------------------------------------------------------------------------------------

    def _values(self) -> ScaleValues:
        said = {name: self.query_one(f"#{name}").value for name in _NAMES}  # type: ignore[attr-defined]
        return ScaleValues(**{name: value if isinstance(value, str) else "" for name, value in said.items()})

    def place(self) -> None:
        values = self._values()
        ramp = self._plan is not None and self._plan.kind == "autoscale"
        self.query_one("#line-load").display = not ramp
        self.query_one("#line-users").display = values.load == HOLD and not ramp
        self.query_one("#line-gpus").display = values.mode == SIMULATE

    def check(self) -> ScaleParsed:
        values = self._values()
        parsed = parse_scale(values, self._plan, self._cluster_gpus())
        if self._fault:
            parsed = ScaleParsed(None, errors=(("plan", self._fault),))
        told = {name: text for name, text in parsed.errors if self._tried or getattr(values, name).strip()}
        sentences = {name: f"{LABELS.get(name, name)}: {text}" for name, text in told.items()}
        for line in self.query(FormLine):
            line.show_errors(sentences)
        changed = sum(1 for name in ("models", "duration", "budget", "workers", "folder") if getattr(values, name))
        self.query_one(Fold).count(changed)
        self.query_one("#what", Lines).set_lines(self._sayings(parsed))
        return parsed

    def _cluster_gpus(self) -> float | None:
        known = [node.gpu_allocatable for node in self.deck.snapshot.nodes.values()]
        found = [gpus for gpus in known if gpus is not None]
        return float(sum(found)) if found else None

    def _sayings(self, parsed: ScaleParsed) -> list[tuple[Cell, ...]]:
        focused = self.focused.id if self.focused is not None else None
        lines: list[tuple[Cell, ...]] = [(Cell(HELP.get(focused or "", NO_FIELD), Tone.DIM),)]
        if self.has_class("-wide"):
            lines = [(Cell("THIS FIELD", Tone.TITLE),), *lines, (Cell(" "),), (Cell("PLAN", Tone.TITLE),)]
        if self._plan is not None and parsed.plan is not None:
            lines.append((Cell(self._plan.title, Tone.STRONG), Cell("f5 starts", Tone.ACCENT)))
        return [*lines, *what_words(parsed)]

    def focus_body(self) -> None:
        self.query_one("#plan").focus()

    # -- actions ---------------------------------------------------------------------------------------------------

    def do_scale_start(self) -> str:
        """Start what the form asks for; on the real cluster only after a yes."""
        self._tried = True
        if self._show_running():
            return ""
        parsed = self.check()
        if parsed.plan is None:
            self._to_fault(parsed.errors)
            return ""
        if parsed.simulate:
            self._start(parsed)
            return ""
        if self.deck.settings.read_only:
            return "nimdeck runs read-only: a plan changes the cluster; simulate it, or start without --read-only"
        if not any(not cell.why_not for cell in parsed.cells):
            return "no cell of this plan fits the cluster"
        self.app.push_screen(
            AskScreen("scale test on this cluster", "\n".join(confirm_words(parsed))),
            lambda yes: self._start(parsed) if yes else None,
        )
        return ""

    def _to_fault(self, errors: tuple[tuple[str, str], ...]) -> None:
        field = self.query_one(f"#{errors[0][0]}") if errors else None
        if field is not None:
            if any(field in line.fields for line in self.query_one(Fold).query(FormLine)):
                self.query_one(Fold).turn(opened=True)
            field.focus()

    def _start(self, parsed: ScaleParsed) -> None:
        if parsed.plan is None:
            return
        now = self.deck.wall_seconds()
        stamp = datetime.fromtimestamp(now).astimezone()
        name = re.sub(r"[^a-zA-Z0-9.-]+", "-", parsed.plan.name)
        folder = parsed.folder or runs_folder() / f"{stamp:%Y%m%d-%H%M%S}-{name}"
        order = ScaleOrder(parsed.plan, parsed.cells, folder, parsed.simulate, parsed.gpus)
        job = PlanThread(job_of(order, self.deck.feed), now)
        self.deck.scale_job = job
        job.start()
        self.app.push_screen(ScaleLiveScreen(job, self.leave))

    def do_scale_advanced(self) -> None:
        self.query_one(Fold).toggle()

    async def on_unmount(self) -> None:
        """nimdeck ends: the plan ends with it, and what is finished is kept."""
        if self.deck.scale_job is not None:
            await self.deck.scale_job.closed()


def _input(name: str, width: int | str, placeholder: str = "") -> Input:
    field = Input("", placeholder=placeholder, id=name, compact=True, select_on_focus=False)
    field.styles.width = width
    return field


def _select(name: str, options: tuple[tuple[str, str], ...], prompt: str = "looking for plans") -> Select[Any]:
    field: Select[Any]
    if options:
        standing = getattr(ScaleValues(), name)
        field = Select(options, value=standing, allow_blank=False, id=name, compact=True)
    else:
        field = Select((), prompt=prompt, id=name, compact=True)
    field.styles.width = "1fr"
    return field
