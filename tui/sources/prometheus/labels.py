"""Labels of a series -> which GPU, pod or name it is about. Pure; what does not parse is ``None``, never an error."""

import re
from collections.abc import Mapping

from config.queries import Family
from tui.model.ids import GpuId, ObjectKey

_FEW = 5  # an aggregated answer has so many labels at most; one with pods has more, and they come and go
_INDEX = re.compile(r"[0-9]{1,4}")
_EXPORTER_CONTAINERS = frozenset({"exporter", "dcgm-exporter", "nvidia-dcgm-exporter"})


def first(labels: Mapping[str, str], names: tuple[str, ...]) -> str:
    """The value of the first of ``names`` that is there and not empty; ``""`` if none is."""
    for name in names:
        value = labels.get(name)
        if value:
            return value
    return ""


class HostNames:
    """Turns a host label into the name of a node.

    ``nodes`` are the names that Kubernetes knows (empty: not known); ``exporter_pods`` maps an exporter pod that calls
    itself the host to its node.
    """

    def __init__(self, nodes: frozenset[str] = frozenset(), exporter_pods: Mapping[str, str] | None = None) -> None:
        self.nodes = nodes
        self._pods = dict(exporter_pods or {})
        self._short = {node.partition(".")[0]: node for node in nodes}
        self._label_of: dict[str, str] = {}
        self._gpus: dict[tuple[tuple[str, str], ...], GpuId | None] = {}

    def resolve(self, candidates: list[str]) -> str:
        """The node behind host labels, best first: a known node, an exporter pod's node, or the label as it is."""
        for value in candidates:
            if value in self.nodes:
                return value
        for value in candidates:
            node = self._pods.get(value) or self._short.get(value.partition(".")[0])
            if node:
                self._label_of[node] = value
                return node
        return next((value for value in candidates if value), "")

    def gpu(self, labels: Mapping[str, str], family: Family) -> GpuId | None:
        """The physical GPU of a series, or ``None``. Remembered: ten thousand series say the same each round."""
        key = tuple(labels.items()) if len(labels) <= _FEW else tuple([(n, labels.get(n, "")) for n in family.places])
        try:
            return self._gpus[key]
        except KeyError:
            pass
        index = parse_index(first(labels, family.gpu))
        node = self.resolve([labels[name] for name in family.node if labels.get(name)])
        found = GpuId(node, index) if node and index is not None else None
        self._gpus[key] = found
        return found

    def label_of(self, node: str) -> str:
        """The host label's value that was resolved to ``node``, for a query about it."""
        return self._label_of.get(node, node)


def parse_index(text: str) -> int | None:
    """A GPU index as ``nvidia-smi`` counts them."""
    return int(text) if _INDEX.fullmatch(text) and text.isascii() else None


def parse_pod(labels: Mapping[str, str], family: Family) -> ObjectKey | None:
    """The pod of a series; both namespace and name must be there."""
    name, namespace = first(labels, family.pod), first(labels, family.namespace)
    return ObjectKey(namespace, name) if name and namespace else None


def parse_gpu_pod(labels: Mapping[str, str], family: Family, exported: bool) -> ObjectKey | None:
    """The pod that a GPU exporter puts on its GPU.

    ``exported``: this server renames the exporter's own labels (``exported_pod``), so a bare ``pod`` is the exporter
    itself. Without that, a GPU that nobody uses still carries the exporter's pod as its target label.
    """
    if exported:
        name, namespace = labels.get("exported_pod", ""), labels.get("exported_namespace", "")
        return ObjectKey(namespace, name) if name and namespace else None
    pod = parse_pod(labels, family)
    if pod is None or first(labels, family.container) in _EXPORTER_CONTAINERS or "dcgm-exporter" in pod.name:
        return None
    return pod
