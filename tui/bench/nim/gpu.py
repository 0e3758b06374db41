"""What part of a GPU an engine has: its fraction, its neighbours on the same GPU, the memory left for its KV cache.

A model of Run:ai's sharing as the guide tells it: a fraction is what is guaranteed, and what nobody else uses is lent.
"""

# The part of its time that a GPU loses to switching between busy processes. Chosen so that two half-GPU engines, both
# with the guide's users, show three times the TTFT that each shows alone (the guide's figure 21); their throughput
# together is then 0.67 of what one had, between the two figures that the guide gives (0.6 and 0.8).
CONTENTION_LOSS = 1 / 3


def gpu_speed(fraction: float, neighbour_load: float) -> float:
    """The part of a whole GPU's speed that an engine has.

    ``fraction`` (above 0, at most 1) is what it is guaranteed, ``neighbour_load`` (0 to 1) the part of the GPU's time
    that the others on it would use. Alone it has the whole GPU, however small its fraction (the guide's table 7).
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"a GPU fraction is above 0 and at most 1, not {fraction:g}")
    load = min(1.0, max(0.0, neighbour_load)) if fraction < 1 else 0.0
    return max(fraction, 1 - load) * (1 - CONTENTION_LOSS * load)


def cache_tokens(
    fraction: float, memory_bytes: float, weight_bytes: float, token_bytes: float, used_fraction: float = 0.9
) -> int:
    """Tokens that the KV cache holds in a ``fraction`` of a GPU's memory beside the weights; at least 1."""
    return max(1, int((memory_bytes * fraction * used_fraction - weight_bytes) / token_bytes))
