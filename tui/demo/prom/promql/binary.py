"""Binary operators between scalars and vectors, with vector matching as Prometheus does it."""

import math
import operator
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from tui.demo.prom.labels import NAME, LabelSet
from tui.demo.prom.promql.values import BadQueryError, QueryError, Vector

Operation = Callable[[float, float], float]


def _divide(left: float, right: float) -> float:
    if right == 0:
        return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)
    return left / right


def _modulo(left: float, right: float) -> float:
    if right == 0 or math.isinf(left):
        return math.nan
    return math.fmod(left, right)


def _power(left: float, right: float) -> float:
    try:
        return math.pow(left, right)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.inf if left == 0 else math.nan


_ARITHMETIC: dict[str, Operation] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _modulo,
    "^": _power,
    "atan2": math.atan2,
}
_COMPARISON: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator with its modifier, ready to be applied to pairs of numbers."""

    symbol: str
    return_bool: bool

    @property
    def compares(self) -> bool:
        return self.symbol in _COMPARISON

    @property
    def keeps_name(self) -> bool:
        """A filtering comparison leaves the element as it is."""
        return self.compares and not self.return_bool

    def apply(self, left: float, right: float, kept: float) -> float | None:
        """The result, or None where a filtering comparison drops the element; ``kept`` is what it else keeps."""
        if not self.compares:
            return _ARITHMETIC[self.symbol](left, right)
        holds = _COMPARISON[self.symbol](left, right)
        if self.return_bool:
            return 1.0 if holds else 0.0
        return kept if holds else None


def evaluate_binary(symbol: str, modifier: Any, left: float | Vector, right: float | Vector) -> float | Vector:
    """``left symbol right``, whichever of them are vectors."""
    if isinstance(left, list) and isinstance(right, list):
        if symbol in ("and", "or", "unless"):
            return _set_operation(symbol, _matching(modifier), left, right)
        return _join(_known(symbol, modifier), modifier, left, right)
    chosen = _known(symbol, modifier)
    if isinstance(left, list):
        assert isinstance(right, float)
        number = right
        return _mapped(chosen, left, lambda value: chosen.apply(value, number, value))
    if isinstance(right, list):
        number = left
        return _mapped(chosen, right, lambda value: chosen.apply(number, value, value))
    result = chosen.apply(left, right, left)
    return math.nan if result is None else result


def _known(symbol: str, modifier: Any) -> Operator:
    if symbol not in _ARITHMETIC and symbol not in _COMPARISON:
        raise BadQueryError(f'invalid parameter "query": operator "{symbol}" is not supported')
    fill = getattr(modifier, "fill_values", None)
    if fill is not None and (fill.lhs is not None or fill.rhs is not None):
        raise BadQueryError('invalid parameter "query": fill modifiers are not supported')
    return Operator(symbol, bool(modifier is not None and modifier.return_bool))


def _mapped(chosen: Operator, vector: Vector, apply: Callable[[float], float | None]) -> Vector:
    result: Vector = []
    for labels, value in vector:
        outcome = apply(value)
        if outcome is not None:
            result.append((labels if chosen.keeps_name else labels.nameless(), outcome))
    return result


def _matching(modifier: Any) -> Callable[[LabelSet], Hashable]:
    """From labels to the match group: elements with the same one belong together."""
    matching = modifier.matching if modifier is not None else None
    if matching is None:
        return lambda labels: labels.nameless()
    names = tuple(matching.labels)
    if str(matching.type).endswith("Include"):
        return lambda labels: tuple([labels.map.get(name, "") for name in names])
    return lambda labels: labels.without((*names, NAME))


def _shown(group: Hashable, modifier: Any) -> str:
    if isinstance(group, tuple):
        return repr(LabelSet(dict(zip(modifier.matching.labels, group, strict=True))))
    return repr(group)


def _set_operation(symbol: str, signature: Callable[[LabelSet], Hashable], left: Vector, right: Vector) -> Vector:
    if symbol == "or":
        present = {signature(labels) for labels, _ in left}
        return left + [sample for sample in right if signature(sample[0]) not in present]
    present = {signature(labels) for labels, _ in right}
    return [sample for sample in left if (signature(sample[0]) in present) == (symbol == "and")]


def _join(chosen: Operator, modifier: Any, left: Vector, right: Vector) -> Vector:
    signature = _matching(modifier)
    card = str(modifier.card).rpartition(".")[2] if modifier is not None else "OneToOne"
    swapped = card == "OneToMany"
    many, one = (right, left) if swapped else (left, right)
    ones: dict[Hashable, tuple[LabelSet, float]] = {}
    for labels, value in one:
        key = signature(labels)
        if key in ones:
            side = "left" if swapped else "right"
            raise QueryError(
                f"found duplicate series for the match group {_shown(key, modifier)} "
                f"on the {side} hand-side of the operation: "
                f"[{labels}, {ones[key][0]}];many-to-many matching not allowed: "
                "matching labels must be unique on one side"
            )
        ones[key] = (labels, value)
    result: Vector = []
    seen: set[LabelSet] = set()
    for labels, value in many:
        key = signature(labels)
        partner = ones.get(key)
        if partner is None:
            continue
        low, high = (partner[1], value) if swapped else (value, partner[1])
        outcome = chosen.apply(low, high, low)
        if outcome is None:
            continue
        joined = _result_labels(chosen, modifier, card, labels, partner[0])
        if joined in seen:
            raise QueryError(
                "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
                if card == "OneToOne"
                else "multiple matches for labels: grouping labels must ensure unique matches"
            )
        seen.add(joined)
        result.append((joined, outcome))
    return result


def _result_labels(chosen: Operator, modifier: Any, card: str, many: LabelSet, one: LabelSet) -> LabelSet:
    labels = many if chosen.keeps_name else many.nameless()
    if card == "OneToOne":
        matching = modifier.matching if modifier is not None else None
        if matching is None:
            return labels
        if str(matching.type).endswith("Include"):
            return labels.only(tuple(matching.labels))
        return labels.without(tuple(matching.labels))
    return labels.updated({name: one.get(name) for name in modifier.group_labels or ()})
