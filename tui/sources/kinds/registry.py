"""All kinds that are read: every module of this package that defines ``KINDS`` takes part."""

import importlib
import pkgutil
from functools import cache

from tui.sources import kinds
from tui.sources.kinds.base import Kind


@cache
def all_kinds() -> tuple[Kind, ...]:
    """Every kind, nodes and pods first: the screen that opens needs those."""
    found: list[Kind] = []
    for module in pkgutil.iter_modules(kinds.__path__):
        found += getattr(importlib.import_module(f"{kinds.__name__}.{module.name}"), "KINDS", ())
    first = {"nodes": 0, "pods": 1}
    return tuple(sorted(found, key=lambda kind: (first.get(kind.name, 2), kind.name)))
