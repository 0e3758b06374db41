"""Every test starts an app of its own, and all of them style the same screens: here each question is answered once.

Shared are the rules that were parsed from a style sheet, and which of them hold for a node. The answers hold no state
of an app, and what they hang on is the whole of their key: the variables and the text of a sheet; of a node and of each
one above it the type, id, classes, and those of the states (focus, hover, last child...) that a rule asks for. Nothing
else of Textual is replaced: what is drawn is what the app draws.
"""

from itertools import count
from typing import Any

from textual.css.model import RuleSet
from textual.css.styles import RulesMap
from textual.css.stylesheet import CSSLocation, Stylesheet
from textual.dom import DOMNode

_PARSED: dict[Any, list[RuleSet]] = {}
_SHEETS: dict[tuple[int, ...], int] = {}  # by the rules in it, which are parsed once and live as long as the process
_CANDIDATES: dict[Any, frozenset[str]] = {}  # the states that the rules ask for which may hold for a node
_STYLED: dict[Any, tuple[RulesMap, tuple[bool, ...]]] = {}

_parse = Stylesheet._parse_rules
_apply = Stylesheet.apply
_numbers = count()
_NOTED = ("_has_hover_style", "_has_focus_within", "_has_order_style", "_has_odd_or_even")


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


def _states_asked_for(self: Stylesheet, sheet: int, node: DOMNode) -> frozenset[str]:
    key = (sheet, type(node), node._id, node.classes)
    known = _CANDIDATES.get(key)
    if known is None:
        rules_map = self.rules_map
        rules = [rule for name in rules_map.keys() & node._selector_names for rule in rules_map[name]]
        known = _CANDIDATES[key] = frozenset().union(*(rule.pseudo_classes for rule in rules))
    return known


def _place(node: DOMNode, states: frozenset[str]) -> tuple[Any, ...]:
    ask = node._PSEUDO_CLASSES
    return type(node), node._id, node.classes, *(ask[state](node) if state in ask else None for state in states)


def _apply_once(
    self: Stylesheet, node: DOMNode, *, animate: bool = False, cache: dict[tuple[Any, ...], RulesMap] | None = None
) -> None:
    sheet = _sheet(self)
    states = _states_asked_for(self, sheet, node)
    key = (sheet, *(_place(above, states) for above in node.css_path_nodes))
    known = _STYLED.get(key)
    if known is None:
        found: dict[tuple[Any, ...], RulesMap] = {}
        given: list[RulesMap] = []
        self.replace_rules = lambda node, rules, animate=False: given.append(rules)  # type: ignore[method-assign, misc, assignment]
        self._process_component_classes = lambda node: None  # type: ignore[method-assign]
        try:
            _apply(self, node, cache=found)
        finally:
            del self.replace_rules, self._process_component_classes
        known = _STYLED[key] = (given[0] if given else {}, tuple(getattr(node, name) for name in _NOTED))
    rules, noted = known
    for name, value in zip(_NOTED, noted, strict=True):
        setattr(node, name, value)
    if rules:
        self.replace_rules(node, rules, animate=animate)
    self._process_component_classes(node)


def share_parsing() -> None:
    """From now on, in this process."""
    Stylesheet._parse_rules = _parse_once  # type: ignore[method-assign]
    Stylesheet.apply = _apply_once  # type: ignore[method-assign]
