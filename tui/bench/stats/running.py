"""A sum over a growing range of seconds that is kept up to date, so that a look each beat costs one second, not all.

Made for ``Timeline``: the range's end may grow, late deltas of seconds inside are added; anything else begins anew.
"""

from typing import Generic, Protocol, Self, TypeVar


class Mergeable(Protocol):
    """A window."""

    def merge(self, other: Self, /) -> None: ...


W = TypeVar("W", bound=Mergeable)


class Running(Generic[W]):
    """The sum of ``windows`` of since <= second < until."""

    def __init__(self, empty: type[W]) -> None:
        self._empty = empty
        self._sum = empty()
        self._since: int | None = None
        self._until: int | None = 0  # None: no end
        self._known = False

    def total(self, windows: dict[int, W], since: int | None, until: int | None) -> W:
        """The sum; the caller must not change it."""
        if self._known and (since, until) == (self._since, self._until):
            return self._sum
        begun = self._until if self._known and since == self._since else None
        if begun is None or (until is not None and until < begun):
            self._sum, begun = self._empty(), 0
        for second in sorted(windows):
            if second >= begun and within(second, since, until):
                self._sum.merge(windows[second])
        self._since, self._until, self._known = since, until, True
        return self._sum

    def add(self, second: int, delta: W) -> None:
        """A second has got more."""
        if self._known and within(second, self._since, self._until):
            self._sum.merge(delta)

    def forget(self) -> None:
        """Begin anew at the next look."""
        self._known = False


def within(second: int, since: int | None, until: int | None) -> bool:
    """Whether since <= second < until; ``None`` is no bound."""
    return (since is None or second >= since) and (until is None or second < until)
