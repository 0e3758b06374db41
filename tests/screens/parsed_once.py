"""Every test starts an app of its own, and all of them parse the same style sheets: here each is parsed once.

Only parsing is shared. Rules hold no state of an app; which variables they were parsed with is part of the key.
"""

from typing import Any

from textual.css.model import RuleSet
from textual.css.stylesheet import CSSLocation, Stylesheet

_PARSED: dict[Any, list[RuleSet]] = {}
_parse = Stylesheet._parse_rules


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


def share_parsing() -> None:
    """From now on, in this process."""
    Stylesheet._parse_rules = _parse_once  # type: ignore[method-assign]
