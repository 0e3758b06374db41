"""What keeps engines that load side by side in step: each asks before a point and before it measures.

A load that is to be mixed with another says nothing while the other is not there yet, or has ended.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from tui.bench.engine.controls import Controls

LOOK_SECONDS = 0.1
"""How often it is asked while it says no."""


class Pace(Protocol):
    """Asked until it says yes, which is how it knows how far each engine has come; must not block."""

    def may_begin(self, point: int) -> bool:
        """Whether that point of the run (from 0) may begin; until then the load of the one before goes on."""

    def may_measure(self, point: int) -> bool:
        """Whether its measured part may begin; until then the warm load goes on."""


class _Alone:
    """Nobody else loads."""

    def may_begin(self, point: int) -> bool:
        return True

    def may_measure(self, point: int) -> bool:
        return True


ALONE: Pace = _Alone()


async def until(yes: Callable[[], bool], controls: Controls) -> None:
    """Ask until it is so, or the user interrupts."""
    while not yes() and not controls.interrupts:  # noqa: ASYNC110 - asking is what moves the others on
        await asyncio.sleep(LOOK_SECONDS)
