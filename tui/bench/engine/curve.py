"""Users that change while one point is measured."""

from collections.abc import Callable
from dataclasses import dataclass

from tui.bench.stats.timeline import Timeline


@dataclass(frozen=True, slots=True)
class UserCurve:
    """``users_at`` that many seconds after its beginning, up to ``seconds``; ``most`` is the highest of them, and so
    many workers are started as it needs. ``told`` gets what the workers said so far, once a second; must not block.
    """

    users_at: Callable[[float], int]
    seconds: float
    most: int
    told: Callable[[Timeline], None]
