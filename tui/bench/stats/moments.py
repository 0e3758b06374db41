"""Count, sum and sum of squares: all that a mean and its error need. Merges by adding; knows nothing else."""

import msgspec


class Moments(msgspec.Struct, omit_defaults=True):
    """Count, sum and sum of squares of a figure whose distribution nobody asks for (tokens)."""

    n: int = 0
    sum: float = 0.0
    sum2: float = 0.0

    def add(self, value: float) -> None:
        """Count one value."""
        self.n += 1
        self.sum += value
        self.sum2 += value * value

    def merge(self, other: "Moments") -> None:
        """Take in what another counted."""
        self.n += other.n
        self.sum += other.sum
        self.sum2 += other.sum2

    @property
    def mean(self) -> float | None:
        """The mean; None when nothing was counted."""
        return self.sum / self.n if self.n else None

    @property
    def stddev(self) -> float | None:
        """The sample standard deviation; None below two values."""
        if self.n < 2:
            return None
        variance = (self.sum2 - self.sum * self.sum / self.n) / (self.n - 1)
        return float(max(0.0, variance) ** 0.5)
