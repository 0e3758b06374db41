"""Doing what mends something that waits: through the reviews that every change goes through, or by copying a command.

Nothing is changed here. Mixed into the screens that explain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.pending import WhatIf
from tui.model.workload import Workload
from tui.present.explained import Deed
from tui.screens.changes import Changes
from tui.screens.deck import DeckApp
from tui.screens.launch_request import LaunchRequest


class Remedies(Changes):
    """Answers the actions of a workload for the remedy that was chosen, and for the row where none was."""

    _target: Workload | None = None  # of the remedy under way
    _what_if: WhatIf | None = None

    def row_workload(self) -> Workload | None:
        """The workload of what is under the cursor."""
        raise NotImplementedError

    def subject_workload(self) -> Workload | None:
        return self._target or self.row_workload()

    def subject_workloads(self) -> Sequence[Workload]:
        workload = self.subject_workload()
        return () if workload is None else (workload,)

    async def carry_out(self, deed: Deed) -> str:
        """Open the review of it, or copy its command; the result is what is wrong, or ``""``."""
        if deed.action:
            return await self._act(deed)
        if command := deed.command:
            self.copy(command, f"the command: {command}")
            return ""
        return "this one is done by hand: nimdeck has no action for it"

    async def _act(self, deed: Deed) -> str:
        room = (deed.action or "").partition(".")[0]
        if room == "project" or deed.action == "pool.placement":
            ask_in_projects(self.deck, deed.action or "", deed.target)
            return ""
        self._target = self._named(deed.target)
        if room == "workload" and self._target is None:
            return f"{deed.target or 'the workload'} is no longer in the cluster"
        self._what_if = deed if isinstance(deed, WhatIf) else None
        try:
            if self._what_if is not None and self._what_if.replicas is not None and deed.action == "workload.scale":
                return self._scale_to(self._target, self._what_if.replicas)
            return await self.deck.perform(deed.action or "")
        finally:
            if deed.action != "workload.edit":
                self._target = self._what_if = None

    def _scale_to(self, workload: Workload | None, replicas: tuple[int, int]) -> str:
        if refusal := self.deck.refusal("workload.scale"):
            return refusal
        if workload is not None:
            self._scale((workload,), tuple(map(str, replicas)))
        return ""

    def _named(self, target: str) -> Workload | None:
        found = (workload for key, workload in self.deck.snapshot.workloads.items() if target == str(key))
        return next(found, None)

    def _open_form(self, request: LaunchRequest) -> None:
        """The form of Launch, with what the *what if* changes filled in."""
        changed, self._what_if, self._target = self._what_if, None, None
        spec = request.spec
        if changed is not None and spec is not None:
            gpu = spec.gpu
            if changed.devices is not None:
                gpu = replace(gpu, devices=changed.devices)
            if changed.portion is not None:
                gpu = replace(gpu, portion=changed.portion, portion_limit=None, memory_bytes=None)
            pools = changed.node_pools or spec.node_pools
            preemptible = spec.preemptible if changed.preemptible is None else changed.preemptible
            spec = replace(spec, gpu=gpu, node_pools=pools, preemptible=preemptible)
            request = replace(request, spec=spec, note=f"what if: {changed.change}. {request.note}".rstrip(" ."))
        super()._open_form(request)


def ask_in_projects(deck: DeckApp, action: str, target: str) -> None:
    """Projects, quotas and placement are asked for on the screen of projects; ``target`` names project or pool."""
    from tui.screens.projects import ProjectsScreen

    deck.go("projects")
    screen = deck.deck_screen
    if isinstance(screen, ProjectsScreen):
        screen.call_after_refresh(screen.ask_for, action, target)


def workload_of(workloads: Mapping[WorkloadKey, Workload], pod: ObjectKey) -> Workload | None:
    """The workload that a pod belongs to."""
    return next((workload for workload in workloads.values() if pod in workload.pods), None)
