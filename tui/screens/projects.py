"""Projects with their quotas, and under them the node pools with where GPUs are placed. Run:ai's control plane changes
them; without one this screen only shows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from tui.actions import Scope
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.model.tenancy import Project
from tui.present import projects as present
from tui.present.filter import FieldValue, Subject
from tui.present.header import panel_state
from tui.screens.keys import bindings
from tui.screens.list_screen import ListScreen
from widgets.line_list import LineList
from widgets.rows import PanelState, Row, SortKey
from widgets.state_panel import StatePanel
from widgets.table import LiveTable

_MOST_POOLS = 8


class ProjectsScreen(ListScreen[Project]):
    """``:projects``."""

    DEFAULT_CSS = """
    ProjectsScreen #projects { max-height: 60%; }
    ProjectsScreen #pools { margin: 1 0 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PARTS, Scope.PROJECTS)
    SCOPES = (*ListScreen.SCOPES, Scope.PARTS, Scope.PROJECTS)
    NAME = "Projects"
    KIND = "projects"
    COLUMNS = present.COLUMNS
    FIELDS = present.FIELDS
    SORT = (SortKey("name"),)

    def body(self) -> Iterable[Widget]:
        yield StatePanel(LiveTable(present.COLUMNS, id="projects"), LiveTable(present.POOL_COLUMNS, id="pools"))

    @property
    def table(self) -> LineList[Row]:
        return self.query_one("#projects", LiveTable)

    @property
    def pools(self) -> LiveTable:
        return self.query_one("#pools", LiveTable)

    def state(self, snapshot: Snapshot) -> PanelState:
        return panel_state(
            snapshot,
            self.deck.now(),
            needs=("kubernetes",),
            rows=len(snapshot.projects) + len(snapshot.node_pools),
            empty="neither the cluster nor a control plane tells of projects",
        )

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        super().draw(snapshot, diff)
        self.table.styles.height = max(len(self.shown), 1) + 1
        pools = list(snapshot.node_pools.values())
        self.pools.styles.height = min(max(len(pools), 1), _MOST_POOLS) + 1
        self.pools.set_rows([present.pool_row(pool, self._node_count(snapshot, pool.name)) for pool in pools])

    def _node_count(self, snapshot: Snapshot, pool: str) -> int | None:
        known = [node.pool for node in snapshot.nodes.values() if node.pool is not None]
        return known.count(pool) if known else None

    def items(self, snapshot: Snapshot) -> Iterable[Project]:
        project = self.deck.project
        return (one for one in snapshot.projects.values() if project in (None, one.name))

    def key_of(self, item: Project) -> str:
        return item.name

    def value(self, item: Project, column: str) -> FieldValue:
        return present.field(item, column)

    def subject(self, item: Project) -> Subject:
        return present.subject(item)

    def rows(self, items: Sequence[Project], diff: SnapshotDiff | None) -> list[Row]:
        return [present.project_row(item) for item in items]

    def narrowed(self, snapshot: Snapshot, items: Sequence[Project]) -> Snapshot:
        return replace(snapshot, projects={item.name: item for item in items})

    # -- parts -----------------------------------------------------------------------------------------------------

    def do_detail_next(self) -> None:
        (self.table if self.pools.has_focus else self.pools).focus()

    do_detail_previous = do_detail_next

    def do_list_open(self) -> None:
        """What the project runs."""
        from tui.screens.workloads import WorkloadsScreen

        if (project := self.current()) is None or self.pools.has_focus:
            return
        self.deck.go("workloads")
        screen = self.deck.deck_screen
        if isinstance(screen, WorkloadsScreen):
            screen.call_after_refresh(screen.set_filter, f"project={project.name}")

    # -- changes ---------------------------------------------------------------------------------------------------

    def ask_for(self, action: str, target: str) -> None:
        """Begin an action of this screen for a project or pool of that name, for another screen."""
        (self.pools if action == "pool.placement" else self.table).cursor_key = target
        self.run_worker(self.deck.act(action), exclusive=False)

    def do_project_new(self) -> str:
        from tui.screens.project_plans import new_project_prompt

        if problem := self._no_control_plane():
            return problem
        self.app.push_screen(new_project_prompt(self.deck.snapshot), self._new)
        return ""

    def _new(self, given: tuple[str, ...] | None) -> None:
        from tui.screens.change_review import ChangeReview
        from tui.screens.change_try import Review
        from tui.screens.project_plans import gpus_of, plan_project

        feed = self.deck.feed
        if given is not None and feed is not None:
            name, gpus = given[0], gpus_of(given[1]) or 0.0
            self.app.push_screen(ChangeReview(Review(f"New project {name}", lambda: plan_project(feed, name, gpus))))

    def do_project_quota(self) -> str:
        from tui.screens.project_plans import quota_prompt

        if problem := self._no_control_plane():
            return problem
        project = self.current()
        if project is None:
            return "there is no project under the cursor"
        self.app.push_screen(
            quota_prompt(project, self.deck.snapshot), lambda given: self._quota(project.name, given) if given else None
        )
        return ""

    def _quota(self, name: str, given: tuple[str, ...]) -> None:
        from tui.screens.change_review import ChangeReview
        from tui.screens.change_try import Review
        from tui.screens.project_plans import gpus_of, plan_quota

        feed = self.deck.feed
        gpus, pool = gpus_of(given[0]) or 0.0, given[1] if len(given) > 1 else None
        if feed is not None:
            self.app.push_screen(ChangeReview(Review(f"Quota of {name}", lambda: plan_quota(feed, name, pool, gpus))))

    def do_pool_placement(self) -> str:
        from tui.screens.change_review import ChangeReview
        from tui.screens.change_try import Review
        from tui.screens.project_plans import plan_placement

        if problem := self._no_control_plane():
            return problem
        feed, pool = self.deck.feed, self.pools.cursor_key
        if feed is None or pool is None:
            return "the cluster tells of no node pool"
        self.app.push_screen(ChangeReview(Review(f"Placement in {pool}", lambda: plan_placement(feed, pool))))
        return ""

    def _no_control_plane(self) -> str:
        from tui.screens.change_form import NO_CONTROL_PLANE

        feed = self.deck.feed
        return NO_CONTROL_PLANE if feed is None or feed.control_plane is None else ""
