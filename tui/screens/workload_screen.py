"""One workload: its facts, pods, conditions, events, YAML and logs, and what its endpoint says of itself."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from tui.actions import Scope
from tui.model.event import Event
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.snapshot import Snapshot
from tui.model.workload import Workload
from tui.present.events import COLUMNS as EVENT_COLUMNS
from tui.present.header import panel_state
from tui.present.pods import COLUMNS as POD_COLUMNS
from tui.present.pods import pod_row
from tui.present.workload_facts import CONDITION_COLUMNS, condition_row, describe, workload_facts
from tui.screens.changes import Changes
from tui.screens.detail_screen import DetailScreen
from tui.screens.endpoint import EndpointPanel
from tui.screens.inspect import open_logs, open_why, open_workload_yaml, open_yaml
from tui.screens.keys import bindings
from widgets.line_list import LineList
from widgets.rows import PanelState, Row, Tab
from widgets.table import LiveTable
from widgets.text_view import TextView


class WorkloadScreen(Changes, DetailScreen):
    """Opened by enter on a workload."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.WORKLOADS, Scope.WHY)
    SCOPES: ClassVar[tuple[Scope, ...]] = (*DetailScreen.SCOPES, Scope.WORKLOADS, Scope.WHY)

    SECTIONS = (
        Tab("pods", "Pods"),
        Tab("facts", "Facts"),
        Tab("conditions", "Conditions"),
        Tab("events", "Events"),
        Tab("endpoint", "Endpoint"),
    )

    def __init__(self, key: WorkloadKey, section: str = "") -> None:
        super().__init__(section)
        self._key = key

    def title_text(self) -> str:
        workload = self._workload(self.deck.snapshot)
        return self._key.name if workload is None else f"{self._key.name}  {workload.phase}"

    def sections(self) -> Iterable[Widget]:
        yield LiveTable(POD_COLUMNS, id="pods")
        yield TextView(id="facts")
        yield LiveTable(CONDITION_COLUMNS, id="conditions")
        yield LiveTable(EVENT_COLUMNS, id="events")
        yield EndpointPanel(id="endpoint")

    def state(self, snapshot: Snapshot) -> PanelState:
        return panel_state(
            snapshot,
            self.deck.now(),
            needs=("kubernetes",),
            rows=1 if self._workload(snapshot) is not None else 0,
            empty=f"{self._key} is no longer in the cluster",
        )

    def draw_section(self, key: str, snapshot: Snapshot) -> None:
        workload = self._workload(snapshot)
        if workload is None:
            return
        now = self.deck.now()
        if key == "pods":
            pods = [snapshot.pods[pod] for pod in workload.pods if pod in snapshot.pods]
            self.query_one("#pods", LiveTable).set_rows(pod_row(pod, now) for pod in pods)
        elif key == "facts":
            page = describe(f"{workload.type} {workload.key}", workload_facts(workload, now), [])
            self.query_one("#facts", TextView).set_text(page, "describe")
        elif key == "conditions":
            self.query_one("#conditions", LiveTable).set_rows(self._conditions(workload, snapshot))
        elif key == "events":
            self.set_events(self._events(snapshot, workload))
        else:
            self.query_one(EndpointPanel).watch_workload(self.deck.feed, workload)

    def counts(self, snapshot: Snapshot) -> Mapping[str, int]:
        workload = self._workload(snapshot)
        if workload is None:
            return {}
        return {
            "pods": sum(1 for pod in workload.pods if pod in snapshot.pods),
            "conditions": len(self._conditions(workload, snapshot)),
            "events": len(self._events(snapshot, workload)),
        }

    def _events(self, snapshot: Snapshot, workload: Workload) -> list[Event]:
        names = {self._key.name, *(pod.name for pod in workload.pods)}
        return [event for event in snapshot.events if event.object.name in names]

    def _conditions(self, workload: Workload, snapshot: Snapshot) -> list[Row]:
        now = self.deck.now()
        rows = [condition_row("", condition, now) for condition in workload.conditions]
        for place, key in enumerate(workload.pods):
            pod = snapshot.pods.get(key)
            if pod is not None and not pod.ready:
                rows += [condition_row(f"pod {place + 1}", condition, now) for condition in pod.conditions]
        return rows

    def _workload(self, snapshot: Snapshot) -> Workload | None:
        return snapshot.workloads.get(self._key)

    # -- actions ---------------------------------------------------------------------------------------------------

    def subject_workload(self) -> Workload | None:
        return self._workload(self.deck.snapshot)

    def subject_workloads(self) -> Sequence[Workload]:
        workload = self._workload(self.deck.snapshot)
        return () if workload is None else (workload,)

    def do_workload_bench(self) -> None:
        self.deck.bench_subject = self._key
        self.deck.go("bench")

    def do_pending_why(self) -> None:
        """Of the pod under the cursor, else of the workload."""
        open_why(self, self._chosen_pod() or self._key)

    def do_detail_yaml(self) -> None:
        workload = self._workload(self.deck.snapshot)
        pod = self._chosen_pod()
        if pod is not None:
            open_yaml(self, "pods", pod.namespace, pod.name)
        elif workload is not None:
            open_workload_yaml(self, workload)

    def do_detail_logs(self) -> None:
        workload = self._workload(self.deck.snapshot)
        if workload is not None:
            open_logs(self, self._key.name, workload.pods)

    @on(LineList.Opened, "#pods")
    def _pod_opened(self, event: LineList.Opened) -> None:
        pod = self._chosen_pod()
        if pod is not None:
            open_logs(self, pod.name, (pod,))

    def _chosen_pod(self) -> ObjectKey | None:
        """The pod under the cursor of the section Pods, if that is shown."""
        if self.section != "pods":
            return None
        key = self.query_one("#pods", LiveTable).cursor_key
        workload = self._workload(self.deck.snapshot)
        return next((pod for pod in (workload.pods if workload else ()) if str(pod) == key), None)

    def page_text(self) -> str:
        workload = self._workload(self.deck.snapshot)
        if workload is None:
            return str(self._key)
        pods = [str(pod) for pod in workload.pods]
        return describe(f"{workload.type} {workload.key}", workload_facts(workload, self.deck.now()), [("Pods", pods)])
