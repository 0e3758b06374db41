"""The kernel stamps packets in real time, we measure in monotonic time: the offset between the two.

The offset moves when somebody sets the clock, so it is measured anew once a beat.
"""

import struct
import time

SO_TIMESTAMPNS = 35
"""``SO_TIMESTAMPNS`` of Linux on every architecture Python wheels exist for; the ``socket`` module does not name it."""

STAMP_SPACE = 64
"""Bytes of ancillary buffer for one ``struct timespec`` with its header, and room to spare."""

_unpack = struct.Struct("@ll").unpack_from


class KernelClock:
    """Turns ``SO_TIMESTAMPNS`` control messages into CLOCK_MONOTONIC seconds."""

    __slots__ = ("offset",)

    def __init__(self) -> None:
        self.offset = 0.0
        self.measure()

    def measure(self) -> None:
        """Measure real time minus monotonic time: of five brackets, the narrowest is the least disturbed."""
        best = float("inf")
        for _ in range(5):
            before = time.monotonic()
            real = time.time()
            after = time.monotonic()
            if after - before < best:
                best = after - before
                self.offset = real - (before + after) / 2

    def stamp(self, ancillary: list[tuple[int, int, bytes]]) -> float:
        """The kernel's receive stamp in monotonic seconds; 0.0 where the read carried none."""
        for _, kind, data in ancillary:
            if kind == SO_TIMESTAMPNS and len(data) >= 16:
                seconds, nanoseconds = _unpack(data)
                return float(seconds + nanoseconds * 1e-9 - self.offset)
        return 0.0
