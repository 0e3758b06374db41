"""Keeps the engines of a mixed cell in step: a point begins when all have ended the one before, is measured once all
are warm, and no load ends before all are measured. So whatever is measured of one, the others loaded all the while.

Where one fails the others end, so that nobody waits for one that is gone.
"""

import asyncio
import math
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def side_by_side(runs: Iterable[Coroutine[Any, Any, T]]) -> tuple[T, ...]:
    """What each came to; where one fails, or all are cancelled, the others end with it."""
    tasks = [asyncio.create_task(run) for run in runs]
    try:
        return tuple(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Together:
    """How far each of ``names`` has come, in steps: two for each point."""

    def __init__(self, names: Iterable[str]) -> None:
        self._steps = dict.fromkeys(names, -1.0)

    def member(self, name: str) -> "Member":
        """The pace of one of them."""
        return Member(self, name)

    def come(self, name: str, step: float) -> bool:
        """``name`` has come to that step; whether all have. One that measures a point again has been further."""
        self._steps[name] = max(self._steps[name], step)
        return all(other >= step for other in self._steps.values())


class Member:
    """A ``Pace``."""

    def __init__(self, together: Together, name: str) -> None:
        self._together = together
        self._name = name

    def may_begin(self, point: int) -> bool:
        return self._together.come(self._name, 2 * point)

    def may_measure(self, point: int) -> bool:
        return self._together.come(self._name, 2 * point + 1)

    def may_end(self) -> bool:
        """Whether all others have measured all of theirs as well; a search may take more points than another."""
        return self._together.come(self._name, math.inf)
