"""Where a pod must go: its required node affinity, and the pods that it must or must not lie beside.

What is only preferred holds nothing back and is not read.
"""

from collections.abc import Iterator

import msgspec

from tui.model.pod import NeighbourRule, NodeRequirement
from tui.sources.kinds.text import share, share_all

NOTHING = NodeRequirement("metadata.name", "In")  # no name is one of none: what can't be met


class Expression(msgspec.Struct, gc=False):
    key: str = ""
    operator: str = ""
    values: list[str] | None = None


class NodeTerm(msgspec.Struct, rename="camel", gc=False):
    match_expressions: list[Expression] | None = None
    match_fields: list[Expression] | None = None


class NodeSelector(msgspec.Struct, rename="camel", gc=False):
    node_selector_terms: list[NodeTerm] | None = None


class NodeAffinity(msgspec.Struct, gc=False):
    required: NodeSelector | None = msgspec.field(default=None, name="requiredDuringSchedulingIgnoredDuringExecution")


class LabelSelector(msgspec.Struct, rename="camel", gc=False):
    match_labels: dict[str, str] | None = None
    match_expressions: list[Expression] | None = None


class PodTerm(msgspec.Struct, rename="camel", gc=False):
    label_selector: LabelSelector | None = None
    topology_key: str = ""
    namespaces: list[str] | None = None
    namespace_selector: LabelSelector | None = None


class PodAffinity(msgspec.Struct, gc=False):
    required: list[PodTerm] | None = msgspec.field(default=None, name="requiredDuringSchedulingIgnoredDuringExecution")


class Affinity(msgspec.Struct, rename="camel", gc=False):
    node_affinity: NodeAffinity | None = None
    pod_affinity: PodAffinity | None = None
    pod_anti_affinity: PodAffinity | None = None


def node_terms_of(affinity: Affinity | None) -> tuple[tuple[NodeRequirement, ...], ...]:
    """The terms, one of which must hold; empty where nothing is required.

    An empty term holds for no node (that is how the API defines it), so it is left out; where no other is given, what
    is left can't be met by any node.
    """
    if affinity is None or affinity.node_affinity is None or affinity.node_affinity.required is None:
        return ()
    terms = (
        share_all([*_requirements(term.match_expressions), *_requirements(term.match_fields)])
        for term in affinity.node_affinity.required.node_selector_terms or ()
    )
    return share_all(term for term in terms if term) or ((NOTHING,),)


def neighbours_of(affinity: Affinity | None) -> tuple[NeighbourRule, ...]:
    """The required rules about pods nearby, those to be near first."""
    if affinity is None or (affinity.pod_affinity is None and affinity.pod_anti_affinity is None):
        return ()
    return share_all([*_rules(affinity.pod_affinity, False), *_rules(affinity.pod_anti_affinity, True)])


def _rules(affinity: PodAffinity | None, anti: bool) -> Iterator[NeighbourRule]:
    """A term without a selector chooses no pod: to be near none can't be met, to be far from none always is."""
    for term in affinity.required or () if affinity is not None else ():
        selector = term.label_selector
        if selector is None and anti:
            continue
        labels = (selector.match_labels if selector is not None else None) or {}
        yield NeighbourRule(
            anti=anti,
            topology_key=share(term.topology_key),
            labels=share_all((share(key), share(value)) for key, value in labels.items()),
            expressions=share_all(_requirements(selector.match_expressions)) if selector is not None else (NOTHING,),
            namespaces=share_all(map(share, term.namespaces or ())),
            any_namespace=term.namespace_selector is not None,
        )


def _requirements(expressions: list[Expression] | None) -> Iterator[NodeRequirement]:
    for expression in expressions or ():
        values = share_all(map(share, expression.values or ()))
        yield NodeRequirement(share(expression.key), share(expression.operator), values)
