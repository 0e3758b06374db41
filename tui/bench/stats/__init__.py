"""Statistics of a point, from windows alone: pure functions and mergeable sums; no clock, no I/O, no records."""
