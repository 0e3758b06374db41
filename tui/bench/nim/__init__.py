"""A model of a continuous-batching inference engine: pure functions, no clock, no I/O. Its figures are a model's."""
