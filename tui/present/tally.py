"""Totals and holders of a cluster that ticks: node by node, so that a tick of figures costs no walk over all slices."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from tui.model.ids import WorkloadKey
from tui.model.node import Node
from tui.model.snapshot import SnapshotDiff
from tui.present.totals import NodeShare, Totals, add_idle, add_up, idle_held, share_of

Holders = Mapping[WorkloadKey | None, int]


class Tally:
    """What ``totals`` and ``holders`` say, kept up to date with the diffs between snapshots."""

    def __init__(self) -> None:
        self._shares: dict[str, NodeShare] = {}
        self._idle: dict[str, int | None] = {}
        self._pods: dict[str, Holders] = {}
        self._holders: Holders = {}
        self._totals = add_up((), None)

    def update(self, nodes: Mapping[str, Node], diff: SnapshotDiff | None) -> None:
        """Come from the last snapshot to this one; ``None``: anything may have changed."""
        placed: Iterable[str] = nodes if diff is None else diff.placed
        if diff is None:
            self._shares, self._idle, self._pods = {}, {}, {}
        for name in placed:
            self._place(name, nodes.get(name))
        for name in nodes if diff is None else diff.nodes:
            node = nodes.get(name)
            if node is not None:
                self._idle[name] = idle_held(node)
        if placed or diff is None:
            self._holders = _added(self._pods.values())
            self._totals = add_up(tuple(self._shares.values()), None)
        self._totals = replace(self._totals, idle_held=add_idle(self._idle.values()))

    @property
    def totals(self) -> Totals:
        return self._totals

    @property
    def holders(self) -> Holders:
        """How many pods of each workload hold a GPU, the greatest holders first."""
        return self._holders

    def _place(self, name: str, node: Node | None) -> None:
        if node is None:
            self._shares.pop(name, None)
            self._idle.pop(name, None)
            self._pods.pop(name, None)
            return
        self._shares[name] = share_of(node)
        self._pods[name] = holders([node])


def holders(nodes: Iterable[Node]) -> Holders:
    """How many pods of each workload hold a GPU of these nodes, the greatest holders first."""
    pods = {(part.workload, part.pod) for node in nodes for gpu in node.gpus for part in gpu.slices}
    return Counter(workload for workload, _ in pods)


def _added(counts: Iterable[Holders]) -> Holders:
    total: dict[WorkloadKey | None, int] = {}
    for count in counts:
        for key, number in count.items():
            total[key] = total.get(key, 0) + number
    return dict(sorted(total.items(), key=lambda entry: (-entry[1], str(entry[0]))))
