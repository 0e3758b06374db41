"""Whether a pod fits a node, and if not, in which words the scheduler says so. Decides; changes nothing."""

from collections.abc import Sequence

from tui.demo.objects import Json
from tui.demo.world import messages
from tui.demo.world.hardware import GPU_MEMORY_MIB
from tui.demo.world.inventory import Inventory, NodeRecord, PodRecord
from tui.demo.world.ledger import GpuState, Ledger

_POOL_LABEL = "runai/node-pool"


class Fit:
    """The scheduler's predicates and its choice of node. ``spread`` prefers the emptiest node, else the fullest; a node
    pool may have its own way.
    """

    def __init__(self, inventory: Inventory, ledger: Ledger, *, spread: bool = True) -> None:
        self._inventory = inventory
        self._ledger = ledger
        self._spread = spread
        self._pools: dict[str, bool] = {}  # by the value of the pool's label

    def follow(self, pool: Json) -> None:
        """A NodePool says how GPUs are placed in it."""
        spec = pool.get("spec", {})
        strategy = spec.get("placementStrategy", {}).get("gpu")
        if strategy:
            self._pools[spec.get("labelValue", pool["metadata"]["name"])] = strategy == "spread"

    def spreads(self, node: NodeRecord) -> bool:
        """Whether pods are spread over the nodes of its pool."""
        return self._pools.get(node.labels.get(_POOL_LABEL, ""), self._spread)

    def place(
        self, pod: PodRecord, spec: Json, volumes: Sequence[Sequence[Json]] = ()
    ) -> tuple[str, list[GpuState]] | str:
        """(node, its GPUs) for the pod, or the reasons of all nodes as one text.

        ``volumes`` are the node selector terms of each volume that it mounts.
        """
        best: tuple[float, str] | None = None
        reasons = []
        for node in self._inventory.nodes.values():
            refusal = self.refusal(node, pod, spec, volumes)
            if refusal is not None:
                reasons.append(refusal)
                continue
            given = self._ledger.given(node.name)
            score = (given if self.spreads(node) else -given, node.name)
            best = score if best is None or score < best else best
        if best is None:
            return messages.histogram(reasons)
        states = self._ledger.candidates(best[1], pod.ask, pack=not self.spreads(self._inventory.nodes[best[1]]))
        return best[1], states[: pod.ask.devices]

    def refusal(
        self, node: NodeRecord, pod: PodRecord, spec: Json, volumes: Sequence[Sequence[Json]] = ()
    ) -> str | None:
        """Why ``node`` can't take the pod; ``None`` if it can."""
        closed = self._not_open(node, spec) or self._bad_company(node, pod, spec.get("affinity", {}))
        if closed is None and not all(_in_terms(node.labels, terms) for terms in volumes):
            closed = messages.VOLUME
        return closed or self._too_small(node, pod)

    def _bad_company(self, node: NodeRecord, pod: PodRecord, affinity: Json) -> str | None:
        """Rules about neighbouring pods of the same namespace, by the topology key's value."""
        for kind, wanted, text in (
            ("podAffinity", True, messages.AFFINITY),
            ("podAntiAffinity", False, messages.ANTI_AFFINITY),
        ):
            for rule in affinity.get(kind, {}).get("requiredDuringSchedulingIgnoredDuringExecution", []):
                if self._has_neighbour(node, pod, rule) is not wanted:
                    return text
        return None

    def _has_neighbour(self, node: NodeRecord, pod: PodRecord, rule: Json) -> bool:
        key, labels = rule["topologyKey"], rule.get("labelSelector", {}).get("matchLabels", {})
        place = node.labels.get(key)
        for other in self._inventory.bound():
            there = self._inventory.nodes.get(other.node or "")
            if there is None or place is None or there.labels.get(key) != place or other.key[0] != pod.key[0]:
                continue
            if labels.items() <= other.labels.items():
                return True
        return False

    def _not_open(self, node: NodeRecord, spec: Json) -> str | None:
        if node.unschedulable:
            return messages.UNSCHEDULABLE
        if not node.ready:
            return messages.NOT_READY
        for key, value, effect in node.taints:
            if effect != "PreferNoSchedule" and not _tolerates(spec.get("tolerations", []), key, value, effect):
                return messages.taint(key, value)
        if not _selected(node.labels, spec):
            return messages.SELECTOR
        return None

    def _too_small(self, node: NodeRecord, pod: PodRecord) -> str | None:
        used = self._inventory.usage(node.name)
        if used.pods + 1 > node.pods:
            return messages.PODS
        if used.cpu + pod.cpu > node.cpu:
            return messages.CPU
        if used.memory + pod.memory > node.memory:
            return messages.MEMORY
        if pod.ephemeral and used.ephemeral + pod.ephemeral > node.ephemeral:
            return messages.EPHEMERAL
        for profile, count in pod.ask.mig:
            if used.mig.get(profile, 0) + count > node.mig.get(profile, 0):
                return messages.mig(profile)
        if pod.ask.memory_mib and pod.ask.memory_mib > GPU_MEMORY_MIB:
            return messages.GPU_MEMORY
        if pod.ask.devices > node.gpus or not self._ledger.fits(node.name, pod.ask):
            return messages.GPUS
        return None

    def impossible(self, pod: PodRecord) -> str | None:
        """The text for a pod that no node could take even if it were empty; ``None`` if one could."""
        nodes = list(self._inventory.nodes.values())
        ask = (pod.ask.gpus, pod.cpu, round(pod.memory / 1e9, 2))
        tops = {
            "GPU": (pod.ask.devices, max((node.gpus for node in nodes), default=0)),
            "CPU": (pod.cpu, max((node.cpu for node in nodes), default=0.0)),
            "memory": (ask[2], max((round(node.memory / 1e9, 2) for node in nodes), default=0.0)),
        }
        for resource, (wanted, top) in tops.items():
            if wanted > top:
                return messages.too_big("/".join(pod.key), ask, resource, top, "default")
        return None


def _tolerates(tolerations: Sequence[Json], key: str, value: str, effect: str) -> bool:
    for entry in tolerations:
        if entry.get("effect") not in (None, "", effect):
            continue
        if entry.get("operator") == "Exists" and entry.get("key") in (None, "", key):
            return True
        if entry.get("key") == key and entry.get("value", "") == value:
            return True
    return False


def _selected(labels: dict[str, str], spec: Json) -> bool:
    if any(labels.get(key) != value for key, value in spec.get("nodeSelector", {}).items()):
        return False
    affinity = spec.get("affinity", {}).get("nodeAffinity", {})
    terms = affinity.get("requiredDuringSchedulingIgnoredDuringExecution", {}).get("nodeSelectorTerms", [])
    return not terms or _in_terms(labels, terms)


def _in_terms(labels: dict[str, str], terms: Sequence[Json]) -> bool:
    """One of the terms is met in all its parts."""
    return any(all(_matches(labels, entry) for entry in term.get("matchExpressions", [])) for term in terms)


def _matches(labels: dict[str, str], expression: Json) -> bool:
    key, values = expression["key"], expression.get("values", [])
    match expression["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return True
