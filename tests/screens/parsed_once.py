"""Every test starts an app of its own, and all of them style the same screens: here each question is answered once.

Shared are the rules that were parsed from a style sheet, and which of them hold for a node and for its components. The
answers hold no state of an app, and what they hang on is the whole of their key: the variables and the text of a sheet;
of a node and of each one above it the type, id, classes, and those of the states (focus, hover, last child...) that a
rule asks for. A node that has its rules already is not given them again, and a component (the cursor of an input, the
lit line of a list) gets its styles when it is drawn. Nothing else of Textual is replaced: what is drawn is what the
app draws.
"""

from collections.abc import Callable
from functools import cache
from itertools import count
from typing import Any, NamedTuple

from textual.css.model import RuleSet
from textual.css.styles import RenderStyles, RulesMap
from textual.css.stylesheet import CSSLocation, Stylesheet
from textual.dom import DOMNode

_NOTED = ("_has_hover_style", "_has_focus_within", "_has_order_style", "_has_odd_or_even")


class Styled(NamedTuple):
    """What a node is given: its rules, what it has to know of them, and the rules of its components."""

    rules: RulesMap
    noted: tuple[bool, ...]
    components: dict[str, RulesMap]


_PARSED: dict[Any, list[RuleSet]] = {}
_SHEETS: dict[tuple[int, ...], int] = {}  # by the rules in it, which are parsed once and live as long as the process
_CANDIDATES: dict[Any, frozenset[str]] = {}  # the states that rules ask for which may hold for a node or a component
_STYLED: dict[Any, Styled] = {}

_parse = Stylesheet._parse_rules
_apply = Stylesheet.apply
_numbers = count()


def _parse_once(
    self: Stylesheet,
    css: str,
    read_from: CSSLocation,
    is_default_rules: bool = False,
    tie_breaker: int = 0,
    scope: str = "",
) -> list[RuleSet]:
    variables = tuple(sorted(self._variables.items()))
    key = (hash(variables), css, read_from, is_default_rules, tie_breaker, scope)
    known = _PARSED.get(key)
    if known is None:
        known = _PARSED[key] = _parse(self, css, read_from, is_default_rules, tie_breaker, scope)
    return known


def _sheet(self: Stylesheet) -> int:
    """A number for all the rules of a style sheet, in their order."""
    rules = self.rules
    known: tuple[list[RuleSet], int] | None = self.__dict__.get("_as_numbered")
    if known is None or known[0] is not rules:
        number = _SHEETS.setdefault(tuple(map(id, rules)), next(_numbers))
        known = self.__dict__["_as_numbered"] = (rules, number)
    return known[1]


# -- which rules hold --------------------------------------------------------------------------------------------------


@cache
def _components_of(kind: type[DOMNode]) -> tuple[str, ...]:
    return tuple(sorted(kind._get_component_classes()))


def _states_asked_for(self: Stylesheet, sheet: int, node: DOMNode) -> frozenset[str]:
    key = (sheet, type(node), node._id, node.classes)
    known = _CANDIDATES.get(key)
    if known is None:
        rules_map = self.rules_map
        names = node._selector_names | {f".{component}" for component in _components_of(type(node))} | {"DOMNode"}
        rules = [rule for name in rules_map.keys() & names for rule in rules_map[name]]
        known = _CANDIDATES[key] = frozenset().union(*(rule.pseudo_classes for rule in rules))
    return known


@cache
def _questions(kind: type[DOMNode], states: frozenset[str]) -> tuple[Callable[[Any], bool], ...]:
    return tuple(kind._PSEUDO_CLASSES[state] for state in sorted(states & kind._PSEUDO_CLASSES.keys()))


def _place(node: DOMNode, states: frozenset[str]) -> tuple[Any, ...]:
    kind = type(node)
    return kind, node._id, frozenset(node._classes), *[holds(node) for holds in _questions(kind, states)]


def _found(self: Stylesheet, node: DOMNode) -> Styled:
    """As Textual finds it, without giving it to the node."""
    rules = _rules_of(self, node)
    noted = tuple(getattr(node, name) for name in _NOTED)
    parts = {component: DOMNode(classes=component) for component in _components_of(type(node))}
    for part in parts.values():
        part._attach(node)
    return Styled(rules, noted, {component: _rules_of(self, part) for component, part in parts.items()})


def _rules_of(self: Stylesheet, node: DOMNode) -> RulesMap:
    given: list[RulesMap] = []
    self.replace_rules = lambda node, rules, animate=False: given.append(rules)  # type: ignore[method-assign, misc, assignment]
    self._process_component_classes = lambda node: None  # type: ignore[method-assign]
    try:
        _apply(self, node, cache={})
    finally:
        del self.replace_rules, self._process_component_classes
    return given[0] if given else {}


# -- and are given -----------------------------------------------------------------------------------------------------


class Components(dict[str, RenderStyles]):
    """The styles of a node's components, each made when it is asked for."""

    def __init__(self, node: DOMNode, rules: dict[str, RulesMap]) -> None:
        super().__init__()
        self.node, self.rules = node, rules

    def __contains__(self, name: object) -> bool:
        return name in self.rules

    def __missing__(self, name: str) -> RenderStyles:
        part = DOMNode(classes=name)
        part._attach(self.node)
        Stylesheet.replace_rules(part, self.rules[name])
        self[name] = part.styles
        return part.styles


def _apply_once(
    self: Stylesheet, node: DOMNode, *, animate: bool = False, cache: dict[tuple[Any, ...], RulesMap] | None = None
) -> None:
    sheet = _sheet(self)
    states = _states_asked_for(self, sheet, node)
    key = (sheet, *[_place(above, states) for above in node.css_path_nodes])
    known = _STYLED.get(key)
    if known is None:
        known = _STYLED[key] = _found(self, node)
    for name, value in zip(_NOTED, known.noted, strict=True):
        setattr(node, name, value)
    if known.rules:
        if node.styles.base._rules != known.rules or (animate and node.app.animator._animations):
            self.replace_rules(node, known.rules, animate=animate)
        else:
            node.notify_style_update()
    _give_components(node, known.components)


def _give_components(node: DOMNode, rules: dict[str, RulesMap]) -> None:
    before = node._component_styles
    if rules and not (isinstance(before, Components) and before.rules == rules):
        node._component_styles = Components(node, rules)
        node.refresh()


def share_parsing() -> None:
    """From now on, in this process."""
    Stylesheet._parse_rules = _parse_once  # type: ignore[method-assign]
    Stylesheet.apply = _apply_once  # type: ignore[method-assign]
