"""One figure with its source and its age.

A struct, as ``Gpu`` and ``Slice`` are: a round of metrics makes a hundred thousand of them, and those that can be in no
cycle need not be walked by the collector.
"""

import msgspec


class Reading(msgspec.Struct, frozen=True, gc=False):
    """A measured value. A figure that was not reported is ``None`` instead of a Reading, never 0.

    ``source`` is the metric family it came from (``dcgm``, ``runai``, ``kube-state-metrics``,
    ``kubernetes``, ``nim``); ``at`` is the Unix time of the sample itself, not of the query.
    """

    value: float
    source: str
    at: float

    def age_seconds(self, now: float) -> float:
        """Seconds since the sample; clock skew never makes it negative."""
        return max(0.0, now - self.at)


def value_of(reading: Reading | None) -> float | None:
    """The bare value, for arithmetic that carries ``None`` on."""
    return None if reading is None else reading.value
