"""Which node pool a node belongs to: as the pools themselves say, else by its label. Pure."""

from collections import defaultdict
from collections.abc import Mapping

from tui.model.node import Node
from tui.model.tenancy import NodePool

DEFAULT_POOL = "default"


class Pools:
    """The node pools of a cluster. A pool holds the nodes that carry its label; all others belong to the default."""

    def __init__(self, node_pools: Mapping[str, NodePool]) -> None:
        self._names: dict[str, dict[str, str]] = defaultdict(dict)  # label -> value -> pool
        for pool in node_pools.values():
            if pool.label_key and pool.label_value:
                self._names[pool.label_key][pool.label_value] = pool.name

    def of(self, node: Node) -> str:
        """The name of the node's pool."""
        labels = node.object.labels if node.object is not None else {}
        for label, names in self._names.items():
            name = names.get(labels.get(label, ""))
            if name is not None:
                return name
        return node.pool or DEFAULT_POOL
