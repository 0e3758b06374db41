"""A letter and a colour for each workload, kept as long as it lives: the legend of the GPU map."""

from collections.abc import Iterable
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase

from tui.model.ids import WorkloadKey

LETTERS = ascii_uppercase + ascii_lowercase


@dataclass(frozen=True, slots=True)
class Sign:
    """How a workload is drawn. ``colour`` indexes the slice palette; it repeats the letter, never replaces it."""

    letter: str
    colour: int


UNOWNED = Sign("?", 0)


class LetterBook:
    """Gives out signs in the order in which workloads appear; a sign comes free when its workload has gone.

    Beyond 52 workloads letters are shared; the colours are then stepped differently, so that neighbours still differ.
    """

    def __init__(self, colours: int) -> None:
        self._colours = colours
        self._signs: dict[WorkloadKey, Sign] = {}
        self._taken: dict[int, WorkloadKey] = {}
        self._next_free = 0

    def update(self, alive: Iterable[WorkloadKey]) -> bool:
        """Forget the workloads that have gone and sign the new ones; True if any sign changed."""
        living = dict.fromkeys(alive)
        if living.keys() == self._signs.keys():
            return False
        for number, key in list(self._taken.items()):
            if key not in living:
                del self._taken[number]
                del self._signs[key]
                self._next_free = min(self._next_free, number)
        for key in living:
            if key not in self._signs:
                self._give(key)
        return True

    def sign(self, key: WorkloadKey | None) -> Sign:
        """The sign of a workload; ``?`` for a slice whose workload is not known."""
        return UNOWNED if key is None else self._signs.get(key, UNOWNED)

    def _give(self, key: WorkloadKey) -> None:
        while self._next_free in self._taken:
            self._next_free += 1
        number = self._next_free
        lap, place = divmod(number, len(LETTERS))
        self._taken[number] = key
        self._signs[key] = Sign(LETTERS[place], (place + lap * 5) % self._colours)
